"""How accuracy changes with sample size and year, by every model that a reader may ask for, on one scale: percentage points."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from miner.errors import MetaError
from miner.meta.analysis.sample import pooled_fit
from miner.meta.effects.odds import points
from miner.meta.models.score_test import too_few_papers
from miner.say import counted

if TYPE_CHECKING:
    import pandas as pd

PRIMARY, ROWS_ONLY, THREE_LEVEL = "primary", "rows-only", "three-level"
OLS, OLS_HC3, OLS_CR1, OLS_CR2, OLS_WEIGHTED, PAPER_INTERCEPTS = "ols", "ols-hc3", "ols-cr1", "ols-cr2", "ols-weighted", "paper-intercepts"
# What readers see of each model; everything else looks it up by its id.
TITLES = {
    PRIMARY: "Binomial mixed model, paper effects (primary)", ROWS_ONLY: "Binomial mixed model, rows only", THREE_LEVEL: "Three-level model of logits, CR2",
    OLS: "Least squares, as the paper", OLS_HC3: "Least squares, HC3", OLS_CR1: "Least squares, CR1 by paper", OLS_CR2: "Least squares, CR2 by paper",
    OLS_WEIGHTED: "Least squares weighted by n", PAPER_INTERCEPTS: "Linear model, paper intercepts",
}  # fmt: skip
ALL = tuple(TITLES)
FEW_REPEATS = 5  # rows beyond one a paper, below which effects of papers and of rows are not told apart
KEY = (PRIMARY, THREE_LEVEL, OLS, OLS_CR2)


@dataclass(frozen=True, slots=True)
class Slope:
    """One slope of one model, which ``model`` names by its id.

    ``estimate``, ``low`` and ``high`` are percentage points for a tenfold n or a year; those of logit models, which are changes of odds,
    are counted from the pooled accuracy. ``beta`` is on the model's own scale (for least squares per unit of ln n). ``note`` says what was done otherwise,
    ``power`` what the primary test would find on size with these data. Where there are fewer than five papers interval and p-value are not a number, whatever the model.
    """

    model: str
    estimate: float
    low: float
    high: float
    p: float
    df: float
    beta: float
    note: str = ""
    power: str = ""

    @property
    def title(self) -> str:
        """What readers see of the model."""
        return TITLES[self.model]


@dataclass(frozen=True, slots=True)
class Slopes:
    """The slopes on sample size and on year of one set of accuracies; what failed stands in ``failed`` with its reason."""

    k: int
    papers: int
    size: tuple[Slope, ...]
    year: tuple[Slope, ...]
    failed: dict[str, str] = field(default_factory=dict)

    def get(self, model: str, what: str = "size") -> Slope | None:
        """Return the slope of a model on ``size`` or ``year``, if it was fitted."""
        return next((s for s in (self.size if what == "size" else self.year) if s.model == model), None)


@dataclass(frozen=True)
class _Data:
    acc: np.ndarray
    n: np.ndarray
    year: np.ndarray
    cluster: np.ndarray
    repeated: bool

    @property
    def logs(self) -> dict[str, np.ndarray]:
        return {"log10_n": np.log10(self.n), "year": self.year - np.round(self.year.mean())}

    @property
    def natural(self) -> dict[str, np.ndarray]:
        return {"ln_n": np.log(self.n), "year": self.year}

    @cached_property
    def level(self) -> float:
        """The pooled value on the logit, from which changes of odds are counted: the same as that of other reports on these values."""
        return float(pooled_fit(np.round(self.acc * np.round(self.n)), np.round(self.n), self.cluster).beta[0])

    @property
    def logits(self) -> tuple[np.ndarray, np.ndarray]:
        """Logits and their variances; half a unit is added to perfect rows only, as metafor does."""
        x = self.acc * self.n
        perfect = 0.5 * ((self.acc == 0) | (self.acc == 1))
        a, b = x + perfect, self.n - x + perfect
        return np.log(a / b), 1 / a + 1 / b


def slopes(frame: pd.DataFrame, models: tuple[str, ...] = ALL) -> Slopes:
    """Fit the trend of ``estimate`` over log ``n`` and ``year``.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns ``estimate, n, year, cluster``, none missing.
    models : tuple of str
        Of :data:`ALL`.

    Notes
    -----
    The primary is that of :func:`miner.meta.analysis.analyse.analyse`, a binomial GLMM with effects of rows and papers (Stijnen, Hamza & Ozdemir 2010, Statistics in
    Medicine 29:3046); where the two effects cannot be told apart, only that of rows is fitted. Its slopes are tested by their scores
    (:func:`miner.meta.score_test`), since Wald's z rejects too often with few papers. The second is a three-level model
    (Konstantopoulos 2011) with CR2 standard errors (Pustejovsky & Tipton 2018). Egger's test is not among them: see
    :mod:`miner.report.tasks.asymmetry`.
    """
    data = _data(frame)
    size: list[Slope] = []
    year: list[Slope] = []
    failed: dict[str, str] = {}
    untested = too_few_papers(len(np.unique(data.cluster)))
    for name in models:
        try:
            on_size, on_year = _FITS[name](name, data)
        except MetaError as error:
            failed[name] = str(error)
            continue
        size.append(_held(on_size, untested))
        year.append(_held(on_year, untested))
    return Slopes(len(frame), len(np.unique(data.cluster)), tuple(size), tuple(year), failed)


def _held(slope: Slope, untested: str) -> Slope:
    """Return a slope without interval and p-value where nothing can be tested, with the reason."""
    nan = float("nan")
    return replace(slope, low=nan, high=nan, p=nan, df=nan, note=untested) if untested else slope


def _data(frame: pd.DataFrame) -> _Data:
    cluster = frame["cluster"].astype(str).to_numpy()
    acc, n, year = (frame[c].to_numpy(float) for c in ("estimate", "n", "year"))
    return _Data(acc, n, year, cluster, 1 < len(np.unique(cluster)) < len(frame))


def _tested(name: str, data: _Data, cluster: np.ndarray | None, note: str) -> tuple[Slope, Slope]:
    """Test both slopes of the binomial mixed model by their scores."""
    from miner.meta.analysis.evidence import NAMED, power_words
    from miner.meta.models.score_test import score_test

    totals = np.round(data.n)
    counts = np.round(data.acc * totals)
    found = []
    for label in ("log10_n", "year"):
        test = score_test(counts, totals, data.logs, label, cluster)
        change, low, high = points(data.level, [test.estimate, test.ci_lb, test.ci_ub]).tolist()
        power = power_words([test.power(b) for b in NAMED], points(data.level, NAMED).tolist()) if label == "log10_n" else ""
        found.append(Slope(name, change, low, high, test.pval, test.df, test.estimate, note, power))
    return found[0], found[1]


def _glmm(name: str, data: _Data) -> tuple[Slope, Slope]:
    many = len(data.cluster) - len(np.unique(data.cluster))
    if not data.repeated:
        return _tested(name, data, data.cluster, "one row a paper, so its effect is that of the row")
    note = f"{counted(many, 'row')} beyond one a paper: the effects of papers and rows cannot be told apart, so rows only"
    try:
        return _tested(name, data, data.cluster, "")
    except MetaError:
        return _tested(name, data, None, note)


def _rows_only(name: str, data: _Data) -> tuple[Slope, Slope]:
    if not data.repeated:
        raise MetaError("the same as the primary here: one row a paper")
    return _tested(name, data, None, "takes the rows of a paper for independent")


def _three_level(name: str, data: _Data) -> tuple[Slope, Slope]:
    from miner.meta.models.multilevel import multilevel
    from miner.meta.models.robust import robust

    yi, vi = data.logits
    if data.repeated:
        return _wald(name, robust(multilevel(yi, vi, data.cluster, mods=data.logs), data.cluster, "CR2"), data, "")
    from statsmodels.regression.linear_model import WLS

    from miner.meta.models.pooling import pool

    weights = 1 / (vi + pool(yi, vi, mods=data.logs).tau2)
    design = np.column_stack((np.ones(len(yi)), *data.logs.values()))
    result = robust(WLS(yi, design, weights=weights).fit(), data.cluster, "CR2", names=("intrcpt", "log10_n", "year"))
    return _wald(name, result, data, "two levels: one row a paper")


def _wald(name: str, fit: Any, data: _Data, note: str) -> tuple[Slope, Slope]:
    """Read the slopes of a model on the logit scale."""
    found = []
    for label in ("log10_n", "year"):
        j = fit.names.index(label)
        change, low, high = points(data.level, [v[j] for v in (fit.beta, fit.ci_lb, fit.ci_ub)]).tolist()
        df = float(fit.df[j]) if hasattr(fit, "df") else float("inf")
        found.append(Slope(name, change, low, high, float(fit.pval[j]), df, float(fit.beta[j]), note))
    return found[0], found[1]


def _least_squares(vcov: str, *, weighted: bool = False) -> Callable[[str, _Data], tuple[Slope, Slope]]:
    def fit(name: str, data: _Data) -> tuple[Slope, Slope]:
        from miner.meta.models.linear import linear

        note = "one row a paper: corrects for unequal variances only" if vcov.startswith("CR") and not data.repeated else ""
        fitted = linear(data.acc, data.natural, weights=data.n if weighted else None, vcov=vcov, cluster=data.cluster)
        return _linear_slopes(name, fitted, note)

    return fit


def _linear_slopes(name: str, fit: Any, note: str) -> tuple[Slope, Slope]:
    tenfold = 100 * np.log(10)
    found = []
    for j, scale in ((1, tenfold), (2, 100.0)):
        beta, low, high = (scale * float(v[j]) for v in (fit.coef, fit.ci_lb, fit.ci_ub))
        found.append(Slope(name, beta, low, high, float(fit.p[j]), float(fit.df[j]), float(fit.coef[j]), note))
    return found[0], found[1]


def _mixed(name: str, data: _Data) -> tuple[Slope, Slope]:
    from scipy import stats

    from miner.meta.models.linear import mixed

    if len(data.cluster) - len(np.unique(data.cluster)) < FEW_REPEATS:
        raise MetaError("too few papers have two rows")
    fit = mixed(data.acc, {"ln_n": np.log(data.n), "year": data.year - np.round(data.year.mean())}, data.cluster)
    found = []
    for j, scale in ((1, 100 * np.log(10)), (2, 100.0)):
        beta, half = scale * float(fit.coef[j]), 1.96 * scale * float(fit.se[j])
        found.append(Slope(name, beta, beta - half, beta + half, float(2 * stats.norm.sf(abs(fit.t[j]))), float("inf"), float(fit.coef[j])))
    return found[0], found[1]


_FITS: dict[str, Callable[[str, _Data], tuple[Slope, Slope]]] = {
    PRIMARY: _glmm,
    ROWS_ONLY: _rows_only,
    THREE_LEVEL: _three_level,
    OLS: _least_squares("classical"),
    OLS_HC3: _least_squares("HC3"),
    OLS_CR1: _least_squares("CR1S"),
    OLS_CR2: _least_squares("CR2"),
    OLS_WEIGHTED: _least_squares("classical", weighted=True),
    PAPER_INTERCEPTS: _mixed,
}
