"""Effect sizes of proportions and of two arms, and intervals for one accuracy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from miner.errors import MetaError
from miner.meta.guard import numbers, sheltered
from miner.meta.numerics.arrays import Floats
from miner.meta.result import Result
from miner.say import counted, num

ProportionMeasure = Literal["PR", "PLN", "PLO", "PAS", "PFT"]
ArmMeasure = Literal["OR", "RR", "RD"]
Correct = Literal["only0", "all", "if0all", "none"]
Interval = Literal["wilson", "clopper-pearson", "jeffreys"]

_CORRECTED = ("PR", "PLN", "PLO")
FT_WARNING = (
    "The Freeman-Tukey double arcsine has no inverse of its own for a pooled value: Miller's needs one sample size for all studies, and different choices "
    "give different, sometimes absurd proportions (Schwarzer et al. 2019, Research Synthesis Methods 10:476). Prefer a mixed model of the counts (glmm), or PLO."
)


@dataclass(frozen=True)
class EffectSizes(Result):
    """Effects and sampling variances.

    Attributes
    ----------
    measure : str
    yi, vi : arrays, shape (k,)
    ni : array, shape (k,)
        Sample sizes (of both arms together).
    corrected : array of bool, shape (k,)
        Studies to whose counts something was added.
    """

    measure: str
    yi: Floats
    vi: Floats
    ni: Floats
    corrected: np.ndarray[tuple[int], np.dtype[np.bool_]]
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return a table of the effects."""
        lines = [f"{self.measure}, {counted(len(self.yi), 'study', 'studies')}"]
        lines += [f"  {num(y, '.6g')} (variance {num(v, '.4g')}, n = {n:g})" for y, v, n in zip(self.yi, self.vi, self.ni, strict=True)]
        return "\n".join(lines + [f"  warning: {w}" for w in self.warnings])


def _counts(pairs: list[tuple[str, ArrayLike]]) -> list[Floats]:
    """Return the columns as arrays of one length, or say what is wrong."""
    columns = [np.atleast_1d(numbers(column, name)) for name, column in pairs]
    if columns[0].ndim != 1 or any(c.shape != columns[0].shape for c in columns):
        raise MetaError(f"the counts have shapes {', '.join(str(c.shape) for c in columns)}", hint="give one number a study in each column")
    if len(columns[0]) == 0:
        raise MetaError("there are no studies", hint="give at least one")
    for (name, _), column in zip(pairs, columns, strict=True):
        if not np.isfinite(column).all():
            raise MetaError(
                f"{counted(int((~np.isfinite(column)).sum()), 'value')} are missing or infinite", where=name, hint="leave these studies out"
            )
    return columns


