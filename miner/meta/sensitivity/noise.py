"""How much of a literature's accuracies is sampling noise, and how many new records are."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from miner.errors import MetaError
from miner.meta.guard import broadcast, numbers, sheltered
from miner.meta.numerics.arrays import Floats
from miner.meta.result import Result
from miner.say import counted, headed, num, out_of


@dataclass(frozen=True)
class NoiseEnvelope(Result):
    """Accuracies against the binomial noise around one centre.

    Attributes
    ----------
    p0 : float
        The centre: the accuracy of all units together, or the one given; of several, their mean.
    frac_outside_95, frac_above, frac_below : float
        Share of accuracies outside p0 +- 1.96 sqrt(p0 (1 - p0) / n), and on each side.
    frac_outside_95_exact_binomial : float
        The same with quantiles of the binomial distribution.
    mean_z2, chi2, df : float
        Mean squared standardised deviation, its sum, and rows - 1.
    var_acc, mean_sampling_var, share_sampling : float
        Variance of the accuracies (around their centres, where there are several), mean of p (1 - p) / n, and their ratio: the share that is sampling noise.
    lower, upper : arrays, shape (k,)
        The envelope at each row's n.
    """

    k: int
    p0: float
    frac_outside_95: float
    frac_above: float
    frac_below: float
    mean_z2: float
    chi2: float
    df: int
    frac_outside_95_exact_binomial: float
    var_acc: float
    mean_sampling_var: float
    share_sampling: float
    lower: Floats = field(repr=False)
    upper: Floats = field(repr=False)
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the shares in a sentence."""
        return (
            f"{counted(self.k, 'accuracy', 'accuracies')} around {num(self.p0, '.3f')}: {num(100 * self.frac_outside_95, '.0f')} % lie outside the 95 % binomial envelope; "
            f"sampling noise is {num(100 * self.share_sampling, '.0f')} % of their variance"
        )


def accuracies(estimate: ArrayLike, n: ArrayLike) -> tuple[Floats, Floats]:
    """Check accuracies in 0..1 and sizes of at least 1.

    Raises
    ------
    MetaError
        Naming the first row that does not fit.
    """
    acc, size = numbers(estimate, "estimate"), numbers(n, "n")
    if acc.ndim != 1 or acc.shape != size.shape or not len(acc):
        raise MetaError(f"the accuracies have shape {acc.shape} and n {size.shape}", hint="give two columns of the same length")
    bad = np.flatnonzero(~((acc >= 0) & (acc <= 1) & (size >= 1) & np.isfinite(size)))
    if len(bad):
        i = int(bad[0])
        hint = "accuracies are shares: divide per cent by 100" if acc[i] > 1 else "drop rows without an accuracy or a size"
        raise MetaError(f"accuracy {acc[i]:g} with n = {size[i]:g}", where=f"row {i + 1}", hint=hint)
    return acc, size


