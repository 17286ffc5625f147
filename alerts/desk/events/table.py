"""Tables of terms that are looked into at random."""

from typing import Any, TypeVar

_Table = TypeVar("_Table", bound=dict[str, Any])


def keeping_hashes(table: _Table) -> _Table:
    """The same table, of a kind that keeps the hashes of its keys beside them.

    A dict that never had any key but text keeps none (CPython from 3.11 on): to pass over a key that is not the one
    looked for, it must look at the key itself, and the terms of ten thousand stories lie anywhere in memory.
    """
    other: Any = table
    other[None] = None
    del other[None]
    return table
