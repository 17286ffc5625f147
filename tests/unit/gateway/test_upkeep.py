import asyncio
from pathlib import Path

import pytest
from support.newsroom import PATIENCE

from consumers.gateway import upkeep
from consumers.gateway.upkeep import Upkeep


async def test_a_change_before_the_first_look_is_not_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user revoked while the gateway starts, after the file was read, is out all the same."""
    monkeypatch.setattr(upkeep, "EVERY", 0.01)
    file, changed = tmp_path / "revoked", asyncio.Event()
    file.write_text("ann")
    files = Upkeep()
    files.add([file], changed.set)
    file.write_text("ann\nbob")
    looking = asyncio.create_task(files.run())
    await asyncio.wait_for(changed.wait(), PATIENCE)
    looking.cancel()
