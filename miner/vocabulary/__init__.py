"""The vocabulary: one place that says how metrics, parts of the data and the like are called; data in ``db/vocabulary`` that everyone reads.

A folder of rules adds to it by files of the same names in its ``vocabulary/`` folder, such as a workspace's ``rules/vocabulary/metrics.toml``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from miner.errors import ConfigError
from miner.resources import resource
from miner.say import score
from miner.settings import explained, suggest
from miner.vocabulary.entries import WRITTEN, Context, Entry, MetricFile, alternatives, extended, new_entry
from miner.vocabulary.files import LEXICON, file_text, parsed

__all__ = ["FOLDER", "Context", "Entry", "Event", "Vocabulary", "vocabulary"]

FOLDER = "vocabulary"
_METRICS, _ALIASES = "metrics", "aliases"
_LONG = 17  # characters: longer labels have their abbreviation in narrow columns
_OF_LEXICON = frozenset(LEXICON.values())  # read by miner.vocabulary.lexicon alone


@dataclass(frozen=True, slots=True)
class Event:
    """What is counted among the units of a share: ``one`` for "the odds of …", ``many`` for "a model of …"."""

    one: str
    many: str


NO_EVENT = Event("", "")
# By what a metric is a share of, and whether its lowest value is the best.
EVENTS = {
    ("all units", False): Event("a right answer", "correct answers"), ("all units", True): Event("an error", "errors"),
    ("positives", False): Event("a positive being found", "positives found"), ("positives", True): Event("a positive being missed", "positives missed"),
    ("negatives", False): Event("a negative being recognised", "negatives recognised"),
    ("negatives", True): Event("a negative being taken for a positive", "negatives taken for positives"),
    ("predicted positives", False): Event("a positive prediction being right", "right positive predictions"),
    ("predicted positives", True): Event("a positive prediction being wrong", "wrong positive predictions"),
    ("predicted negatives", False): Event("a negative prediction being right", "right negative predictions"),
    ("predicted negatives", True): Event("a negative prediction being wrong", "wrong negative predictions"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What is known of metrics and other words, in the order of the files; ``sha256`` changes with any of them.

    ``added`` are the writings of metrics that folders of rules brought: a rule that reads metrics is woken by them.

    Examples
    --------
    >>> words = vocabulary()
    >>> words.lower_is_better("error_rate"), words.lower_is_better("other", "brier"), words.label("auc")
    (True, True, 'area under the ROC curve')
    """

    metrics: tuple[Entry, ...]
    quantities: tuple[Entry, ...]
    sha256: str
    tables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False, compare=False)
    added: tuple[str, ...] = field(default=(), repr=False, compare=False)
    _by_name: dict[str, Entry] = field(default_factory=dict, repr=False, compare=False)

    def __hash__(self) -> int:
        return hash(self.sha256)

    def table(self, name: str) -> Mapping[str, Any]:
        """Return the content of another file than ``metrics.toml``, with what folders of rules add to its lists."""
        return self.tables[name]

    def metric(self, name: str) -> Entry | None:
        """Return the metric of a name, or None where the vocabulary has none."""
        return self._by_name.get(name)

    def metric_names(self) -> list[str]:
        """Return the names of all metrics, in order."""
        return [m.name for m in self.metrics]

    def filed(self, name: str) -> str:
        """Return the codebook's metric that labels file a metric under: ``other`` for most scores."""
        known = self._by_name.get(name)
        return known.metric or name if known else name

    def label(self, metric: str, name: str | None = None) -> str:
        """Return what reports print for a metric, or for the score of that ``name`` filed under it."""
        known = self._by_name.get(name or metric) or self._by_name.get(metric)
        return known.label if known else (name or metric).replace("_", " ")

    def canonical(self, written: str) -> str | None:
        """Return the name of the metric that a table's cell or an option writes in any of its ways; None for what no metric is called.

        Examples
        --------
        >>> words = vocabulary()
        >>> [words.canonical(w) for w in ("AUC", "Sens", "Accuracy (%)", "F1-score", "positive predictive value", "the best")]
        ['auc', 'sensitivity', 'accuracy', 'f1', 'precision', None]
        """
        return written if written in self._by_name else _spellings(self).get(_plain(written))

    def event(self, metric: str) -> Event:
        """Return what the hits of a metric are, where it is a share of units.

        Examples
        --------
        >>> vocabulary().event("sensitivity").one, vocabulary().event("error_rate").many
        ('a positive being found', 'errors')
        """
        known = self._by_name.get(metric)
        return EVENTS.get((known.share_of, known.lower_is_better), NO_EVENT) if known else NO_EVENT

    def plural(self, metric: str) -> str:
        """Return what several values of a metric are called.

        Examples
        --------
        >>> vocabulary().plural("accuracy"), vocabulary().plural("auc")
        ('accuracies', 'values of area under the ROC curve')
        """
        known = self._by_name.get(metric)
        return known.plurals[0] if known and known.plurals else f"values of {self.label(metric)}"

    def is_share(self, metric: str, name: str | None = None) -> bool:
        """Return whether a metric, or the score of that ``name`` filed under it, is a share of units, so that its sampling error is binomial."""
        known = self._by_name.get(name or metric) or self._by_name.get(metric)
        return known is not None and known.share_of != "none"

    def says(self, value: float, metric: str, name: str | None = None, digits: int = 0) -> str:
        """Write a value of a metric: shares of units in per cent, other scores as numbers (see :func:`miner.say.score`).

        Examples
        --------
        >>> words = vocabulary()
        >>> words.says(0.9777, "accuracy"), words.says(0.799, "auc"), words.says(0.1, "other", "false_positive_rate")
        ('97.8 %', '0.799', '10.0 %')
        """
        return score(value, share=self.is_share(metric, name), digits=digits)

    def short(self, metric: str) -> str:
        """Return what a narrow column calls a metric: its label, or its abbreviation where the label is long.

        Examples
        --------
        >>> words = vocabulary()
        >>> words.short("auc"), words.short("npv"), words.short("f1"), words.short("integrated_discrimination")
        ('AUC', 'NPV', 'F1 score', 'integrated discrimination improvement')
        """
        known, label = self._by_name.get(metric), self.label(metric)
        # Scores filed under another metric are often several, of which the abbreviation is one's only.
        own = known is not None and known.metric in {None, known.name} and len(label) > _LONG
        return known.abbreviations[0] if known and own and known.abbreviations else label

    def lower_is_better(self, metric: str, name: str | None = None) -> bool:
        """Return whether the best value of a metric is the lowest; a score filed under ``other`` is told by its own ``name``."""
        known = self._by_name.get(name or metric) or self._by_name.get(metric)
        return known is not None and known.lower_is_better


