"""Data of contour-enhanced funnel plots, on the standard error and on the sample size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from miner.errors import MetaError
from miner.meta.bias.asymmetry import check_sizes, known_measure
from miner.meta.bias.suitability import TIED
from miner.meta.guard import sheltered
from miner.meta.models.pooling import Method, check_effects, pool
from miner.meta.numerics.arrays import Floats
from miner.meta.result import Result
from miner.say import counted, num

_NOTE = (
    "The standard error of a proportion is a function of the proportion itself: this funnel leans without any publication bias. "
    "A funnel against the sample size does not have this flaw."
)


@dataclass(frozen=True)
class Funnel(Result):
    """A funnel plot as data.

    Attributes
    ----------
    on : str
        ``se`` or ``n``: what the vertical axis shows.
    x, y : arrays, shape (k,)
        Effects and their standard errors or sample sizes.
    reference : float
        The vertical line: the pooled effect.
    grid : array, shape (m,)
        Points of the vertical axis for the lines.
    lower, upper : arrays, shape (m,)
        The pseudo confidence interval around ``reference``.
    contours : dict
        By level (0.1, 0.05, 0.01): lower and upper limits of p > level around ``null``; empty on ``n``, where studies of one size have no
        common standard error (unless the measure's depends on n alone).
    zone : array of int, shape (k,)
        Number of levels at which each study is significant (0 to 3).
    """

    on: str
    x: Floats
    y: Floats
    reference: float
    null: float
    grid: Floats
    lower: Floats
    upper: Floats
    contours: dict[str, tuple[Floats, Floats]]
    zone: np.ndarray[tuple[int], np.dtype[np.int_]]
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return what the plot shows, in one line, then the warnings."""
        counts = ", ".join(f"{int(np.sum(self.zone >= i + 1))} with p < {level}" for i, level in enumerate(_LEVELS))
        lines = [f"Funnel of {counted(len(self.x), 'study', 'studies')} on {self.on}, centred at {num(self.reference, '.4g')}: {counts}"]
        return "\n".join(lines + [f"  warning: {w}" for w in self.warnings])


_LEVELS = (0.1, 0.05, 0.01)


@sheltered
def funnel(
    yi: ArrayLike,
    vi: ArrayLike,
    ni: ArrayLike | None = None,
    *,
    on: Literal["se", "n"] = "se",
    null: float = 0.0,
    method: Method = "EE",
    measure: str | None = None,
    level: float = 0.95,
    points: int = 101,
    reference: float | None = None,
) -> Funnel:
    r"""Return the points, the pseudo confidence region and the significance contours of a funnel plot.

    On ``n`` a study's standard error is taken as :math:`\sigma / \sqrt{n}` with :math:`\sigma^2` the median of :math:`n_i v_i`: exact for arcsine
    measures, typical for the others.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effects and their sampling variances.
    ni : array_like, shape (k,), optional
        Sample sizes; needed on ``n``.
    on : {"se", "n"}
        The vertical axis.
    null : float
        The effect of the null hypothesis, around which the contours lie.
    method : str
        How the reference line is pooled.
    measure : str, optional
        What the effects are, for the warnings.
    level : float
        Of the pseudo confidence region.
    points : int
        Points of the grid.
    reference : float, optional
        Where the reference line lies, such as another model's pooled effect, in place of pooling by ``method``.

    Returns
    -------
    Funnel

    Raises
    ------
    MetaError
        For no studies, impossible input, or ``on="n"`` without sizes.

    References
    ----------
    Peters JL et al. (2008). Journal of Clinical Epidemiology 61:991-996 (contours). Hunter JP et al. (2014). Journal of Clinical Epidemiology
    67:897-903 (n for proportions). Sterne JAC, Egger M (2001). Journal of Clinical Epidemiology 54:1046-1055.

    Examples
    --------
    >>> found = funnel([0.5, 0.3, 0.1], [0.04, 0.02, 0.01])
    >>> found.zone.tolist(), round(found.reference, 3)
    ([2, 2, 0], 0.214)
    """
    y, v = check_effects(yi, vi)
    if points < 2:
        raise MetaError("a line needs two points", where="points")
    if on not in {"se", "n"}:
        raise MetaError(f"there is no funnel on {on!r}", hint="there are: se, n")
    kind = known_measure(measure, y, v, ni)
    centre = float(pool(y, v, method=method).beta[0]) if reference is None else float(reference)
    if on == "se":
        vertical, grid = np.sqrt(v), np.linspace(0, 1.05 * float(np.sqrt(v.max())), points)
        spread = grid
    else:
        vertical = check_sizes(ni, len(y))
        grid = np.geomspace(vertical.min(), vertical.max() * (1.0 if np.ptp(vertical) else 1.01), points)
        spread = np.sqrt(float(np.median(vertical * v)) / grid)
    half = float(stats.norm.ppf(0.5 + level / 2)) * spread
    contours = {f"{p:g}": (null - stats.norm.isf(p / 2) * spread, null + stats.norm.isf(p / 2) * spread) for p in _LEVELS}
    pvals = 2 * stats.norm.sf(np.abs(y - null) / np.sqrt(v))
    zone = np.sum([pvals < p for p in _LEVELS], axis=0).astype(int)
    notes = (_NOTE,) if on == "se" and kind in TIED else ()
    return Funnel(on, y, vertical, centre, null, grid, centre - half, centre + half, contours, zone, notes)
