"""What reviewers say, written and made to count: decisions, screening, splits and merges; then effects are chosen anew and published."""

from __future__ import annotations

import csv
import io
import math
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from miner.cells import safe_cell
from miner.errors import UsageError
from miner.export.screening import read_labels
from miner.extract.rule import rule_vocabulary
from miner.jobs.link import link_all, rejected_effect
from miner.jobs.lock import writing
from miner.jobs.publishing import publish
from miner.link.effects import in_range
from miner.store.connect import open_reader, transaction
from miner.store.extractions import extraction_ids
from miner.store.linking import decide_link, link_counts
from miner.store.review import decide, extraction_of, find_papers, screen, shared_words, to_review, what_it_is

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import duckdb

    from miner.config import Workspace
    from miner.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class ReviewerDecision:
    """One decision, as a person gives it."""

    identifier: str
    action: str
    reviewer: str
    value: float | None = None
    note: str | None = None


@dataclass(slots=True)
class RecordedDecisions:
    """How many words were new, how many known already, what they spoke of that is not there, and the effects that stand now."""

    new: int = 0
    unchanged: int = 0
    unknown: list[str] = field(default_factory=list)
    effects: int = 0


@contextmanager
def _changing(workspace: Workspace, applied: RecordedDecisions) -> Iterator[duckdb.DuckDBPyConnection]:
    with writing(workspace) as con:
        with transaction(con):
            yield con
        applied.effects = link_all(con, [workspace.rules])[1]
        publish(con, workspace)


def apply_words(workspace: Workspace, words: Sequence[ReviewerDecision]) -> RecordedDecisions:
    """Record decisions, all or none; choose the effects anew and publish.

    An effect that was rejected stands for the estimate that it rested on, so that a second reviewer has a word on it too.
    """
    applied, words_of = RecordedDecisions(), rule_vocabulary([workspace.rules])
    with _changing(workspace, applied) as con:
        for w in words:
            known = extraction_of(con, w.identifier) or _rested_on(con, w.identifier, workspace) or w.identifier
            _check_correction(con, known, w.value, words_of)
            if decide(con, known, w.action, w.reviewer, value=w.value, note=w.note):
                applied.new += 1
            else:
                applied.unchanged += 1
    return applied


def _rested_on(con: duckdb.DuckDBPyConnection, effect_id: str, workspace: Workspace) -> str | None:
    gone = rejected_effect(con, effect_id, [workspace.rules])
    return gone[0].performance_extraction_id if gone else None


def _check_correction(con: duckdb.DuckDBPyConnection, extraction_id: str, value: float | None, vocabulary: Vocabulary) -> None:
    """Refuse a value that its kind cannot have: recorded, it would take the effect away without a word."""
    what = what_it_is(con, extraction_id)
    if value is None or what is None or not math.isfinite(value):  # the store says what is wrong with these
        return
    kind, name = what
    if kind == "sample_size" and (value < 1 or value % 1):
        raise UsageError(f"{value:g} is no sample size", where=extraction_id, hint="give a whole number of at least 1")
    if kind == "performance" and not in_range(name or "other", value, vocabulary):
        raise UsageError(
            f"{value:g} is no {name or 'performance'}", where=extraction_id, hint="performances are fractions: --value 0.87 for 87 %"
        )


def screen_records(
    workspace: Workspace,
    marks: Sequence[tuple[str | None, str | None, str | None, str | None]],
    included: Sequence[bool],
    notes: Sequence[str | None],
    reviewer: str,
) -> RecordedDecisions:
    """Record whether records belong to the review; ``marks`` are as :func:`miner.store.review.find_papers` takes them."""
    applied = RecordedDecisions()
    with _changing(workspace, applied) as con:
        papers = find_papers(con, marks)
        known = [(p, yes, note) for p, yes, note in zip(papers, included, notes, strict=True) if p is not None]
        applied.new = screen(con, known, reviewer)
        applied.unchanged = len(known) - applied.new
        applied.unknown = [
            next((m for m in mark if m), "a record without identifier") for mark, p in zip(marks, papers, strict=True) if p is None
        ]
    return applied


_SHEET = (
    "extraction_id",
    "paper_id",
    "title",
    "kind",
    "what",
    "part",
    "value",
    "quote",
    "sentence",
    "page",
    "action",
    "corrected",
    "reviewer",
    "note",
)


