"""Extraction rules, for those who write them: load, begin, try, explain, score, and run them over lines of text.

>>> from miner import rules
>>> loaded = rules.load_rules()
>>> rules.run_examples(loaded, "sample_size")[0]["problems"]
[]
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from miner.errors import RuleError, UsageError
from miner.extract.api import Extractor, LineReport, Rule, RuleSet
from miner.extract.engine import SentenceTrace
from miner.extract.names import check_names
from miner.extract.relation.model import probabilities, weights
from miner.extract.relation.relate import Trace
from miner.extract.rule import load_rules as _load
from miner.extract.rule import named_folders, rule_vocabulary
from miner.extract.template import write_template
from miner.paths import as_path
from miner.progress import Meter
from miner.settings import suggest
from miner.vocabulary import Entry, Vocabulary
from miner.workspace import arguments

__all__ = [
    "Entry", "Extractor", "LineReport", "Rule", "RuleSet", "SentenceTrace", "Trace", "Vocabulary", "check_names", "chosen", "extract_lines", "load_rules",
    "load_vocabulary", "ranked", "run_examples", "score", "write_template",
]  # fmt: skip


def load_rules(folders: Sequence[str | Path] = (), *, also: Path | None = None) -> RuleSet:
    """Load the built-in rules, those of installed packages, and those in ``folders``.

    Parameters
    ----------
    folders : sequence of path
        Folders of rule folders, or rule folders themselves.
    also : pathlib.Path, optional
        A folder that need not hold any, such as a workspace's ``rules/``.

    Raises
    ------
    UsageError
        If a folder of ``folders`` holds no rule and no words.
    RuleError
        If a rule is malformed, or two have the same id.

    Examples
    --------
    >>> "performance" in {rule.id for rule in load_rules()}
    True
    """
    return _load(_places(folders, also))


def load_vocabulary(folders: Sequence[str | Path] = (), *, also: Path | None = None) -> Vocabulary:
    """Return the vocabulary with what installed packages and folders of rules (as for :func:`load_rules`) add to it.

    Examples
    --------
    >>> next(m.label for m in load_vocabulary().metrics if m.name == "accuracy")
    'accuracy'
    """
    return rule_vocabulary(_places(folders, also))


def _places(folders: Sequence[str | Path], also: Path | None) -> list[Path]:
    named = named_folders(folders)
    return named if also is None or also.resolve() in {f.resolve() for f in named} else [also, *named]


def chosen(rules: RuleSet, *ids: str) -> RuleSet:
    """Return the rules with these ids; all without any.

    Raises
    ------
    UsageError
        If there is no rule of such an id.
    """
    if unknown := sorted(set(ids) - {r.id for r in rules}):
        near = suggest(unknown[0], (r.id for r in rules))
        raise UsageError(f"there is no rule {', '.join(unknown)}", hint=f"{near}; miner rules list shows them")
    return rules.only(*ids) if ids else rules


def run_examples(rules: RuleSet, *ids: str) -> list[dict[str, Any]]:
    """Run the annotated examples of the rules, or of those with these ids.

    Returns
    -------
    list of dict
        ``rule, text, problems`` for each example; it holds where there are no problems.

    Raises
    ------
    UsageError
        If there is no rule of such an id.
    """
    from miner.extract.examples import compare

    results: list[dict[str, Any]] = []
    for rule in chosen(rules, *ids):
        extractor = Extractor(rules.only(rule.id))
        results += [{"rule": rule.id, "text": e.text, "problems": compare(e, extractor.extract(e.text))} for e in rule.examples]
    return results


def score(gold: str | Path, rules: RuleSet) -> dict[str, Any]:
    """Score rules against a gold set of lines ``{"id", "text", "labels"}``: precision, recall and F1 by kind, and the pair of a study.

    Raises
    ------
    RuleError
        If the file cannot be read, or holds no record.
    """
    from miner.extract.scoring import read_gold
    from miner.extract.scoring import score as compute

    records = read_gold(as_path("gold", gold))
    if not records:
        raise RuleError("it holds no record", where=str(gold), hint='each line is {"id": …, "text": …, "labels": […]}')
    extractor = Extractor(rules)
    return compute(records, {i: [x.to_label() for x in extractor.extract(r["text"])] for i, r in records.items()})


def extract_lines(
    lines: Iterable[str | bytes],
    rules: RuleSet,
    report: LineReport | None = None,
    *,
    engine: str = "local",
    workers: int = 1,
    scheduler: str | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Iterator[str]:
    """Extract from JSON lines ``{"id": …, "text": …}``, in their order; the output is the same bytes with any number of workers.

    Parameters
    ----------
    lines : iterable of str or bytes
        Blank lines are passed over.
    rules : RuleSet
        As :func:`load_rules` gives it.
    report : LineReport, optional
        Filled in while lines are read: bad lines are recorded there and leave no output.
    engine, workers, scheduler
        As for :meth:`miner.Workspace.extract`.
    say : callable, optional
        Told how far it is, now and then.

    Yields
    ------
    str
        ``{"id": …, "labels": […], "effects": […]}``; labels sorted by start, effects are what stands for the text.

    Raises
    ------
    UsageError
        If there is no such engine, or Dask is not installed.

    Examples
    --------
    >>> list(extract_lines(['{"id": 1, "text": ""}'], load_rules()))
    ['{"id": 1, "labels": [], "effects": []}']
    """
    arguments.engine(engine, workers, scheduler=scheduler)
    report = LineReport() if report is None else report
    return _told(_lines(lines, rules, report, engine, workers, scheduler), Meter(say, "extracting", "line"))


def _told(lines: Iterator[str], meter: Meter) -> Iterator[str]:
    for line in lines:
        yield line
        meter.add()


def _lines(
    lines: Iterable[str | bytes], rules: RuleSet, report: LineReport, engine: str, workers: int, scheduler: str | None
) -> Iterator[str]:
    from miner.extract import api, pool

    if engine == "local" and workers == 1:
        yield from api.extract_lines(lines, rules, report)
        return
    with pool.dask(scheduler, workers) if engine == "dask" else pool.local(workers) as executor:
        yield from pool.extract_parallel(lines, rules, executor, report, ahead=2 * workers + 2)


def ranked(trace: Trace) -> dict[str, Any]:
    """Return what a performance may have been measured on, the likeliest first, with the features that speak for each and their weights.

    Parameters
    ----------
    trace : Trace
        One of ``Extractor(rules).explain(text).relation``.

    Returns
    -------
    dict
        ``quote, start, part, candidates``; of each candidate ``n, kind, probability, features``.
    """
    weight = weights()
    chances = probabilities(trace.options, weight)
    options = sorted(trace.options, key=lambda x: (-chances[x[0].n], -sum(weight.get(f, 0.0) for f in x[1])))
    return {
        "quote": trace.performance.label.evidence.quote,
        "start": trace.performance.start,
        "part": " and ".join(trace.performance.parts),
        "candidates": [
            {"n": c.n, "kind": c.kind, "probability": round(chances[c.n], 4), "features": {f: weight.get(f, 0.0) for f in names}}
            for c, names in options
        ],
    }
