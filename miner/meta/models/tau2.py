"""Estimators of the variance between studies, with moderators; every step costs O(k p²)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

from miner.errors import MetaError

Floats = NDArray[np.float64]
METHODS = ("DL", "HE", "HS", "HSk", "SJ", "ML", "REML", "EB", "PM", "PMM", "DLIT", "SJIT", "EE")
_STEPS = 1000
_TIGHT = 1e-13
_ONE = np.ones(1)  # the identity as a diagonal


@dataclass(frozen=True)
class Wls:
    """Weighted least squares of y on X by a QR decomposition of W^½ X, so that years as moderators lose no digits.

    With P = W - W X (X'WX)⁻¹ X'W = W^½ (I - QQ') W^½ and V diagonal, every trace needs only Q (k × p) and the leverages.
    """

    w: Floats
    X: Floats
    beta: Floats
    resid: Floats
    M: Floats
    logdet: float
    Q: Floats

    @property
    def hat(self) -> Floats:
        """Leverages: the diagonal of QQ'."""
        out: Floats = np.einsum("ij,ij->i", self.Q, self.Q)
        return out

    @property
    def rss(self) -> float:
        """Weighted residual sum of squares, y'Py."""
        return float(np.dot(self.w * self.resid, self.resid))

    @property
    def yPPy(self) -> float:  # noqa: N802 - the formula's own letters
        """Return y'PPy."""
        py = self.w * self.resid
        return float(np.dot(py, py))

    @property
    def yPPPy(self) -> float:  # noqa: N802 - as above
        """Return y'PPPy."""
        u = self.w**1.5 * self.resid
        u = u - self.Q @ (self.Q.T @ u)
        return float(np.dot(u, u))

    def trace(self, a: Floats, b: Floats | None = None) -> float:
        """Trace of P A, or of P A P B, for diagonal A and B."""
        wa = self.w * a
        if b is None:
            return float(np.dot(np.broadcast_to(wa, self.w.shape), 1 - self.hat))
        wb = self.w * b
        inner = (self.Q.T * wa) @ self.Q @ (self.Q.T * wb) @ self.Q
        return float(np.sum(wa * wb * (1 - 2 * self.hat)) + np.trace(inner))


@dataclass(frozen=True)
class Tau2:
    """An estimate of the variance between studies and its standard error (nan where there is none)."""

    value: float
    se: float
    raw: float
    iterations: int = 0


def wls(y: Floats, X: Floats, w: Floats) -> Wls:
    """Fit weighted least squares with diagonal weights ``w``.

    Raises
    ------
    MetaError
        If columns of X cannot be told apart.
    """
    root = np.sqrt(w)
    scaled = X * root[:, None]
    norms = np.sqrt(np.einsum("ij,ij->j", scaled, scaled))
    Q, R = (scaled / norms, norms[None, :]) if X.shape[1] == 1 and norms[0] > 0 else np.linalg.qr(scaled)
    diagonal = np.abs(np.diag(R))
    if not (diagonal > 1e-12 * norms).all():
        if X.shape[1] == 1:
            raise MetaError(
                "the weights of the studies are 0 beside each other",
                hint="look for effects or variances that are many orders of magnitude off",
            )
        raise MetaError("the moderators cannot be told apart", hint="leave one of them out")
    inverse = np.linalg.inv(R)  # of a triangle this is back substitution; scipy's would start threads for a 2 x 2 matrix
    beta = inverse @ (Q.T @ (root * y))
    return Wls(w, X, beta, y - X @ beta, inverse @ inverse.T, 2 * float(np.sum(np.log(diagonal))), Q)


def estimate(method: str, y: Floats, v: Floats, X: Floats) -> Tau2:
    """Estimate tau² by ``method``, one of ``METHODS``; negative estimates are set to 0 (``raw`` keeps them)."""
    k, p = X.shape
    if method == "EE" or k == p:
        return Tau2(0.0, float("nan"), 0.0)
    basis = np.linalg.qr(X)[0] if p > 1 else X  # tau² depends on the space of the moderators only
    raw, se, steps = _ESTIMATORS[method](y, v, basis)
    value = max(0.0, raw)
    return Tau2(value, se(value), raw, steps)


def _fit(y: Floats, basis: Floats, w: Floats) -> Wls:
    """Fit as :func:`wls`, on an orthonormal basis: its cross-products are as well conditioned as the weights, and cheaper than another QR."""
    k, p = basis.shape
    if p == 1 or k < 50:
        return wls(y, basis, w)
    root = np.sqrt(w)
    scaled = basis * root[:, None]
    gram = scaled.T @ scaled
    values = np.linalg.eigvalsh(gram)
    if not values[0] > 1e-6 * values[-1]:
        return wls(y, basis, w)
    lower = np.linalg.cholesky(gram)
    inverse = np.linalg.inv(lower).T
    Q = scaled @ inverse
    beta = inverse @ (Q.T @ (root * y))
    return Wls(w, basis, beta, y - basis @ beta, inverse @ inverse.T, 2 * float(np.sum(np.log(np.diag(lower)))), Q)


_Se = Callable[[float], float]
_Result = tuple[float, _Se, int]


def _root(t: float) -> float:
    return float(np.sqrt(t)) if t >= 0 else float("nan")


def _moment_se(fit: Wls, v: Floats, scale: float) -> _Se:
    """Return the standard error of a moment estimator y'Py / scale, by the variance of a quadratic form."""

    def se(t: float) -> float:
        return _root(2 * fit.trace(v, v) + 4 * t * fit.trace(_ONE, v) + 2 * t**2 * fit.trace(_ONE, _ONE)) / scale

    return se


def _dl(y: Floats, v: Floats, X: Floats) -> _Result:
    """DerSimonian & Laird (1986), with moderators as Raudenbush (2009, eq. 16.37)."""
    fit = _fit(y, X, 1 / v)
    k, p = X.shape
    return (fit.rss - (k - p)) / fit.trace(_ONE), _moment_se(fit, v, fit.trace(_ONE)), 0


def _he(y: Floats, v: Floats, X: Floats) -> _Result:
    """Hedges & Olkin (1985, chapter 9): the unweighted moment estimator."""
    fit = _fit(y, X, np.ones_like(v))
    k, p = X.shape
    return (fit.rss - fit.trace(v)) / (k - p), _moment_se(fit, v, k - p), 0


def _hs(y: Floats, v: Floats, X: Floats) -> _Result:
    """Hunter & Schmidt (2004)."""
    fit = _fit(y, X, 1 / v)
    return (fit.rss - len(y)) / fit.w.sum(), _moment_se(fit, v, float(fit.w.sum())), 0


def _hsk(y: Floats, v: Floats, X: Floats) -> _Result:
    """Hunter & Schmidt with the small-sample correction of Brannick et al. (2019)."""
    fit = _fit(y, X, 1 / v)
    k, p = X.shape
    scale = float(fit.w.sum()) * (k - p) / k
    return (fit.rss * k / (k - p) - k) / fit.w.sum(), _moment_se(fit, v, scale), 0


def _sj_start(y: Floats) -> float:
    return float(np.sum((y - y.mean()) ** 2) / len(y))


def _sj(y: Floats, v: Floats, X: Floats) -> _Result:
    """Sidik & Jonkman (2005)."""
    k, p = X.shape
    start = _sj_start(y)
    if start == 0:
        return 0.0, lambda _: float("nan"), 0
    fit = _fit(y, X, 1 / (v + start))
    return start * fit.rss / (k - p), _moment_se(fit, v, (k - p) / start), 0


def _pm_se(v: Floats, k: int, p: int) -> _Se:
    return lambda t: float(np.sqrt(2 * k**2 / (k - p)) / np.sum(1 / (v + t)))


def _sjit(y: Floats, v: Floats, X: Floats) -> _Result:
    """Sidik & Jonkman, iterated to its fixed point, where Q equals k - p: the Paule-Mandel estimator wherever that is positive."""
    k, p = X.shape
    return _solve_q(y, v, X, k - p), _pm_se(v, k, p), 0


def _dlit(y: Floats, v: Floats, X: Floats) -> _Result:
    """DerSimonian & Laird, iterated: the tau² that equals (Q - (k - p)) / tr(P) with weights 1/(v + tau²)."""
    k, p = X.shape

    def gap(t: float) -> float:
        fit = _fit(y, X, 1 / (v + t))
        value: float = t - (fit.rss - (k - p)) / fit.trace(_ONE)
        return value

    t = _falling(lambda s: -gap(s), y, v)
    fit = _fit(y, X, 1 / (v + t))
    scale = fit.trace(_ONE)
    return t, lambda s: _root(2 * (k - p) + 4 * s * scale + 2 * s**2 * fit.trace(_ONE, _ONE)) / scale, 0


def _falling(f: Callable[[float], float], y: Floats, v: Floats) -> float:
    """Return the root of a function that falls in tau² (0 where it is not positive at 0)."""
    if f(0.0) <= 0:
        return 0.0
    high = max(float(np.var(y)), float(v.max()), 1e-8)
    while f(high) > 0:
        high *= 4
    return float(optimize.brentq(f, 0.0, high, xtol=1e-300, rtol=8.9e-16, maxiter=500))


def _solve_q(y: Floats, v: Floats, X: Floats, target: float) -> float:
    """Return the tau² at which the generalised Q equals ``target`` (0 where it is below at 0); Q falls in tau²."""
    return _falling(lambda t: _fit(y, X, 1 / (v + t)).rss - target, y, v)


def _pm(y: Floats, v: Floats, X: Floats) -> _Result:
    """Paule & Mandel (1982): Q equals its expectation k - p; the empirical Bayes estimator is the same (Viechtbauer et al. 2015)."""
    k, p = X.shape
    t = _solve_q(y, v, X, k - p)
    return t, _pm_se(v, k, p), 0


def _pmm(y: Floats, v: Floats, X: Floats) -> _Result:
    """Median-unbiased Paule-Mandel (Viechtbauer 2021): Q equals the median of its distribution."""
    k, p = X.shape
    t = _solve_q(y, v, X, float(stats.chi2.ppf(0.5, k - p)))
    return t, _pm_se(v, k, p), 0


def _likelihood(restricted: bool) -> Callable[[Floats, Floats, Floats], _Result]:
    def fit_it(y: Floats, v: Floats, X: Floats) -> _Result:
        """Maximum (restricted) likelihood by Newton steps, Fisher scoring where the likelihood is not concave, with halving.

        Harville (1977); Viechtbauer (2005, eq. 11).
        """

        def information(fit: Wls) -> float:
            info = fit.trace(_ONE, _ONE) if restricted else float(np.sum(fit.w**2))
            if not info > 0:
                raise MetaError("the variances differ by too many orders of magnitude", hint="check them for values near 0")
            return info

        def score(fit: Wls) -> float:
            return fit.yPPy - (fit.trace(_ONE) if restricted else float(fit.w.sum()))

        def objective(t: float) -> tuple[float, Wls]:
            fit = _fit(y, X, 1 / (v + t))
            return -0.5 * (np.sum(np.log(v + t)) + fit.rss + (fit.logdet if restricted else 0.0)), fit

        t = max(0.0, _he(y, v, X)[0])
        ll, fit = objective(t)
        low, high, last = -1.0, float("inf"), float("inf")
        for step in range(_STEPS):
            slope = score(fit)
            info = information(fit)
            observed = 2 * fit.yPPPy - info
            change = slope / (observed if observed > 0.1 * info else info)
            low, high = (max(low, t), high) if slope > 0 else (low, min(high, t))
            if 0 <= low < high < float("inf") and step > 10 and abs(change) > last / 2:
                # Far from the model the steps overshoot for ever, but the optimum is bracketed.
                t = float(optimize.brentq(lambda s: score(objective(s)[1]), low, high, xtol=1e-300, rtol=8.9e-16, maxiter=500))
                fit = objective(t)[1]
                break
            last = abs(change)
            if t + change < 0:
                change = -t
            shrink = 1.0
            while True:
                new = t + shrink * change
                new_ll, new_fit = objective(new)
                if new_ll >= ll - 1e-12 * (1 + abs(ll)) or shrink < 1e-8:
                    break
                shrink /= 2
            done = abs(new - t) <= _TIGHT * max(new, 1e-10)
            t, ll, fit = new, new_ll, new_fit
            if done:
                break
        else:
            raise MetaError("the likelihood does not converge", hint="use PM or DL")
        info = information(fit)
        return t, lambda _: float(np.sqrt(2 / info)), step

    return fit_it


_ESTIMATORS: dict[str, Callable[[Floats, Floats, Floats], _Result]] = {
    "DL": _dl, "HE": _he, "HS": _hs, "HSk": _hsk, "SJ": _sj, "SJIT": _sjit, "DLIT": _dlit, "PM": _pm, "EB": _pm, "PMM": _pmm,
    "ML": _likelihood(restricted=False), "REML": _likelihood(restricted=True),
}  # fmt: skip
