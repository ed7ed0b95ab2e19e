"""Trends of accuracies with sample size and year."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from miner.errors import MetaError
from miner.meta.analysis.evidence import NAMED, WEAK, how_sure, null_words, power_words, untested_words
from miner.meta.analysis.record import Record
from miner.meta.analysis.references import cite
from miner.meta.analysis.rows import Row, need
from miner.meta.effects.odds import expit, points
from miner.say import interval, listed, num, p_text, signed

if TYPE_CHECKING:
    from miner.meta.analysis.sample import Sample
    from miner.meta.models.linear import LinearFit

SCORES = (-0.03, -0.05)  # falls of a score for each tenfold n whose power is told


def primary_row(sample: Sample) -> Row:
    """Fit the primary model, a binomial mixed model of sample size with tasks and, where known, years held, and test its slope by the score."""
    from miner.meta import score_test

    need(sample, 4)
    test = score_test(sample.column("x"), sample.column("n"), sample.moderators(), "log10_n", sample.frame["cluster"].to_numpy())
    row = _odds_row((test.estimate, test.ci_lb, test.ci_ub, test.pval), test.warnings, sample, test.untested)
    slopes = [_worse(sample, b) for b in NAMED]
    power = power_words([test.power(b) for b in slopes], points(sample.pooled.value, slopes).tolist())
    said = null_words(test.pval, power)
    lines = _lines(test.fit.names, test.fit.beta, sample)
    numbers = row.numbers | {"lines": lines, "df": test.df, "untested": test.untested, "power": power}
    return replace(row, words=f"{row.words} {said}".rstrip(), numbers=numbers)


def _worse(sample: Sample, fall: float) -> float:
    """Return the slope by which large studies report worse: the fall, or as large a rise where lower is better, as of errors."""
    return -fall if sample.lower_is_better else fall


def _lines(names: tuple[str, ...], beta: Any, sample: Sample) -> dict[str, float]:
    """Return each task's intercept, in the year around which years are counted, on the model's scale."""
    own = {f"task{t}": t for t in set(sample.tasks)}
    shift = {t: float(b) for name, b in zip(names, beta, strict=True) if (t := own.get(name)) is not None}
    return {t: float(beta[0]) + shift.get(t, 0.0) for t in sorted(set(sample.tasks))}


def _score_row(sample: Sample) -> Row:
    """Fit the primary model of values whose precision is not always known: least squares, with standard errors by paper."""
    from miner.meta import linear
    from miner.meta.models.score_test import power

    need(sample, 5)
    clusters = sample.frame["cluster"].to_numpy()
    untested = sample.untested
    fit = linear(sample.column("estimate"), sample.moderators(), vcov="HC3" if untested else "CR2", cluster=clusters)
    b, *test = (float(v[1]) for v in (fit.coef, fit.ci_lb, fit.ci_ub, fit.p))
    low, high, p = [float("nan")] * 3 if untested else test
    between = "" if untested else f" ({interval(100 * low, 100 * high)})"
    slopes = [_worse(sample, c) for c in SCORES]
    chances = "" if untested else power_words([power(c, float(fit.se[1]), float(fit.df[1])) for c in slopes], [100 * c for c in slopes])
    words = (
        f"The {sample.what} changes by {signed(100 * b)} percentage points for each tenfold n{between}. {evidence(p, b, untested=untested)}"
    )
    said = null_words(p, chances, simulated=False)
    numbers = {
        "beta": b,
        "ci": (low, high),
        "p": p,
        "points": 100 * b,
        "points_ci": (100 * low, 100 * high),
        "untested": untested,
        "power": chances,
    }
    shown = (f"{num(100 * b, '+.2f')} points", between_points(low, high), p_text(p))
    numbers["lines"] = _lines(fit.names, fit.coef, sample)
    return Row("", sample.k, *shown, f"{words} {said}".rstrip(), tuple(fit.warnings), numbers, adjusted=sample.adjusted())


def _multilevel_row(sample: Sample) -> Row:
    from miner.meta import multilevel, robust

    need(sample, 5)
    if not sample.clustered:
        raise MetaError("each paper has one value, so there is no third level")
    clusters = sample.frame["cluster"].to_numpy()
    fit = multilevel(sample.column("yi"), sample.column("vi"), cluster=clusters, mods=sample.moderators())
    tests = robust(fit, clusters, vcov="CR2")
    j = tests.names.index("log10_n")
    b, low, high, p = (float(v[j]) for v in (tests.beta, tests.ci_lb, tests.ci_ub, tests.pval))
    untested = sample.untested or (
        f"the test has {num(tests.df[j], '.1f')} degrees of freedom, and needs at least 4" if tests.df[j] < 4 else ""
    )
    return _odds_row((b, low, high, p), (), sample, untested)


def _odds_row(slope: tuple[float, float, float, float], warnings: tuple[str, ...], sample: Sample, untested: str) -> Row:
    """Read a slope on sample size on the logit scale, with its interval and p-value: as an odds ratio, and as percentage points from the pooled value."""
    b, low, high, p = (slope[0], *[float("nan")] * 3) if untested else slope
    level = sample.pooled.value
    change, *ends = points(level, [b, low, high])
    words = (
        f"For each tenfold n the odds of {sample.event.one} are multiplied by {num(np.exp(b), '.2f')} (an odds ratio): from the pooled {sample.what} of"
        f" {sample.show(level)} that is {signed(change)} percentage points{f' ({interval(*ends)})' if np.isfinite(p) else ''}. {evidence(p, b, untested=untested)}"
    )
    numbers = {
        "beta": b,
        "ci": (low, high),
        "p": p,
        "points": float(change),
        "points_ci": (float(ends[0]), float(ends[1])),
        "level": float(expit(level)),
    }
    return Row(
        "", sample.k, f"OR {num(np.exp(b), '.3f')}", _odds(low, high), p_text(p), words, warnings, numbers,
        adjusted=sample.adjusted(),
    )  # fmt: skip


def _odds(low: float, high: float) -> str:
    return "–" if np.isnan(low) else f"{num(np.exp(low), '.3f')} to {num(np.exp(high), '.3f')}"


def evidence(p: float, b: float, who: str = "Larger studies", untested: str = "") -> str:
    """Say which way a slope goes where it is told from chance, and what its p-value says, or why nothing is tested."""
    direction = f"{who} report {'lower' if b < 0 else 'higher'} values. " if p < WEAK else ""
    return f"{direction}{how_sure(p)} {untested_words(untested)}".rstrip()


def between_points(low: float, high: float) -> str:
    """Write an interval of shares as one of percentage points."""
    return "–" if np.isnan(low) else f"{num(100 * low, '+.2f')} to {num(100 * high, '+.2f')}"


def _ols(sample: Sample) -> LinearFit:
    from miner.meta import linear

    return linear(sample.column("estimate"), sample.moderators())


def _ols_row(sample: Sample) -> Row:
    need(sample, 4)
    fit = _ols(sample)
    return _points_row(fit, 1, sample, "The {what} changes by {points} percentage points for each tenfold n.")


def _year_row(sample: Sample) -> Row:
    need(sample, 6)
    fit = _ols(sample)
    if "year" not in fit.names:
        raise MetaError("the years are not known, or all the same")
    j = fit.names.index("year")
    return _points_row(
        fit,
        j,
        sample,
        "At the same n the {what} changes by {points} percentage points a year.",
        "At the same sample size, later studies",
        2,
    )


def _quantile_row(sample: Sample) -> Row:
    from miner.meta import quantile_regression

    need(sample, 10)
    fits = quantile_regression(sample.column("estimate"), sample.moderators())
    slopes = {tau: 100 * float(fit.coef[1]) for tau, fit in fits.items()}
    told = ", ".join(f"the {100 * float(tau):.0f} % quantile of the {sample.what} changes by {signed(b)}" for tau, b in slopes.items())
    se, p = ({t: float("nan") if sample.untested else float(v[1]) for t, v in found} for found in (
        [(t, f.se) for t, f in fits.items()], [(t, f.p) for t, f in fits.items()]
    ))  # fmt: skip
    numbers = {"slopes": slopes, "half": {t: 196 * v for t, v in se.items()}, "p": p}
    noted: dict[str, list[str]] = {}
    for tau, fit in fits.items():
        for warning in dict.fromkeys(fit.warnings):
            noted.setdefault(warning, []).append(f"{100 * float(tau):.0f} %")
    warnings = tuple(f"{listed(of)} {'quantile' if len(of) == 1 else 'quantiles'}: {warning}." for warning, of in noted.items())
    words = f"For each tenfold n {told} percentage points."
    return Row(
        "",
        sample.k,
        f"{num(slopes['0.5'], '+.2f')} points (median)",
        words=words,
        warnings=warnings,
        numbers=numbers,
        adjusted=sample.adjusted(),
    )


def _points_row(fit: Any, j: int, sample: Sample, says: str, who: str = "Larger studies", digits: int = 1) -> Row:
    b, low, high, p = (float(v[j]) for v in (fit.coef, fit.ci_lb, fit.ci_ub, fit.p))
    if sample.untested:
        low = high = p = float("nan")
    numbers = {"beta": b, "ci": (low, high), "p": p}
    shown = (f"{num(100 * b, '+.2f')} points", between_points(low, high), p_text(p))
    words = f"{says.format(what=sample.what, points=signed(100 * b, digits))} {evidence(p, b, who, sample.untested)}"
    return Row("", sample.k, *shown, words, tuple(fit.warnings), numbers, adjusted=sample.adjusted())


_LOGITS = "Logits are normal with known variances; papers are independent of each other, values within one need not be."
RECORDS = (
    Record(
        "trend", "Trend with sample size, binomial mixed model (primary)", "accuracies", primary_row, 10,
        "The primary analysis of the trend was a binomial generalised linear mixed model of {hits} on log10 sample size{adjusted}, with random effects of rows and, where a paper reported several values, of papers; the slope was tested by its score, with the variance scaled by the residuals and Satterthwaite degrees of freedom",
        "Values are shares of n independent units; what studies differ in is normal on the logit; the trend is a straight line over log10 n.",
        cite("Stijnen et al., 2010"),
    ),
    Record(
        "trend-scores", "Trend with sample size, least squares with CR2 (primary)", "scores", _score_row, 10,
        "The primary analysis of the trend was least squares of the values on log10 sample size{adjusted}, with cluster-robust (CR2) standard errors by paper and Satterthwaite degrees of freedom",
        "The trend is a straight line over log10 n; papers are independent of each other. All values count alike, for of some the precision is not known.",
        cite("Pustejovsky & Tipton, 2018"),
    ),
    Record(
        "trend-three-level", "Trend with sample size, three-level model with CR2", "accuracies", _multilevel_row, 20,
        "The second was a three-level model of the logits of {values} on log10 sample size{adjusted}, with cluster-robust (CR2) standard errors and Satterthwaite degrees of freedom",
        _LOGITS, cite("Van den Noortgate et al., 2013", "Pustejovsky & Tipton, 2018"),
    ),
    Record(
        "trend-least-squares", "Trend with sample size, ordinary least squares", "accuracies", _ols_row, 30,
        "Ordinary least squares of {what} on log10 sample size{adjusted} reproduces earlier work",
        "All values are equally precise and independent; neither holds here, so it is given to compare with earlier work.",
        cite("Varoquaux & Cheplygina, 2022"),
    ),
    Record(
        "trend-year", "Trend with year, ordinary least squares", ("accuracies", "scores"), _year_row, 40, "",
        "As the line above; a year stands for all that changed with it.",
    ),
    Record(
        "quantiles", "Slopes of quantiles with sample size", ("accuracies", "scores"), _quantile_row, 50,
        "Quantile regression on log10 sample size{adjusted} tells whether the trend is one of the best or of the typical values",
        "The quantiles are straight lines over log10 n; values are independent.", cite("Koenker & Bassett, 1978"), asked_for=True,
    ),
)  # fmt: skip
