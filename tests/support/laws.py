"""How long to look for a counterexample: everywhere a little, in CI much more."""

import os


def examples(thorough: int) -> int:
    """`thorough` examples where nothing may be skipped (CI), a fifth of them at a developer's desk."""
    return thorough if os.environ.get("ALERTS_TEST_REQUIRE_ALL") else max(8, thorough // 5)
