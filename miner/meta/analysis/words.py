"""Methods and results sentences that a paper could use, with the citations of the methods."""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch
from typing import Any

import numpy as np

from miner.errors import MetaError
from miner.meta.analysis.evidence import FEW
from miner.meta.analysis.pooled import ALIKE
from miner.meta.analysis.references import cite
from miner.meta.analysis.registry import records
from miner.meta.analysis.rows import Analysis, Row
from miner.meta.analysis.sample import LEAST_PREDICTED
from miner.meta.bias.asymmetry import RegTest
from miner.meta.bias.precision import PetPeese
from miner.meta.bias.selection_result import SelectionResult
from miner.meta.bias.trim import TrimFill
from miner.meta.models.glmm import GlmmResult
from miner.meta.models.intervals import Tau2Interval
from miner.meta.models.multilevel import MultilevelResult
from miner.meta.models.pooling import PoolResult
from miner.meta.models.robust import RobustResult
from miner.meta.models.score_test import ScoreTest
from miner.meta.result import Result
from miner.meta.sensitivity.trend import TrendResult
from miner.say import counted, headed, minus, num, p_is

ESTIMATORS = {
    "REML": ("restricted maximum likelihood", "Viechtbauer, 2005"), "ML": ("maximum likelihood", "Viechtbauer, 2005"),
    "DL": ("the method of moments", "DerSimonian & Laird, 1986"), "EE": ("", ""),
}  # fmt: skip


ONE_STUDY = "One study tells neither how much effects differ between studies nor where a new study would be expected."
PREDICTORS = {
    "sei": "the standard error", "vi": "the sampling variance", "ni": "the sample size", "ninv": "1/n", "sqrtni": "the root of the sample size", "sqrtninv": "1/√n",
    "log_n": "the logarithm of the sample size", "log10_n": "the logarithm of the sample size",
}  # fmt: skip


