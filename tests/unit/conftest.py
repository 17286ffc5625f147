"""Unit tests do no I/O: a test that opens a connection fails."""

import pytest
import pytest_socket


@pytest.fixture(autouse=True)
def _no_sockets() -> None:
    # asyncio's event loop wakes itself over a socket pair, which goes nowhere.
    pytest_socket.disable_socket(allow_unix_socket=True)


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown() -> None:
    """Other kinds of tests may run in the same session."""
    pytest_socket.enable_socket()
