"""A server as the documentation of `websockets` shows it: `broadcast()` to all. The peer to compare with.

Usage: host_broadcast.py plain|deflate. Obeys the lines of `host_gateway.py`.
"""

import asyncio
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from host_gateway import lines
from sample import SIZE, alert
from websockets.asyncio.server import ServerConnection, broadcast, serve

from alerts.wire import alert_json

connections: set[ServerConnection] = set()


async def serve_one(connection: ServerConnection) -> None:
    """Stay until the client goes."""
    connections.add(connection)
    try:
        await connection.wait_closed()
    finally:
        connections.discard(connection)


def obey(line: str, number: int) -> str:
    """The answer to a line."""
    word, *size = line.split()
    if word == "members":
        return str(len(connections))
    if word == "status":
        return json.dumps({"members": len(connections), "cpu": time.process_time()})
    data = alert(number, int(size[0]) if size else SIZE)
    began, spent = time.monotonic_ns(), time.process_time_ns()
    broadcast(connections, alert_json(number, data).decode())
    return f"{began} {time.monotonic_ns()} {time.process_time_ns() - spent}"


async def main(*, deflate: bool) -> None:
    """Serve until standard input ends."""
    read = await lines()
    compression = "deflate" if deflate else None
    async with serve(serve_one, "127.0.0.1", 0, compression=compression, backlog=1024, ping_interval=20) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        number = 0
        while line := await read():
            print(obey(line.decode(), number), flush=True)
            number += 1
        for connection in list(connections):
            connection.transport.abort()


if __name__ == "__main__":
    asyncio.run(main(deflate=sys.argv[1] == "deflate"))
