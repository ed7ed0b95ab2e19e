"""Whether a database can be read whole: DuckDB checks each block that it reads."""

from __future__ import annotations

from pathlib import Path


def damage_of(path: Path) -> str | None:
    """Return why a database cannot be read whole, in its first words; None where it can.

    Parameters
    ----------
    path : pathlib.Path
        The file; it is opened read-only, and every block of every table is read.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "a.duckdb"
    ...     _ = file.write_bytes(b"nothing like it")
    ...     damage_of(file) is None
    False
    """
    import duckdb

    try:
        with duckdb.connect(str(path), read_only=True) as con:
            tables = con.execute("SELECT table_name FROM duckdb_tables() WHERE NOT internal AND schema_name = 'main'").fetchall()
            for (table,) in tables:
                con.execute(f'SELECT sum(hash(t)::HUGEINT) FROM "{table}" t').fetchall()  # noqa: S608 -- a name from the catalogue
    except (duckdb.Error, OSError, RuntimeError, ValueError) as error:
        return str(error).strip().split("\n")[0][:200]
    return None
