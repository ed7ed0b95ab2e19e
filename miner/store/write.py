"""Writing papers: upserts in bulk through Arrow; a record whose content is unchanged is not written again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, fields
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from miner.store.arrow import arrow_table, registered
from miner.store.rows import scalar
from miner.types import AbstractSection, Author, Correction, Paper

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

BATCH = 10_000


@dataclass(slots=True)
class Written:
    """How many records were received, and what became of them."""

    received: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0

    def add(self, other: Written) -> None:
        """Add the counts of another batch."""
        for f in fields(self):
            setattr(self, f.name, getattr(self, f.name) + getattr(other, f.name))


def paper_digest(paper: Paper) -> str:
    """Return the SHA-256 of a record's content, without what tells how it arrived."""
    content = [
        _VALUES(paper),
        [_AUTHOR(a) for a in paper.authors],
        [_SECTION(x) for x in paper.sections],
        [_CORRECTION(c) for c in paper.corrections],
    ]
    return hashlib.sha256(_encode(content).encode("utf-8", "surrogatepass")).hexdigest()


def upsert_papers(con: duckdb.DuckDBPyConnection, papers: Iterable[Paper], job: str) -> Written:
    """Insert new records, replace changed ones, keep every version received.

    Of several records of one identifier, in one call or over time, the one of the highest version stands in ``paper`` (of equal
    versions, the one received last); all stand in ``paper_version``.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        A writer.
    papers : iterable of Paper
    job : str
        What brings them; recorded in ``paper_job``.
    """
    total, stream = Written(), iter(papers)
    while batch := list(islice(stream, BATCH)):
        con.execute("BEGIN")
        try:
            total.add(_upsert_batch(con, batch, job))
            con.execute("COMMIT")
        except BaseException:
            con.execute("ROLLBACK")
            raise
    return total


def _upsert_batch(con: duckdb.DuckDBPyConnection, batch: list[Paper], job: str) -> Written:
    digests = [paper_digest(p) for p in batch]
    latest: dict[str, int] = {}
    for i, paper in enumerate(batch):
        best = latest.get(paper.paper_id)
        if best is None or paper.version >= batch[best].version:
            latest[paper.paper_id] = i
    con.register("incoming", _paper_table(batch, digests, latest))
    try:
        return _merge(con, batch, job)
    finally:
        con.unregister("incoming")


def _merge(con: duckdb.DuckDBPyConnection, batch: list[Paper], job: str) -> Written:
    con.execute(
        """INSERT INTO paper_job SELECT DISTINCT paper_id, $job FROM incoming
           WHERE NOT EXISTS (SELECT 1 FROM paper_job j WHERE j.paper_id = incoming.paper_id AND j.job = $job)""",
        {"job": job},
    )
    con.execute(
        """INSERT INTO paper_version
           SELECT paper_id, version, digest, title, abstract, updated, doi, raw_sha256 FROM incoming ON CONFLICT DO NOTHING"""
    )
    rows = con.execute(
        """SELECT i.row, p.paper_id IS NULL AS is_new FROM incoming i LEFT JOIN paper p USING (paper_id)
           WHERE i.latest AND (p.paper_id IS NULL OR (p.digest <> i.digest AND i.version >= p.version))"""
    ).fetchall()
    write = dict(rows)
    changed = [batch[i].paper_id for i, is_new in write.items() if not is_new]
    if write:
        columns = ", ".join(_COLUMNS)
        updates = ", ".join(f"{c} = excluded.{c}" for c in _COLUMNS if c != "paper_id")
        with registered(con, "chosen", {"row": sorted(write)}):
            con.execute(
                f"""INSERT INTO paper ({columns}) SELECT {columns} FROM incoming WHERE row IN (SELECT row FROM chosen)
                    {"ON CONFLICT DO UPDATE SET " + updates if changed else ""}"""  # noqa: S608 -- column names of ours
            )
        _replace_children(con, [batch[i] for i in sorted(write)], changed)
    return Written(len(batch), len(write) - len(changed), len(changed), len(batch) - len(write))


