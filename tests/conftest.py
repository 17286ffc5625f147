"""For every kind of test: fixtures of `support.servers`, the closing list of `support.skips`, a clean environment."""

import os

pytest_plugins = ["support.servers", "support.skips"]

# A developer's own settings must neither help nor break a test; those of the tests themselves stay.
for _name in [name for name in os.environ if name.startswith("ALERTS_") and not name.startswith("ALERTS_TEST_")]:
    del os.environ[_name]
