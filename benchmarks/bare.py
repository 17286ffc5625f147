"""The limit to compare with: aiokafka reads a topic and writes 600 bytes of every record, nothing else.

Usage: bare.py BOOTSTRAP TOPIC OUT RECORDS. Prints one JSON line.
"""

import asyncio
import json
import sys
import time
from typing import Any

from consumers.backends.kafka import Cluster
from consumers.settings import load


async def main(bootstrap: str, topic: str, out: str, expected: int) -> dict[str, Any]:
    """Consume `expected` records of `topic`, produce as many to `out`, commit each batch."""
    cluster = Cluster(load(env_file=None), bootstrap, embedded=False)
    consumer = cluster.consumer(topic, group=f"bare-{time.time_ns()}")
    producer = cluster.producer()
    await producer.start()
    await consumer.start()
    done = 0
    wall = cpu = 0.0
    while done < expected:
        fetched = await consumer.getmany(timeout_ms=200, max_records=500)
        records = [record for part in fetched.values() for record in part]
        if not records:
            continue
        if not done:
            wall, cpu = time.perf_counter(), time.process_time()
        await asyncio.gather(*[await producer.send(out, value=record.value[:600], partition=0) for record in records])
        await consumer.commit({tp: part[-1].offset + 1 for tp, part in fetched.items()})
        done += len(records)
    figures = {"records": done, "wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    await consumer.stop()
    await producer.stop()
    return figures


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])))))
