"""What cluster-robust inference needs of a fit: design, residuals, weights and the working covariance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from miner.errors import MetaError
from miner.meta.models.blocks import BlockCovariance, diagonal
from miner.meta.numerics.arrays import Floats, Ints


@dataclass(frozen=True)
class Working:
    """A fitted linear model in the form that sandwich estimators use.

    Attributes
    ----------
    x, wx : arrays, shape (k, p)
        The design X and W X with the model's weights.
    bread : array, shape (p, p)
        (X' W X)^-1.
    middle : array, shape (p, p)
        X' W Phi W X; the inverse of ``bread`` where the weights are inverse variances.
    phi : BlockCovariance
        The working covariance Phi.
    """

    x: Floats
    wx: Floats
    bread: Floats
    middle: Floats
    phi: BlockCovariance
    beta: Floats
    resid: Floats
    names: tuple[str, ...]

    def check_nested(self, group: Ints) -> None:
        """Raise where a cluster of the model lies in more than one of the given clusters."""
        first = np.zeros(int(self.phi.cluster.max()) + 1, dtype=np.intp)
        first[self.phi.cluster] = group
        if np.any(first[self.phi.cluster] != group):
            raise MetaError("the clusters cut those of the model", hint="cluster by the model's outer level, or by something above it")


def from_covariance(
    x: Floats, y: Floats, beta: Floats, phi: BlockCovariance, names: tuple[str, ...], weights: Floats | None = None
) -> Working:
    """Assemble the working form; ``weights`` (k,) where they are not the inverse of ``phi``."""
    wx = phi.solve(x) if weights is None else weights[:, None] * x
    info = x.T @ wx
    # Scale first: an intercept beside calendar years makes the plain inverse lose six digits.
    scale = np.sqrt(np.diag(info))
    bread = np.linalg.inv(info / np.outer(scale, scale)) / np.outer(scale, scale)
    middle = info if weights is None else wx.T @ phi.multiply(wx)
    return Working(x, wx, bread, middle, phi, beta, y - x @ beta, names)


def working(fit: Any, names: tuple[str, ...] | None = None) -> Working:
    """Read the working form off a multilevel, pooled or statsmodels fit.

    Raises
    ------
    MetaError
        For anything else.
    """
    if isinstance(getattr(fit, "cov", None), BlockCovariance):
        return from_covariance(fit.X, fit.y, fit.beta, fit.cov, fit.names)
    model = getattr(fit, "model", None)
    if hasattr(model, "exog") and hasattr(model, "endog"):
        return _statsmodels(fit, names)
    if hasattr(fit, "tau2") and hasattr(fit, "vi"):
        return _pooled(fit)
    raise MetaError(
        f"cannot read a {type(fit).__name__}", hint="give a result of multilevel or pool, or a fitted statsmodels OLS or WLS model"
    )


def _statsmodels(fit: Any, names: tuple[str, ...] | None) -> Working:
    """OLS with identity, WLS with inverse weights as working covariance."""
    x, y = np.asarray(fit.model.exog, dtype=float), np.asarray(fit.model.endog, dtype=float)
    weights = np.broadcast_to(np.asarray(fit.model.weights, dtype=float), y.shape) if hasattr(fit.model, "weights") else np.ones(len(y))
    own = names or tuple("intrcpt" if n in ("const", "Intercept") else str(n) for n in fit.model.exog_names)
    return from_covariance(x, y, np.asarray(fit.params, dtype=float), diagonal(1 / weights), own)


def _pooled(fit: Any) -> Working:
    x, y = np.asarray(fit.X, dtype=float), np.asarray(fit.yi, dtype=float)
    variances = np.asarray(fit.vi, dtype=float) + float(fit.tau2)
    weights = None if getattr(fit, "weighted", True) else np.ones(len(y))
    return from_covariance(x, y, np.asarray(fit.beta, dtype=float), diagonal(variances), tuple(fit.names), weights)
