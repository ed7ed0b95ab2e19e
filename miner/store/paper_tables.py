"""Papers as Arrow tables: made where they are parsed, also in another process, and handed to the database as they are."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from miner.store.arrow import arrow_table
from miner.types import AbstractSection, Author, Correction, Paper

if TYPE_CHECKING:
    import pyarrow as pa


def _names(record: type, *without: str) -> list[str]:
    return [f.name for f in fields(record) if f.name not in without]


COLUMNS = [*_names(Paper, "authors", "sections", "corrections"), "digest"]
# attrgetter reads all fields in one call: copying records with asdict took most of the time of a bulk load.
_VALUES = attrgetter(*(c for c in COLUMNS if c not in {"digest", "raw_sha256"}))
_ROW = attrgetter(*COLUMNS[:-1])
_AUTHOR, _SECTION, _CORRECTION = (attrgetter(*_names(r)) for r in (Author, AbstractSection, Correction))
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode
_PARTS = {"author": ("authors", _AUTHOR), "abstract_section": ("sections", _SECTION), "correction": ("corrections", _CORRECTION)}
CHILDREN = {
    name: ["paper_id", "position", *_names(record)]
    for name, record in (("author", Author), ("abstract_section", AbstractSection), ("correction", Correction))
}


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
    return hashlib.sha256(_encode(content).encode("utf-8", "surrogatepass")).hexdigest()


def paper_tables(batch: Sequence[Paper]) -> PaperTables:
    """Return the batch as tables; of several records of one identifier, ``latest`` marks the one that is to stand."""
    latest: dict[str, int] = {}
    for i, paper in enumerate(batch):
        best = latest.get(paper.paper_id)
        if best is None or not _older(paper, batch[best]):
            latest[paper.paper_id] = i
    table = _table([_ROW(p) for p in batch], COLUMNS[:-1])
    table = (
        table.append_column("digest", [[paper_digest(p) for p in batch]])
        .append_column("row", [list(range(len(batch)))])
        .append_column("latest", [[latest[p.paper_id] == i for i, p in enumerate(batch)]])
    )
    return PaperTables(table, {name: _children(batch, name) for name in _PARTS})


def _older(paper: Paper, other: Paper) -> bool:
    if paper.version != other.version:
        return paper.version < other.version
    return paper.updated is not None and other.updated is not None and paper.updated < other.updated


def _children(batch: Sequence[Paper], name: str) -> pa.Table:
    field, values = _PARTS[name]
    part = attrgetter(field)
    rows = [(i, p.paper_id, n, *values(x)) for i, p in enumerate(batch) for n, x in enumerate(part(p))]
    return _table(rows, ["row", *CHILDREN[name]])


def _table(rows: list[tuple[Any, ...]], columns: list[str]) -> pa.Table:
    if not rows:
        return arrow_table({c: [] for c in columns})
    return arrow_table(dict(zip(columns, map(list, zip(*rows, strict=True)), strict=True)))


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
