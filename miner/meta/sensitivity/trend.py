"""The trend of accuracies over sample size and year: every model that a reviewer asks for, in the order of their trustworthiness."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from miner.errors import MetaError
from miner.meta.guard import numbers, sheltered
from miner.meta.models.blocks import codes
from miner.meta.models.glmm import GlmmResult, glmm
from miner.meta.models.linear import LinearFit, MixedFit, linear, mixed
from miner.meta.models.multilevel import MultilevelResult, multilevel
from miner.meta.models.quantiles import QuantileFit, quantile_regression
from miner.meta.models.robust import RobustResult, robust
from miner.meta.models.score_test import ScoreTest, score_test
from miner.meta.models.splines import SplineTest, spline_test
from miner.meta.numerics.arrays import Floats, Ints
from miner.meta.result import Result
from miner.meta.sensitivity.noise import NoiseEnvelope, Records, accuracies, noise_envelope, records_below_noise
from miner.say import counted

T = TypeVar("T")


@dataclass(frozen=True)
class TrendResult(Result):
    """All models of the trend; what could not be fitted is None, with the reason among the warnings.

    Attributes
    ----------
    glmm : GlmmResult
        Primary: logit accuracy on log10 n and centred year, binomial noise, effects of rows and papers. Its own tests are Wald's z, which reject too often with few
        papers.
    size_test, year_test : ScoreTest
        The tests of the primary model's slopes, which hold their level with few papers (see :func:`score_test`).
    multilevel, multilevel_robust : MultilevelResult, RobustResult
        Second: three-level REML on the logit, CR2.
    ols : dict of LinearFit
        Reproduction: accuracy on ln n and year; classical, HC3, and with papers CR1 and CR2.
    wls, interaction, mixed, quantiles, spline
        Weighted by n; with ln n x year; random paper intercept; quantile slopes; spline of ln n against a line.
    envelope, records
        Sampling noise (see :func:`noise_envelope`, :func:`records_below_noise`).
    """

    k: int
    n_clusters: int
    year_centre: float
    glmm: GlmmResult | None
    size_test: ScoreTest | None
    year_test: ScoreTest | None
    multilevel: MultilevelResult | None
    multilevel_robust: RobustResult | None
    ols: dict[str, LinearFit]
    wls: LinearFit | None
    interaction: LinearFit | None
    mixed: MixedFit | None
    quantiles: dict[str, QuantileFit]
    spline: SplineTest | None
    envelope: NoiseEnvelope | None
    records: Records | None
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the models one after the other."""
        parts = [
            self.glmm,
            self.size_test,
            self.year_test,
            self.multilevel_robust,
            self.ols.get("CR2") or self.ols.get("classical"),
            self.envelope,
            self.records,
        ]
        return "\n".join([str(part) for part in parts if part is not None] + [f"warning: {w}" for w in self.warnings])


@dataclass
class _Attempts:
    """Fits that may fail without ending the rest."""

    notes: list[str] = field(default_factory=list)

    def __call__(self, name: str, fit: Callable[[], T]) -> T | None:
        try:
            return fit()
        except MetaError as error:
            self.notes.append(f"{name}: {error.what}")
        except np.linalg.LinAlgError:
            self.notes.append(f"{name}: the equations have no unique solution")
        return None


