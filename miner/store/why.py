"""The chain behind a number: effect → extraction → sentence → document → fetch → rule, and the decisions on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from miner.errors import UsageError
from miner.store.rows import dicts

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb

    from miner.types import Effect


def explain(
    con: duckdb.DuckDBPyConnection, identifier: str, rejected: Callable[[str], tuple[Effect, str] | None] = lambda _: None
) -> dict[str, Any]:
    """Return the chain behind an effect or an extraction, as nested plain data.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        A reader.
    identifier : str
        An ``effect_id`` or ``extraction_id``.
    rejected : callable
        Gives an effect that reviewers rejected as it was, and the extraction whose rejection took it away, for the identifier of one; see
        :func:`miner.jobs.link.rejected_effect`.

    Raises
    ------
    UsageError
        If there is neither.
    """
    effects = dicts(con, "SELECT * FROM effect WHERE effect_id = ?", [identifier])
    if effects:
        effect = effects[0]
        # An effect that a review reported has no sentence: what it came from is a row of the review's table.
        rows = dicts(con, "SELECT * FROM study_table_row WHERE effect_id = ?", [identifier])
        chain: dict[str, Any] = {
            "effect": effect,
            "table_row": rows[0] if rows else None,
            "extractions": [],
            "candidates": _candidates(con, effect),
            "screening": _screening(con, effect["paper_id"]),
            "set_aside": _set_aside(con, effect),
            "rejected": None,
        }
        links = [effect["performance_extraction_id"], effect["sample_size_extraction_id"], *(effect["on"] or [])]
        chain["extractions"] += [_extraction(con, found) for found in dict.fromkeys(links) if found]
        return chain
    gone = None
    chain = _extraction(con, identifier)
    if not chain and (gone := rejected(identifier)) is not None:
        chain = _extraction(con, gone[0].performance_extraction_id or gone[1])
    if not chain:
        raise UsageError(
            f"there is no effect or extraction {identifier!r}", hint="identifiers stand in v_effect, v_performance and v_sample_size"
        )
    screened = _screening(con, chain["extraction"]["paper_id"])
    said = None if gone is None else _rejected(con, *gone)
    links = (
        [chain]
        if said is None or said["extraction_id"] == chain["extraction"]["extraction_id"]
        else [chain, _extraction(con, said["extraction_id"])]
    )
    return {
        "effect": None,
        "table_row": None,
        "extractions": links,
        "candidates": [],
        "screening": screened,
        "set_aside": [],
        "rejected": said,
    }


def _rejected(con: duckdb.DuckDBPyConnection, effect: Effect, extraction_id: str) -> dict[str, Any]:
    """Return what an effect was before it was rejected, with the decision that took it away."""
    last = dicts(con, "SELECT extraction_id, reviewer, decided_at, note FROM v_last_decision WHERE extraction_id = ?", [extraction_id])[0]
    was = {name: getattr(effect, name) for name in ("effect_id", "metric", "name", "task", "question", "estimate", "n")}
    return was | {"kind": _extraction(con, extraction_id)["extraction"]["kind"]} | last


def _screening(con: duckdb.DuckDBPyConnection, paper_id: str | None) -> list[dict[str, Any]]:
    """Return what reviewers said of the record, in the order in which they did; the last word counts."""
    return dicts(con, "SELECT included, reviewer, decided_at, note FROM screening WHERE paper_id = ? ORDER BY screening_id", [paper_id])


def _set_aside(con: duckdb.DuckDBPyConnection, effect: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the values of the same metric in the record that the last word on them rejects, and so are no candidates, with that word."""
    return dicts(
        con,
        """SELECT extraction_id, value, quote, action, corrected, reviewer, decided_at, note FROM v_decision
           WHERE paper_id = ? AND metric = ?
           QUALIFY decision_id = max(decision_id) OVER (PARTITION BY extraction_id) AND action = 'reject' ORDER BY decision_id""",
        [effect["paper_id"], effect["metric"]],
    )


def _candidates(con: duckdb.DuckDBPyConnection, effect: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the estimates that an effect was chosen among, the chosen one first."""
    return dicts(
        con,
        """SELECT c.extraction_id, c.estimate, c.part, c.n, c.score, c.chosen, c.why, x.quote, x.sentence, x.page, x.section
           FROM effect_candidate c LEFT JOIN extraction x USING (extraction_id)
           WHERE c.effect_id = ? ORDER BY NOT c.chosen, x.document_id, x."start", c.extraction_id""",
        [effect["effect_id"]],
    )


def _extraction(con: duckdb.DuckDBPyConnection, identifier: str) -> dict[str, Any]:
    found = dicts(con, "SELECT * FROM extraction WHERE extraction_id = ?", [identifier])
    if not found:
        return {}
    extraction = found[0]
    document = dicts(
        con,
        """SELECT document_id, kind, sha256, parser, parser_version, raw_sha256, pages, file, url, license, notes
           FROM document WHERE document_id = ?""",
        [extraction["document_id"]],
    )
    paper = dicts(
        con,
        "SELECT paper_id, source, title, year, doi, arxiv_id, pmid, version, withdrawn, retracted, raw_sha256 FROM paper WHERE paper_id = ?",
        [extraction["paper_id"]],
    )
    return {
        "extraction": extraction,
        "current": bool(dicts(con, "SELECT 1 AS x FROM v_extraction WHERE extraction_id = ?", [identifier])),
        "document": document[0] if document else None,
        "paper": paper[0] if paper else None,
        "fetches": _fetches(con, [d["raw_sha256"] for d in (*document, *paper) if d["raw_sha256"]]),
        "jobs": [r["job"] for r in dicts(con, "SELECT job FROM paper_job WHERE paper_id = ? ORDER BY job", [extraction["paper_id"]])],
        "decisions": (said := dicts(con, "SELECT * FROM decision WHERE extraction_id = ? ORDER BY decision_id", [identifier])),
        "conflict": len({(d["action"], d["value"]) for d in {d["reviewer"]: d for d in said}.values()}) > 1,
    }


def _fetches(con: duckdb.DuckDBPyConnection, raw: list[str]) -> list[dict[str, Any]]:
    return [
        row
        for sha256 in sorted(set(raw))
        for row in dicts(
            con, "SELECT job, source, query, request, sha256, fetched_at FROM response WHERE sha256 = ? ORDER BY ALL", [sha256]
        )
    ]
