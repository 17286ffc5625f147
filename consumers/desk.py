"""The desk's role: desk -> alerts. Takes office when elected, asks the pure `Desk`, writes what it answers.

Everything that follows from a batch of records goes out in one Kafka transaction: revisions, audit, state, position.
"""

import asyncio
import gc
import logging
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from aiokafka.errors import NoOffsetForPartitionError, OffsetOutOfRangeError
from aiokafka.structs import ConsumerRecord

from alerts.alert import Action, Candidate, InvalidRecord, desk_record
from alerts.desk import Desk, Outputs, is_capped
from alerts.uncollected import uncollected
from consumers import metrics
from consumers.backends.deadletters import dead_headers
from consumers.backends.kafka import Cluster
from consumers.backends.pulse import Pulse
from consumers.election import Election
from consumers.newdesk import new_desk
from consumers.office import DeadRecord, Office, TermFailed
from consumers.settings import Settings

log = logging.getLogger(__name__)

MAX_RECORDS = 500
POLL_SECONDS = 0.2
# So many records that crash our own desk are no longer bad input: we are broken.
MAX_POISON = 20


class LostPosition(RuntimeError):
    """The desk's position is not on topic `desk`: records may be lost, a person must decide."""


class DeskRole:
    """A desk process: in office or standby."""

    def __init__(self, settings: Settings, cluster: Cluster, *, from_oldest: bool = False) -> None:
        """With `from_oldest` the first term begins at the oldest record of `desk`, wherever the state stood."""
        self._from_oldest = from_oldest
        self._settings = settings
        self._cluster = cluster
        self._election = Election(cluster, settings.topic("desk"), settings.topic("desk"))
        self._election.resign = self._resigned
        self._idle = asyncio.Event()
        self._idle.set()
        self._poison: dict[int, str] = {}
        self._pulse = Pulse(cluster)
        self.last_turn = time.monotonic()
        self.stories = self.handled = 0
        """Stories it remembers, and records handled so far."""

    @property
    def healthy(self) -> bool:
        """False if the loop has not come round for 30 s though Kafka answers."""
        return time.monotonic() - self.last_turn < 30 or not self._pulse.up

    @property
    def ready(self) -> bool:
        """Whether Kafka answers; a standby is ready too: it is there to take over."""
        return self._pulse.up

    def status(self) -> dict[str, Any]:
        """Whether this desk writes, and whether Kafka answers."""
        return {"kafka": self._pulse.up, "in_office": not self._idle.is_set()}

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop`.

        Raises:
            LostPosition: our state is broken.
        """
        async with asyncio.TaskGroup() as tasks:
            ended = asyncio.Event()
            tasks.create_task(self._election.run(ended))
            pulse = tasks.create_task(self._pulse.run())
            try:
                while not stop.is_set():
                    self.last_turn = time.monotonic()
                    if await _wait(self._election.elected, POLL_SECONDS):
                        await self._serve(stop)
            finally:
                ended.set()
                pulse.cancel()

    async def _resigned(self) -> None:
        """Called while the group takes our partition away: let the transaction in hand end."""
        try:
            async with asyncio.timeout(5):
                await self._idle.wait()
        except TimeoutError:
            log.warning("still writing when office was lost; the transaction will be fenced")

    async def _serve(self, stop: asyncio.Event) -> None:
        """One term, from InitProducerId to the first doubt."""
        term = self._election.term
        desk = new_desk(self._settings)
        office = Office(self._settings, self._cluster, desk)
        self._idle.clear()
        try:
            await office.open(from_oldest=self._from_oldest)
            self._from_oldest = False
            metrics.desk_active.set(1)
            log.info("serving from offset %d", office.position.offset)
            await self._work(office, term, stop)
        except (OffsetOutOfRangeError, NoOffsetForPartitionError) as exc:
            raise LostPosition(
                f"position {office.position.offset} is not on topic {self._settings.topic('desk')} ({exc}). "
                "Run `alerts doctor`: it says what to do."
            ) from exc
        except TermFailed as exc:
            metrics.desk_aborts.inc()
            log.warning("the term ended (%s); state is read again", exc)
        finally:
            metrics.desk_active.set(0)
            self._idle.set()
            await office.close()
        await self._prove_membership(office, term, stop)

    async def _prove_membership(self, office: Office, term: int, stop: asyncio.Event) -> None:
        """Wait until we are elected anew, or the group confirms that we still are.

        Without this a process that slept through its replacement would fence the rightful owner.
        """
        while not stop.is_set() and self._election.elected.is_set() and self._election.term == term:
            if await self._election.confirm(office.position.offset):
                return
            await asyncio.sleep(POLL_SECONDS)

    async def _work(self, office: Office, term: int, stop: asyncio.Event) -> None:
        _read_state(office.desk)
        committed = time.monotonic()
        offset = office.position.offset
        while not stop.is_set() and self._election.elected.is_set() and self._election.term == term:
            self.last_turn = time.monotonic()
            records = await office.read(_patience_ms(office.desk), MAX_RECORDS)
            outputs, dead = self._decide(office.desk, records)
            if records:
                offset = records[-1].offset + 1
            # Records that changed nothing need no transaction: handled again after a crash, they change nothing again.
            if outputs or dead:
                with metrics.desk_commit_seconds.time():
                    await office.write(outputs, offset, dead)
                self._report(outputs)
            metrics.desk_lag.set(office.lag)
            self.stories = office.desk.stories
            self.handled += len(records)
            metrics.desk_stories.set(self.stories)
            if time.monotonic() - committed > 1.0 and offset != office.position.offset:
                await office.write(Outputs(), offset)
                committed = time.monotonic()

    def _decide(
        self, desk: Desk, records: Sequence["ConsumerRecord[bytes, bytes]"]
    ) -> tuple[Outputs, list[DeadRecord]]:
        outputs, dead = Outputs(), []
        for record in records:
            try:
                event = self._event(record)
            except InvalidRecord as exc:
                metrics.desk_invalid.inc()
                log.warning("record %d of %s goes to articles.dead: %s", record.offset, record.topic, exc)
                dead.append(DeadRecord(record, dead_headers(record, reason="desk", error=str(exc))))
                continue
            metrics.desk_events.labels(type=event.type).inc()
            try:
                outputs.add(desk.handle(event, datetime.now(UTC)))
            except Exception as exc:
                # One odd record must not stop every alert: forget this half-made state, set it aside, start again.
                log.exception("handling record %d failed", record.offset)
                if len(self._poison) >= MAX_POISON:
                    raise
                self._poison[record.offset] = f"{type(exc).__name__}: {exc}"
                raise TermFailed(f"record {record.offset} could not be handled") from exc
        outputs.add(desk.tick(datetime.now(UTC)))
        return outputs, dead

    def _event(self, record: "ConsumerRecord[bytes, bytes]") -> Candidate | Action:
        if record.offset in self._poison:
            raise InvalidRecord(self._poison[record.offset])
        return desk_record(record.value or b"")

    def _report(self, outputs: Outputs) -> None:
        for alert in outputs.alerts:
            metrics.desk_revisions.labels(op=alert.op).inc()
            if alert.op == "new" and alert.timing.received and alert.timing.issued:
                metrics.article_to_alert_seconds.observe((alert.timing.issued - alert.timing.received) / 1000)
        kept = [is_capped(audit) for audit in outputs.audit if audit.do == "suppress"]
        metrics.desk_capped.inc(sum(kept))
        metrics.desk_suppressed.inc(len(kept) - sum(kept))


def _read_state(desk: Desk) -> None:
    """Let the desk read its state now, without the garbage collector.

    It would look through all of a growing state again and again, which takes as long as the reading; the state stays,
    so it is left out of later collections as well.
    """
    gc.unfreeze()
    with uncollected():
        metrics.desk_stories.set(desk.stories)
    gc.freeze()


def _patience_ms(desk: Desk) -> int:
    due = desk.next_due()
    if due is None:
        return int(POLL_SECONDS * 1000)
    return int(max(0.0, min(POLL_SECONDS, (due - datetime.now(UTC)).total_seconds())) * 1000)


async def _wait(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True
