"""One schedule, from the first article until everything has come to rest."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from functools import cache, partial
from random import Random
from types import SimpleNamespace
from typing import Any, Final
from unittest.mock import patch

from aiokafka.structs import TopicPartition

from alerts.alert import Alert
from consumers import classifier, desk, office
from consumers.backends import kafka
from consumers.classifier import Classifier
from consumers.desk import DeskRole
from consumers.office import POSITION_KEY, Office, Position
from consumers.settings import Settings
from support.sim.clients import IDLE_SECONDS, SimCluster
from support.sim.clock import SimLoop, clock_of, close
from support.sim.group import Group
from support.sim.log import Log
from support.sim.plan import PARTITIONS, SECONDS, Mishap, Plan, Rules, plan_of
from support.sim.process import Process
from support.sim.store import SimClaims, Store

QUIET: Final = 2.0
PATIENCE: Final = 240.0
"""Simulated seconds after which a pipeline that has not come to rest never will."""
MOST_CLASSIFIERS: Final = 4

MakeClassifier = Callable[..., Classifier]


class NeverAtRest(Exception):
    """The pipeline still has work to do long after everything was put right."""


class World:
    """The pipeline, what happens to it, and afterwards what it wrote."""

    def __init__(
        self,
        seed: int,
        *,
        make_classifier: MakeClassifier = Classifier,
        make_office: type[Office] = Office,
        embedded: bool = False,
    ) -> None:
        """The schedule follows from `seed`; the roles may be replaced by ones that are wrong on purpose."""
        self.rnd = Random(seed)
        self.plan: Plan = plan_of(self.rnd)
        self.settings = _settings()
        self.log = Log()
        self.store = Store()
        self.silent = True
        self.failures: list[tuple[str, BaseException]] = []
        self._make_classifier, self._make_office, self._embedded = make_classifier, make_office, embedded
        articles = [TopicPartition("articles", i) for i in range(PARTITIONS)]
        self.groups = {
            "classifier": Group(articles, sticky=False),
            "desk": Group([TopicPartition("desk", 0)], sticky=True),
        }
        self._running: dict[str, list[Process]] = {"classifier": [], "desk": []}
        self._loop = SimLoop()
        self._born = 0

    @property
    def elapsed(self) -> float:
        """Seconds on the simulated clock."""
        return self._loop.time()

    def run(self) -> None:
        """To the end.

        Raises:
            NeverAtRest: it did not come to one.
        """
        with _simulated(self._loop, self.rnd, silent=self.silent), patch.object(desk, "Office", self._make_office):
            try:
                self._loop.run_until_complete(self._life())
            finally:
                close(self._loop)

    async def _life(self) -> None:
        for role in ("classifier", "classifier", "desk", "desk"):
            self._start(role)
        helpers = [asyncio.ensure_future(work) for work in (self._publish(), self._watch(), self._misfortune())]
        await asyncio.gather(helpers[0], helpers[2])
        self._calm()
        await self._rest(helpers[1])
        helpers[1].cancel()

    def _start(self, role: str) -> None:
        self._born += 1
        process = Process(f"{role} {self._born}", self._classify if role == "classifier" else self._edit)
        self._running[role].append(process)

    def _cluster(self, process: Process) -> SimCluster:
        cluster = SimCluster(self.log, self.groups, process, self.rnd, self.plan.weather)
        cluster.embedded = self._embedded
        return cluster

    async def _classify(self, process: Process, stop: asyncio.Event) -> None:
        cluster = self._cluster(process)
        claims: Any = SimClaims(self.store, cluster, self.plan.lost_replies)
        await self._make_classifier(self.settings, cluster, claims, _rules).run(stop)

    async def _edit(self, process: Process, stop: asyncio.Event) -> None:
        cluster: Any = self._cluster(process)
        await DeskRole(self.settings, cluster).run(stop)

    async def _publish(self) -> None:
        for arrival in self.plan.arrivals:
            await asyncio.sleep(max(0.0, arrival.at - self._loop.time()))
            key = arrival.article.uri.encode() if arrival.article else b"broken"
            tp = TopicPartition("articles", sum(key) % PARTITIONS)
            self.log.append(tp, key, arrival.value, [], int(self._loop.now().timestamp() * 1000))

    async def _watch(self) -> None:
        """What supervisors and the group's coordinator do: replace who has ended, drop who is silent."""
        while True:
            await asyncio.sleep(1.0)
            for group in self.groups.values():
                group.watch()
            for role, processes in self._running.items():
                for process in [p for p in processes if p.failure is not None]:
                    self.failures.append((process.name, process.failure))  # type: ignore[arg-type]
                    processes.remove(process)
                    self._start(role)

    async def _misfortune(self) -> None:
        for mishap in self.plan.mishaps:
            await asyncio.sleep(max(0.0, mishap.at - self._loop.time()))
            self._happen(mishap)
        await asyncio.sleep(max(0.0, SECONDS - self._loop.time()))

    def _happen(self, mishap: Mishap) -> None:
        what, _, role = mishap.what.partition(" ")
        running = self._running.get(role, [])
        if what == "store":
            self._store_mishap(role, mishap.seconds)
        elif what == "offsets":
            self._reset_offsets()
        elif what == "add":
            if len(running) < MOST_CLASSIFIERS:
                self._start(role)
        elif running:
            victim = self.rnd.choice(running)
            hit = partial(self._hit, what, role, victim, mishap.seconds)
            if mishap.midst is None:
                hit()
            else:
                victim.ambush(mishap.midst * self.plan.weather.delay, hit)

    def _reset_offsets(self) -> None:
        """Kafka lets offsets be reset only while the group has no members."""
        for process in self._running["classifier"]:
            process.kill()
        self._running["classifier"] = []
        group = self.groups["classifier"]
        self._loop.call_later(11.0, group.watch)
        self._loop.call_later(11.5, group.reset)
        for _ in range(2):
            self._loop.call_later(12.0, self._start, "classifier")

    def _store_mishap(self, what: str, seconds: float) -> None:
        if what == "flushed":
            self.store.flush()
        elif what == "restarts":
            self.store.save()
            self._loop.call_later(seconds, self.store.restart)
        else:
            self.store.up = False
            self._loop.call_later(seconds, setattr, self.store, "up", True)

    def _hit(self, what: str, role: str, victim: Process, seconds: float) -> None:
        if victim not in self._running[role]:
            return  # something else was faster
        if what == "stop":
            victim.stop()
            self._loop.call_later(seconds, victim.go_on)
            return
        self._running[role].remove(victim)
        victim.kill() if what == "kill" else victim.end()
        if len(self._running[role]) < 2:
            self._loop.call_later(seconds, self._start, role)

    def _calm(self) -> None:
        """Nothing goes wrong from now on; what is stopped goes on in its own time."""
        weather = self.plan.weather
        weather.read_fails = weather.send_fails = weather.commit_fails = 0.0
        for group in self.groups.values():
            group.watch()

    async def _rest(self, watch: "asyncio.Future[None]") -> None:
        """Until everything is handled, and then as long as an update or an embargo may still wait."""
        handled = 0.0
        while handled < 5 * QUIET:
            if watch.done():
                watch.result()
            if self._loop.time() > PATIENCE:
                raise NeverAtRest(f"{self._positions()}")
            handled = handled + 0.5 if self._all_handled() else 0.0
            await asyncio.sleep(0.5)

    def _all_handled(self) -> bool:
        processes = [process for running in self._running.values() for process in running]
        if not all(self._running.values()) or any(process.stopped for process in processes):
            return False
        return all(position == end for position, end in self._positions().values())

    def _positions(self) -> dict[TopicPartition, tuple[int, int]]:
        """How far each input has been handled, durably, and its end."""
        articles = {
            tp: (self.groups["classifier"].offsets.get(tp, 0), self.log.stable_end(tp))
            for tp in (TopicPartition("articles", i) for i in range(PARTITIONS))
        }
        tp = TopicPartition("desk", 0)
        states = [r for r in self.log.committed(TopicPartition("desk.state", 0)) if r.key == POSITION_KEY]
        at = Position.model_validate_json(states[-1].value or b"{}").offset if states else 0
        return articles | {tp: (at, self.log.stable_end(tp))}


