"""What a selection model returns, and the fixed weights that people use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from miner.errors import MetaError
from miner.meta.bias.weight_functions import SHAPES
from miner.meta.numerics.arrays import Floats
from miner.meta.result import Result
from miner.say import num, p_is

_VW_STEPS = (0.005, 0.01, 0.05, 0.1, 0.25, 0.35, 0.5, 0.65, 0.75, 0.9, 0.95, 0.99, 0.995, 1.0)
#: Weights by one-sided p-value of Vevea & Woods (2005), table 1: name -> (steps, weights).
VEVEA_WOODS: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "moderate one-tailed": (_VW_STEPS, (1, 0.99, 0.95, 0.9, 0.8, 0.75, 0.65, 0.6, 0.55, 0.5, 0.5, 0.5, 0.5, 0.5)),
    "severe one-tailed": (_VW_STEPS, (1, 0.99, 0.9, 0.75, 0.6, 0.5, 0.4, 0.35, 0.3, 0.25, 0.1, 0.1, 0.1, 0.1)),
    "moderate two-tailed": (_VW_STEPS, (1, 0.99, 0.95, 0.9, 0.8, 0.75, 0.6, 0.6, 0.75, 0.8, 0.9, 0.95, 0.99, 1)),
    "severe two-tailed": (_VW_STEPS, (1, 0.99, 0.9, 0.75, 0.6, 0.5, 0.25, 0.25, 0.5, 0.6, 0.75, 0.9, 0.99, 1)),
}


@dataclass(frozen=True)
class SelectionResult(Result):
    """A selection model.

    Attributes
    ----------
    names : tuple of str
        The coefficients; ``intrcpt`` is the effect before selection where there are no moderators.
    beta, se, zval, pval, ci_lb, ci_ub : arrays, shape (p,)
        Coefficients adjusted for selection, with Wald tests and intervals.
    tau2, se_tau2 : float
        Variance between studies before selection; no standard error on the boundary at 0.
    delta, se_delta, z_delta, p_delta : arrays
        Parameters of the weight function, with tests against no selection (1 for steps and beta, else 0); nan for those that are fixed.
    ll : float
        Log-likelihood.
    LRT, LRTdf, LRTp : float, int, float
        Likelihood ratio test of selection against the same model without it.
    LRT_tau2, LRTp_tau2 : float
        Likelihood ratio test of tau² = 0 (nan for ``method="EE"``).
    ptable_k : array or None
        Studies in each interval of p-values.
    steps : array
        Upper ends of the intervals; of a smooth weight, the p-value up to which it is 1, if there is one.
    vcov : array
        Covariance matrix of ``beta`` (robust where clusters were given).
    unadjusted, unadjusted_tau2, unadjusted_ll : array, shape (p,), float, float
        The fit without selection, by maximum likelihood.
    """

    type: str
    alternative: str
    method: str
    k: int
    p: int
    names: tuple[str, ...]
    beta: Floats
    se: Floats
    zval: Floats
    pval: Floats
    ci_lb: Floats
    ci_ub: Floats
    tau2: float
    se_tau2: float
    delta: Floats
    se_delta: Floats
    z_delta: Floats
    p_delta: Floats
    ll: float
    LRT: float
    LRTdf: int
    LRTp: float
    LRT_tau2: float
    LRTp_tau2: float
    ptable_k: Any
    steps: Floats
    vcov: Floats
    unadjusted: Floats
    unadjusted_tau2: float
    unadjusted_ll: float
    n_clusters: int | None
    level: float
    warnings: tuple[str, ...] = ()

    def weight(self, p: ArrayLike) -> Floats:
        """Return the relative chance of being seen at p-values ``p``, for a plot (of the least precise study, where precision counts).

        Examples
        --------
        >>> from miner.meta import selection_model
        >>> fit = selection_model([0.5, 0.6, 0.1, 0.8, 0.3, 0.2], [0.04, 0.05, 0.01, 0.09, 0.03, 0.04], delta=[1, 0.4])
        >>> fit.weight([0.01, 0.5]).tolist()
        [1.0, 0.4]
        """
        at = np.atleast_1d(np.asarray(p, dtype=float))
        if not ((at >= 0) & (at <= 1)).all():
            raise MetaError("p-values lie between 0 and 1", hint="give p-values, not z-values")
        if self.type == "stepfun":
            found: Floats = self.delta[np.searchsorted(self.steps, at, side="left").clip(max=len(self.steps) - 1)]
            return found
        shape = SHAPES[self.type]
        cut = np.clip(at, shape.p_min, 1 - shape.p_min)
        smooth: Floats = np.exp(shape.curve(cut, 1 - cut, np.ones(1), self.delta)[0])
        return np.where(at <= self.steps[0], 1.0, smooth) if len(self.steps) else smooth

    def __str__(self) -> str:
        """Return a table of the fit."""
        lines = [f"Selection model ({self.type}, {self.alternative}, {self.method}), k = {self.k}"]
        lines.append(f"  selection: LRT({self.LRTdf}) = {num(self.LRT, '.4g')}, {p_is(self.LRTp)}; tau2 = {num(self.tau2, '.6g')}")
        for i, name in enumerate(self.names):
            lines.append(
                f"  {name}: {num(self.beta[i], '.6g')} [{num(self.ci_lb[i], '.6g')}, {num(self.ci_ub[i], '.6g')}], {p_is(self.pval[i])}"
                f" (without selection {num(self.unadjusted[i], '.6g')})"
            )
        lines.append("  delta: " + ", ".join(f"{num(d, '.4g')}" for d in self.delta))
        return "\n".join(lines + [f"  warning: {w}" for w in self.warnings])
