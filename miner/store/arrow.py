"""Handing columns of Python values to SQL as a table."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import accumulate, chain
from typing import TYPE_CHECKING, Any

from miner.digits import STORED, significant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import duckdb
    import pyarrow as pa

_LISTS = {"categories", "publication_types", "mesh", "affiliations"}
_INTEGERS = {"year", "version", "position", "row", "start", "end", "page"}
_LONG = {"n", "nearest_count"}
_BOOLEANS = {"withdrawn", "retracted", "latest", "own", "chosen", "consistent", "taken"}
_DOUBLES = {"value", "ci_low", "ci_high", "sd", "score", "n_score", "estimate"}


def column_type(column: str) -> pa.DataType:
    """Return the Arrow type of the column of this name: one name has one type throughout the database."""
    import pyarrow as pa

    if column in _LISTS:
        return pa.list_(pa.string())
    if column in _INTEGERS:
        return pa.int32()
    if column in _LONG:
        return pa.int64()
    if column in _DOUBLES:
        return pa.float64()
    return pa.bool_() if column in _BOOLEANS else pa.string()


def label_type() -> pa.DataType:
    """Return the Arrow type of the labels of an estimate."""
    import pyarrow as pa

    texts = [(name, pa.string()) for name in ("kind", "value", "reach")]
    return pa.list_(pa.struct([*texts, ("start", pa.int32()), ("score", pa.float64()), ("asked", pa.float64())]))


def arrow_table(columns: Mapping[str, list[Any]], types: Mapping[str, pa.DataType] | None = None) -> pa.Table:
    """Return an Arrow table of the columns, typed by their names unless ``types`` says otherwise."""
    import pyarrow as pa

    types = types or {}
    return pa.table({c: _array(v, types.get(c) or column_type(c)) for c, v in columns.items()})


def _array(values: list[Any], kind: pa.DataType) -> pa.Array:
    import pyarrow as pa

    if pa.types.is_floating(kind):
        values = significant(values, STORED)
    if not pa.types.is_list(kind) or pa.types.is_struct(kind.value_type) or None in values:
        return pa.array(values, kind)
    # Lists of texts, flat and with their ends, in a third of the time that Arrow takes for lists of lists.
    return pa.ListArray.from_arrays(
        pa.array(accumulate(map(len, values), initial=0), pa.int32()), pa.array(list(chain.from_iterable(values)), kind.value_type)
    )


@contextmanager
def registered(
    con: duckdb.DuckDBPyConnection, name: str, columns: Mapping[str, list[Any]], types: Mapping[str, Any] | None = None
) -> Iterator[None]:
    """Let SQL see ``columns`` as the table ``name`` for the time of the block: a join is linear where a list is not."""
    con.register(name, arrow_table(columns, types))
    try:
        yield
    finally:
        con.unregister(name)
