"""One term of the desk against a real Kafka: what it leaves behind, and what it can still do once it was replaced."""

import gc

import pytest
from support.topics import records, settings_for

from alerts.desk import Desk, Outputs
from consumers.backends.kafka import Cluster
from consumers.office import Office, TermFailed

pytestmark = pytest.mark.kafka

# More than one producer batch, so that the producer learns between two sends that it is fenced.
MANY: dict[str, bytes | None] = {f"story-{n}": b"x" * 4_000 for n in range(400)}


async def test_a_term_that_was_replaced_ends_in_the_middle_of_its_sends(
    apache_kafka: str, prefix: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It fails as a term fails, leaves nothing on the topics, and complains once, not once a record."""
    cluster = await Cluster.connect(settings_for(apache_kafka, "embedded", prefix))
    before, after = (Office(cluster.settings, cluster, Desk()) for _ in range(2))
    try:
        await before.open()
        await before.write(Outputs(state={"first": None}), 1)
        await after.open()
        with pytest.raises(TermFailed):
            await before.write(Outputs(state=MANY), 2)
        with pytest.raises(TermFailed):
            await before.write(Outputs(state={"again": None}), 2)
        await after.write(Outputs(state={"second": None}), 2)
    finally:
        await before.close()
        await after.close()
    kept = {record.key for record in await records(cluster, f"{prefix}desk.state")}
    assert kept == {b"first", b"second", b"position"}
    gc.collect()
    assert "never retrieved" not in caplog.text


@pytest.mark.parametrize("committed", [False, True])
async def test_only_alerts_that_somebody_can_see_show_that_memory_was_lost(
    apache_kafka: str, prefix: str, caplog: pytest.LogCaptureFixture, *, committed: bool
) -> None:
    """A desk that died in its very first transaction leaves offsets behind and nothing else: no alarm."""
    cluster = await Cluster.connect(settings_for(apache_kafka, "embedded", prefix))
    producer = cluster.producer(transactional_id=f"{prefix}desk")
    await producer.start()
    await producer.begin_transaction()
    await producer.send_and_wait(f"{prefix}alerts", b"{}", partition=0)
    if committed:
        await producer.commit_transaction()
    await producer.stop()  # which ends no transaction
    office = Office(cluster.settings, cluster, Desk())
    try:
        await office.open()
    finally:
        await office.close()
    assert ("lost its memory" in caplog.text) is committed
