"""For every kind of test: fixtures of `support.servers`, the closing list of `support.skips`, a clean environment."""

import os

from hypothesis import settings

pytest_plugins = ["support.servers", "support.skips"]

# A law is broken by a counterexample, never by a busy machine.
settings.register_profile("flashwire", deadline=None)
settings.load_profile("flashwire")

# A developer's own settings must neither help nor break a test; those of the tests themselves stay.
for _name in [name for name in os.environ if name.startswith("ALERTS_") and not name.startswith("ALERTS_TEST_")]:
    del os.environ[_name]