@sheltered
def trend(
    estimate: Any, n: ArrayLike | None = None, year: ArrayLike | None = None, cluster: ArrayLike | None = None, centre: float | None = None
) -> TrendResult:
    """Fit every model of the trend of accuracies over sample size and year.

    Parameters
    ----------
    estimate : array_like, shape (k,), or a data frame or mapping with columns ``estimate``, ``n``, ``year`` and optionally ``cluster``
        Accuracies in 0..1.
    n, year : array_like, shape (k,)
        Units measured on, publication year.
    cluster : array_like, shape (k,), optional
        The paper of each row.
    centre : float, optional
        Year subtracted before the mixed models; by default the rounded mean.

    Returns
    -------
    TrendResult

    References
    ----------
    See :func:`glmm`, :func:`score_test`, :func:`multilevel`, :func:`robust`, :func:`linear`. Why Egger's test is not among them: docs/reference/simulation.md.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> n = rng.integers(30, 500, 40)
    >>> fit = trend(rng.binomial(n, 0.8) / n, n, 2010 + np.arange(40) % 8)
    >>> fit.k, fit.glmm.names
    (40, ('intrcpt', 'log10_n', 'year'))
    """
    if n is None:
        estimate, n, year, cluster = _columns(estimate, cluster)
    acc, size = accuracies(estimate, n)
    years = numbers([] if year is None else year, "year")
    if years.shape != acc.shape or not np.all(np.isfinite(years)):
        raise MetaError("year needs one finite value a row", hint="drop rows without a year")
    k = len(acc)
    group = codes(cluster, k) if cluster is not None else None
    papers = int(group.max()) + 1 if group is not None else k
    repeated = group is not None and 1 < papers < k
    middle = float(np.round(years.mean())) if centre is None else float(centre)
    attempt = _Attempts()
    logs, totals = {"log10_n": np.log10(size), "year": years - middle}, np.round(size)
    counts = np.round(acc * totals)
    natural = {"ln_n": np.log(size), "year": years}
    yi, vi = _logits(acc, size)
    primary = attempt("glmm", lambda: glmm(counts, totals, logs, cluster=group if repeated else None))
    three = attempt("multilevel", lambda: multilevel(yi, vi, group, mods=logs)) if repeated and group is not None else None
    ols = {}
    for kind in ("classical", "HC3", *(("CR1S", "CR2") if repeated else ())):
        fit = attempt(f"OLS {kind}", lambda kind=kind: linear(acc, natural, vcov=kind, cluster=group))  # type: ignore[misc]  # bound in the loop
        if fit is not None:
            ols[kind] = fit
    product = {"ln_n": np.log(size), "year": years - middle, "ln_n:year": np.log(size) * (years - middle)}
    return TrendResult(
        k=k,
        n_clusters=papers if group is not None else 0,
        year_centre=middle,
        glmm=primary,
        size_test=attempt("score test of n", lambda: score_test(counts, totals, logs, "log10_n", group)) if primary else None,
        year_test=attempt("score test of the year", lambda: score_test(counts, totals, logs, "year", group)) if primary else None,
        multilevel=three,
        multilevel_robust=attempt("CR2", lambda: robust(three, group, "CR2")) if three is not None and group is not None else None,
        ols=ols,
        wls=attempt("WLS", lambda: linear(acc, natural, weights=size)),
        interaction=attempt("interaction", lambda: linear(acc, product)),
        mixed=attempt("mixed model", lambda: mixed(acc, {"ln_n": np.log(size), "year": years - middle}, group))
        if repeated and group is not None
        else None,
        quantiles=attempt("quantile regression", lambda: quantile_regression(acc, {"ln_n": np.log(size), "year": years - middle})) or {},
        spline=attempt("spline", lambda: spline_test(acc, np.log(size), {"year": years})),
        envelope=attempt("noise envelope", lambda: noise_envelope(acc, size)),
        records=attempt("records", lambda: records_below_noise(acc, size, years)),
        warnings=_warnings(attempt.notes, k, group, repeated),
    )


def _warnings(notes: list[str], k: int, group: Ints | None, repeated: bool) -> tuple[str, ...]:
    out = list(notes)
    if k < 10:
        out.append(
            f"only {counted(k, 'row')}: a test finds none but large trends among fewer than 10, and one row may decide what it finds"
        )
    if group is None:
        out.append("no clusters given: several accuracies from one paper would make every p-value too small")
    elif not repeated:
        out.append("each paper has one row (or all rows are one paper's): no effect of papers is fitted")
    return tuple(out)


