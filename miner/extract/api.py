"""Extraction for the rest of miner: load rules, run them over texts or lines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from miner.errors import MinerError
from miner.extract.engine import Extractor
from miner.extract.fulltext import extract_document
from miner.extract.rule import Rule, RuleSet, load_rule, load_rules
from miner.link.effects import choose_effects
from miner.types import Extraction

__all__ = ["Extractor", "LineReport", "Rule", "RuleSet", "extract_document", "extract_line", "extract_lines", "load_rule", "load_rules"]

LONGEST_LINE = 64 << 20
_KEPT = 100


@dataclass(slots=True)
class LineReport:
    """How many lines were read and written, and what was wrong with the others (the first hundred, with their numbers)."""

    read: int = 0
    written: int = 0
    bad: int = 0
    problems: list[tuple[int, str]] = field(default_factory=list)

    def add(self, number: int, problem: str) -> None:
        """Record one bad line."""
        self.bad += 1
        if len(self.problems) < _KEPT:
            self.problems.append((number, problem))


def extract_line(line: str | bytes, extractor: Extractor) -> tuple[str | None, str | None]:
    """Return the output line for one input line ``{"id", "text"}``, or what is wrong with it.

    The text is an abstract or a whole paper, told apart by its length and headings.

    Returns
    -------
    tuple
        The line (without its end) and None; or None and the problem.
    """
    if len(line) > LONGEST_LINE:
        return None, f"longer than {LONGEST_LINE >> 20} MB"
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        return None, f"not JSON: {error}"
    if not isinstance(record, dict) or "id" not in record or not isinstance(record.get("text"), str):
        return None, 'not an object with "id" and a "text" that is a string'
    if not isinstance(record["id"], (str, int)):
        return None, "its id is neither a string nor a number"
    try:
        found = extract_document(extractor, record["text"])
    except MinerError as error:
        return None, str(error)
    return encode({"id": record["id"], "labels": [x.to_label() for x in found], "effects": effects_of(found, extractor)}), None


def effects_of(found: Sequence[Extraction], extractor: Extractor) -> list[dict[str, object]]:
    """Return what stands for a text, as its line tells it: ``start`` is that of the performance that was chosen."""
    chosen = choose_effects("", None, [(str(k), x) for k, x in enumerate(found)], words=extractor.rules.vocabulary, names=extractor.names)
    return [
        {
            "metric": e.metric, "task": e.task, "value": e.estimate, "start": found[int(e.performance_extraction_id or 0)].evidence.start, "n": e.n,
            "n_unit": e.n_unit, "n_role": e.n_role, "part": e.part, "score": e.score, "decided": e.decided,
        }
        for e in chosen
    ]  # fmt: skip


def encode(line: dict[str, object]) -> str:
    """Return one output line; a lone surrogate, which UTF-8 cannot hold, is escaped."""
    written = json.dumps(line, ensure_ascii=False)
    try:
        written.encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(line)
    return written


def extract_lines(lines: Iterable[str | bytes], rules: RuleSet | Extractor, report: LineReport | None = None) -> Iterator[str]:
    """Extract from JSON lines, one at a time, in order.

    Parameters
    ----------
    lines : iterable of str or bytes
        Each ``{"id": …, "text": …}``; blank lines are passed over.
    rules : RuleSet or Extractor
        What to run.
    report : LineReport, optional
        Filled in while the lines are read: bad lines are recorded there and leave no output.

    Yields
    ------
    str
        ``{"id": …, "labels": […], "effects": […]}`` with the fields of the gold codebook, labels sorted by start; effects are what stands for the text.

    Examples
    --------
    >>> from miner.extract.api import extract_lines, load_rules
    >>> list(extract_lines(['{"id": 1, "text": ""}'], load_rules()))
    ['{"id": 1, "labels": [], "effects": []}']
    """
    extractor = rules if isinstance(rules, Extractor) else Extractor(rules)
    report = LineReport() if report is None else report
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        report.read += 1
        output, problem = extract_line(line, extractor)
        if output is None:
            report.add(number, problem or "")
        else:
            report.written += 1
            yield output
