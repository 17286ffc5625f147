"""How long to look for a counterexample: everywhere a little, in CI much more, by hand as much as was promised."""

import os

FULL = bool(os.environ.get("ALERTS_TEST_FULL"))
"""Whether the numbers of the acceptance checks are run, which takes minutes, and not those of CI."""


def examples(thorough: int) -> int:
    """`thorough` examples where nothing may be skipped (CI), a fifth of them at a developer's desk."""
    return thorough if os.environ.get("ALERTS_TEST_REQUIRE_ALL") else max(8, thorough // 5)


def cases(promised: int, thorough: int) -> int:
    """`promised` examples if FULL, else as `examples(thorough)`."""
    return promised if FULL else examples(thorough)
