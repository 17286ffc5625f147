r"""Header keys that are no UTF-8: the client library refuses the record, and would refuse it for ever.

Kafka calls such a key a string and says no more (KIP-82); some clients send whatever bytes they are given. A reader
that stops there stops for all that comes after. So whoever meets one reads on by the library's own records in Python,
slower, with what is no UTF-8 in a key written as `\xff`. Key and value of the record are what they are.
"""

import logging
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException
from aiokafka.record import default_records, memory_records
from aiokafka.structs import ConsumerRecord

log = logging.getLogger(__name__)


class OddHeader(CorruptRecordException):  # type: ignore[misc]  # aiokafka is not typed
    """A header key is no UTF-8. What was read in the same call is lost: go back, and it is read."""


async def read(
    consumer: AIOKafkaConsumer, *, timeout_ms: int, max_records: int
) -> "dict[TopicPartition, list[ConsumerRecord[bytes, bytes]]]":
    """The next records.

    Raises:
        OddHeader: a header key is no UTF-8; from now on this process reads such keys.
        KafkaError: as `getmany` does.
    """
    try:
        fetched: dict[TopicPartition, list[ConsumerRecord[bytes, bytes]]] = await consumer.getmany(
            timeout_ms=timeout_ms, max_records=max_records
        )
    except UnicodeDecodeError as exc:
        log.warning("a header key is no UTF-8 (%s); this process reads records more slowly from now on", exc.reason)
        fetcher.MemoryRecords = _Records
        raise OddHeader(str(exc)) from None
    return fetched


class _Bytes(bytes):
    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:  # noqa: ARG002 - never strict
        return super().decode(encoding, "backslashreplace")


class _Buffer(bytearray):
    """Slices of it decode, whatever is in them."""

    def __getitem__(self, at: Any) -> Any:
        found = super().__getitem__(at)
        return _Bytes(found) if isinstance(at, slice) else found


class _Batch(default_records._DefaultRecordBatchPy):  # type: ignore[misc]  # noqa: SLF001 - semi-public: the version is pinned
    def _maybe_uncompress(self) -> None:
        super()._maybe_uncompress()
        self._buffer: bytearray = _Buffer(self._buffer)


class _Records(memory_records._MemoryRecordsPy):  # type: ignore[misc]  # noqa: SLF001
    def next_batch(self, *args: Any) -> Any:
        upcoming = self._next_slice
        if upcoming is None or len(upcoming) <= self.MAGIC_OFFSET or upcoming[self.MAGIC_OFFSET] < 2:
            return super().next_batch(*args)  # formats without headers
        self._cache_next()
        return _Batch(upcoming)
