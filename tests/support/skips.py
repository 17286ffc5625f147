"""What was skipped and why, at the very end; with ALERTS_TEST_REQUIRE_ALL set (as in CI) a skip is a failure."""

import os
from collections import Counter

import pytest

REQUIRE_ALL = "ALERTS_TEST_REQUIRE_ALL"


def _skipped(config: pytest.Config) -> Counter[str]:
    """How many tests were skipped, by reason."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    reports = reporter.stats.get("skipped", []) if reporter is not None else []
    return Counter(
        str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr).removeprefix("Skipped: ")
        for report in reports
    )


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Fail the run if something was skipped where nothing may be."""
    if os.environ.get(REQUIRE_ALL) and exitstatus == pytest.ExitCode.OK and _skipped(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """List what was skipped, with reasons."""
    skipped = _skipped(config)
    if not skipped:
        return
    required = bool(os.environ.get(REQUIRE_ALL))
    terminalreporter.section("skipped")
    for reason, count in skipped.most_common():
        terminalreporter.write_line(f"{count:>4}  {reason}")
    if required:
        terminalreporter.write_line(f"FAILED: {REQUIRE_ALL} is set, so nothing may be skipped", red=True)
