"""The analyses of effects with sampling variances: pooling, publication bias, selection models, sensitivity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from miner.errors import MetaError
from miner.meta.analysis.rows import FEW, Analysis, Row, attempt, p_value

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    Steps = tuple[tuple[str, Callable[[pd.DataFrame, str], Row]], ...]


def analyse_effects(effects: pd.DataFrame, what: str = "effect", *, egger: bool = True) -> Analysis:
    """Compute all that a reviewer asks of a pooled effect; what cannot be computed becomes a line with its reason.

    Parameters
    ----------
    effects : pandas.DataFrame
        Columns ``yi``, ``vi``, and where known ``n``, ``cluster``, ``year``.
    what : str
        The effect in words.
    egger : bool
        Whether the regression on the standard error is among the lines.

    Returns
    -------
    Analysis

    Notes
    -----
    Pooling comes first (REML with Knapp and Hartung's test; with several effects of a study the three-level model with CR2), then tests and
    corrections of small-study effects, then selection models, then what one study does to the result.
    """
    k = len(effects)
    steps: Steps = (
        ("Pooled effect, random effects", _pooled_row),
        ("Pooled effect, three-level model with CR2", _multilevel_row),
        ("Heterogeneity, Q-profile interval", _heterogeneity_row),
        *((("Asymmetry against the standard error (Egger)", _egger_row),) if egger else ()),
        ("Asymmetry against 1/√n", _size_row),
        ("Rank correlation (Begg)", _rank_row),
        ("Trim and fill (L0)", _trim_row),
        ("PET-PEESE", _pet_row),
        ("Limit estimate (Henmi–Copas)", _limit_row),
        ("Test of excess significance", _excess_row),
        ("Fail-safe N (Rosenthal)", _failsafe_row),
        ("Selection model, one step at p = .025", _selection_row),
        ("p-uniform*", _uniform_row),
        ("Worst case of publication bias", _worst_row),
        ("Leave one out", _leave_row),
    )
    rows = tuple(attempt(name, k, step, effects, what) for name, step in steps)
    warnings = (f"Only {k} effects: no test of publication bias has power with fewer than {FEW}.",) if 0 < k < FEW else ()
    numbers = rows[0].numbers
    return Analysis(rows, effects, numbers.get("estimate"), numbers.get("tau2", 0.0), warnings, "effects")


def _line(k: int, estimate: float, low: float, high: float, p: float, words: str, warnings: tuple[str, ...] = (), **more: Any) -> Row:
    """Return a line with an estimate and its interval."""
    interval = f"{low:.4g} to {high:.4g}" if np.isfinite([low, high]).all() else "–"
    return Row(
        "", k, f"{estimate:.4g}", interval, p_value(p), words, tuple(warnings), {"estimate": estimate, "ci": (low, high), "p": p, **more}
    )


def _pooled_row(data: pd.DataFrame, what: str) -> Row:
    from miner.meta import pool

    fit = pool(data["yi"], data["vi"], test="knha" if len(data) > 2 else "z")
    words = (
        f"The mean {what} is {fit.beta[0]:.3g}; a new study would be expected between {fit.pi_lb:.3g} and {fit.pi_ub:.3g}. "
        f"{fit.I2:.0f} % of the variance is more than sampling error."
    )
    more = {"tau2": fit.tau2, "I2": fit.I2, "QE": fit.QE, "QEp": fit.QEp, "pi": (fit.pi_lb, fit.pi_ub)}
    return _line(fit.k, float(fit.beta[0]), float(fit.ci_lb[0]), float(fit.ci_ub[0]), float(fit.pval[0]), words, fit.warnings, **more)


def _multilevel_row(data: pd.DataFrame, what: str) -> Row:
    from miner.meta import multilevel, robust

    if "cluster" not in data or data["cluster"].nunique() in (1, len(data)):
        raise MetaError("there are no studies with several effects", hint="a column cluster or study_id says which effects belong together")
    fit = multilevel(data["yi"], data["vi"], data["cluster"])
    tests = robust(fit, data["cluster"], vcov="CR2")
    b, low, high, p = (float(x[0]) for x in (tests.beta, tests.ci_lb, tests.ci_ub, tests.pval))
    words = f"With {data['cluster'].nunique()} studies of {len(data)} effects the mean {what} is {b:.3g}."
    return _line(len(data), b, low, high, p, words, tests.warnings, sigma2=[float(s) for s in fit.sigma2])


def _heterogeneity_row(data: pd.DataFrame, what: str) -> Row:
    from miner.meta import tau2_interval

    found = tau2_interval(data["yi"], data["vi"])
    words = (
        f"The {what} differs between studies with a standard deviation of {found.tau[0]:.3g} ({found.tau[1]:.3g} to {found.tau[2]:.3g})."
    )
    row = _line(len(data), found.tau2[0], found.tau2[1], found.tau2[2], float("nan"), words, found.warnings, I2=found.I2)
    return Row("", row.k, row.estimate, row.interval, "–", row.words, row.warnings, row.numbers)


def _small(p: float) -> str:
    return (
        "Small studies differ from large ones." if p < 0.05 else "No sign that small studies differ; with few studies the test sees little."
    )


def _egger_row(data: pd.DataFrame, what: str) -> Row:
    from miner.meta import regtest

    del what
    test = regtest(data["yi"], data["vi"])
    numbers = {"stat": test.stat, "p": test.pval, "limit": test.limit_est}
    return Row("", test.k, f"z = {test.stat:.2f}", "–", p_value(test.pval), _small(test.pval), test.warnings, numbers)


def _size_row(data: pd.DataFrame, what: str) -> Row:
    from miner.meta import regtest

    del what
    if "n" not in data or data["n"].isna().any():
        raise MetaError("the sample sizes are not known", hint="a column n gives them")
    test = regtest(data["yi"], data["vi"], ni=data["n"], predictor="sqrtninv")
    return Row(
        "", test.k, f"z = {test.stat:.2f}", "–", p_value(test.pval), _small(test.pval), test.warnings, {"stat": test.stat, "p": test.pval}
    )


def _rank_row(data: pd.DataFrame, what: str) -> Row:
    from miner.meta import ranktest

    del what
    test = ranktest(data["yi"], data["vi"])
    return Row(
        "", test.k, f"tau = {test.tau:.3f}", "–", p_value(test.pval), _small(test.pval), test.warnings, {"tau": test.tau, "p": test.pval}
    )


def _trim_row(data: pd.DataFrame, what: str) -> Row:
    from miner.meta import trimfill

    fit = trimfill(data["yi"], data["vi"])
    words = (
        f"{fit.k0} studies are missing on the {fit.side}; with them the mean {what} is {fit.estimate:.3g} instead of {fit.observed:.3g}."
    )
    return _line(fit.k, fit.estimate, fit.ci_lb, fit.ci_ub, fit.pval, words, fit.warnings, k0=fit.k0, side=fit.side)


def _pet_row(data: pd.DataFrame, what: str) -> Row:
    from miner.meta import pet_peese

    fit = pet_peese(data["yi"], data["vi"])
    chosen = fit.PET if fit.conditional == "PET" else fit.PEESE
    words = f"Extrapolated to a study without sampling error ({fit.conditional}), the mean {what} is {fit.conditional_est:.3g}."
    b, low, high, p = (float(np.ravel(x)[0]) for x in (chosen.coef, chosen.ci_lb, chosen.ci_ub, chosen.pval))
    return _line(fit.k, b, low, high, p, words, fit.warnings, conditional=fit.conditional)


def _limit_row(data: pd.DataFrame, what: str) -> Row:
    from miner.meta import limit_meta

    fit = limit_meta(data["yi"], data["vi"])
    words = f"Weighted as if effects were equal, which gives small studies little weight, the mean {what} is {fit.beta:.3g}."
    row = _line(fit.k, fit.beta, fit.ci_lb, fit.ci_ub, float("nan"), words, fit.warnings)
    return Row("", row.k, row.estimate, row.interval, "–", row.words, row.warnings, {k: v for k, v in row.numbers.items() if k != "p"})


def _excess_row(data: pd.DataFrame, what: str) -> Row:
    from miner.meta import excess_significance

    del what
    test = excess_significance(data["yi"], data["vi"])
    words = f"{test.O} studies are significant, {test.E:.1f} would be expected from their power."
    return Row(
        "", test.k, f"{test.O} / {test.E:.1f}", "–", p_value(test.pval), words, test.warnings, {"O": test.O, "E": test.E, "p": test.pval}
    )


def _failsafe_row(data: pd.DataFrame, what: str) -> Row:
    from miner.meta import fail_safe_n

    test = fail_safe_n(data["yi"], data["vi"])
    words = (
        f"So many unpublished studies without any {what} would make the joint p-value larger than .05; the number says little about bias."
    )
    return Row("", len(data), f"{test.fsnum}", "–", p_value(test.pval), words, test.warnings, {"fsnum": test.fsnum, "p": test.pval})


def _selection_row(data: pd.DataFrame, what: str) -> Row:
    from miner.meta import pool, selection_model

    side = "greater" if float(pool(data["yi"], data["vi"]).beta[0]) >= 0 else "less"
    fit = selection_model(data["yi"], data["vi"], "stepfun", steps=(0.025,), alternative=side)  # type: ignore[arg-type]  # one of the two words
    b, low, high, p = (float(x[0]) for x in (fit.beta, fit.ci_lb, fit.ci_ub, fit.pval))
    odds = float(np.ravel(fit.delta)[-1])
    words = (
        f"If studies that are not significant had a chance of {odds:.2g} to be published (1 for the others), the mean {what} is {b:.3g}."
    )
    return _line(fit.k, b, low, high, p, words, fit.warnings, delta=odds, LRTp=float(fit.LRTp))


def _uniform_row(data: pd.DataFrame, what: str) -> Row:
    from miner.meta import p_uniform, pool

    side = "right" if float(pool(data["yi"], data["vi"]).beta[0]) >= 0 else "left"
    fit = p_uniform(data["yi"], data["vi"], side=side)  # type: ignore[arg-type]  # one of the two words
    words = f"From the p-values on either side of significance, each conditional on its side, the mean {what} is {fit.estimate:.3g}."
    return _line(len(data), float(fit.estimate), float(fit.ci_lb), float(fit.ci_ub), float(fit.pval_0), words, fit.warnings, side=side)


def _worst_row(data: pd.DataFrame, what: str) -> Row:
    from miner.meta import pool, worst_case

    favour = "positive" if float(pool(data["yi"], data["vi"]).beta[0]) >= 0 else "negative"
    fit = worst_case(data["yi"], data["vi"], favour=favour, cluster=data.get("cluster"))
    if not np.isfinite(fit.worst):
        raise MetaError("every effect is affirmative (significant in the favoured direction), so none is left for the worst case")
    s = fit.s_value_estimate
    explained = (
        f"affirmative results would have to be published {s:.1f} times as often as others to explain the mean away"
        if np.isfinite(s)
        else "no favour of affirmative results, however strong, could explain the mean away"
    )
    words = f"If only results that are not affirmative counted, the mean {what} would be {fit.worst:.3g}; {explained}."
    numbers = {
        "estimate": fit.worst,
        "ci": (fit.worst_ci_lb, fit.worst_ci_ub),
        "s_value": s,
        "s_value_ci": fit.s_value_ci,
        "favour": favour,
    }
    return Row("", fit.k, f"{fit.worst:.4g}", f"{fit.worst_ci_lb:.4g} to {fit.worst_ci_ub:.4g}", "–", words, tuple(fit.warnings), numbers)


def _leave_row(data: pd.DataFrame, what: str) -> Row:
    from miner.meta import leave_one_out

    if len(data) < 3:
        raise MetaError(f"{len(data)} effects, at least 3 are needed")
    fit = leave_one_out(data["yi"], data["vi"])
    low, high = float(np.min(fit.estimate)), float(np.max(fit.estimate))
    words = f"Without any one effect the mean {what} lies between {low:.3g} and {high:.3g}."
    numbers = {"low": low, "high": high, "largest_p": float(np.max(fit.pval))}
    return Row("", len(data), f"{low:.4g} to {high:.4g}", "–", "–", words, tuple(fit.warnings), numbers)
