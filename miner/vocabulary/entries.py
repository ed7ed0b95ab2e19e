"""What an entry of ``metrics.toml`` may say, checked, and the frozen form that the rest of miner reads."""

from __future__ import annotations

import math
import re
from dataclasses import asdict, dataclass, replace
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from miner.errors import ConfigError
from miner.settings import suggest

Share = Literal["all units", "positives", "negatives", "predicted positives", "predicted negatives", "none"]
SHARES: tuple[str, ...] = get_args(Share)
# The kinds of writings, and what they may be used for.
LISTS = ("names", "plurals", "weak", "abbreviations", "capitals", "headers", "symbols", "after", "except_")
WRITTEN = ("names", "plurals", "weak", "abbreviations", "capitals", "headers", "symbols")
LONGEST_PATTERN = 200
_WAYS_MOST = 200
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,40}$")]


def _few(word: str) -> str:
    """Refuse a writing of more alternatives than anyone means."""
    ways = math.prod(group.count("|") + 1 for group in re.findall(r"\(([^()]*)\)", word))
    if ways > _WAYS_MOST:
        raise ValueError(f"{ways} alternatives are too many | write it as several")
    return word


Word = Annotated[str, Field(min_length=1, max_length=LONGEST_PATTERN, pattern=r"^\S(?:.*\S)?$"), AfterValidator(_few)]


class ContextSpec(BaseModel):
    """One of an entry's ``context``: words that name it in some surroundings only."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    words: Annotated[list[Word], Field(min_length=1)]
    example: Annotated[str, Field(min_length=1)]
    behind: str = ""
    then: str = ""
    ahead: str = ""
    where: str = ""
    unless: str = ""
    weak: bool = False
    head: bool = False

    @field_validator("behind", "then", "ahead", "where", "unless")
    @classmethod
    def _is_pattern(cls, value: str) -> str:
        return checked_pattern(value)


def checked_pattern(value: str) -> str:
    """Return a regular expression that is short enough and compiles; pydantic tells what is wrong with another."""
    if len(value) > LONGEST_PATTERN:
        raise ValueError(f"the pattern is longer than {LONGEST_PATTERN} characters | write two contexts")
    try:
        re.compile(re.sub(r"\{[a-z]\w*\}", "x", value))
    except re.error as error:
        raise ValueError(f"not a regular expression: {error} | Python's re") from error
    return value


class _Writings(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    name: Name
    names: list[Word] = []
    plurals: list[Word] = []
    weak: list[Word] = []
    abbreviations: list[Word] = []
    capitals: list[Word] = []
    headers: list[Word] = []
    symbols: list[Word] = []
    after: list[Word] = []
    except_: Annotated[list[Word], Field(alias="except")] = []
    context: list[ContextSpec] = []


class MetricSpec(_Writings):
    """A ``[[metric]]``."""

    label: Word | None = None
    metric: str | None = None
    range: tuple[float, float] | None = None
    share_of: Share | None = None
    lower_is_better: bool | None = None


class MetricFile(BaseModel):
    """The file: its metrics, the quantities that look like scores and are none, and patterns that several contexts share."""

    model_config = ConfigDict(extra="forbid")
    patterns: dict[Name, str] = {}
    metric: list[MetricSpec] = []
    quantity: list[_Writings] = []

    @field_validator("patterns")
    @classmethod
    def _are_patterns(cls, value: dict[str, str]) -> dict[str, str]:
        return {name: checked_pattern(pattern) for name, pattern in value.items()}


@dataclass(frozen=True, slots=True)
class Context:
    """Words that name a metric in some surroundings only; the patterns are those of ``metrics.toml``, ready to compile."""

    words: tuple[str, ...]
    example: str
    behind: str = ""
    then: str = ""
    ahead: str = ""
    where: str = ""
    unless: str = ""
    weak: bool = False
    head: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One metric, or a quantity that looks like one and is none, as ``db/vocabulary/metrics.toml`` describes it.

    Attributes
    ----------
    name : str
        What labels, jobs and the database call it.
    label : str
        What reports print.
    metric : str or None
        The codebook's metric that labels file it under: its own name, or ``other``; None for a quantity that is no metric.
    names, plurals, weak, abbreviations, capitals, headers, symbols, after, except_ : tuple of str
        How texts write it.
    context : tuple of Context
        What names it in some surroundings only.
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
    metric: str | None
    names: tuple[str, ...] = ()
    plurals: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()
    abbreviations: tuple[str, ...] = ()
    capitals: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    symbols: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    except_: tuple[str, ...] = ()
    context: tuple[Context, ...] = ()
    low: float = 0.0
    high: float = 1.0
    share_of: str = "none"
    lower_is_better: bool = False
    where: str = ""

    def written(self) -> tuple[str, ...]:
        """Return all the ways in which texts write it, whatever stands around."""
        return tuple(word for kind in WRITTEN for word in getattr(self, kind))

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready data; a range without an end has null there."""
        plain = asdict(self)
        plain["except"] = plain.pop("except_")
        return plain | {"low": self.low if math.isfinite(self.low) else None, "high": self.high if math.isfinite(self.high) else None}


