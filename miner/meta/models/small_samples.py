"""Tests of pooled coefficients in small samples: Knapp and Hartung's residual scale, and the corrections where it makes intervals too narrow."""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy import stats

from miner.errors import MetaError
from miner.meta.models.tau2 import Wls, estimate, wls
from miner.meta.numerics.arrays import Floats
from miner.say import num

Test = Literal["z", "t", "knha", "adhoc", "hybrid", "IQWiG6"]
TESTS = ("z", "t", "knha", "adhoc", "hybrid", "IQWiG6")
SCALED = TESTS[2:]
_ROUNDING = 1e-24  # of the squares: residuals below 1e-12 of the effects are what rounding leaves


def perfect(fit: Wls, y: Floats, w: Floats) -> bool:
    """Tell whether the residuals of a fit are what rounding leaves of 0."""
    return fit.rss <= _ROUNDING * float(np.sum(w * y**2)) or not np.any(y)


def residual_scale(fit: Wls) -> float:
    """Return the mean square of the weighted residuals: about 1 where the model's variances are right."""
    return fit.rss / int(len(fit.resid) - fit.X.shape[1])


def scale_and_df(test: str, fit: Wls, y: Floats, v: Floats, se: Floats, level: float) -> tuple[float, int | None]:
    """Return the factor of the variances and the degrees of freedom of the tests (None: normal).

    ``knha``: the residual scale with k - p degrees (Knapp & Hartung 2003); ``adhoc``: never below 1 (ibid.); ``hybrid``: normal where those
    intervals would be narrower than normal ones (Jackson et al. 2017, hybrid 2); ``IQWiG6``: the ad hoc correction where they would be narrower
    than DerSimonian and Laird's (IQWiG 2022).
    """
    df = len(y) - fit.X.shape[1]
    if test == "z":
        return 1.0, None
    if test == "t":
        return 1.0, df
    scale = residual_scale(fit)
    if test == "adhoc":
        return max(1.0, scale), df
    if test == "hybrid":
        return (1.0, None) if narrower(scale, df, level) else (scale, df)
    if test == "IQWiG6":
        classic = wls(y, fit.X, 1 / (v + estimate("DL", y, v, fit.X).value))
        widths = np.sqrt(scale) * se * stats.t.ppf(0.5 + level / 2, df)
        floor = np.sqrt(np.diag(classic.M)) * stats.norm.ppf(0.5 + level / 2)
        return (max(1.0, scale) if (widths < floor).any() else scale), df
    return scale, df


def narrower(scale: float, df: int, level: float) -> bool:
    """Tell whether Knapp and Hartung's intervals are narrower than normal ones; for all coefficients alike."""
    return bool(np.sqrt(scale) * stats.t.ppf(0.5 + level / 2, df) < stats.norm.ppf(0.5 + level / 2))


def refuse_perfect(test: str, fit: Wls, y: Floats) -> None:
    """Raise where a test needs residuals and there are none.

    Raises
    ------
    MetaError
        For identical effects, or effects that the moderators give exactly.
    """
    if test == "knha" and perfect(fit, y, fit.w):
        what = "all effects are the same" if fit.X.shape[1] == 1 else "the moderators give the effects exactly"
        raise MetaError(
            f"{what} up to rounding: there are no residuals to scale the variance by, so nothing can be tested this way",
            hint="check the data for copies; test='z' and test='adhoc' rest on the sampling variances alone",
        )


def narrow_note(test: str, scale: float, df: int | None, level: float) -> tuple[str, ...]:
    """Return the warning that a Knapp-Hartung interval is narrower than a normal one."""
    if test != "knha" or df is None or not narrower(scale, df, level):
        return ()
    ratio = np.sqrt(scale) * stats.t.ppf(0.5 + level / 2, df) / stats.norm.ppf(0.5 + level / 2)
    said = (
        f"The Knapp-Hartung interval is narrower than the one by the normal distribution ({num(ratio, '.2g')} times as wide): the effects vary less than their"
        " sampling errors alone would make them, which this method takes at face value. Do not rely on its interval and p-value; use the ad hoc"
        " correction or the wider interval (Knapp & Hartung 2003; Jackson et al. 2017)."
    )
    return (said,)
