"""Weighted least squares with the traces that estimators of variance need; every step costs O(k p²)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from miner.errors import MetaError
from miner.meta.numerics.arrays import Floats

_SQUARE = 200  # studies up to which a matrix of their pairs costs nothing


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

    def trace(self, a: Floats, b: Floats | None = None, exact: bool = True) -> float:
        """Trace of P A, or of P A P B, for diagonal A and B; the latter as a sum of positive terms, or faster, but with digits lost if one study dominates."""
        wa = self.w * a
        if b is None:
            return float(np.dot(np.broadcast_to(wa, self.w.shape), 1 - self.hat))
        wa, wb = np.broadcast_to(wa, self.w.shape), self.w * b
        if exact and len(wa) <= _SQUARE:
            rest = np.eye(len(wa)) - self.Q @ self.Q.T
            return float(wa @ (rest * rest) @ np.broadcast_to(wb, self.w.shape))
        inner = (self.Q.T * wa) @ self.Q @ (self.Q.T * wb) @ self.Q
        return float(np.sum(wa * wb * (1 - 2 * self.hat)) + np.trace(inner))


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


def fit_basis(y: Floats, basis: Floats, w: Floats) -> Wls:
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