def alternatives(word: str) -> list[str]:
    """Return what a writing with alternatives stands for.

    Examples
    --------
    >>> alternatives("(macro|micro) F1(| score)")
    ['macro F1', 'macro F1 score', 'micro F1', 'micro F1 score']
    """
    match = re.search(r"\(([^()]*\|[^()]*)\)", word)
    if match is None:
        return [word.strip()]
    return [w for way in match[1].split("|") for w in alternatives(word[: match.start()] + way + word[match.end() :])]


def _lists(spec: _Writings) -> dict[str, Any]:
    return {kind: tuple(dict.fromkeys(w for word in getattr(spec, kind) for w in alternatives(word) if w)) for kind in LISTS}


def new_entry(spec: _Writings, where: str, known: list[str], patterns: dict[str, str]) -> Entry:
    """Make an entry of a specification.

    Raises
    ------
    ConfigError
        If it has no writings, or its range does not go up.
    """
    lists = _lists(spec)
    contexts = _contexts(spec, patterns, where)
    if not isinstance(spec, MetricSpec):
        return Entry(spec.name, spec.name.replace("_", " "), None, **lists, context=contexts, where=where)
    low, high = spec.range or (0.0, 1.0)
    if not low < high or math.isnan(low + high):
        raise ConfigError(f"metric {spec.name!r}: range must go up", where=where, hint="range = [0, 1]; inf stands for no end")
    if spec.label is None and not any(lists.values()):
        raise ConfigError(f"metric {spec.name!r} has no names", where=where, hint=suggest(spec.name, known))
    return Entry(
        spec.name, spec.label or spec.name.replace("_", " "), spec.metric or spec.name, **lists, context=contexts, low=low, high=high,
        share_of=spec.share_of or "none", lower_is_better=bool(spec.lower_is_better), where=where,
    )  # fmt: skip


def extended(entry: Entry, spec: _Writings, where: str, patterns: dict[str, str]) -> Entry:
    """Add writings to an entry that is there; what it is stays.

    Raises
    ------
    ConfigError
        If the specification says what it is again.
    """
    keys = ("label", "metric", "range", "share_of", "lower_is_better")
    said = [key for key in keys if getattr(spec, key, None) is not None]
    if said:
        raise ConfigError(
            f"metric {spec.name!r} is described already, in {entry.where}: {', '.join(said)} cannot be said again",
            where=where,
            hint="give further names only, or a metric of another name",
        )
    lists: dict[str, Any] = {kind: tuple(dict.fromkeys((*getattr(entry, kind), *more))) for kind, more in _lists(spec).items()}
    return replace(entry, **lists, context=(*entry.context, *_contexts(spec, patterns, where)))


def _contexts(spec: _Writings, patterns: dict[str, str], where: str) -> tuple[Context, ...]:
    """Fill in the patterns that contexts name as ``{name}``."""

    def filled(value: str) -> str:
        for name in re.findall(r"\{([a-z]\w*)\}", value):
            if name not in patterns:
                raise ConfigError(
                    f"{spec.name!r} names the pattern {{{name}}}, which is not there", where=where, hint=suggest(name, list(patterns))
                )
            value = value.replace(f"{{{name}}}", patterns[name])
        return value

    return tuple(
        Context(
            tuple(c.words),
            c.example,
            filled(c.behind),
            filled(c.then),
            filled(c.ahead),
            filled(c.where),
            filled(c.unless),
            weak=c.weak,
            head=c.head,
        )
        for c in spec.context
    )
