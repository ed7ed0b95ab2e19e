"""The vocabulary: one place that says how metrics are called and which way they are better; data in ``db/vocabulary`` that everyone reads.

A folder of rules adds to it by files of the same names in its ``vocabulary/`` folder: a workspace's ``rules/vocabulary/metrics.toml``.
"""

from __future__ import annotations

import hashlib
import math
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from miner.errors import ConfigError
from miner.resources import resource
from miner.text.settings import explained, suggest

FOLDER = "vocabulary"
Share = Literal["all units", "positives", "negatives", "predicted positives", "predicted negatives", "none"]
SHARES: tuple[str, ...] = get_args(Share)
_LISTS = ("names", "plurals", "abbreviations", "capitals", "headers", "symbols")
_Word = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^\S(?:.*\S)?$")]


class _MetricSpec(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,40}$")]
    label: _Word | None = None
    metric: str | None = None
    names: list[_Word] = []
    plurals: list[_Word] = []
    abbreviations: list[_Word] = []
    capitals: list[_Word] = []
    headers: list[_Word] = []
    symbols: list[_Word] = []
    range: tuple[float, float] | None = None
    share_of: Share | None = None
    lower_is_better: bool | None = None


class _MetricFile(BaseModel):
    model_config = ConfigDict(extra="forbid")
    metric: list[_MetricSpec] = []


@dataclass(frozen=True, slots=True)
class Metric:
    """One score of predictions, as ``db/vocabulary/metrics.toml`` describes it.

    Attributes
    ----------
    name : str
        What labels, jobs and the database call it.
    label : str
        What reports print.
    metric : str
        The codebook's metric that labels file it under: its own name, or ``other``.
    names, plurals, abbreviations, capitals, headers, symbols : tuple of str
        How texts write it.
    low, high : float
        Its least and greatest value; infinite where it has none.
    share_of : str
        What it is a share of, ``none`` where it is no share of units.
    lower_is_better : bool
    where : str
        The file that says so.
    """

    name: str
    label: str
    metric: str
    names: tuple[str, ...] = ()
    plurals: tuple[str, ...] = ()
    abbreviations: tuple[str, ...] = ()
    capitals: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    symbols: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 1.0
    share_of: str = "none"
    lower_is_better: bool = False
    where: str = ""

    def written(self) -> tuple[str, ...]:
        """Return all the ways in which texts write it."""
        return tuple(word for name in _LISTS for word in getattr(self, name))

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready data; a range without an end has null there."""
        plain = asdict(self)
        return plain | {"low": self.low if math.isfinite(self.low) else None, "high": self.high if math.isfinite(self.high) else None}


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What is known of metrics, in the order of the files; ``sha256`` changes with any of them.

    Examples
    --------
    >>> words = vocabulary()
    >>> words.lower_is_better("error_rate"), words.lower_is_better("other", "brier"), words.label("auc")
    (True, True, 'area under the ROC curve')
    """

    metrics: tuple[Metric, ...]
    sha256: str
    _by_name: dict[str, Metric] = field(default_factory=dict, repr=False, compare=False)

    def metric(self, name: str) -> Metric | None:
        """Return the metric of a name, or None where the vocabulary has none."""
        return self._by_name.get(name)

    def metric_names(self) -> list[str]:
        """Return the names of all metrics, in order."""
        return [m.name for m in self.metrics]

    def label(self, metric: str, name: str | None = None) -> str:
        """Return what reports print for a metric, or for the score of that ``name`` filed under it."""
        known = self._by_name.get(name or metric) or self._by_name.get(metric)
        return known.label if known else (name or metric).replace("_", " ")

    def is_share(self, metric: str) -> bool:
        """Return whether a metric is a share of units, so that its sampling error is binomial."""
        known = self._by_name.get(metric)
        return known is not None and known.share_of != "none"

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
    paths = [resource("db", FOLDER) / "metrics.toml"]
    paths += [path for folder in folders if (path := Path(folder) / FOLDER / "metrics.toml").is_file()]
    return _vocabulary(tuple((str(path), _text(path)) for path in dict.fromkeys(paths)))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot be read: {error}", where=str(path), hint="it is a TOML file in UTF-8") from error


@lru_cache(maxsize=32)
def _vocabulary(files: tuple[tuple[str, str], ...]) -> Vocabulary:
    found: dict[str, Metric] = {}
    for at, (path, text) in enumerate(files):
        for spec in _read(Path(path), text).metric:
            found[spec.name] = (
                _extended(found[spec.name], spec, path) if spec.name in found else _new(spec, path, list(found), first=at == 0)
            )
    for metric in found.values():
        if metric.metric not in found:
            raise ConfigError(
                f"metric {metric.name!r} is filed under {metric.metric!r}, which is none",
                where=metric.where,
                hint=suggest(metric.metric, list(found)),
            )
    _unambiguous(found.values())
    digest = hashlib.sha256("\0".join(text for _, text in files).encode()).hexdigest()
    return Vocabulary(tuple(found.values()), digest, found)


def _read(path: Path, text: str) -> _MetricFile:
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"is not TOML: {error}", where=str(path), hint="the message names the line") from error
    try:
        return _MetricFile.model_validate(content)
    except ValidationError as error:
        raise explained(path, text, error, _MetricFile, "db/vocabulary/metrics.toml says what each key means") from error


def _new(spec: _MetricSpec, where: str, known: list[str], *, first: bool) -> Metric:
    """Make an entry; one that a workspace adds is filed under a name of its own or one of the built-in metrics."""
    low, high = spec.range or (0.0, 1.0)
    if not low < high or math.isnan(low + high):
        raise ConfigError(f"metric {spec.name!r}: range must go up", where=where, hint="range = [0, 1]; inf stands for no end")
    if not first and spec.label is None and not any(getattr(spec, name) for name in _LISTS):
        raise ConfigError(f"metric {spec.name!r} has no names", where=where, hint=suggest(spec.name, known))
    lists = {name: tuple(getattr(spec, name)) for name in _LISTS}
    return Metric(
        name=spec.name,
        label=spec.label or spec.name.replace("_", " "),
        metric=spec.metric or spec.name,
        **lists,
        low=low,
        high=high,
        share_of=spec.share_of or "none",
        lower_is_better=bool(spec.lower_is_better),
        where=where,
    )


def _extended(metric: Metric, spec: _MetricSpec, where: str) -> Metric:
    """Add names to a metric that is there; what it is stays."""
    said = [key for key in ("label", "metric", "range", "share_of", "lower_is_better") if getattr(spec, key) is not None]
    if said:
        raise ConfigError(
            f"metric {spec.name!r} is described already, in {metric.where}: {', '.join(said)} cannot be said again",
            where=where,
            hint="give further names only, or a metric of another name",
        )
    lists: dict[str, Any] = {name: tuple(dict.fromkeys((*getattr(metric, name), *getattr(spec, name)))) for name in _LISTS}
    return replace(metric, **lists)


def _unambiguous(metrics: Iterable[Metric]) -> None:
    """Refuse a writing that means two metrics."""
    seen: dict[str, Metric] = {}
    for metric in metrics:
        for name in _LISTS:
            for word in getattr(metric, name):
                other = seen.setdefault(word.casefold().replace("-", " "), metric)
                if other.name != metric.name:
                    raise ConfigError(
                        f"{word!r} means both {other.name!r} and {metric.name!r}",
                        where=metric.where if metric.where == other.where else f"{other.where} and {metric.where}",
                        hint="take it out of one of them",
                    )
