"""Whether a role of ours answers: the smallest HTTP client there is, for health checks on this machine."""

import asyncio
import contextlib
import sys
from collections.abc import Mapping

from consumers.settings import Bind

ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1", "*": "127.0.0.1"}  # noqa: S104 - we connect, we do not bind


def reachable(bind: str) -> Bind:
    """Where to connect to what listens on `bind`: an address that means "any" is reached over loopback."""
    where = Bind(bind)
    host = ANY_ADDRESS.get(where.host, where.host)
    return Bind(f"[{host}]:{where.port}" if ":" in host else f"{host}:{where.port}")


async def status(bind: str, path: str, *, seconds: float = 2.0) -> int | None:
    """The status code of GET `path` there; None if nobody answers in time."""
    where = reachable(bind)
    request = f"GET {path} HTTP/1.1\r\nHost: {where}\r\nConnection: close\r\n\r\n"
    with contextlib.suppress(OSError, TimeoutError, ValueError, IndexError):
        async with asyncio.timeout(seconds):
            reader, writer = await asyncio.open_connection(where.host, where.port)
            try:
                writer.write(request.encode())
                return int((await reader.readline()).split()[1])
            finally:
                writer.close()
    return None


async def not_ready(roles: Mapping[str, str]) -> list[str]:
    """Those of `roles` (name -> bind) that do not answer 200 on /readyz."""
    codes = await asyncio.gather(*(status(bind, "/readyz") for bind in roles.values()))
    return [name for name, code in zip(roles, codes, strict=True) if code != 200]


def main() -> None:
    """`python -m consumers.probe HOST:PORT [PATH]`: exit status 0 if GET PATH (/readyz) answers 200 there, else 1."""
    bind, path = [*sys.argv[1:], "/readyz"][:2]
    sys.exit(0 if asyncio.run(status(bind, path)) == 200 else 1)


if __name__ == "__main__":
    main()
