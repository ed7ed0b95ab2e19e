"""The texts that extraction reads, and which rules have yet to read which of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from miner.store.arrow import registered
from miner.store.rows import scalar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

    import duckdb

BATCH = 2_000
# What stands in paper: the text of the document "abstract" is not stored twice.
_TEXT = "coalesce(d.text, p.title || chr(10) || p.abstract)"


@dataclass(frozen=True, slots=True)
class RuleKey:
    """What identifies the state of a rule: its id, version, kind and the SHA-256 of its folder."""

    rule_id: str
    version: str
    kind: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Pending:
    """One document and the rules (ids) that have not read its present text in their present state."""

    document_id: str
    paper_id: str
    kind: str
    sha256: str
    text: str
    rules: tuple[str, ...]


def sync_abstracts(con: duckdb.DuckDBPyConnection) -> int:
    """Have one document ``<paper_id>#abstract`` for each paper, with the digest of its present text; return how many are new or changed."""
    changed = scalar(
        con,
        """INSERT INTO document (document_id, paper_id, kind, sha256, parser, parser_version, raw_sha256, state)
           SELECT p.paper_id || '#abstract', p.paper_id, 'abstract', t.sha256, 'abstract', '1', p.raw_sha256, 'read'
           FROM paper p, LATERAL (SELECT sha256(p.title || chr(10) || p.abstract) AS sha256) t
           LEFT JOIN document d ON d.document_id = p.paper_id || '#abstract'
           WHERE d.document_id IS NULL OR d.sha256 <> t.sha256
           ON CONFLICT DO UPDATE SET sha256 = excluded.sha256, raw_sha256 = excluded.raw_sha256""",
    )
    return int(changed or 0)


def sync_rules(con: duckdb.DuckDBPyConnection, rules: Sequence[RuleKey]) -> None:
    """Record the present rules, and forget the passes of rules that are no longer there: what they found leaves the views."""
    with _rules(con, rules):
        con.execute("INSERT INTO rule SELECT rule_id, version, kind, sha256 FROM present ON CONFLICT DO NOTHING")
        con.execute("DELETE FROM extraction_pass WHERE rule_id NOT IN (SELECT rule_id FROM present)")


_UNREAD = """FROM document d CROSS JOIN present r
                        LEFT JOIN extraction_pass x ON x.document_id = d.document_id AND x.rule_id = r.rule_id
                             AND x.rule_sha256 = r.sha256 AND x.document_sha256 = d.sha256
                        WHERE d.state = 'read' AND x.document_id IS NULL"""


def waiting_for(con: duckdb.DuckDBPyConnection, rules: Sequence[RuleKey]) -> int:
    """Return how many documents some rule has not read in its present state."""
    with _rules(con, rules):
        return int(scalar(con, f"SELECT count(DISTINCT d.document_id) {_UNREAD}"))


def pending(con: duckdb.DuckDBPyConnection, rules: Sequence[RuleKey]) -> Iterator[list[Pending]]:
    """Yield, in batches, the documents that some rule has not read in its present state; the caller writes before the next batch."""
    last = ""
    while True:
        with _rules(con, rules):
            rows = con.execute(
                f"""WITH waiting AS (
                        SELECT d.document_id, list(r.rule_id ORDER BY r.rule_id) AS rules
                        {_UNREAD} AND d.document_id > ?
                        GROUP BY d.document_id ORDER BY d.document_id LIMIT {BATCH})
                    SELECT d.document_id, d.paper_id, d.kind, d.sha256, {_TEXT}, w.rules
                    FROM waiting w JOIN document d USING (document_id) JOIN paper p USING (paper_id) ORDER BY d.document_id""",  # noqa: S608 -- constants of ours
                [last],
            ).fetchall()
        if not rows:
            return
        yield [Pending(d, p, k, s, t, tuple(r)) for d, p, k, s, t, r in rows]
        last = rows[-1][0]


def _rules(con: duckdb.DuckDBPyConnection, rules: Sequence[RuleKey]) -> AbstractContextManager[None]:
    import pyarrow as pa

    columns = {name: [getattr(r, name) for r in rules] for name in ("rule_id", "version", "kind", "sha256")}
    # A rule's version is a text, a paper's a number.
    return registered(con, "present", columns, {"version": pa.string()})
