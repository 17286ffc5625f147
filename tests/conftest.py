"""For every kind of test: servers, what is left out (`support.long`) or was skipped, a clean environment."""

import os

# Else its plugin imports it when all is over, where garbage of a test may be reported in the middle of the import, and
# Python 3.11 then gives up: compiling and writing a traceback both parse, and their depths mix (SystemError).
from hypothesis import HealthCheck, settings

pytest_plugins = ["support.servers", "support.skips", "support.long"]

# A developer's own settings must neither help nor break a test; those of the tests themselves stay.
for _name in [name for name in os.environ if name.startswith("ALERTS_") and not name.startswith("ALERTS_TEST_")]:
    del os.environ[_name]

# How long a case takes says how busy the machine is, and nothing of what we know.
settings.register_profile("flashwire", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("flashwire")
