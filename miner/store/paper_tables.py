"""Papers as Arrow tables: made where they are parsed, also in another process, and handed to the database as they are."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from miner.store.arrow import arrow_table
from miner.types import AbstractSection, Author, Correction, Grant, Keyword, Paper

if TYPE_CHECKING:
    import pyarrow as pa


def _names(record: type, *without: str) -> list[str]:
    return [f.name for f in fields(record) if f.name not in without]


COLUMNS = [*_names(Paper, "authors", "sections", "corrections", "keywords", "grants"), "digest"]
# attrgetter reads all fields in one call: copying records with asdict took most of the time of a bulk load.
_VALUES = attrgetter(*(c for c in COLUMNS if c not in {"digest", "raw_sha256"}))
_RECORDS: dict[str, type] = {
    "author": Author, "abstract_section": AbstractSection, "correction": Correction, "keyword": Keyword, "funding": Grant,
}  # fmt: skip
_FIELDS = {"author": "authors", "abstract_section": "sections", "correction": "corrections", "keyword": "keywords", "funding": "grants"}
_AUTHOR, _SECTION, _CORRECTION, _KEYWORD, _GRANT = (attrgetter(*_names(r)) for r in _RECORDS.values())
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode
CHILDREN = {name: ["paper_id", "position", *_names(record)] for name, record in _RECORDS.items()}


@dataclass(frozen=True, slots=True)
class PaperTables:
    """A batch of papers: ``paper`` has one row each, with its number in ``row``; ``children`` have that number too."""

    paper: pa.Table
    children: dict[str, pa.Table]

    def __len__(self) -> int:
        return int(self.paper.num_rows)


def paper_digest(paper: Paper) -> str:
    """Return the SHA-256 of a record's content, without what tells how it arrived."""
    content = [
        _VALUES(paper),
        [_AUTHOR(a) for a in paper.authors],
        [_SECTION(x) for x in paper.sections],
        [_CORRECTION(c) for c in paper.corrections],
    ]
    if paper.keywords or paper.grants:  # a record without them keeps the digest that it had before they were read
        content += [[_KEYWORD(k) for k in paper.keywords], [_GRANT(g) for g in paper.grants]]
    return hashlib.sha256(_encode(content).encode("utf-8", "surrogatepass")).hexdigest()


def paper_tables(batch: Sequence[Paper]) -> PaperTables:
    """Return the batch as tables; of several records of one identifier, ``latest`` marks the one that is to stand."""
    latest: dict[str, int] = {}
    for i, paper in enumerate(batch):
        best = latest.get(paper.paper_id)
        if best is None or not _older(paper, batch[best]):
            latest[paper.paper_id] = i
    columns: dict[str, list[Any]] = {c: list(map(attrgetter(c), batch)) for c in COLUMNS[:-1]}
    columns |= {
        "digest": list(map(paper_digest, batch)),
        "row": list(range(len(batch))),
        "latest": [latest[p.paper_id] == i for i, p in enumerate(batch)],
    }
    return PaperTables(arrow_table(columns), {name: _children(batch, name) for name in _RECORDS})


def _older(paper: Paper, other: Paper) -> bool:
    if paper.version != other.version:
        return paper.version < other.version
    return paper.updated is not None and other.updated is not None and paper.updated < other.updated


def _children(batch: Sequence[Paper], name: str) -> pa.Table:
    # Column by column: rows as tuples, turned around, took longer than reading the XML's authors.
    parts = list(map(attrgetter(_FIELDS[name]), batch))
    flat = [x for part in parts for x in part]
    columns: dict[str, list[Any]] = {
        "row": [i for i, part in enumerate(parts) for _ in part],
        "paper_id": [p.paper_id for p, part in zip(batch, parts, strict=True) for _ in part],
        "position": [n for part in parts for n in range(len(part))],
    }
    return arrow_table(columns | {f: list(map(attrgetter(f), flat)) for f in _names(_RECORDS[name])})


def pack(tables: PaperTables) -> list[bytes]:
    """Return tables as bytes that go through a pipe."""
    return [_ipc(t) for t in (tables.paper, *(tables.children[n] for n in CHILDREN))]


def unpack(parts: list[bytes]) -> PaperTables:
    """Return what ``pack`` was given."""
    import pyarrow as pa

    paper, *children = (pa.ipc.open_stream(p).read_all() for p in parts)
    return PaperTables(paper, dict(zip(CHILDREN, children, strict=True)))


def _ipc(table: pa.Table) -> bytes:
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue().to_pybytes())
