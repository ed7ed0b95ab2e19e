"""Compare figures of two programs: what is close enough depends on what a figure is, and on the units of the data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.metafor import leaves

VARIANCES = {"tau2", "tau2_del", "se_tau2", "sigma2"}
TESTS = {
    "zval",
    "stat",
    "tstat",
    "z",
    "QM",
    "Q",
    "QE",
    "Q_resid",
    "Q_small",
    "MH",
    "TA",
    "rstudent",
    "zval_alpha",
    "Fstat",
    "LRT",
    "F",
    "QE_Wld",
    "QE_LRT",
}
PERCENT = {"I2", "R2", "weight", "weights"}
SHARES = {"pval", "QEp", "QMp", "Qp", "Fp", "MHp", "TAp", "pval_alpha", "p", "p_k0", "power", "LRTp", "QEp_Wld", "QEp_LRT", "Qp_resid"}
LIKELIHOODS = {"ll", "ll_ML", "ll_REML", "AIC", "AICc", "BIC", "AIC_linear", "AIC_spline"}


@dataclass(frozen=True)
class Units:
    """The units of the data: a typical standard error, and the largest effect."""

    error: float = 1.0
    effect: float = 1.0

    @classmethod
    def of(cls, columns: Mapping[str, Any]) -> Units:
        if "vi" not in columns:
            return cls()
        v = np.array([x for x in columns["vi"] if x is not None], dtype=float)
        y = np.array([x for x in columns["yi"] if x is not None], dtype=float)
        return cls(float(np.sqrt(np.median(v))), float(np.max(np.abs(y))))

    def floor(self, name: str) -> float:
        """Return the size below which a figure of this name is as good as 0 (times the tolerance)."""
        if name in VARIANCES:
            return self.error**2
        if name in TESTS | LIKELIHOODS:
            return 1.0
        if name in PERCENT:
            return 1.0
        if name in SHARES:
            return 0.0
        return self.error * (100 if name == "tau" else 1)  # the root of what is as good as 0


def differs(mine: Any, theirs: Any, name: str, tol: float, units: Units) -> str | None:
    """Return how two figures differ, or None."""
    if leaves.is_words(theirs) or leaves.is_words(mine):
        a, b = (list(v) if isinstance(v, list | tuple) else [v] for v in (mine, theirs))
        return None if a == b else f"{mine!r} instead of {theirs!r}"
    a, b = (np.atleast_1d(np.array(leaves.numbers(v), dtype=float)).ravel() for v in (mine, theirs))
    if a.shape != b.shape:
        return f"{len(a)} figures instead of {len(b)}"
    known = ~np.isnan(b)
    if not np.array_equal(known, ~np.isnan(a)):
        return f"{a.tolist()} instead of {b.tolist()}"
    a, b = a[known], b[known]
    with np.errstate(invalid="ignore"):
        allowed = tol * np.maximum(np.abs(b), units.floor(name))
        if name in SHARES:
            allowed = tol * b * (1 + 4 * np.abs(np.log(np.maximum(b, 1e-300)))) + 1e-14
        wrong = ~((a == b) | (np.abs(a - b) <= allowed) | ((np.abs(a) < 1e-250) & (np.abs(b) < 1e-250)))
    if not wrong.any():
        return None
    off = float(np.max(np.abs(a - b)[wrong] / np.maximum(np.maximum(np.abs(b), units.floor(name))[wrong], 1e-300)))
    return f"{a[wrong][:4].tolist()} instead of {b[wrong][:4].tolist()} (off by {off:.1e}, allowed {tol:.0e})"