def _replace_children(con: duckdb.DuckDBPyConnection, papers: list[Paper], changed: list[str]) -> None:
    if changed:
        with registered(con, "touched", {"paper_id": changed}):
            for name in _CHILDREN:
                con.execute(f"DELETE FROM {name} WHERE paper_id IN (SELECT paper_id FROM touched)")  # noqa: S608 -- a name of ours
    for name, (field, values) in _PARTS.items():
        records = [(p.paper_id, i, *values(part)) for p in papers for i, part in enumerate(getattr(p, field))]
        if records:
            con.register("children", _table(records, _CHILDREN[name]))
            con.execute(f"INSERT INTO {name} BY NAME SELECT * FROM children")  # noqa: S608 -- a name of ours
            con.unregister("children")


def _names(record: type, *without: str) -> list[str]:
    return [f.name for f in fields(record) if f.name not in without]


_COLUMNS = [*_names(Paper, "authors", "sections", "corrections"), "digest"]
# attrgetter reads all fields in one call: copying records with asdict took most of the time of a bulk load.
_VALUES = attrgetter(*(c for c in _COLUMNS if c not in {"digest", "raw_sha256"}))
_ROW = attrgetter(*_COLUMNS[:-1])
_AUTHOR, _SECTION, _CORRECTION = (attrgetter(*_names(r)) for r in (Author, AbstractSection, Correction))
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode
_PARTS = {"author": ("authors", _AUTHOR), "abstract_section": ("sections", _SECTION), "correction": ("corrections", _CORRECTION)}
_CHILDREN = {
    name: ["paper_id", "position", *_names(record)]
    for name, record in (("author", Author), ("abstract_section", AbstractSection), ("correction", Correction))
}


def _paper_table(batch: list[Paper], digests: list[str], latest: dict[str, int]) -> pa.Table:
    table = _table([_ROW(p) for p in batch], _COLUMNS[:-1])
    return (
        table.append_column("digest", [digests])
        .append_column("row", [list(range(len(batch)))])
        .append_column("latest", [[latest[p.paper_id] == i for i, p in enumerate(batch)]])
    )


def _table(records: list[tuple[Any, ...]], columns: list[str]) -> pa.Table:
    return arrow_table(dict(zip(columns, map(list, zip(*records, strict=True)), strict=True)))


# In an order in which nothing refers to what is gone.
_OF_A_PAPER = (
    "effect", "study_link", "study", "extraction", "fulltext_download", "document", *_CHILDREN, "paper_job", "paper_version", "paper",
)  # fmt: skip


def delete_papers(con: duckdb.DuckDBPyConnection, paper_ids: Iterable[str]) -> int:
    """Remove records that their source has deleted (PubMed's DeleteCitation), with all that was read from them.

    Returns
    -------
    int
        How many of them were there.
    """
    ids = sorted(set(paper_ids))
    with registered(con, "deleted", {"paper_id": ids}):
        there = scalar(con, "SELECT count(*) FROM paper WHERE paper_id IN (SELECT paper_id FROM deleted)")
        con.execute("BEGIN")
        try:
            con.execute(
                """DELETE FROM extraction_pass
                   WHERE document_id IN (SELECT document_id FROM document WHERE paper_id IN (SELECT paper_id FROM deleted))"""
            )
            con.execute("DELETE FROM study_link WHERE other_id IN (SELECT paper_id FROM deleted)")
            for table in ("document_section", "document_layout"):
                con.execute(
                    f"""DELETE FROM {table}
                       WHERE document_id IN (SELECT document_id FROM document WHERE paper_id IN (SELECT paper_id FROM deleted))"""  # noqa: S608 -- names of ours
                )
            for table in _OF_A_PAPER:
                con.execute(f"DELETE FROM {table} WHERE paper_id IN (SELECT paper_id FROM deleted)")  # noqa: S608 -- names of ours
            con.execute("COMMIT")
        except BaseException:
            con.execute("ROLLBACK")
            raise
    return int(there)
