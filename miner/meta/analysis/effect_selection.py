"""Selection by significance of effects with variances."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from miner.errors import MetaError
from miner.meta.analysis.evidence import WEAK
from miner.meta.analysis.record import Record
from miner.meta.analysis.references import cite
from miner.meta.analysis.rows import Row, line, refuse_untested
from miner.say import counted, num, p_is, p_text

if TYPE_CHECKING:
    from miner.meta.analysis.sample import Sample


def _none(sample: Sample) -> str:
    """Return what studies without an effect would have."""
    return f"with 50 % {sample.what}" if sample.logits else f"without any {sample.what}"


def _excess_row(sample: Sample) -> Row:
    from miner.meta import excess_significance

    refuse_untested(sample)
    test = excess_significance(sample.column("yi"), sample.column("vi"))
    against = " against 50 %" if sample.logits else ""
    words = f"{counted(test.O, 'study is', 'studies are')} significant{against}; {num(test.E, '.1f')} would be expected from their power."
    numbers = {"O": test.O, "E": test.E, "p": test.pval}
    return Row(
        "", test.k, f"{test.O} / {num(test.E, '.1f')}", "–", p_text(test.pval), f"{words}{_own_variances(sample)}", test.warnings, numbers
    )


def _own_variances(sample: Sample) -> str:
    """Say what the power of shares rests on: it is computed at the pooled value, from variances that go with each study's own value."""
    if not sample.logits:
        return ""
    mixed = " Where tasks differ in difficulty, this alone may make the two numbers differ." if sample.several_tasks else ""
    return (
        f" The power is computed at the pooled {sample.what}, but from each study's own variance, which is larger the nearer its value is to 0 or 100 %, so the expected"
        f" number is a rough one.{mixed}"
    )


def _failsafe_row(sample: Sample) -> Row:
    from miner.meta import fail_safe_n

    test = fail_safe_n(sample.column("yi"), sample.column("vi"))
    words = f"So many unpublished studies {_none(sample)} would make the joint p-value larger than .05; the number says little about bias."
    return Row("", sample.k, f"{test.fsnum}", "–", p_text(test.pval), words, test.warnings, {"fsnum": test.fsnum, "p": test.pval})


def _above(sample: Sample) -> bool:
    """Tell whether the pooled effect is positive: the side on which significance would be favoured."""
    from miner.meta import pool

    return float(pool(sample.column("yi"), sample.column("vi")).beta[0]) >= 0


def _selection_row(sample: Sample) -> Row:
    from miner.meta import selection_model

    refuse_untested(sample)
    side: Literal["greater", "less"] = "greater" if _above(sample) else "less"
    fit = selection_model(sample.column("yi"), sample.column("vi"), "stepfun", steps=(0.025,), alternative=side)
    before, p = float(fit.unadjusted[0]), float(fit.pval[0])
    middle, *ends = (sample.shifted(before, float(x[0])) for x in (fit.beta, fit.ci_lb, fit.ci_ub))
    odds = float(np.ravel(fit.delta)[-1])
    verdict = "describes the effects better than none" if fit.LRTp < WEAK else "is not told from none"
    words = (
        f"If studies that are not significant were {num(odds, '.2g')} times as likely to be published as the others, the pooled {sample.what} would be"
        f" {sample.show(middle)} in place of {sample.show(sample.pooled.value)}; such a selection {verdict} ({p_is(fit.LRTp)})."
    )
    return line(sample, middle, (ends[0], ends[1]), p, words, fit.warnings, delta=odds, LRTp=float(fit.LRTp))


def _uniform_row(sample: Sample) -> Row:
    from miner.meta import p_uniform

    side: Literal["right", "left"] = "right" if _above(sample) else "left"
    fit = p_uniform(sample.column("yi"), sample.column("vi"), side=side)
    words = (
        f"From the p-values on either side of significance, each conditional on its side, the {sample.what} is {sample.show(fit.estimate)}."
    )
    return line(sample, float(fit.estimate), (float(fit.ci_lb), float(fit.ci_ub)), float(fit.pval_0), words, fit.warnings, side=side)


def _worst_row(sample: Sample) -> Row:
    from miner.meta import worst_case

    favour: Literal["positive", "negative"] = "positive" if _above(sample) else "negative"
    fit = worst_case(sample.column("yi"), sample.column("vi"), favour=favour, cluster=sample.frame.get("cluster"))
    if not np.isfinite(fit.worst):
        raise MetaError("every effect is affirmative (significant in the favoured direction), so none is left for the worst case")
    s, none = fit.s_value_estimate, "down to 50 %" if sample.logits else "away"
    explained = (
        f"affirmative results would have to be published {num(s, '.1f')} times as often as others to explain it {none}"
        if np.isfinite(s)
        else f"no favour of affirmative results, however strong, could explain it {none}"
    )
    words = f"If only results that are not affirmative counted, the {sample.what} would be {sample.show(fit.worst)}; {explained}."
    ends = (fit.worst_ci_lb, fit.worst_ci_ub)
    numbers = {"estimate": fit.worst, "ci": ends, "s_value": s, "s_value_ci": fit.s_value_ci, "favour": favour}
    return Row("", fit.k, sample.show(fit.worst), sample.span(*ends), words=words, warnings=tuple(fit.warnings), numbers=numbers)


RECORDS = (
    Record(
        "excess", "Test of excess significance", "effects", _excess_row, 100, "An excess of significant findings was tested for",
        "The pooled effect is that of each study; power is computed at it.", cite("Ioannidis & Trikalinos, 2007"), tasks="together",
    ),
    Record(
        "fail-safe", "Fail-safe N (Rosenthal)", "effects", _failsafe_row, 110, "The number of unpublished null results that would make the joint p-value larger than .05 was counted",
        "Unpublished studies have no effect on average. Not recommended (Becker 2005); given because readers ask.", cite("Rosenthal, 1979"), tasks="together",
    ),
    Record(
        "selection", "Selection model, one step at p = .025", "effects", _selection_row, 120,
        "A selection model with one step at p = .025 estimated the effect together with the chance that non-significant studies are published",
        "Publication depends on the p-value alone, by one step; true effects are normal.", cite("Vevea & Hedges, 1995"), tasks="together",
    ),
    Record(
        "p-uniform", "p-uniform*", "effects", _uniform_row, 130, "p-uniform* estimated the effect from p-values conditional on their significance",
        "Publication depends on significance alone; the p-values that are significant are uniform at the true effect.", cite("van Aert & van Assen, 2018"), tasks="together",
    ),
    Record(
        "worst-case", "Worst case of publication bias", "effects", _worst_row, 140,
        "A sensitivity analysis asked how strongly publication would have to favour affirmative results to explain the effect away",
        "Results that are not affirmative are published at one lower rate whatever they say.", cite("Mathur & VanderWeele, 2020"), tasks="together",
    ),
)  # fmt: skip
