"""The fits of binomial mixed models: logistic regression, row effects by quadrature, nested effects by Laplace's approximation."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from miner.errors import MetaError
from miner.meta.numerics.arrays import Floats, Ints
from miner.meta.numerics.climb import EXACT, QUICK, Differences, Peak, climb
from miner.meta.numerics.laplace import NestedLaplace
from miner.meta.numerics.quadrature import Binomial, marginal, modes

ZERO = 1e-3  # a standard deviation on the logit scale below this is none


@dataclass(frozen=True)
class Solution:
    """Where a likelihood has its maximum, in the coordinates of the design that was fitted."""

    beta: Floats
    vcov: Floats
    tau2: float
    sigma2_cluster: float
    se_log_sd: float
    ll: float
    fitted: Floats
    gradient: float
    n_random: int
    notes: tuple[str, ...] = field(default=())


def fit_logistic(data: Binomial, x: Floats, shift: Floats) -> Solution:
    """Fit logistic regression without random effects (also the start of the mixed models)."""

    def objective(beta: Floats) -> tuple[float, Floats]:
        eta = shift + x @ beta
        return float(np.sum(data.logpdf(eta))), x.T @ data.derivatives(eta)[0]

    def hessian(beta: Floats) -> Floats:
        weight = data.derivatives(shift + x @ beta)[1]
        return -(x.T * weight) @ x

    crude = np.log((data.x + 0.5) / (data.n - data.x + 0.5)) - shift
    centre = np.asarray(np.linalg.lstsq(x, crude, rcond=None)[0], dtype=float)
    peak = climb(objective, centre, hessian, longest=1e3)
    vcov = np.asarray(np.linalg.inv(-peak.hessian), dtype=float)
    nan = float("nan")
    return Solution(peak.at, vcov, 0.0, nan, nan, peak.value, shift + x @ peak.at, float(np.max(np.abs(peak.gradient))), 0)


def _start(data: Binomial, fixed: Solution) -> float:
    """Return a start for the standard deviation from Pearson's excess dispersion on the logit scale."""
    _, weight, _ = data.derivatives(fixed.fitted)
    logit = np.log((data.x + 0.5) / (data.n - data.x + 0.5))
    excess = float(np.median(np.abs(logit - fixed.fitted))) ** 2 * 2.2 - float(np.median(1 / np.maximum(weight, 1e-3)))
    return float(np.sqrt(np.clip(excess, 0.01, 9.0)))


def fit_rows(data: Binomial, x: Floats, shift: Floats, fixed: Solution, nodes: int) -> Solution:
    """Fit row effects only, by quadrature; the Hessian needs derivatives by two numbers a row, whatever p is."""
    if _flat_at_zero(data, fixed):
        return _boundary(fixed)
    p = x.shape[1]
    at = np.append(fixed.beta, np.log(_start(data, fixed)))
    # Laplace first, then the nodes asked for: few steps are left for the costly rule, and those use the curvature of a cheaper one.
    for rule in sorted({1, nodes}):
        peak = climb(_RowLikelihood(data, x, shift, rule), at, _RowLikelihood(data, x, shift, min(rule, 7)).hessian, longest=1.0)
        at = peak.at
        if np.exp(at[p]) < 1e-4 or peak.value < fixed.ll:
            return _boundary(fixed)
    vcov = _invert(_RowLikelihood(data, x, shift, nodes).hessian(at, EXACT))
    eta, sigma = shift + x @ at[:p], float(np.exp(at[p]))
    fitted = eta + sigma * modes(data, eta, sigma)
    return Solution(
        at[:p],
        vcov[:p, :p],
        sigma**2,
        float("nan"),
        float(np.sqrt(vcov[p, p])),
        peak.value,
        fitted,
        float(np.max(np.abs(peak.gradient))),
        1,
    )


