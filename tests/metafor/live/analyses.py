"""What is compared: each analysis says how its options are drawn, what miner gives, how close it must be, and what is excused with its reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tests.metafor.live.datasets import Dataset

Options = dict[str, Any]
Figures = Mapping[str, Any]
METHODS = ("DL", "HE", "HS", "HSk", "SJ", "ML", "REML", "EB", "PM", "PMM", "DLIT", "SJIT", "EE")
LEVELS = (0.95, 0.95, 0.9, 0.99)


@dataclass(frozen=True)
class Excuse:
    """Why figures may differ: the leaves concerned, and when."""

    reason: str
    leaves: tuple[str, ...]  # empty: all
    holds: Callable[[Figures, Figures, Dataset, Options], bool]


@dataclass(frozen=True)
class Analysis:
    """One comparison.

    ``cost`` is about how many tenths of a second it takes; ``refusals`` are pieces of our messages where R gives figures, each with its reason.
    """

    name: str
    family: str
    draw: Callable[[np.random.Generator, Dataset], Options | None]
    ours: Callable[[Dataset, Options], Figures]
    tol: Callable[[str], float]
    excuses: tuple[Excuse, ...] = ()
    refusals: Mapping[str, str] = field(default_factory=dict)
    cost: float = 1.0


def pick(rng: np.random.Generator, values: Any) -> Any:
    """Draw one of some values, as a plain object."""
    return values[int(rng.integers(len(values)))]


def flat(tol: float, **others: float) -> Callable[[str], float]:
    """Return one tolerance for all leaves but some."""
    return lambda name: others.get(name, tol)


def mods_of(data: Dataset, options: Options) -> dict[str, Any] | None:
    """Return the columns of the moderators that the options name."""
    found = {name: data.columns[name] for name in options.get("mods") or ()}
    return found or None


def whole_rows(data: Dataset, options: Options) -> Dataset:
    """Return the rows without a gap in what is used."""
    used = [data.columns[name] for name in ("yi", "vi", *(options.get("mods") or ()))]
    return data.rows([i for i in range(data.k) if all(column[i] is not None for column in used)])


def attributes(result: Any, names: str) -> dict[str, Any]:
    """Return fields of a result."""
    return {name: getattr(result, name) for name in names.split()}


WALD = "names beta se zval pval ci_lb ci_ub"


def registry() -> dict[str, Analysis]:
    """Return all analyses by name."""
    from tests.metafor.live import on_bias, on_counts, on_dependence, on_pooling

    found = [a for module in (on_pooling, on_bias, on_dependence, on_counts) for a in module.ANALYSES]
    assert len({a.name for a in found}) == len(found)
    return {a.name: a for a in found}