@sheltered
def noise_envelope(estimate: ArrayLike, n: ArrayLike, centre: ArrayLike | None = None) -> NoiseEnvelope:
    """Compare accuracies with what sampling alone would scatter around a centre (Spiegelhalter 2005, Statistics in Medicine 24:1185-1202).

    Parameters
    ----------
    estimate, n : array_like, shape (k,)
        Accuracies in 0..1 and the numbers of units they were measured on.
    centre : float or array_like, shape (k,), optional
        The common accuracy, for example the inverse logit of a GLMM's intercept, or one for each row, such as that of its task; by default that
        of all units together.

    Returns
    -------
    NoiseEnvelope

    Examples
    --------
    >>> noise_envelope([0.7, 0.8, 0.9], [1000, 1000, 1000]).frac_outside_95
    0.6666666666666666
    """
    from scipy import stats

    acc, size = accuracies(estimate, n)
    k = len(acc)
    p0 = broadcast(estimate=acc, centre=acc @ size / size.sum() if centre is None else centre)[1]
    if p0.shape != acc.shape:
        raise MetaError(f"{p0.size} centres for {k} accuracies", hint="give one, or one for each")
    if not np.all((p0 > 0) & (p0 < 1)):
        raise MetaError(
            f"the centre is {p0[np.argmax((p0 <= 0) | (p0 >= 1))]:g}, so there is no binomial noise around it",
            hint="all accuracies are perfect: report intervals instead",
        )
    se = np.sqrt(p0 * (1 - p0) / size)
    z = (acc - p0) / se
    crit = float(stats.norm.isf(0.025))
    counts, whole = np.round(acc * size), np.round(size)
    exact = (counts < stats.binom.ppf(0.025, whole, p0)) | (counts > stats.binom.ppf(0.975, whole, p0))
    one = np.ptp(p0) == 0
    total = float(np.var(acc if one else acc - p0, ddof=1)) if k > 1 else float("nan")
    noise = float(np.mean(acc * (1 - acc) / size))
    warnings = () if k >= 10 else (f"only {counted(k, 'accuracy', 'accuracies')}: the shares are coarse",)
    share = noise / total if k > 1 and total > 0 else float("nan")
    return NoiseEnvelope(
        k, float(p0[0] if one else p0.mean()), float(np.mean(np.abs(z) > crit)), float(np.mean(z > crit)), float(np.mean(z < -crit)), float(np.mean(z**2)), float(np.sum(z**2)), k - 1,
        float(np.mean(exact)), total, noise, share, p0 - crit * se, p0 + crit * se, warnings,
    )  # fmt: skip


@dataclass(frozen=True)
class Records(Result):
    """New bests of a literature, and how many are within noise of the one before.

    Attributes
    ----------
    rows : array of int
        Row numbers of the records, by year.
    diff, se_diff, z : arrays
        Gain over the best of all earlier years, its unpaired binomial standard error, their ratio.
    """

    n_records: int
    n_below_noise: int
    rows: tuple[int, ...]
    year: Floats
    acc: Floats
    n: Floats
    prev_best: Floats
    diff: Floats
    se_diff: Floats
    z: Floats
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the counts in a sentence."""
        if not self.n_records:
            return "no new best"
        return f"{headed(out_of(self.n_below_noise, self.n_records, 'new best', 'are'))} within 1.96 standard errors of the one before"


@sheltered
def records_below_noise(estimate: ArrayLike, n: ArrayLike, year: ArrayLike) -> Records:
    """Find the accuracies above the best of all earlier years and test each gain against sampling noise.

    The standard error is that of a difference of two independent proportions; studies that share test data would have a smaller one.

    Examples
    --------
    >>> str(records_below_noise([0.80, 0.82, 0.95], [100, 100, 400], [2010, 2011, 2012]))
    '1 of 2 new bests is within 1.96 standard errors of the one before'
    """
    from scipy import stats

    acc, size = accuracies(estimate, n)
    years = numbers(year, "year")
    if years.shape != acc.shape or not np.all(np.isfinite(years)):
        raise MetaError("year needs one finite value a row", hint="drop rows without a year")
    rows: list[int] = []
    before: list[int] = []
    best: int | None = None
    for value in np.unique(years):
        now = np.flatnonzero(years == value)
        if best is not None:
            new = now[acc[now] > acc[best]]
            rows += new.tolist()
            before += [best] * len(new)
        top = int(now[np.argmax(acc[now])])
        if best is None or acc[top] > acc[best]:
            best = top
    i, j = np.array(rows, dtype=int), np.array(before, dtype=int)
    diff = acc[i] - acc[j]
    se = np.sqrt(acc[i] * (1 - acc[i]) / size[i] + acc[j] * (1 - acc[j]) / size[j])
    z = np.divide(diff, se, out=np.full(len(i), np.inf), where=se > 0)
    return Records(len(i), int(np.sum(z < stats.norm.isf(0.025))), tuple(rows), years[i], acc[i], size[i], acc[j], diff, se, z)
