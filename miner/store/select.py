"""Ad hoc SQL on a snapshot: one read-only statement, bounded in time and memory."""

from __future__ import annotations

from collections.abc import Mapping
from threading import Timer
from typing import TYPE_CHECKING, Any

from miner.errors import QueryError

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

TIMEOUT = 60.0
MAX_BYTES = 1_000_000_000
_BATCH_ROWS = 100_000


def select(
    con: duckdb.DuckDBPyConnection,
    sql: str,
    parameters: Mapping[str, Any] | None = None,
    *,
    timeout: float = TIMEOUT,
    max_bytes: int = MAX_BYTES,
) -> pa.Table:
    """Run one SELECT on an open reader (see :func:`miner.store.query.run_select`), in this process: what DuckDB does not look up from goes on beyond its time."""
    import duckdb

    statement = _only_reading(con, sql)
    timer = Timer(timeout, con.interrupt)
    timer.daemon = True
    timer.start()
    try:
        return _fetch(con.sql(statement, params=dict(parameters) if parameters else None), max_bytes)
    except (duckdb.Error, RuntimeError, OSError) as error:  # what goes wrong while rows come, Arrow tells as an OSError
        raise _told(error, timeout) from error
    finally:
        timer.cancel()


def _told(error: Exception, timeout: float) -> QueryError:
    """Return what went wrong in words of ours."""
    said = str(error).strip()
    if "INTERRUPT" in said.partition(":")[0]:
        return QueryError(f"the query was stopped after {timeout:g} s", hint="narrow it, or give a longer --timeout")
    if said.startswith("Out of Memory"):
        return QueryError("the query needs more memory than it may use", hint="narrow it with WHERE, LIMIT or an aggregate")
    return QueryError(said, hint="miner sql 'SHOW TABLES' lists views; DESCRIBE NAME shows columns")


def _only_reading(con: duckdb.DuckDBPyConnection, sql: str) -> Any:
    import duckdb

    try:
        statements = con.extract_statements(sql)
    except duckdb.Error as error:
        raise QueryError(str(error).strip(), hint="correct the statement") from error
    if len(statements) != 1:
        raise QueryError(f"exactly one statement is allowed, not {len(statements)}", hint="run them one by one")
    if statements[0].type not in {duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN}:
        raise QueryError(
            f"only statements that read are allowed, not {statements[0].type.name}",
            hint="the snapshot is read-only; open a copy of data/current.duckdb with duckdb to do more",
        )
    return statements[0]


def _fetch(result: duckdb.DuckDBPyRelation, max_bytes: int) -> pa.Table:
    import pyarrow as pa

    reader = result.to_arrow_reader(_BATCH_ROWS)
    batches, size = [], 0
    for batch in reader:
        size += batch.nbytes
        if size > max_bytes:
            raise QueryError(f"the result is larger than {max_bytes / 1e6:,.0f} MB", hint="narrow it with WHERE, LIMIT or an aggregate")
        batches.append(batch)
    return pa.Table.from_batches(batches, schema=reader.schema)
