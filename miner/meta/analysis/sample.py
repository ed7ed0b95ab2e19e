"""What an analysis is made on: the values, the tasks that they belong to, and the level and the pooled value that every analysis shares."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from scipy import stats

from miner.errors import MetaError
from miner.meta.effects.odds import expit, logit
from miner.say import counted, num, percent
from miner.vocabulary import NO_EVENT, Event

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from miner.meta.models.glmm import GlmmResult

    Floats = NDArray[np.float64]

RARE = 3  # a task of fewer values has no level of its own
LEAST_PREDICTED = 3  # values: two do not tell what true values vary by
OTHER = "other"
Kind = Literal["accuracies", "scores", "effects"]
Scale = Literal["logit", "identity"]


@dataclass(frozen=True, slots=True)
class Pooled:
    """A pooled value on the scale of the models (the logit, for accuracies), with its interval and that of a new study.

    Attributes
    ----------
    value, low, high : float
        The mean of the studies' true values, and its 95 % interval.
    new_low, new_high : float
        Where 95 % of the true values of further studies would be expected; nan for fewer than three.
    tau2 : float
        Variance of the true values, between and within papers.
    I2 : float
        Per cent of the variance, studies weighted by their precision, that is more than sampling error (Higgins & Thompson 2002).
    """

    k: int
    value: float
    low: float
    high: float
    new_low: float
    new_high: float
    tau2: float
    I2: float
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sample:
    """Values that are analysed together.

    Attributes
    ----------
    frame : pandas.DataFrame
        For accuracies ``estimate, n, x, log10_n, yi, vi, year, task, cluster`` (see :func:`~miner.meta.analysis.analyse.prepare`), for scores the
        same without ``x``, ``yi`` and ``vi`` missing where the precision is not known; for effects ``yi, vi`` and, where known, ``n, year,
        task, cluster``. Rows are numbered from 0.
    what : str
        What the values are, in words.
    of : str
        ``accuracies``: binomial shares of n units; ``scores``: other values between 0 and 1; ``effects``: values with variances.
    scale : str
        Whether ``yi`` are logits of what readers see, in per cent, or are seen as they are.
    lost : mapping
        Why the precision of values is not known, with their number.
    plural : str
        Several values, in words.
    event : Event
        What is counted among the units, where the values are shares.
    taken : str
        What n was taken for, or from, where the values are shares of a class.
    lower_is_better : bool
        Whether the best value is the lowest.
    """

    frame: pd.DataFrame = field(repr=False)
    what: str = "accuracy"
    of: Kind = "accuracies"
    scale: Scale = "logit"
    lost: Mapping[str, int] = field(default_factory=dict)
    plural: str = "values"
    event: Event = NO_EVENT
    taken: str = ""
    lower_is_better: bool = False

    @property
    def k(self) -> int:
        """Number of values."""
        return len(self.frame)

    @property
    def logits(self) -> bool:
        """Whether ``yi`` are logits of what readers see."""
        return self.scale == "logit"

    def link(self, seen: Any) -> Any:
        """Return values that readers see on the scale of the models."""
        return logit(seen) if self.logits else np.asarray(seen, dtype=float)

    def back_transformed(self, value: Any) -> Any:
        """Return values on the scale of the models as readers see them."""
        return expit(value) if self.logits else np.asarray(value, dtype=float)

    @property
    def counts(self) -> bool:
        """Whether the values are binomial shares of n units."""
        return "x" in self.frame

    @cached_property
    def weighted(self) -> Sample:
        """The values whose precision is known; with counts, all of them."""
        known = np.isfinite(self.column("vi"))
        if self.of != "scores":
            return self
        if not known.any():
            raise MetaError(f"of no {self.what} the precision is known: {'; '.join(self.lost)}")
        return replace(self, frame=self.frame[known].reset_index(drop=True), of="effects")

    @cached_property
    def tasks(self) -> tuple[str, ...]:
        """Each value's task; tasks of fewer than three values, and values without one, are one class."""
        return tuple(classes_of(self.frame["task"])) if "task" in self.frame else (OTHER,) * self.k

    @property
    def several_tasks(self) -> bool:
        """Whether there is more than one class of tasks."""
        return len(set(self.tasks)) > 1

    @property
    def papers(self) -> int:
        """Number of papers that the values come from; where that is not known, each is one of its own."""
        return int(self.frame["cluster"].nunique()) if "cluster" in self.frame else self.k

    @property
    def untested(self) -> str:
        """Why nothing can be tested on these values, with too few papers; empty where it can. All analyses and panels that test go by this."""
        from miner.meta.models.score_test import too_few_papers

        return too_few_papers(self.papers)

    @property
    def clustered(self) -> bool:
        """Whether a paper has several values."""
        return "cluster" in self.frame and self.frame["cluster"].nunique() < self.k

    @property
    def has_years(self) -> bool:
        """Whether every value has a year, and there are several."""
        return "year" in self.frame and bool(self.frame["year"].notna().all()) and self.frame["year"].nunique() > 1

    def moderators(self) -> dict[str, Any]:
        """Return what trends with sample size are held against: years around their mean where known, and tasks where there are several."""
        mods: dict[str, Any] = {"log10_n": self.frame["log10_n"].to_numpy(float)}
        if self.has_years and self.k > 5:
            years = self.frame["year"].to_numpy(float)
            mods["year"] = years - round(float(np.mean(years)))
        return mods | self.task_moderator()

    def task_moderator(self) -> dict[str, Any]:
        """Return the tasks as a moderator, or none where there is one task."""
        return {"task": np.array(self.tasks, dtype=object)} if self.several_tasks else {}

    def adjusted(self) -> tuple[str, ...]:
        """Return what trends with sample size are held against, by name: ``year``, ``task``."""
        return tuple(name for name in self.moderators() if name != "log10_n")

    def column(self, name: str) -> Floats:
        """Return a column as numbers."""
        return self.frame[name].to_numpy(float)

    @cached_property
    def pooled(self) -> Pooled:
        """The pooled value of all; where the values are shares, by the binomial mixed model."""
        return _binomial(self) if self.counts else _inverse_variance(self.weighted)

    @cached_property
    def levels(self) -> Floats:
        """The level of each value's task, on the scale of the models; with one task the pooled value of all."""
        if self.of == "scores":  # of some the precision is not known, so all count alike
            y, tasks = self.column("estimate"), np.array(self.tasks, dtype=object)
            found: Floats = self.link(np.array([y[tasks == task].mean() for task in tasks]))
            return found
        if not self.several_tasks:
            return np.full(self.k, self.pooled.value)
        names = sorted(set(self.tasks))
        own = np.array([[t == name for name in names] for t in self.tasks], dtype=float)
        return own @ _levels(self, own)

    @cached_property
    def together(self) -> Sample:
        """The values with their tasks brought to one level: what is left is how they differ within tasks.

        From each ``yi`` its task's level is taken away and the pooled value added; there is one task after that. With one task, itself.
        """
        if not self.several_tasks:
            return self
        moved = self.frame.assign(yi=self.column("yi") - self.levels + self.pooled.value, task=None)
        made = replace(self, frame=moved)
        made.__dict__["pooled"] = self.pooled
        return made

    def at_one_level(self) -> Floats:
        """Return the values as readers see them, their tasks brought to one level."""
        if self.of != "scores":
            return np.asarray(self.back_transformed(self.together.column("yi")))
        y = self.column("estimate")
        return np.asarray(y - self.back_transformed(self.levels) + y.mean())

    def as_effects(self) -> Sample:
        """Return the values as effects with variances: their logits, with the same pooled value and levels."""
        made = replace(self, of="effects")
        made.__dict__.update({name: self.__dict__[name] for name in ("pooled", "levels", "together") if name in self.__dict__})
        return made

    def show(self, value: float, digits: int = 3) -> str:
        """Write a value of the models' scale as readers see it: shares in per cent, effects to so many significant digits."""
        return "–" if not np.isfinite(value) else percent(float(expit(value))) if self.logits else num(value, f".{digits}g")

    def between(self, low: float, high: float) -> str:
        """Write the ends of an interval with "and" between them."""
        return f"{self.show(low)} and {self.show(high)}"

    def shifted(self, before: float, after: float) -> float:
        """Return the pooled value moved as another model's estimate of it moves, so that a page has one pooled value."""
        return self.pooled.value + after - before

    def span(self, low: float, high: float) -> str:
        """Write an interval of the models' scale as readers see it."""
        if not (np.isfinite(low) and np.isfinite(high)):
            return "–"
        if self.logits:
            return f"{num(100 * float(expit(low)), '.1f')} to {percent(float(expit(high)))}"
        return f"{num(low, '.4g')} to {num(high, '.4g')}"


