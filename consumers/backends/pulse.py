"""Whether Kafka answers: the clients wait and retry in silence, so only asking tells."""

import asyncio
import logging

from aiokafka.errors import KafkaError

from consumers.backends.kafka import Cluster, finish

log = logging.getLogger(__name__)

EVERY_SECONDS = 5.0
ANSWER_SECONDS = 3.0


class Pulse:
    """Asks the cluster for its description at times.

    Attributes:
        up: whether it answered the last time.
    """

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self.up = True

    async def run(self) -> None:
        """Ask until cancelled."""
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            up = await self._ask()
            if up != self.up:
                log.warning("Kafka answers again" if up else "Kafka does not answer; waiting, nothing is dropped")
            self.up = up

    async def _ask(self) -> bool:
        admin = self._cluster.admin()
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await admin.start()
                await admin.describe_cluster()
        except (KafkaError, OSError, TimeoutError, AssertionError):
            return False
        finally:
            await finish(admin.close())
        return True
