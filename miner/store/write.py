"""Writing papers: upserts in bulk through Arrow; a record whose content is unchanged is not written again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from itertools import islice
from typing import TYPE_CHECKING, Any

from miner.store.arrow import arrow_table, registered
from miner.store.rows import scalar
from miner.types import Author, Paper

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

BATCH = 5_000
_NOT_CONTENT = {"raw_sha256"}


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
    content = {k: v for k, v in asdict(paper).items() if k not in _NOT_CONTENT}
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


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
    con.execute("INSERT INTO paper_job SELECT DISTINCT paper_id, ? FROM incoming ON CONFLICT DO NOTHING", [job])
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
                    ON CONFLICT DO UPDATE SET {updates}"""  # noqa: S608 -- column names of ours
            )
        _replace_children(con, [batch[i] for i in sorted(write)], changed)
    return Written(len(batch), len(write) - len(changed), len(changed), len(batch) - len(write))


def _replace_children(con: duckdb.DuckDBPyConnection, papers: list[Paper], changed: list[str]) -> None:
    if changed:
        with registered(con, "touched", {"paper_id": changed}):
            for name in _CHILDREN:
                con.execute(f"DELETE FROM {name} WHERE paper_id IN (SELECT paper_id FROM touched)")  # noqa: S608 -- a name of ours
    for name, rows in (("author", _authors(papers)), ("abstract_section", _sections(papers)), ("correction", _corrections(papers))):
        records = list(rows)
        if records:
            con.register("children", _table(records, name))
            con.execute(f"INSERT INTO {name} BY NAME SELECT * FROM children")  # noqa: S608 -- a name of ours
            con.unregister("children")


_COLUMNS = [f.name for f in fields(Paper) if f.name not in {"authors", "sections", "corrections"}] + ["digest"]
_CHILDREN = {
    "author": ["paper_id", "position", *(f.name for f in fields(Author))],
    "abstract_section": ["paper_id", "position", "kind", "label", "category", "text"],
    "correction": ["paper_id", "position", "kind", "pmid", "reference", "note"],
}


def _paper_table(batch: list[Paper], digests: list[str], latest: dict[str, int]) -> pa.Table:
    columns: dict[str, list[Any]] = {c: [getattr(p, c) for p in batch] for c in _COLUMNS if c != "digest"}
    columns["digest"] = digests
    columns["row"] = list(range(len(batch)))
    columns["latest"] = [latest[p.paper_id] == i for i, p in enumerate(batch)]
    return arrow_table(columns)


def _table(records: list[tuple[Any, ...]], name: str) -> pa.Table:
    return arrow_table(dict(zip(_CHILDREN[name], map(list, zip(*records, strict=True)), strict=True)))


def _authors(papers: list[Paper]) -> Iterator[tuple[Any, ...]]:
    names = [f.name for f in fields(Author)]
    for p in papers:
        for i, a in enumerate(p.authors):
            yield (p.paper_id, i, *(getattr(a, n) for n in names))


def _sections(papers: list[Paper]) -> Iterator[tuple[Any, ...]]:
    for p in papers:
        for i, s in enumerate(p.sections):
            yield p.paper_id, i, s.kind, s.label, s.category, s.text


def _corrections(papers: list[Paper]) -> Iterator[tuple[Any, ...]]:
    for p in papers:
        for i, c in enumerate(p.corrections):
            yield p.paper_id, i, c.kind, c.pmid, c.reference, c.note


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
            for table in ("effect", "study", "extraction", "document", *_CHILDREN, "paper_job", "paper_version", "paper"):
                con.execute(f"DELETE FROM {table} WHERE paper_id IN (SELECT paper_id FROM deleted)")  # noqa: S608 -- names of ours
            con.execute("COMMIT")
        except BaseException:
            con.execute("ROLLBACK")
            raise
    return int(there)