def classes_of(labels: pd.Series) -> NDArray[np.object_]:
    """Return labels as classes of a model: those of fewer than three values, and missing ones, are one class."""
    counts = labels.value_counts()
    return np.array([v if isinstance(v, str) and counts[v] >= RARE else OTHER for v in labels], dtype=object)


def _binomial(sample: Sample) -> Pooled:
    """Pool shares by a binomial mixed model (Stijnen et al. 2010), with effects of papers where some have several values."""
    if sample.k < 2:
        raise MetaError(f"{counted(sample.k, 'value')}, at least 2 are needed")
    fit = pooled_fit(sample.column("x"), sample.column("n"), sample.frame["cluster"].to_numpy())
    tau2 = float(np.nansum([fit.tau2, fit.sigma2_cluster]))
    value, se = float(fit.beta[0]), float(fit.se[0])
    half = float(stats.t.isf(0.025, sample.k - 1)) * float(np.sqrt(tau2 + se**2)) if sample.k >= LEAST_PREDICTED else float("nan")
    return Pooled(
        sample.k, value, float(fit.ci_lb[0]), float(fit.ci_ub[0]), value - half, value + half, tau2, _share(tau2, sample.column("vi")),
        tuple(fit.warnings),
    )  # fmt: skip


def pooled_fit(x: Floats, n: Floats, cluster: Any) -> GlmmResult:
    """Return the binomial mixed model whose intercept is the pooled value: the one from which all reports count percentage points of odds."""
    from miner.meta.models.glmm import glmm

    several = 1 < len(set(cluster)) < len(x)
    return glmm(x, n, cluster=cluster if several else None, test="t")