@dataclass(frozen=True)
class ReportText(Result):
    """Sentences for a paper.

    Attributes
    ----------
    methods, results : str
        A paragraph each; warnings of the result stand at the end of the results.
    references : tuple of str
        The works cited, in alphabetical order.
    """

    methods: str
    results: str
    references: tuple[str, ...]
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return both paragraphs and the references."""
        return "\n\n".join(
            ["Methods. " + self.methods, "Results. " + self.results, "References\n" + "\n".join(f"- {r}" for r in self.references)]
        )


@singledispatch
def report_text(result: Any) -> ReportText:
    """Write methods and results sentences for a result of ``miner.meta``.

    Parameters
    ----------
    result : Result
        What :func:`pool`, :func:`multilevel`, :func:`robust`, :func:`glmm`, :func:`score_test`, :func:`regtest`, :func:`trimfill`, :func:`pet_peese`,
        :func:`selection_model`, :func:`tau2_interval`, :func:`trend` or an analysis returned.

    Returns
    -------
    ReportText
        Only what the result supports: a p-value above .05 is called no evidence, not evidence of nothing.

    Raises
    ------
    MetaError
        For results of other kinds.

    Examples
    --------
    >>> from miner.meta.models.pooling import pool
    >>> print(report_text(pool([0.1, 0.3, 0.5], [0.01, 0.02, 0.03], method="DL")).results.split(".")[0])
    The pooled effect of 3 studies was 0
    """
    raise MetaError(f"there are no sentences for a {type(result).__name__}", hint="give a result of miner.meta, such as that of pool()")


def _text(methods: str, results: str, cited: tuple[str, ...], warnings: tuple[str, ...] = ()) -> ReportText:
    return _assembled(methods, results, tuple(cite(*(c for c in cited if c)).values()), warnings)


def _assembled(methods: str, results: str, works: tuple[str, ...], warnings: tuple[str, ...]) -> ReportText:
    said = f" Note: {' '.join(w.rstrip('.') + '.' for w in warnings)}" if warnings else ""
    return ReportText(methods, results + said, tuple(sorted(dict.fromkeys(works))), tuple(warnings))


def _interval(low: float, high: float, level: float = 0.95) -> str:
    return "no interval can be given" if np.isnan(low) else f"{100 * level:g} % CI {num(low, '.3g')} to {num(high, '.3g')}"


def _evidence(p: float) -> str:
    return "" if p < 0.05 else ", no evidence of a difference from zero"


_CORRECTED = {
    "knha": "",
    "adhoc": ", with a variance never below the unscaled one",
    "hybrid": ", or the normal distribution where that interval is wider",
    "IQWiG6": ", with the ad hoc correction where that interval would be narrower than DerSimonian and Laird's",
}


@report_text.register
def _(fit: PoolResult) -> ReportText:
    words, cited = ESTIMATORS.get(fit.method, (f"the {fit.method} estimator", "Viechtbauer, 2005"))
    model = (
        "an equal-effects model"
        if fit.method == "EE"
        else f"a random-effects model, the variance between studies estimated by {words} ({cited})"
    )
    if fit.k == 1:
        return _one_study(fit)
    knha = f" Tests and intervals follow Knapp and Hartung{_CORRECTED[fit.test]} (Knapp & Hartung, 2003)." if fit.test in _CORRECTED else ""
    methods = f"Effects were {'regressed on moderators' if fit.p > 1 else 'pooled'} with {model}.{knha}"
    told = fit.p == 1 and fit.k >= LEAST_PREDICTED and bool(np.isfinite(fit.pi_lb))
    spread = ""
    if fit.k > fit.p:
        spread = f" Heterogeneity: tau² = {num(fit.tau2, '.3g')}, I² = {num(fit.I2, '.0f')} %, Q({fit.k - fit.p}) = {num(fit.QE, '.2f')}, {p_is(fit.QEp)}."
    if fit.p == 1:
        results = f"The pooled effect of {counted(fit.k, 'study', 'studies')} was {num(fit.beta[0], '.3g')} ({_interval(fit.ci_lb[0], fit.ci_ub[0], fit.level)}, {p_is(fit.pval[0])}){_evidence(fit.pval[0])}.{spread}"
        if told:
            results += f" The true effect of a new study would be expected between {num(fit.pi_lb, '.3g')} and {num(fit.pi_ub, '.3g')} (Riley et al., 2011){_doubt(fit)}."
    else:
        results = f"In {counted(fit.k, 'study', 'studies')} {_coefficients(fit)}.{spread}" + (
            f" The moderators explain R² = {num(fit.R2, '.0f')} % of the heterogeneity." if np.isfinite(fit.R2) else ""
        )
    more = ("Riley et al., 2011",) if told else ()
    return _text(methods, results, (cited, "Knapp & Hartung, 2003" if knha else "", "Higgins & Thompson, 2002", *more), fit.warnings)


def _doubt(fit: PoolResult) -> str:
    """Say why the prediction interval is not to be leant on, where it is not."""
    if fit.pi_ub - fit.pi_lb <= ALIKE * (fit.ci_ub[0] - fit.ci_lb[0]):
        return ", which is hardly wider than the interval of the mean, since the variance between studies was estimated as next to zero, and may be too narrow"
    return f", of which {fit.k} studies give but a rough idea" if fit.k < FEW else ""


def _one_study(fit: PoolResult) -> ReportText:
    """Say what one study tells, and what it cannot."""
    said = f"Its effect was {num(fit.beta[0], '.3g')} ({_interval(fit.ci_lb[0], fit.ci_ub[0], fit.level)}, {p_is(fit.pval[0])}){_evidence(fit.pval[0])}."
    return _text("There is one study, so nothing was pooled.", f"{said} {ONE_STUDY}", ())


def _coefficients(fit: Any, skip: int = 1) -> str:
    """List the coefficients after the intercept."""
    parts = [
        f"the coefficient of {name} was {num(fit.beta[i], '.3g')} ({_interval(fit.ci_lb[i], fit.ci_ub[i])}, {p_is(fit.pval[i])})"
        for i, name in enumerate(fit.names)
        if i >= skip
    ]
    return (
        "; ".join(parts)
        if parts
        else f"the mean effect was {num(fit.beta[0], '.3g')} ({_interval(fit.ci_lb[0], fit.ci_ub[0])}, {p_is(fit.pval[0])})"
    )


@report_text.register
def _(fit: Tau2Interval) -> ReportText:
    methods = (
        "The interval of the variance between studies is "
        + ("the Q-profile interval" if fit.kind == "QP" else "that of the profile likelihood")
        + " (Viechtbauer, 2007)."
    )
    results = f"The variance between studies was tau² = {num(fit.tau2[0], '.3g')} ({_interval(*fit.tau2[1:], fit.level)}), I² = {num(fit.I2[0], '.0f')} % ({num(fit.I2[1], '.0f')} to {num(fit.I2[2], '.0f')} %)."
    return _text(methods, results, ("Viechtbauer, 2007", "Higgins & Thompson, 2002"), fit.warnings)


@report_text.register
def _(fit: MultilevelResult) -> ReportText:
    methods = "Several effects of one study were taken as dependent by a multilevel model with a random effect of the study (Van den Noortgate et al., 2013)."
    variances = ", ".join(f"{num(s, '.3g')}" for s in fit.sigma2)
    return _text(
        methods,
        f"In {counted(fit.k, 'effect')} {_coefficients(fit)}. Variances between and within studies: {variances}.",
        ("Van den Noortgate et al., 2013",),
        fit.warnings,
    )


@report_text.register
def _(fit: RobustResult) -> ReportText:
    methods = f"Standard errors are cluster-robust ({fit.kind}), with Satterthwaite degrees of freedom (Pustejovsky & Tipton, 2018)."
    return _text(methods, f"With {counted(fit.n_clusters, 'cluster')} {_coefficients(fit)}.", ("Pustejovsky & Tipton, 2018",), fit.warnings)


@report_text.register
def _(fit: GlmmResult) -> ReportText:
    methods = "Counts were analysed by a binomial generalised linear mixed model with a logit link, the likelihood integrated by adaptive Gauss-Hermite quadrature (Stijnen et al., 2010)."
    parts = [
        f"the odds ratio of {n} was {num(np.exp(fit.beta[i]), '.3g')} ({_interval(np.exp(fit.ci_lb[i]), np.exp(fit.ci_ub[i]))}, {p_is(fit.pval[i])})"
        for i, n in enumerate(fit.names)
        if i > 0
    ]
    mean = 1 / (1 + np.exp(-fit.beta[0]))
    results = (
        f"In {counted(fit.k, 'row')} "
        + ("; ".join(parts) if parts else f"the proportion of a typical study was {num(100 * mean, '.1f')} %")
        + f". {_variances(fit)} on the logit scale."
    )
    return _text(methods, results, ("Stijnen et al., 2010",), fit.warnings)


def _variances(fit: GlmmResult) -> str:
    """Say what variances were estimated."""
    found = ((fit.sigma2_cluster, "clusters"), (fit.tau2, "rows"))
    return "The variance between " + " and that between ".join(f"{what} was {num(v, '.3g')}" for v, what in found if np.isfinite(v))


@report_text.register
def _(test: ScoreTest) -> ReportText:
    methods = (
        f"The coefficient of {test.name} was tested by its score, with the variance scaled by the residuals and Satterthwaite degrees of freedom"
        " (Rao, 1948; Breslow & Clayton, 1993)."
    )
    ratio = f"The odds ratio of {test.name} was {num(np.exp(test.estimate), '.3g')}"
    if test.untested:
        results = f"{ratio}; nothing can be tested: {test.untested}."
    else:
        between = _interval(np.exp(test.ci_lb), np.exp(test.ci_ub), test.level)
        none = "" if test.pval < 0.05 else ", which does not tell it from 1 and is no proof that it is 1"
        results = f"{ratio} ({between}; t({num(test.df, '.3g')}) = {num(test.tval, '.2f')}, {p_is(test.pval)}){none}."
    return _text(methods, results, ("Rao, 1948", "Breslow & Clayton, 1993"), test.warnings)


@report_text.register
def _(test: RegTest) -> ReportText:
    on_n = test.predictor not in {"sei", "vi"}
    cited = ("Deeks et al., 2005", "Hunter et al., 2014") if on_n else ("Egger et al., 1997",)
    methods = f"Small-study effects were tested by a regression on {PREDICTORS[test.predictor]} ({'; '.join(cited)})."
    verdict = (
        "small studies differed from large ones"
        if test.pval < 0.05
        else "no evidence that small studies differed from large ones, which is no proof that they did not"
    )
    letter = "z" if test.df is None else f"t({test.df})"
    return _text(
        methods,
        f"In {counted(test.k, 'study', 'studies')} there was {verdict} ({letter} = {num(test.stat, '.2f')}, {p_is(test.pval)}).".replace(
            "there was small", "small"
        ),
        cited,
        test.warnings,
    )


@report_text.register
def _(fit: TrimFill) -> ReportText:
    methods = f"Missing studies were imputed by trim and fill with the estimator {fit.estimator} (Duval & Tweedie, 2000)."
    if fit.k0 == 0:
        return _text(
            methods, f"No study was imputed; the pooled effect stays {num(fit.observed, '.3g')}.", ("Duval & Tweedie, 2000",), fit.warnings
        )
    results = f"{counted(fit.k0, 'study was', 'studies were')} imputed on the {fit.side}; the pooled effect changed from {num(fit.observed, '.3g')} to {num(fit.estimate, '.3g')} ({_interval(fit.ci_lb, fit.ci_ub)})."
    return _text(methods, results, ("Duval & Tweedie, 2000",), fit.warnings)


@report_text.register
def _(fit: PetPeese) -> ReportText:
    chosen = fit.PET if fit.conditional == "PET" else fit.PEESE
    low, high, p = (float(np.ravel(x)[0]) for x in (chosen.ci_lb, chosen.ci_ub, chosen.pval))
    methods = "The effect was extrapolated to studies without sampling error by PET-PEESE (Stanley & Doucouliagos, 2014)."
    return _text(
        methods,
        f"The extrapolated effect was {num(fit.conditional_est, '.3g')} ({fit.conditional}; {_interval(low, high)}, {p_is(p)}).",
        ("Stanley & Doucouliagos, 2014",),
        fit.warnings,
    )


@report_text.register
def _(fit: SelectionResult) -> ReportText:
    cited = "Vevea & Hedges, 1995" if fit.type == "stepfun" else "Citkowicz & Vevea, 2017"
    methods = f"A selection model ({_shape(fit)}) estimated the effect together with the chance of publication ({cited})."
    verdict = "selection improved the fit" if fit.LRTp < 0.05 else "the data did not tell selection from none"
    results = f"Adjusted for selection, the mean effect of {counted(fit.k, 'study', 'studies')} was {num(fit.beta[0], '.3g')} ({_interval(fit.ci_lb[0], fit.ci_ub[0])}); {verdict} (likelihood-ratio test {p_is(fit.LRTp)})."
    return _text(methods, results, (cited,), fit.warnings)


def _shape(fit: SelectionResult) -> str:
    """Say what the chance of publication was taken to go by."""
    shape = "steps of the p-value" if fit.type == "stepfun" else "a smooth function of the p-value"
    sides = {"greater": "of larger effects, one-sided", "less": "of smaller effects, one-sided"}.get(fit.alternative, "two-sided")
    return f"{shape}, {sides}"


@report_text.register
def _(fit: TrendResult) -> ReportText:
    """Each slope once: by its score test where there is one; beside a test that is refused no other one is told."""
    tests = [report_text(test) for test in (fit.size_test, fit.year_test) if test is not None]
    refused = fit.size_test is not None and bool(fit.size_test.untested)
    model = report_text(fit.glmm) if fit.glmm is not None else None
    others = [report_text(fit.multilevel_robust)] if fit.multilevel_robust is not None and not refused else []
    parts = [*tests, *others] if tests or model is None else [model, *others]
    if not parts:
        raise MetaError("no model of the trend could be fitted", hint="; ".join(fit.warnings) or None)
    first = [model] if model is not None and tests else []
    methods = " ".join(dict.fromkeys(p.methods for p in [*first, *parts]))
    works = tuple(sorted({r for p in [*first, *parts] for r in p.references}))
    return ReportText(methods, " ".join(p.results for p in parts), works, fit.warnings)


def _figures(row: Row) -> str:
    """Write a line's figures, as far as it has them."""
    shown = [row.interval != "–" and f"95 % CI {row.interval}", row.p_is]
    return "" if row.estimate == "–" else minus(", ".join([row.estimate, *(s for s in shown if s)])) + ". "


