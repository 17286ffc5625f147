"""Apache Kafka without Docker: KRaft nodes on loopback, from Maven Central's jars, data kept between runs.

Each node is broker and controller. One serves `alerts up --kafka apache`; three serve fault tests, any one of which may
be killed. Settings and commands follow Kafka's own documentation (kafka.apache.org, "KRaft" and "Broker Configs").
"""

import base64
import json
import subprocess
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from consumers.backends.embedded import Server, ServerFailed, free_port
from consumers.backends.jars import jars, usable_java

LOG4J = Path(__file__).with_name("log4j2.properties")
# A small heap is enough for what one machine sends; the quick compiler alone starts in half the time.
HEAP_MIB = 512
JVM = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", f"-Dlog4j2.configurationFile={LOG4J}")
READY_SECONDS = 60.0
Ports = tuple[int, int]  # of clients, of controllers


class ApacheKafka:
    """A cluster of one or three nodes.

    Attributes:
        servers: the node processes by node id (1, 2, 3).
    """

    def __init__(
        self,
        *,
        data: Path,
        nodes: int = 1,
        ports: Sequence[Ports] | None = None,
        libs: Path | None = None,
        group: int | None = None,
        heap_mib: int = HEAP_MIB,
    ) -> None:
        """Describe it; nothing runs yet.

        Args:
            data: folder for jars, configuration, data and logs.
            nodes: 1 or 3.
            ports: per node the port for clients and the one for controllers; None: as at the last run, else free ones.
            libs: folder that holds (or gets) the jars; None: `data`.
            group: process group that the nodes join (None: ours).
            heap_mib: most memory that a node's JVM may use for objects.
        """
        self._data = data.resolve()
        self._libs = libs or data
        self._nodes = range(1, nodes + 1)
        self._ports = tuple(ports) if ports else None
        self._group = group
        self._jvm = (*JVM, f"-Xms{min(256, heap_mib)}m", f"-Xmx{heap_mib}m")
        self.servers: dict[int, Server] = {}

    @property
    def bootstrap(self) -> str:
        """`host:port,...` for clients, once started."""
        return ",".join(self._address(node) for node in self._nodes) if self._ports else ""

    def _address(self, node: int) -> str:
        assert self._ports is not None  # noqa: S101 - _remember() chose them
        return f"127.0.0.1:{self._ports[node - 1][0]}"

    def start(self) -> Self:
        """Start every node and wait until the cluster answers with all of them.

        Raises:
            ServerFailed: Java or the jars are missing, or a node did not start.
        """
        java, libs = usable_java(), jars(self._libs, group=self._group)
        command = [str(java), *self._jvm, "-cp", f"{libs.resolve()}/*"]
        identity = self._remember()
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda node: self._format(node, command, identity), self._nodes))
        for node in self._nodes:
            log = self._data / f"node{node}.log"
            argv = [*command, "kafka.Kafka", str(self._properties(node))]
            self.servers[node] = Server(f"Apache Kafka node {node}", argv, log=log, group=self._group)
            self.servers[node].start()
        try:
            for node in self._nodes:
                self._wait(node, brokers=len(self._nodes))
        except ServerFailed:
            self.stop()
            raise
        return self

    def _wait(self, node: int, *, brokers: int) -> None:
        """Wait until `node` itself answers a Metadata call that names `brokers` brokers."""
        # Quiet, and quick to come back while nobody listens yet.
        client = AdminClient(
            {
                "bootstrap.servers": self._address(node),
                "log_level": 0,
                "reconnect.backoff.ms": 50,
                "reconnect.backoff.max.ms": 200,
            }
        )
        self.servers[node].wait_until(lambda: _brokers(client) >= brokers, seconds=READY_SECONDS)

    def kill(self, node: int = 1) -> None:
        """End a node at once (SIGKILL)."""
        self.servers[node].kill()

    def restart(self, node: int = 1) -> None:
        """Start a node that has ended, with its data, and wait until it serves again.

        Raises:
            ServerFailed: it did not start.
        """
        self.servers[node].start()
        self._wait(node, brokers=1)

    def stop(self, *, seconds: float = 10.0) -> None:
        """Ask all to end, then kill what has not within `seconds`."""
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda server: server.stop(seconds=seconds), self.servers.values()))

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _properties(self, node: int) -> Path:
        return self._data / f"node{node}.properties"

    def _remember(self) -> str:
        """The cluster's id, kept with its data; so are ports that we chose, since nodes know each other by them."""
        self._data.mkdir(parents=True, exist_ok=True)
        file = self._data / "cluster.json"
        known = json.loads(file.read_text()) if file.exists() else {}
        if known and known["nodes"] != len(self._nodes):
            raise ServerFailed(f"{self._data} holds a cluster of {known['nodes']} nodes, not {len(self._nodes)}")
        if self._ports is None:
            ports = known.get("ports") or [(free_port(), free_port()) for _ in self._nodes]
            self._ports = tuple((clients, controllers) for clients, controllers in ports)
        identity: str = known.get("id") or _cluster_id()
        file.write_text(json.dumps({"id": identity, "nodes": len(self._nodes), "ports": self._ports}))
        return identity

    def _format(self, node: int, command: list[str], identity: str) -> None:
        self._properties(node).write_text(self._configuration(node))
        if (self._data / f"node{node}" / "meta.properties").exists():
            return
        argv = [*command, "kafka.tools.StorageTool", "format", "-t", identity, "-c", str(self._properties(node))]
        done = subprocess.run(argv, capture_output=True, text=True, check=False, process_group=self._group)
        if done.returncode != 0:
            raise ServerFailed(f"Apache Kafka could not format {self._data}: {(done.stderr or done.stdout).strip()}")

    def _configuration(self, node: int) -> str:
        assert self._ports is not None  # noqa: S101 - _remember() chose them
        clients, controllers = self._ports[node - 1]
        replicas = len(self._nodes)
        voters = ",".join(f"{n}@127.0.0.1:{self._ports[n - 1][1]}" for n in self._nodes)
        return _CONFIGURATION.format(
            node=node,
            voters=voters,
            clients=clients,
            controllers=controllers,
            data=self._data / f"node{node}",
            replicas=replicas,
            in_sync=2 if replicas > 1 else 1,
            # A killed node is let in again only after its session; where there is no other to take over, why wait.
            session=6000 if replicas > 1 else 2000,
        )


_CONFIGURATION = """\
process.roles=broker,controller
node.id={node}
controller.quorum.voters={voters}
listeners=PLAINTEXT://127.0.0.1:{clients},CONTROLLER://127.0.0.1:{controllers}
advertised.listeners=PLAINTEXT://127.0.0.1:{clients}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs={data}
default.replication.factor={replicas}
min.insync.replicas={in_sync}
unclean.leader.election.enable=false
offsets.topic.replication.factor={replicas}
offsets.topic.num.partitions=4
transaction.state.log.replication.factor={replicas}
transaction.state.log.min.isr={in_sync}
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor={replicas}
share.coordinator.state.topic.min.isr={in_sync}
broker.heartbeat.interval.ms=500
broker.session.timeout.ms={session}
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
auto.create.topics.enable=false
"""


def _cluster_id() -> str:
    """A random id as Kafka's `Uuid` writes it: 16 bytes in URL-safe base 64, not beginning with a dash."""
    while (text := base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")).startswith("-"):
        pass
    return text


def _brokers(client: AdminClient) -> int:
    try:
        return len(client.list_topics(timeout=1.0).brokers)
    except KafkaException:
        return 0