@contextmanager
def _simulated(loop: SimLoop, rnd: Random, *, silent: bool) -> Iterator[None]:
    """The roles see the loop's clock, and chance that follows from the seed."""
    chance = SimpleNamespace(token_hex=lambda size: f"{rnd.getrandbits(8 * size):0{2 * size}x}")
    with (
        clock_of(loop, classifier, desk, kafka),
        patch.object(classifier, "Pulse", _Pulse),
        patch.object(desk, "Pulse", _Pulse),
        patch.object(office, "secrets", chance),
        patch.object(desk, "POLL_SECONDS", IDLE_SECONDS),
        _silence() if silent else nullcontext(),
    ):
        yield


@contextmanager
def _silence() -> Iterator[None]:
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


class _Pulse:
    """Kafka always answers here."""

    up = True

    def __init__(self, _: object) -> None:
        pass

    async def run(self) -> None:
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()


@cache
def _settings() -> Settings:
    return Settings(_env_file=None, quiet_seconds=QUIET, articles_partitions=PARTITIONS)


@cache
def _the_rules() -> Any:
    return Rules()


def _rules() -> Any:
    return _the_rules()


def told(world: World) -> list[str]:
    """What `alerts` holds in the end, a line for each revision."""
    alerts = (Alert.from_json(record.value or b"") for record in world.log.committed(TopicPartition("alerts", 0)))
    return [f"{a.id} {a.revision} {a.op} {a.status} {[(s.uri, s.version) for s in a.sources]}" for a in alerts]
