"""Writing what rules found; nothing found before is overwritten, the views show what is current."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from miner.store.arrow import label_type, registered
from miner.store.connect import transaction
from miner.types import Decision, Evidence, Extraction

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import duckdb

    from miner.store.documents import Pending, RuleKey

_FIELDS = (
    "unit",
    "role",
    "own",
    "metric",
    "claim",
    "ci_low",
    "ci_high",
    "sd",
    "section",
    "task",
    "n",
    "name",
    "part",
    "on",
    "n_unit",
    "n_role",
    "n_score",
    "n_why",
    "scope",
    "labels",
)
_COLUMNS = (
    "extraction_id", "document_id", "document_sha256", "paper_id", "kind", "value", "value_text", *_FIELDS,
    "start", "end", "quote", "sentence", "page", "rule_id", "rule_version", "rule_sha256", "score",
)  # fmt: skip


def extraction_id(document_id: str, document_sha256: str, rule_sha256: str, found: Extraction) -> str:
    """Return the identifier of one value found: the same document, rule and place give the same one."""
    place = [
        document_id,
        document_sha256,
        found.rule_id,
        rule_sha256,
        found.kind,
        found.evidence.start,
        found.evidence.end,
        str(found.value),
    ]
    return "x" + hashlib.sha256(json.dumps(place).encode()).hexdigest()[:20]


def write_extractions(
    con: duckdb.DuckDBPyConnection, batch: Sequence[tuple[Pending, Sequence[Extraction]]], rules: Mapping[str, RuleKey]
) -> int:
    """Store what the waiting rules of each document found, and that they have read it, in one transaction; return how many values."""
    import pyarrow as pa

    rows: list[tuple[Any, ...]] = []
    passes: list[tuple[str, str, str, str, str]] = []
    for document, found in batch:
        rows += [_row(document, x, rules[x.rule_id]) for x in found]
        for rule_id in document.rules:
            rule = rules[rule_id]
            passes.append((document.document_id, rule_id, rule.version, rule.sha256, document.sha256))
    with transaction(con):
        if rows:
            columns = dict(zip(_COLUMNS, map(list, zip(*rows, strict=True)), strict=True))
            with registered(con, "found", columns, {"on": pa.list_(pa.int32()), "labels": label_type()}):
                con.execute("INSERT INTO extraction BY NAME SELECT * FROM found ON CONFLICT DO NOTHING")
        names = ("document_id", "rule_id", "rule_version", "rule_sha256", "document_sha256")
        with registered(con, "passed", dict(zip(names, map(list, zip(*passes, strict=True)), strict=True))):
            con.execute(
                """INSERT INTO extraction_pass BY NAME SELECT * FROM passed ON CONFLICT DO UPDATE SET
                   rule_version = excluded.rule_version, rule_sha256 = excluded.rule_sha256, document_sha256 = excluded.document_sha256"""
            )
    return len(rows)


def _row(document: Pending, x: Extraction, rule: RuleKey) -> tuple[Any, ...]:
    number = None if isinstance(x.value, str) else float(x.value)
    return (
        extraction_id(document.document_id, document.sha256, rule.sha256, x),
        document.document_id,
        document.sha256,
        document.paper_id,
        x.kind,
        number,
        x.value if isinstance(x.value, str) else None,
        *(x.fields.get(name) for name in _FIELDS),
        x.evidence.start,
        x.evidence.end,
        x.evidence.quote,
        x.evidence.sentence,
        x.evidence.page,
        x.rule_id,
        x.rule_version,
        rule.sha256,
        x.score,
    )


def current_extractions(
    con: duckdb.DuckDBPyConnection, *, rejected: bool = False
) -> Iterator[tuple[str, int | None, list[tuple[str, Extraction]]]]:
    """Yield ``(paper_id, year, [(extraction_id, extraction), …])`` for each paper with a performance of its own, in order of paper_id.

    With ``rejected`` only for papers of which a reviewer rejected something.
    """
    among = (
        "AND paper_id IN (SELECT paper_id FROM extraction JOIN decision USING (extraction_id) WHERE action = 'reject')" if rejected else ""
    )
    columns = ", ".join(f'x."{c}"' for c in _COLUMNS)
    cursor = con.cursor()
    try:
        cursor.execute(
            f"""SELECT p.year, {columns} FROM v_extraction x JOIN paper p USING (paper_id)
                WHERE paper_id IN (SELECT paper_id FROM v_extraction WHERE kind = 'performance') {among}
                ORDER BY x.paper_id, x.document_id, x."start", x."end", x.rule_id"""  # noqa: S608 -- column names of ours
        )
        paper: str | None = None
        year: int | None = None
        group: list[tuple[str, Extraction]] = []
        while rows := cursor.fetchmany(10_000):
            for row in rows:
                named = dict(zip(_COLUMNS, row[1:], strict=True))
                if named["paper_id"] != paper and paper is not None:
                    yield paper, year, group
                    group = []
                paper, year = named["paper_id"], row[0]
                group.append((named["extraction_id"], _extraction(named)))
        if paper is not None:
            yield paper, year, group
    finally:
        cursor.close()


def _extraction(named: Mapping[str, Any]) -> Extraction:
    value: float | int | str = named["value_text"] if named["value"] is None else named["value"]
    if named["kind"] == "sample_size":
        value = int(value)
    evidence = Evidence(named["start"], named["end"], named["quote"], named["sentence"], named["page"], named["document_id"])
    fields = {f: named[f] for f in _FIELDS if named[f] is not None}
    return Extraction(named["kind"], value, evidence, named["rule_id"], named["rule_version"], named["score"], fields)


def decisions(con: duckdb.DuckDBPyConnection) -> dict[str, Decision]:
    """Return the last decision on each current extraction that has one, the oldest first (see the view ``v_last_decision``)."""
    rows = con.execute(
        "SELECT extraction_id, action, reviewer, decided_at, corrected, note FROM v_last_decision ORDER BY decision_id, extraction_id"
    ).fetchall()
    return {row[0]: Decision(*row) for row in rows}


def extraction_ids(con: duckdb.DuckDBPyConnection) -> set[str]:
    """Return the identifiers of all extractions."""
    return {row[0] for row in con.execute("SELECT extraction_id FROM extraction").fetchall()}