def _broadcast(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    try:
        one, two = np.broadcast_arrays(np.atleast_1d(a), b)
    except ValueError as error:
        raise MetaError(
            f"columns of shapes {np.shape(a)} and {np.shape(b)} do not fit together", hint="give one n, or one a value"
        ) from error
    return one.copy(), two.copy()


def _check_events(x: Floats, n: Floats) -> Floats:
    """Return the events, 0 to n, rounding errors of accuracy times n removed; shares in their place are refused."""
    if ((x >= 0) & (x <= 1)).all() and (x != np.round(x)).any():
        raise MetaError("the events are shares, not counts", hint="give the number of hits: accuracy * n")
    possible = (n > 0) & (x >= -1e-9 * n) & (x <= n * (1 + 1e-9))
    if not possible.all():
        i = int(np.argmin(possible))
        raise MetaError(
            f"{x[i]:g} events of {n[i]:g} are impossible", where=f"study {i + 1}", hint="events must lie between 0 and n, and n above 0"
        )
    return np.clip(x, 0, n)


def _events_of(p: Floats, n: Floats) -> Floats:
    bad = np.flatnonzero(~((p >= 0) & (p <= 1) & (n > 0)))
    if len(bad):
        hint = "accuracies lie between 0 and 1, and n above 0"
        raise MetaError(f"accuracy {p[bad[0]]:g} with n = {n[bad[0]]:g}", where=f"study {bad[0] + 1}", hint=hint)
    return p * n


def _corrected(extreme: np.ndarray[tuple[int], np.dtype[np.bool_]], to: str) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    if to not in {"only0", "all", "if0all", "none"}:
        raise MetaError(f"there is no rule {to!r}", hint="there are: only0, all, if0all, none")
    everything = np.full(extreme.shape, to == "all" or (to == "if0all" and bool(extreme.any())))
    return everything | (extreme if to == "only0" else False)


@sheltered
def effect_sizes(measure: ProportionMeasure, x: ArrayLike, n: ArrayLike, *, add: float | None = None, to: Correct = "only0") -> EffectSizes:
    """Return effect sizes of proportions: raw, log, logit, arcsine or double arcsine.

    Parameters
    ----------
    measure : {"PR", "PLN", "PLO", "PAS", "PFT"}
        Raw proportion, its log, its logit, arcsine of its square root, Freeman & Tukey's double arcsine.
    x, n : array_like, shape (k,)
        Events (or hits) and sample sizes; an accuracy times its n is allowed to have decimals, an accuracy itself is refused.
    add : float, optional
        What is added to events and to non-events: by default 1/2 for PR, PLN and PLO, nothing for PAS and PFT, which need no correction.
    to : {"only0", "all", "if0all", "none"}
        Where: studies with 0 or n events; all; all if there is such a study; nowhere. Without correction PR of a perfect proportion has variance 0,
        PLN and PLO do not exist.

    Returns
    -------
    EffectSizes

    Raises
    ------
    MetaError
        For impossible counts, or perfect proportions that ``to`` leaves without a logarithm.

    References
    ----------
    Freeman MF, Tukey JW (1950). Annals of Mathematical Statistics 21:607-611. Stijnen T, Hamza TH, Özdemir P (2010). Statistics in Medicine
    29:3046-3067 (section 3). Schwarzer G et al. (2019). Research Synthesis Methods 10:476-483.

    Examples
    --------
    >>> found = effect_sizes("PLO", [9, 10], [10, 10])
    >>> found.yi.round(2).tolist(), found.corrected.tolist()
    ([2.2, 3.04], [False, True])
    """
    kind = str(measure).upper()
    if kind not in _FORWARD:
        raise MetaError(
            f"there is no measure {measure!r} of proportions", hint=f"there are: {', '.join(_FORWARD)}; two arms: effect_sizes_arms"
        )
    events, size = _counts([("x", x), ("n", n)])
    events = _check_events(events, size)
    extreme = (events == 0) | (events == size)
    add = (0.5 if kind in _CORRECTED else 0.0) if add is None else add
    changed = _corrected(extreme, to) & (add != 0)
    a, total = events + add * changed, size + 2 * add * changed
    if kind in {"PLN", "PLO"} and (np.any(a == 0) or (kind == "PLO" and np.any(a == total))):
        raise MetaError(
            "a perfect proportion has no logit or log", hint="use to='only0', another measure, or glmm, which needs no correction"
        )
    yi, vi = _FORWARD[kind](a, total)
    notes = []
    if changed.any():
        notes.append(
            f"{add:g} was added to the events and non-events of {int(changed.sum())} of {counted(len(size), 'study', 'studies')}; a binomial mixed model needs no such correction."
        )
    if np.any(vi == 0):
        notes.append(
            f"{int((vi == 0).sum())} perfect proportions have variance 0: leave them out, add one half to their cells, or use a binomial mixed model."
        )
    if kind == "PFT":
        notes.append(FT_WARNING)
    return EffectSizes(kind, yi, vi, size, changed, tuple(notes))


def double_arcsine(x: Floats, n: Floats) -> Floats:
    """Return Freeman & Tukey's double arcsine of ``x`` of ``n``, halved as metafor does."""
    out: Floats = 0.5 * (np.arcsin(np.sqrt(x / (n + 1))) + np.arcsin(np.sqrt((x + 1) / (n + 1))))
    return out


_FORWARD: dict[str, Callable[[Floats, Floats], tuple[Floats, Floats]]] = {
    "PR": lambda x, n: (x / n, x * (n - x) / n**3),
    "PLN": lambda x, n: (np.log(x / n), 1 / x - 1 / n),
    "PLO": lambda x, n: (np.log(x / n / (1 - x / n)), 1 / x + 1 / (n - x)),
    "PAS": lambda x, n: (np.arcsin(np.sqrt(x / n)), 1 / (4 * n)),
    "PFT": lambda x, n: (double_arcsine(x, n), 1 / (4 * n + 2)),
}


@sheltered
def effect_sizes_arms(
    measure: ArmMeasure, ai: ArrayLike, n1i: ArrayLike, ci: ArrayLike, n2i: ArrayLike, *, add: float = 0.5, to: Correct = "only0"
) -> EffectSizes:
    """Return log odds ratios, log risk ratios or risk differences of two arms.

    Parameters
    ----------
    measure : {"OR", "RR", "RD"}
    ai, n1i, ci, n2i : array_like, shape (k,)
        Events and sizes of arms 1 and 2.
    add, to : float, str
        What is added to all four cells, and where: see :func:`effect_sizes` (here: studies with an empty cell).

    Returns
    -------
    EffectSizes

    Examples
    --------
    >>> round(float(effect_sizes_arms("OR", [4], [123], [11], [139]).yi[0]), 4)
    -0.9387
    """
    kind = str(measure).upper()
    if kind not in {"OR", "RR", "RD"}:
        raise MetaError(f"there is no measure {measure!r} of two arms", hint="there are: OR, RR, RD")
    a, n1, c, n2 = _counts([("ai", ai), ("n1i", n1i), ("ci", ci), ("n2i", n2i)])
    a, c = _check_events(a, n1), _check_events(c, n2)
    empty = (a == 0) | (c == 0) | (a == n1) | (c == n2)
    changed = _corrected(empty, to)
    size = n1 + n2
    a, c, n1, n2 = a + add * changed, c + add * changed, n1 + 2 * add * changed, n2 + 2 * add * changed
    cells = (a, n1 - a, c, n2 - c) if kind == "OR" else (a, c) if kind == "RR" else ()
    if any(np.any(cell == 0) for cell in cells):
        raise MetaError("an empty cell has no log ratio", hint="use to='only0', or glmm_arms, which needs no correction")
    if kind == "OR":
        yi, vi = np.log(a * (n2 - c) / (c * (n1 - a))), 1 / a + 1 / (n1 - a) + 1 / c + 1 / (n2 - c)
    elif kind == "RR":
        yi, vi = np.log(a / n1 / (c / n2)), 1 / a - 1 / n1 + 1 / c - 1 / n2
    else:
        yi, vi = a / n1 - c / n2, a * (n1 - a) / n1**3 + c * (n2 - c) / n2**3
    notes = (
        (f"{add:g} was added to the cells of {int(changed.sum())} of {counted(len(size), 'study', 'studies')}.",) if changed.any() else ()
    )
    return EffectSizes(kind, yi, vi, size, changed, notes)


@dataclass(frozen=True)
class ProportionInterval(Result):
    """Proportions with their intervals."""

    estimate: Floats
    ci_lb: Floats
    ci_ub: Floats
    n: Floats
    method: str
    level: float
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return one line a proportion."""
        rows = zip(self.estimate, self.ci_lb, self.ci_ub, self.n, strict=True)
        return "\n".join(f"{num(p, '.4f')} [{num(low, '.4f')}, {num(high, '.4f')}] (n = {n:g}, {self.method})" for p, low, high, n in rows)


@sheltered
def proportion_interval(accuracy: ArrayLike, n: ArrayLike, method: Interval = "wilson", level: float = 0.95) -> ProportionInterval:
    """Return intervals for accuracies that were measured on ``n`` cases.

    Parameters
    ----------
    accuracy : array_like
        Proportions between 0 and 1.
    n : array_like
        Cases of each (one number for all, or one each).
    method : {"wilson", "clopper-pearson", "jeffreys"}
        The score interval (good coverage at all sizes); exact but wide; Bayesian with the prior Beta(1/2, 1/2), closed at 0 and 1.
    level : float
        Confidence level.

    Returns
    -------
    ProportionInterval

    References
    ----------
    Brown LD, Cai TT, DasGupta A (2001). Statistical Science 16:101-133.

    Examples
    --------
    >>> print(proportion_interval(0.9, 50))
    0.9000 [0.7864, 0.9565] (n = 50, wilson)
    """
    from statsmodels.stats.proportion import proportion_confint

    names = {"wilson": "wilson", "clopper-pearson": "beta", "jeffreys": "jeffreys"}
    if method not in names:
        raise MetaError(f"there is no interval {method!r}", hint=f"there are: {', '.join(names)}")
    if not 0 < level < 1:
        raise MetaError(f"the level {level:g} is not between 0 and 1", hint="0.95 is usual")
    given, size = _broadcast(numbers(accuracy, "accuracy"), numbers(n, "n"))
    p, size = _counts([("accuracy", given), ("n", size)])
    x = _events_of(p, size)
    low, high = (np.asarray(v, dtype=float) for v in proportion_confint(x, size, alpha=1 - level, method=names[method]))
    return ProportionInterval(x / size, np.where(x == 0, 0.0, low), np.where(x == size, 1.0, high), size, method, level)