def _columns(table: Any, cluster: ArrayLike | None) -> tuple[Any, Any, Any, Any]:
    missing = [name for name in ("estimate", "n", "year") if name not in table]
    if missing:
        raise MetaError(
            "no column " + ", ".join(missing),
            hint="trend needs the columns estimate, n and year, and cluster where papers have several rows",
        )
    own = table["cluster"] if cluster is None and "cluster" in table else cluster
    return tuple(np.asarray(c) if c is not None else None for c in (table["estimate"], table["n"], table["year"], own))  # type: ignore[return-value]  # four items


def _logits(acc: Floats, size: Floats) -> tuple[Floats, Floats]:
    """Return logits of the accuracies and their variances; half a unit is added to perfect rows only."""
    x = acc * size
    perfect = (acc == 0) | (acc == 1)
    a, b = x + 0.5 * perfect, size - x + 0.5 * perfect
    return np.log(a / b), 1 / a + 1 / b


@dataclass(frozen=True)
class LowessBand(Result):
    """A lowess curve with a pointwise bootstrap band."""

    x: Floats
    y: Floats
    lower: Floats
    upper: Floats
    frac: float
    replicates: int
    warnings: tuple[str, ...] = ()


@sheltered
def lowess_band(
    x: ArrayLike,
    y: ArrayLike,
    frac: float = 0.8,
    replicates: int = 200,
    seed: int = 0,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
) -> LowessBand:
    """Smooth ``y`` over ``x`` with a seeded bootstrap band that draws whole papers.

    Parameters
    ----------
    x, y : array_like, shape (k,)
    frac : float
        Share of the rows in each window.
    replicates, seed : int
    cluster : array_like, shape (k,), optional
        Papers, drawn with all their rows.
    level : float

    Returns
    -------
    LowessBand
        Sorted by x, one point a row; the band is nan where no draw reaches.

    References
    ----------
    Cleveland WS (1979). Journal of the American Statistical Association 74:829-836.

    Examples
    --------
    >>> band = lowess_band(np.arange(20.0), np.arange(20.0) ** 0.5, replicates=20)
    >>> bool(np.all(band.lower <= band.upper))
    True
    """
    from statsmodels.nonparametric.smoothers_lowess import lowess

    xs, ys = numbers(x, "x"), numbers(y, "y")
    if xs.shape != ys.shape or xs.ndim != 1 or len(xs) < 3 or not np.all(np.isfinite(xs) & np.isfinite(ys)):
        raise MetaError("lowess needs two columns of at least three finite numbers")
    if len(np.unique(xs)) < 3:
        raise MetaError("lowess needs three different values of x at least", hint="there is no curve over fewer")
    if not 0 < frac <= 1:
        raise MetaError(f"frac is {frac}, but must lie in (0, 1]")
    if replicates < 0 or seed < 0 or not 0 < level < 1:
        raise MetaError(
            f"{replicates} replicates, seed {seed}, level {level}", hint="replicates and seed are 0 or more, level between 0 and 1"
        )
    curve = lowess(ys, xs, frac=frac)
    group = np.arange(len(xs)) if cluster is None else codes(cluster, len(xs))
    members = [np.flatnonzero(group == g) for g in range(int(group.max()) + 1)]
    rng = np.random.default_rng(seed)
    draws = np.full((replicates, len(xs)), np.nan)
    for b in range(replicates):
        rows = np.concatenate([members[g] for g in rng.integers(0, len(members), len(members))])
        if len(np.unique(xs[rows])) < 3:
            continue
        draws[b] = lowess(ys[rows], xs[rows], frac=frac, xvals=curve[:, 0])
    tail = (1 - level) / 2
    known = np.isfinite(draws).any(axis=0)
    lower, upper = np.full((2, len(xs)), np.nan)
    if known.any():
        lower[known], upper[known] = np.nanquantile(draws[:, known], [tail, 1 - tail], axis=0)
    return LowessBand(curve[:, 0], curve[:, 1], lower, upper, frac, replicates)