def vocabulary(folders: Sequence[Path] = ()) -> Vocabulary:
    """Return the vocabulary that ships with miner, with what ``folders`` of rules add to it.

    Parameters
    ----------
    folders : sequence of pathlib.Path
        Folders of rules, such as a workspace's ``rules/``; those without a ``vocabulary/`` add nothing.

    Raises
    ------
    ConfigError
        Naming the file, the entry, and how to mend it.
    """
    ours = _ours()
    known = [path.stem for path in ours]
    theirs = [path for folder in dict.fromkeys(map(Path, folders)) for path in sorted((folder / FOLDER).glob("*.toml"))]
    for path in theirs:
        if path.stem not in known:
            raise ConfigError("there is no vocabulary of this name", where=str(path), hint=suggest(path.stem, known))
    return _vocabulary(tuple((str(path), file_text(path)) for path in dict.fromkeys([*ours, *theirs])))


def _plain(written: str) -> str:
    """Return a name without case, signs of per cent, and what joins its words."""
    return " ".join(re.sub(r"[^\w+@]+|_", " ", written.casefold()).split())


@lru_cache(maxsize=8)
def _spellings(words: Vocabulary) -> Mapping[str, str]:
    """Return the metrics by all that they are called; names go before labels, and those before other writings."""
    found: dict[str, str] = {}
    for ways in (lambda m: (m.name,), lambda m: (m.label,), lambda m: m.written()):
        for metric in words.metrics:
            for word in ways(metric):
                for more in ("", *metric.after):
                    found.setdefault(_plain(f"{word} {more}".replace(" the ", " ")), metric.name)
                    found.setdefault(_plain(f"{word} {more}"), metric.name)
    return found


def _ours() -> list[Path]:
    return sorted(resource("db", FOLDER).glob("*.toml"))


