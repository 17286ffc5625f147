"""How a role ends when it is asked to."""

import asyncio

import pytest

from consumers.role import Overdue, until_stopped


async def _until(stop: asyncio.Event) -> None:
    await stop.wait()


async def test_a_role_ends_by_itself_when_asked() -> None:
    """It has all the time it needs within its patience, and nothing is raised."""
    stop = asyncio.Event()
    asyncio.get_running_loop().call_soon(stop.set)
    await until_stopped(_until(stop), stop, patience=60)


async def test_a_role_that_cannot_end_is_left_and_says_so() -> None:
    """Who waits for a server that is away is cancelled, may clean up, and exits with an error."""
    stop, cleaned = asyncio.Event(), asyncio.Event()

    async def waits_for_ever() -> None:
        try:
            stop.set()
            await asyncio.get_running_loop().create_future()
        finally:
            cleaned.set()

    with pytest.raises(Overdue, match="a server did not answer"):
        await until_stopped(waits_for_ever(), stop, patience=0.01)
    assert cleaned.is_set()


async def test_what_kills_a_role_is_raised() -> None:
    """An error of its own comes out as it is, whether or not anybody asked it to end."""

    async def fails() -> None:
        raise LookupError("broken state")

    with pytest.raises(LookupError, match="broken state"):
        await until_stopped(fails(), asyncio.Event())