def write_sheet(workspace: Workspace, path: Path) -> int:
    """Write the review sheet; return its number of lines."""
    with open_reader(workspace.current) as con:
        rows = to_review(con)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_SHEET)
    writer.writerows([safe_cell(row[c]) for c in _SHEET] for row in rows)
    try:
        path.write_text(out.getvalue(), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot be written: {error.strerror}", where=str(path), hint="name another file with -o") from error
    return len(rows)


def import_words(workspace: Workspace, path: Path, reviewer: str) -> RecordedDecisions:
    """Read a filled-in sheet, or ASReview's labels; a sheet whose lines cannot all be understood changes nothing.

    Raises
    ------
    UsageError
        If the file is neither, or a line of it says something that is no decision.
    """
    sheet = _read_sheet(path, reviewer)
    if sheet is None:
        labels = read_labels(path)
        marks = [(x.paper_id, x.doi, x.pmid, x.title) for x in labels]
        return screen_records(workspace, marks, [x.included for x in labels], [x.note for x in labels], reviewer)
    with open_reader(workspace.current) as con:
        there = extraction_ids(con)
    applied = apply_words(workspace, [w for w in sheet if w.identifier in there])
    applied.unknown = [w.identifier for w in sheet if w.identifier not in there]
    return applied


def _read_sheet(path: Path, reviewer: str) -> list[ReviewerDecision] | None:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot be read: {error}", where=str(path), hint="give a CSV or RIS file in UTF-8") from error
    reader = csv.DictReader(io.StringIO(text))
    if not {"extraction_id", "action"} <= set(reader.fieldnames or []):
        return None
    words = []
    for number, row in enumerate(reader, start=2):
        action = (row["action"] or "").strip().lower()
        if not action:
            continue
        corrected = (row.get("corrected") or "").strip()
        try:
            value = float(corrected) if corrected and action == "correct" else None
        except ValueError as error:
            raise UsageError(f"corrected is a number, not {corrected!r}", where=f"{path}, line {number}") from error
        words.append(
            ReviewerDecision(
                row["extraction_id"],
                action,
                (row.get("reviewer") or "").strip() or reviewer,
                value,
                (row.get("note") or "").strip() or None,
            )
        )
    return words


def agreements(workspace: Workspace) -> list[dict[str, Any]]:
    """Return, for each two reviewers, on how many values both spoke, the share of equal words, and Cohen's (1960) kappa with its 95 % interval.

    Kappa is None where both always said the same one word: then there is no agreement by chance to correct for.
    """
    with open_reader(workspace.current) as con:
        rows = shared_words(con)
    pairs: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for a, b, word, other in rows:
        pairs[a, b].append((word, other))
    return [_agreement(a, b, words) for (a, b), words in sorted(pairs.items())]


def _agreement(reviewer: str, other: str, words: list[tuple[str, str]]) -> dict[str, Any]:
    import numpy as np
    from statsmodels.stats.inter_rater import cohens_kappa

    kinds = sorted({w for pair in words for w in pair})
    table = np.zeros((len(kinds), len(kinds)))
    for word, said in words:
        table[kinds.index(word), kinds.index(said)] += 1
    equal = float(np.trace(table) / table.sum())
    found: dict[str, Any] = {
        "reviewer": reviewer,
        "other": other,
        "n": len(words),
        "agreement": equal,
        "kappa": None,
        "ci_lb": None,
        "ci_ub": None,
    }
    if len(kinds) > 1:
        kappa = cohens_kappa(table)
        found |= {"kappa": float(kappa.kappa), "ci_lb": float(kappa.kappa_low), "ci_ub": float(kappa.kappa_upp)}
    return found


def relink(workspace: Workspace, words: Sequence[tuple[str, str, str | None]], reviewer: str, note: str | None = None) -> dict[str, int]:
    """Record splits, merges and frees ``(action, paper_id, other_id)``, link anew and publish; return what there is then."""
    applied = RecordedDecisions()
    with _changing(workspace, applied) as con:
        for action, paper, other in words:
            decide_link(con, action, paper, other, reviewer, note)
    with open_reader(workspace.current) as con:
        return link_counts(con) | {"effects": applied.effects}
