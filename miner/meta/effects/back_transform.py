"""From effect sizes of proportions and ratios back to their own scale."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from miner.errors import MetaError
from miner.meta.effects.proportions import FT_WARNING, double_arcsine
from miner.meta.guard import broadcast, numbers, sheltered
from miner.meta.numerics.arrays import Floats
from miner.meta.result import Result
from miner.say import num


@dataclass(frozen=True)
class BackTransformed(Result):
    """Values on the scale of proportions (or ratios); ``n`` is the sample size that the inverse of PFT used."""

    measure: str
    values: Floats
    n: float | None = None
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the values, then the warnings."""
        return "\n".join(
            [f"{self.measure}: " + ", ".join(f"{num(v, '.4f')}" for v in self.values), *(f"  warning: {w}" for w in self.warnings)]
        )


def back_transform(
    measure: str,
    values: ArrayLike,
    ni: ArrayLike | None = None,
    *,
    by: Literal["harmonic", "geometric", "arithmetic", "se"] = "harmonic",
    se: float | None = None,
) -> BackTransformed:
    """Return transformed values on the scale of proportions; log ratios as ratios.

    Values outside the range of the transformation become 0 or 1.

    Parameters
    ----------
    measure : str
        PR, PLN, PLO, PAS, PFT; OR, RR (exponentials), RD.
    values : array_like
        For example a pooled value and its limits.
    ni : array_like, optional
        For PFT: the studies' sample sizes, or one size.
    by : {"harmonic", "geometric", "arithmetic", "se"}
        For PFT: which mean of ``ni`` is used; ``se`` for 1 / (4 se²), the size that a single study with this standard error would have.
    se : float, optional
        Standard error of the pooled value, for ``by="se"``.

    Returns
    -------
    BackTransformed

    References
    ----------
    Miller JJ (1978). American Statistician 32:138. Barendregt JJ et al. (2013). Journal of Epidemiology and Community Health 67:974-978 (by="se").
    Schwarzer G et al. (2019). Research Synthesis Methods 10:476-483 (why not).

    Examples
    --------
    >>> back_transform("PLO", [0.0]).values.tolist()
    [0.5]
    """
    kind = str(measure).upper()
    t = np.atleast_1d(numbers(values, "values"))
    if kind == "PFT":
        sizes = _mean_sizes(ni, se)
        if by not in sizes:
            raise MetaError(
                f"the inverse by {by!r} needs {'se' if by == 'se' else 'ni'}", hint="give the sample sizes (ni=), or se= with by='se'"
            )
        found = {name: inverse_double_arcsine(t, n) for name, n in sizes.items()}
        spread = ", ".join(f"{found[name][0]:.3f} ({name}, n = {n:.1f})" for name, n in sizes.items())
        return BackTransformed(kind, found[by], sizes[by], (FT_WARNING, f"The first value by choice of n: {spread}."))
    if kind not in _BACK:
        raise MetaError(f"there is no way back from {measure!r}", hint=f"there are: {', '.join((*_BACK, 'PFT'))}")
    return BackTransformed(kind, _BACK[kind](t))


def _mean_sizes(ni: ArrayLike | None, se: float | None) -> dict[str, float]:
    """Return the candidates for the one sample size of Miller's inverse."""
    sizes: dict[str, float] = {}
    if ni is not None:
        n = np.atleast_1d(numbers(ni, "ni"))
        if n.size == 0 or not (np.isfinite(n) & (n > 0)).all():
            raise MetaError("sample sizes must be positive finite numbers", where="ni", hint="leave the others out")
        sizes = {"harmonic": float(1 / np.mean(1 / n)), "geometric": float(np.exp(np.mean(np.log(n)))), "arithmetic": float(np.mean(n))}
    if se is not None:
        if not (np.isfinite(se) and se > 0):
            raise MetaError("the standard error must be a positive number", where="se")
        sizes["se"] = float(1 / (4 * se**2))
    return sizes


@sheltered
def inverse_double_arcsine(t: ArrayLike, n: ArrayLike) -> Floats:
    """Return the proportions whose double arcsine at sample size ``n`` is ``t`` (Miller 1978); 0 and 1 beyond the range.

    Examples
    --------
    >>> from miner.meta import effect_sizes
    >>> found = effect_sizes("PFT", [3], [10])
    >>> round(float(inverse_double_arcsine(found.yi, 10)[0]), 6)
    0.3
    """
    value, size = broadcast(t=t, n=n)
    low, high = double_arcsine(np.zeros(size.shape), size), double_arcsine(size, size)
    with np.errstate(divide="ignore", invalid="ignore"):
        s = np.sin(2 * value)
        inner = np.maximum(1 - (s + (s - 1 / s) / size) ** 2, 0.0)
        p = 0.5 * (1 - np.sign(np.cos(2 * value)) * np.sqrt(inner))
    out: Floats = np.where(np.isnan(value), np.nan, np.where(value <= low, 0.0, np.where(value >= high, 1.0, p)))
    return out


def _expit(t: Floats) -> Floats:
    from scipy.special import expit

    out: Floats = expit(t)
    return out


_BACK: dict[str, Callable[[Floats], Floats]] = {
    "PR": lambda t: np.clip(t, 0, 1),
    "PLN": lambda t: np.minimum(np.exp(t), 1.0),
    "PLO": _expit,
    "PAS": lambda t: np.sin(np.clip(t, 0, np.pi / 2)) ** 2,
    "OR": np.exp,
    "RR": np.exp,
    "RD": lambda t: t,
}