def _writings(path: str, text: str) -> list[str]:
    """Return what a file adds that a sentence may say."""
    kinds = [kind for kind in WRITTEN if kind != "headers"]
    specs = _read(path, text).metric
    return [
        w
        for s in specs
        for word in (*(w for k in kinds for w in getattr(s, k)), *(w for c in s.context for w in c.words))
        for w in alternatives(word)
    ]


@lru_cache(maxsize=32)
def _vocabulary(files: tuple[tuple[str, str], ...]) -> Vocabulary:
    metrics, quantities = _entries([(path, text) for path, text in files if Path(path).stem == _METRICS])
    tables: dict[str, dict[str, Any]] = {}
    for path, text in files:
        if Path(path).stem != _METRICS and Path(path).stem not in _OF_LEXICON:
            content = parsed(path, text)
            if Path(path).stem == _ALIASES:
                _check_aliases(content, path)
            _add(tables.setdefault(Path(path).stem, {}), content, path)
    added = dict.fromkeys(w for path, text in files[len(_ours()) :] if Path(path).stem == _METRICS for w in _writings(path, text))
    digest = hashlib.sha256("\0".join(text for _, text in files).encode()).hexdigest()
    return Vocabulary(tuple(metrics.values()), tuple(quantities.values()), digest, tables, tuple(added), metrics)


def _entries(files: Iterable[tuple[str, str]]) -> tuple[dict[str, Entry], dict[str, Entry]]:
    metrics: dict[str, Entry] = {}
    quantities: dict[str, Entry] = {}
    patterns: dict[str, str] = {}
    for path, text in files:
        content = _read(path, text)
        patterns |= content.patterns
        for found, specs in ((metrics, content.metric), (quantities, content.quantity)):
            for spec in specs:
                known = found.get(spec.name)
                found[spec.name] = extended(known, spec, path, patterns) if known else new_entry(spec, path, list(found), patterns)
    for entry in metrics.values():
        if entry.metric not in metrics:
            raise ConfigError(
                f"metric {entry.name!r} is filed under {entry.metric!r}, which is none",
                where=entry.where,
                hint=suggest(entry.metric or "", list(metrics)),
            )
    _unambiguous(metrics.values())
    return metrics, quantities


def _read(path: str, text: str) -> MetricFile:
    content = parsed(path, text)
    try:
        return MetricFile.model_validate(content)
    except ValidationError as error:
        raise explained(Path(path), text, error, MetricFile, "db/vocabulary/metrics.toml says what each key means") from error


def _check_aliases(content: Mapping[str, Any], path: str) -> None:
    """Refuse an alias of a task that stands for no key."""
    named = content.get(_ALIASES, {})
    if set(content) - {_ALIASES} or not isinstance(named, dict):
        raise ConfigError("is no file of aliases", where=path, hint='it has one table: [aliases], "NAME" = "QUESTION: target"')
    for name, key in named.items():
        if not isinstance(key, str) or ": " not in key:
            raise ConfigError(f"the alias {name!r} stands for {key!r}, which is no key", where=path, hint='write "QUESTION: target"')


def _unambiguous(entries: Iterable[Entry]) -> None:
    """Refuse a writing that means two metrics."""
    seen: dict[str, Entry] = {}
    for entry in entries:
        for kind in WRITTEN:
            for word in getattr(entry, kind):
                other = seen.setdefault(word.casefold().replace("-", " "), entry)
                if other.name != entry.name:
                    raise ConfigError(
                        f"{word!r} means both {other.name!r} and {entry.name!r}",
                        where=entry.where if entry.where == other.where else f"{other.where} and {entry.where}",
                        hint="take it out of one of them",
                    )


def _add(table: dict[str, Any], more: Mapping[str, Any], path: str) -> None:
    """Add to the lists of a table, and to its tables; what is no list can't be said twice."""
    for key, value in more.items():
        there = table.get(key)
        if there is None:
            table[key] = value
        elif isinstance(there, dict) and isinstance(value, dict):
            _add(there, value, path)
        elif isinstance(there, list) and isinstance(value, list):
            table[key] = [*there, *(v for v in value if v not in there)]
        elif there != value:
            raise ConfigError(f"the key {key!r} is said already, otherwise", where=path, hint="only lists can be added to")
