"""Fail-safe numbers: how many studies without effect would undo the result."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from miner.errors import MetaError
from miner.meta.guard import sheltered
from miner.meta.models.pooling import check_effects
from miner.meta.result import Result

Kind = Literal["Rosenthal", "Orwin", "Rosenberg"]
_ADVICE = "Fail-safe numbers assume that what is missing averages no effect and say nothing about bias; the Cochrane Handbook (section 13) advises against them."


@dataclass(frozen=True)
class FailSafe(Result):
    """A fail-safe number.

    Attributes
    ----------
    kind : str
    fsnum : int
        Studies of no effect that would have to be added.
    pval : float
        Of the observed studies (Rosenthal: one-sided, Stouffer; Rosenberg: two-sided; nan for Orwin).
    meanes : float
        Their mean effect (nan for Rosenthal).
    target : float
        The mean effect that is reached (Orwin; nan otherwise).
    """

    kind: str
    weighted: bool
    fsnum: int
    pval: float
    meanes: float
    target: float
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the number in one line, then the warnings."""
        name = f"{self.kind}, weighted" if self.weighted else self.kind
        return "\n".join([f"Fail-safe N ({name}): {self.fsnum}", *(f"  warning: {w}" for w in self.warnings)])


@sheltered
def fail_safe_n(
    yi: ArrayLike, vi: ArrayLike, kind: Kind = "Rosenthal", *, alpha: float = 0.05, target: float | None = None, weighted: bool = False
) -> FailSafe:
    """Return the number of studies of no effect that would undo the result.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effects, 0 for none, and their sampling variances.
    kind : {"Rosenthal", "Orwin", "Rosenberg"}
        Until the sum of z-values is not significant (one-sided); until the mean falls to ``target``; until the weighted mean is not significant
        (two-sided).
    alpha : float
        Level of Rosenthal's and Rosenberg's.
    target : float, optional
        Orwin's target; half of the mean if not given. It takes the sign of the mean.
    weighted : bool
        Whether Orwin's means are weighted by 1/v_i.

    Returns
    -------
    FailSafe

    Raises
    ------
    MetaError
        For no studies, impossible input, or a target of 0.

    References
    ----------
    Rosenthal R (1979). Psychological Bulletin 86:638-641. Orwin RG (1983). Journal of Educational Statistics 8:157-159. Rosenberg MS (2005).
    Evolution 59:464-468 (with the normal distribution).

    Examples
    --------
    >>> fail_safe_n([0.5, 0.6, 0.7], [0.04, 0.05, 0.06]).fsnum
    21
    """
    y, v = check_effects(yi, vi)
    if not 0 < alpha < 1:
        raise MetaError(f"alpha = {alpha:g} is not between 0 and 1", hint="0.05 is usual")
    k, nan, w = len(y), float("nan"), 1 / v
    mean = float(np.sum(w * y) / w.sum()) if weighted or kind == "Rosenberg" else float(y.mean())
    notes = (_ADVICE,)
    if kind == "Rosenthal":
        z = abs(float(np.sum(y / np.sqrt(v))))
        number = (z / stats.norm.isf(alpha)) ** 2 - k
        return FailSafe(
            kind, weighted=False, fsnum=_whole(number), pval=float(stats.norm.sf(z / math.sqrt(k))), meanes=nan, target=nan, warnings=notes
        )
    if kind == "Rosenberg":
        z = abs(mean) * math.sqrt(w.sum())
        number = k / w.sum() * ((abs(float(np.sum(w * y))) / stats.norm.isf(alpha / 2)) ** 2 - w.sum())
        return FailSafe(
            kind, weighted=True, fsnum=_whole(number), pval=float(2 * stats.norm.sf(z)), meanes=mean, target=nan, warnings=notes
        )
    if kind != "Orwin":
        raise MetaError(f"there is no fail-safe N {kind!r}", hint="there are: Rosenthal, Orwin, Rosenberg")
    goal = mean / 2 if target is None else math.copysign(target, mean)
    if goal == 0 or not math.isfinite(goal):
        raise MetaError("no number of studies brings the mean to the target", where="target", hint="give a target other than 0")
    return FailSafe(kind, weighted, _whole(k * (abs(mean) - abs(goal)) / abs(goal)), nan, mean, goal, notes)


def _whole(number: float) -> int:
    """Return the next whole number, none for negative ones; rounding errors of whole numbers don't count."""
    return max(0, math.ceil(number * (1 - 1e-12)))