@report_text.register
def _(analysis: Analysis) -> ReportText:
    methods: list[str] = [analysis.grouping] if analysis.grouping else []
    results: list[str] = []
    cited: dict[str, str] = {}
    for row in analysis.rows:
        if not row.numbers:
            continue
        known = records().get(row.id)
        if known and known.method:
            said, works = known.described(row.adjusted, analysis.sample, row.k), known.cited(row.k)
            methods.append(f"{said} ({'; '.join(works)})." if works else f"{said}.")
            cited.update(works)
        results.append(f"{row.name}: {_figures(row)}{row.words}")
    if not results:
        raise MetaError(
            "nothing could be computed, so there is nothing to report",
            hint="; ".join(r.words for r in analysis.rows if r.id in {"pooled", "pooled-scores"}),
        )
    warnings = (*analysis.warnings, *_cautions(analysis))
    return _assembled(" ".join(methods), " ".join([*results, *analysis.notes]), tuple(cited.values()), warnings)


def _cautions(analysis: Analysis) -> list[str]:
    """Return the warnings of all lines that have figures, each once, with the lines that it is of."""
    found: dict[str, list[str]] = {}
    for row in analysis.rows:
        for warning in row.warnings if row.numbers else ():
            found.setdefault(warning.rstrip("."), []).append(row.name)
    return [f"{headed(warning)} ({'; '.join(names)})" for warning, names in found.items()]