def _inverse_variance(sample: Sample) -> Pooled:
    from miner.meta.analysis.record import SCALED
    from miner.meta.models.pooling import pool

    fit = pool(sample.column("yi"), sample.column("vi"), test="knha" if sample.k > SCALED else "z")
    value, low, high, new_low, new_high = (float(np.ravel(v)[0]) for v in (fit.beta, fit.ci_lb, fit.ci_ub, fit.pi_lb, fit.pi_ub))
    if fit.k < LEAST_PREDICTED:
        new_low = new_high = float("nan")
    return Pooled(fit.k, value, low, high, new_low, new_high, float(fit.tau2), float(fit.I2), tuple(fit.warnings))


def _share(tau2: float, vi: Floats) -> float:
    """Return I² against the typical sampling variance of Higgins & Thompson (2002, equation 9)."""
    w = 1 / vi
    typical = (len(vi) - 1) * w.sum() / (w.sum() ** 2 - (w**2).sum())
    return float(100 * tau2 / (tau2 + typical))


def _levels(sample: Sample, own: Floats) -> Floats:
    """Return the level of each task, without effects of papers: levels need no standard errors."""
    from miner.meta.models.glmm import glmm
    from miner.meta.models.pooling import pool

    # One column a task less one, around the first, so that the design has an intercept.
    mods = own[:, 1:]
    if sample.counts:
        beta = glmm(sample.column("x"), sample.column("n"), mods=mods).beta
    else:
        beta = pool(sample.column("yi"), sample.column("vi"), mods=mods).beta
    return np.concatenate(([float(beta[0])], float(beta[0]) + np.asarray(beta[1:], dtype=float)))
