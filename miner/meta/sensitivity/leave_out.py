"""How much a pooled estimate owes to single studies, to papers and to time: leave-one-out and cumulative meta-analysis, GOSH."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from miner.errors import MetaError
from miner.meta.design import categories
from miner.meta.guard import missing, sheltered
from miner.meta.models.blocks import codes
from miner.meta.models.pooling import Method, check_effects
from miner.meta.models.tau2 import METHODS, estimate
from miner.meta.numerics.arrays import Floats, Ints
from miner.meta.result import Result
from miner.meta.sensitivity.subsets import Fits, first, fit_subsets, warm_start, without
from miner.say import counted, num


@dataclass(frozen=True)
class Refits(Result):
    """Pooled estimates of many subsets of the studies.

    Attributes
    ----------
    kind : str
        ``leave-one-out``, ``cumulative`` or ``gosh``.
    labels : tuple
        What was left out (a row number, a cluster's label), or added; for GOSH nothing.
    k : array of int
        Studies in each fit.
    estimate, se, zval, pval, ci_lb, ci_ub : arrays
    Q, Qp, tau2, I2, H2 : arrays
        I² and H² are nan for one study.
    order : array of int
        Rows in the order in which they were added (cumulative only).
    members : array of bool or None
        Which studies each fit holds (GOSH only).
    """

    kind: str
    method: str
    labels: tuple[Any, ...]
    k: Ints
    estimate: Floats
    se: Floats
    zval: Floats
    pval: Floats
    ci_lb: Floats
    ci_ub: Floats
    Q: Floats
    Qp: Floats
    tau2: Floats
    I2: Floats
    H2: Floats
    order: Ints
    members: Any
    level: float
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the range of the estimates and the rows at its ends."""
        low, high = int(np.nanargmin(self.estimate)), int(np.nanargmax(self.estimate))
        lines = [
            f"{self.kind} ({self.method}): {counted(len(self.k), 'fit')}, estimates {num(self.estimate[low], '.6g')} to {num(self.estimate[high], '.6g')}"
        ]
        if self.labels:
            lines.append(f"  lowest at {self.labels[low]}, highest at {self.labels[high]}")
        return "\n".join(lines + [f"  warning: {w}" for w in self.warnings])


def _refits(
    fits: Fits,
    kind: str,
    method: str,
    level: float,
    labels: tuple[Any, ...] = (),
    order: Any = None,
    members: Any = None,
    notes: tuple[str, ...] = (),
) -> Refits:
    estimates, se = fits.beta[:, 0], np.sqrt(fits.vcov[:, 0, 0])
    zval = estimates / se
    crit = float(stats.norm.ppf(0.5 + level / 2))
    qp, i2, h2 = fits.heterogeneity(method)
    return Refits(
        kind, method, labels, fits.k, estimates, se, zval, 2 * stats.norm.sf(np.abs(zval)), estimates - crit * se, estimates + crit * se,
        fits.Q, qp, fits.tau2, i2, h2, np.arange(0) if order is None else order, members, level, notes,
    )  # fmt: skip


def _check(yi: ArrayLike, vi: ArrayLike, method: str) -> tuple[Floats, Floats, Floats]:
    if method not in METHODS:
        raise MetaError(f"there is no estimator {method!r}", hint=f"there are: {', '.join(METHODS)}")
    y, v = check_effects(yi, vi, least=2)
    return y, v, np.ones((len(y), 1))


@sheltered
def leave_one_out(
    yi: ArrayLike, vi: ArrayLike, method: Method = "REML", *, cluster: ArrayLike | None = None, level: float = 0.95
) -> Refits:
    """Pool again without each study, or without each cluster of studies (papers).

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effects and sampling variances.
    method : str
        Estimator of tau² (see ``pool``).
    cluster : array_like, optional
        Labels of papers: each is left out as a whole.
    level : float
        Confidence level.

    Returns
    -------
    Refits
        One row a study, or a cluster in order of first appearance.

    Raises
    ------
    MetaError
        For impossible input, fewer than two studies, or one cluster.

    Notes
    -----
    REML and ML start from one Newton step on the sums of all studies less those left out, O(k) for all refits together; chunks of refits then
    converge side by side.

    References
    ----------
    Viechtbauer W, Cheung MW-L (2010). Research Synthesis Methods 1:112-125.

    Examples
    --------
    >>> fits = leave_one_out([0.1, 0.2, 0.9], [0.01, 0.01, 0.01], method="EE")
    >>> fits.estimate.round(2).tolist()
    [0.55, 0.5, 0.15]
    """
    y, v, X = _check(yi, vi, method)
    group = np.arange(len(y)) if cluster is None else codes(cluster, len(y))
    n = int(group.max()) + 1
    if n < 2:
        raise MetaError("one cluster: nothing is left without it", hint="leave out single studies, or give more clusters")
    tau2 = estimate(method, y, v, X).value
    fits = fit_subsets(y, v, X, method, without(group), n, warm_start(y, v, X, tau2, group, method))
    names = np.asarray(cluster, dtype=object) if cluster is not None else np.arange(1, len(y) + 1)
    appearance = np.unique(group, return_index=True)[1]
    return _refits(fits, "leave-one-out", method, level, tuple(names[appearance].tolist()))


@sheltered
def cumulative(yi: ArrayLike, vi: ArrayLike, order: ArrayLike | None = None, method: Method = "REML", *, level: float = 0.95) -> Refits:
    """Pool the first study, the first two, ... in order of a column such as the year.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effects and sampling variances.
    order : array_like, optional
        Values to order by, ties as they stand (default: as they stand).
    method : str
        Estimator of tau² (see ``pool``).
    level : float
        Confidence level.

    Returns
    -------
    Refits

    References
    ----------
    Lau J, Schmid CH, Chalmers TC (1995). Journal of Clinical Epidemiology 48:45-57.

    Examples
    --------
    >>> fits = cumulative([0.1, 0.3], [0.01, 0.01], order=[2021, 2019], method="EE")
    >>> fits.order.tolist(), fits.estimate.round(2).tolist()
    ([1, 0], [0.3, 0.2])
    """
    y, v, X = _check(yi, vi, method)
    values = np.arange(len(y)) if order is None else np.asarray(order)
    rows = _ranked(order if order is not None else values, len(y))
    fits = fit_subsets(y[rows], v[rows], X, method, first(np.arange(len(y))), len(y), estimate(method, y, v, X).value)
    return _refits(fits, "cumulative", method, level, tuple(values[rows].tolist()), rows)


@sheltered
def gosh(yi: ArrayLike, vi: ArrayLike, method: Method = "DL", *, subsets: int = 10_000, seed: int = 0, level: float = 0.95) -> Refits:
    """Pool subsets of the studies: all of them where there are at most ``subsets``, else a random sample of that size.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effects and sampling variances.
    method : str
        Estimator of tau² (see ``pool``).
    subsets : int
        The bound.
    seed : int
        Seed of the sample.
    level : float
        Confidence level.

    Returns
    -------
    Refits
        ``members`` tells which studies each fit holds: two clouds of estimates mean that some study splits them.

    References
    ----------
    Olkin I, Dahabreh IJ, Trikalinos TA (2012). Research Synthesis Methods 3:214-223.

    Examples
    --------
    >>> fits = gosh([0.1, 0.2, 0.9], [0.01, 0.01, 0.01], method="EE")
    >>> len(fits.k), bool(fits.estimate.max() == 0.9)
    (7, True)
    """
    y, v, X = _check(yi, vi, method)
    k = len(y)
    if subsets < 1:
        raise MetaError(f"{counted(subsets, 'subset')}", hint="ask for at least one")
    if subsets * k > 2 * 10**8:
        raise MetaError(
            f"{counted(subsets, 'subset')} of {counted(k, 'study needs', 'studies need')} too much memory", hint="ask for fewer subsets"
        )
    if k < 60 and 2**k - 1 <= subsets:
        members = np.array([row for row in itertools.product((False, True), repeat=k) if any(row)])
        notes: tuple[str, ...] = ()
    else:
        members = _sample(k, subsets, np.random.default_rng(seed))
        notes = (f"A random sample of {subsets} of the {_count(k)} subsets.",)
    fits = fit_subsets(y, v, X, method, lambda a, b: members[a:b].astype(float), len(members), estimate(method, y, v, X).value)
    return _refits(fits, "gosh", method, level, (), None, members, notes)


def _ranked(order: Any, k: int) -> Ints:
    """Return the rows in order of a column of numbers, dates, text or an ordered category; ties as they stand."""
    values = (
        np.asarray(order) if hasattr(order, "dtype") else np.array(list(order), dtype=object)
    )  # numpy would turn 1 beside "a" into text
    if values.shape != (k,):
        raise MetaError(f"order has shape {values.shape}, but there are {counted(k, 'study', 'studies')}", hint="give one value a study")
    if any(missing(v) for v in values.tolist()) or any(isinstance(v, float) and not math.isfinite(v) for v in values.tolist()):
        raise MetaError("order has missing values", hint="drop or fill those studies first")
    levels = categories(order)
    if levels is not None:
        values = np.array([levels.index(v) for v in values.tolist()])
    try:
        return np.argsort(values, kind="stable")
    except TypeError as error:
        raise MetaError(f"order cannot be sorted: {error}", hint="give numbers, dates or text, not a mixture") from error


def _count(k: int) -> str:
    return str(2**k - 1) if k < 40 else f"10^{k * math.log10(2):.0f}"


def _sample(k: int, n: int, rng: np.random.Generator) -> Any:
    """Draw subsets uniformly; an empty one is drawn again."""
    members = rng.integers(0, 2, (n, k), dtype=bool)
    while not members.any(axis=1).all():
        bare = ~members.any(axis=1)
        members[bare] = rng.integers(0, 2, (int(bare.sum()), k), dtype=bool)
    return members