@dataclass(frozen=True)
class _RowLikelihood:
    """Log-likelihood of (beta, log sigma) with row effects; the Hessian needs derivatives by two numbers a row, whatever p is."""

    data: Binomial
    x: Floats
    shift: Floats
    nodes: int

    def __call__(self, at: Floats) -> tuple[float, Floats]:
        p = self.x.shape[1]
        sigma = float(np.exp(at[p]))
        ll, d_eta, d_sigma = marginal(self.data, self.shift + self.x @ at[:p], sigma, self.nodes)
        return float(ll.sum()), np.append(self.x.T @ d_eta, sigma * d_sigma.sum())

    def hessian(self, at: Floats, rule: Differences = QUICK) -> Floats:
        """Return the Hessian by differences of each row's exact gradient."""
        x, p = self.x, self.x.shape[1]
        sigma, eta = float(np.exp(at[p])), self.shift + self.x @ at[:p]

        # One call for all moves: those of eta, then those of log sigma.
        h, still = rule.moves, np.zeros(len(rule.moves))
        move_eta, changed = (np.repeat(m, len(eta)) for m in (np.concatenate((h, still)), sigma * np.exp(np.concatenate((still, h)))))
        _, d_eta, d_sigma = marginal(self.data.repeated(2 * len(h)), np.tile(eta, 2 * len(h)) + move_eta, changed, self.nodes)
        gradients = np.stack((d_eta, changed * d_sigma)).reshape(2, 2, len(h), len(eta))
        eta_eta, eta_log = rule.slope(gradients[0, 0]), rule.slope(gradients[1, 0])
        out = np.empty((p + 1, p + 1))
        out[:p, :p] = (x.T * eta_eta) @ x
        out[:p, p] = out[p, :p] = x.T @ eta_log
        out[p, p] = rule.slope(gradients[1, 1]).sum()
        return out


def fit_nested(data: Binomial, x: Floats, shift: Floats, fixed: Solution, group: Ints, row: bool) -> Solution:
    """Fit cluster effects, with or without row effects, by Laplace."""
    p = x.shape[1]
    objective = NestedLaplace(data, x, group, shift, row)
    sd = _start(data, fixed)
    peaks: list[Peak] = []
    for share in (0.5,) if not row else (0.5, 0.9, 0.1):
        start = np.concatenate((fixed.beta, [np.log(sd * np.sqrt(share))], [np.log(sd * np.sqrt(1 - share))] if row else []))
        peak = climb(objective, start, objective.hessian, longest=1.0)
        if not peaks or peak.value > peaks[-1].value + 1e-8:
            peaks.append(peak)
        if np.min(peak.at[p:]) > np.log(0.02):
            break
    peak = peaks[-1]
    beta, sb, su = peak.at[:p], float(np.exp(peak.at[p])), float(np.exp(peak.at[p + 1])) if row else 0.0
    # Towards a variance of zero the likelihood is flat, and where a climb on the log scale stops there is chance: fit without it.
    if row and su < ZERO:
        found = fit_nested(data, x, shift, fixed, group, row=False)
        return replace(found, tau2=0.0, n_random=2, notes=(*found.notes, _zero("rows")))
    if sb < ZERO:
        found = fit_rows(data, x, shift, fixed, 1) if row else replace(fixed, tau2=float("nan"), n_random=1)
        return replace(found, sigma2_cluster=0.0, n_random=found.n_random + row, notes=(_zero("clusters"), *found.notes))
    vcov = np.asarray(np.linalg.inv(-objective.hessian(peak.at, EXACT)), dtype=float)
    return Solution(
        beta, vcov[:p, :p], su**2 if row else float("nan"), sb**2, float(np.sqrt(vcov[-1, -1])), peak.value, objective.modes(peak.at[None, :])[2][0],
        float(np.max(np.abs(peak.gradient))), 2 if row else 1,
    )  # fmt: skip


def _flat_at_zero(data: Binomial, fixed: Solution) -> bool:
    """Return whether the likelihood falls from variance zero on: the score of tau2 there is half the sum of s^2 - w."""
    s, w, _ = data.derivatives(fixed.fitted)
    return float(np.sum(s**2 - w)) <= 0


def _boundary(fixed: Solution) -> Solution:
    return replace(fixed, tau2=0.0, n_random=1, notes=(_zero("rows"),))


def _zero(what: str) -> str:
    return f"the variance between {what} is estimated as zero"


def _invert(hessian: Floats) -> Floats:
    try:
        vcov = np.asarray(np.linalg.inv(-hessian), dtype=float)
    except np.linalg.LinAlgError as error:
        raise MetaError("the likelihood is flat at its maximum", hint="use fewer moderators") from error
    if np.any(np.diag(vcov) <= 0):
        raise MetaError("the likelihood is not concave at its maximum", hint="use fewer moderators or more quadrature nodes")
    return vcov
