"""Numbered migrations with checksums; each is applied and recorded in one transaction."""

from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from miner.errors import StoreError
from miner.resources import resource
from miner.store.rows import scalar

if TYPE_CHECKING:
    import duckdb

_LEDGER = """CREATE TABLE IF NOT EXISTS migration (
    number INTEGER PRIMARY KEY, name VARCHAR NOT NULL, sha256 VARCHAR NOT NULL, applied_at VARCHAR NOT NULL)"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file ``NNNN_name.sql``."""

    number: int
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        """Checksum of the file's text."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def migrations(folder: Path | None = None) -> list[Migration]:
    """Return the migrations of ``folder`` (the bundled ones by default), in order.

    Raises
    ------
    StoreError
        If two files have the same number.
    """
    files = sorted((folder or resource("db", "migrations")).glob("[0-9][0-9][0-9][0-9]_*.sql"))
    found = [Migration(int(f.name[:4]), f.stem[5:], f.read_text(encoding="utf-8")) for f in files]
    numbers = [m.number for m in found]
    for number in numbers:
        if numbers.count(number) > 1:
            raise StoreError(f"two migrations have the number {number:04d}", where=str(folder), hint="give one of them another number")
    return found


def pending(con: duckdb.DuckDBPyConnection, known: list[Migration] | None = None) -> list[Migration]:
    """Return the migrations that the database lacks; reads only.

    Raises
    ------
    StoreError
        If an applied migration's file has changed since, or the database comes from a newer version of miner.
    """
    known = migrations() if known is None else known
    exists = scalar(con, "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'migration' AND NOT internal")
    applied: dict[int, str] = dict(con.execute("SELECT number, sha256 FROM migration").fetchall()) if exists else {}
    by_number = {m.number: m for m in known}
    for number, sha256 in applied.items():
        if number not in by_number:
            raise StoreError(
                f"the database has migration {number:04d}, which this version of miner does not know",
                hint="use the newer miner that made it",
            )
        if by_number[number].sha256 != sha256:
            raise StoreError(
                f"migration {number:04d}_{by_number[number].name} has changed since it was applied",
                hint="restore the file; changes go into a new migration",
            )
    return [m for m in known if m.number not in applied]


def migrate(con: duckdb.DuckDBPyConnection, known: list[Migration] | None = None) -> list[Migration]:
    """Bring the database up to date; return what was applied. A migration that fails leaves the database as it was."""
    todo = pending(con, known)
    if not todo and _views_current(con):
        return []
    con.execute("BEGIN")
    try:
        con.execute(_LEDGER)
        for migration in todo:
            con.execute(migration.sql)
            now = datetime.now(UTC).isoformat(timespec="seconds")
            con.execute("INSERT INTO migration VALUES (?, ?, ?, ?)", [migration.number, migration.name, migration.sha256, now])
        if known is None:
            _apply_views(con)
            _apply_dictionary(con)
        con.execute("COMMIT")
    except Exception as error:
        con.execute("ROLLBACK")
        if isinstance(error, StoreError):
            raise
        raise StoreError(f"a migration failed, the database is as it was: {error}", hint="report this with the message") from error
    return todo


def _view_files() -> list[Path]:
    return sorted(resource("db", "views").glob("*.sql"))


def _definitions_digest() -> str:
    files = [*_view_files(), *sorted(resource("db", "dictionary").glob("*.toml"))]
    return hashlib.sha256(b"\0".join(f.read_bytes() for f in files)).hexdigest()


def _views_current(con: duckdb.DuckDBPyConnection) -> bool:
    comment = scalar(con, "SELECT comment FROM duckdb_views() WHERE view_name = 'v_definitions' AND NOT internal")
    return bool(comment == f"Checksum of views and dictionary: {_definitions_digest()}")


def _apply_views(con: duckdb.DuckDBPyConnection) -> None:
    for file in _view_files():
        con.execute(file.read_text(encoding="utf-8"))
    con.execute(f"CREATE OR REPLACE VIEW v_definitions AS SELECT '{_definitions_digest()}' AS sha256")


def missing_views(con: duckdb.DuckDBPyConnection) -> set[str]:
    """Return the views of this miner that a database lacks: those that came after the miner that made it."""
    known = {name for file in _view_files() for name in re.findall(r"CREATE OR REPLACE VIEW (\w+)", file.read_text(encoding="utf-8"))}
    return known - {name for (name,) in con.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()}


def dictionary() -> dict[str, Any]:
    """Return the data dictionary: ``tables`` (name to comment) and ``columns`` ((table, column) or column to comment)."""
    tables: dict[str, str] = {}
    shared: dict[str, str] = {}
    own: dict[tuple[str, str], str] = {}
    for file in sorted(resource("db", "dictionary").glob("*.toml")):
        content = tomllib.loads(file.read_text(encoding="utf-8"))
        tables.update(content.pop("tables", {}))
        shared.update(content.pop("columns", {}))
        for section, columns in content.items():
            table = section.removeprefix("columns of ")
            own.update({(table, column): comment for column, comment in columns.items()})
    return {"tables": tables, "shared": shared, "own": own}


def _apply_dictionary(con: duckdb.DuckDBPyConnection) -> None:
    words = dictionary()
    views = {r[0] for r in con.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()}
    columns = con.execute("SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal AND schema_name = 'main'").fetchall()
    for table in sorted({c[0] for c in columns}):
        comment = words["tables"].get(table)
        if table == "v_definitions":
            comment = f"Checksum of views and dictionary: {_definitions_digest()}"
        con.execute(f"COMMENT ON {'VIEW' if table in views else 'TABLE'} {table} IS {_literal(comment)}")
    for table, column in columns:
        comment = words["own"].get((table, column), words["shared"].get(column))
        con.execute(f'COMMENT ON COLUMN {table}."{column}" IS {_literal(comment)}')


def _literal(text: str | None) -> str:
    return "NULL" if text is None else "'" + text.replace("'", "''") + "'"
