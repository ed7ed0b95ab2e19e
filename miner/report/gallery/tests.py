"""The table of all models and tests, each with what it assumes and what should be doubted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from miner.report.gallery.subject import MANY, Subject
from miner.report.panels import Panel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from miner.report.analysis import Row

# By the beginning of a line's name: what must hold for it to say what it says.
ASSUMES = {
    "Trend with sample size, binomial": "Values are shares of n independent units; what studies differ in is normal on the logit; the trend is a straight line over log10 n.",
    "Trend with sample size, three-level": "Logits are normal with known variances; papers are independent of each other, values within one need not be.",
    "Trend with sample size, ordinary": "All values are equally precise and independent; neither holds here, so it is given to compare with earlier work.",
    "Trend with year": "As the line above; a year stands for all that changed with it.",
    "Slopes of quantiles": "The quantiles are straight lines over log10 n; values are independent.",
    "Sampling noise": "All units of a study are independent, and all studies would have one common value but for chance.",
    "Records below noise": "New and old best were measured on separate units; on shared test data the noise of a difference is smaller.",
    "Asymmetry against 1/√n": "But for bias, the value does not depend on n: larger studies do not ask harder questions.",
    "Egger": "The standard error does not depend on the value. For proportions it does, so the test rejects without any bias.",
    "Asymmetry against the standard error": "The standard error does not depend on the value. For proportions it does, so the test rejects without any bias.",
    "Pooled value": "Studies are a sample of those that could be done; their true values are normal on the logit.",
    "Pooled effect, random": "Studies are a sample of those that could be done; their true effects are normal.",
    "Pooled effect, three-level": "Papers are independent of each other; true effects are normal between and within them.",
    "Heterogeneity": "True effects are normal; the sampling variances are known.",
    "Rank correlation": "Effects and variances are independent but for bias; for proportions they are not.",
    "Trim and fill": "The funnel is symmetric but for studies that are missing at one end.",
    "PET-PEESE": "The effect depends on the standard error by bias alone; for proportions it does so by itself.",
    "Limit estimate": "Large studies are less biased than small ones.",
    "Test of excess significance": "The pooled effect is that of each study; power is computed at it.",
    "Fail-safe N": "Unpublished studies have no effect on average. Not recommended (Becker 2005); given because readers ask.",
    "Selection model": "Publication depends on the p-value alone, by one step; true effects are normal.",
    "p-uniform": "Publication depends on significance alone; the p-values that are significant are uniform at the true effect.",
    "Worst case": "Results that are not affirmative are published at one lower rate whatever they say.",
    "Leave one out": "None beyond those of the pooled effect.",
}


def assumption(name: str) -> str:
    """Return what a line assumes.

    Examples
    --------
    >>> assumption("Egger's test on the standard error").startswith("The standard error does not depend")
    True
    """
    return next((text for start, text in ASSUMES.items() if name.startswith(start)), "–")


def tests(subject: Subject, options: Mapping[str, Any]) -> Panel:
    """Lay all lines of ``miner meta analyse`` side by side: those of accuracies, then those of effects (the logits)."""
    del options
    name, title = f"{subject.metric}-tests", "All models and tests"
    if subject.k == 0:
        return Panel(name, title, None, "Nothing can be computed without studies.", kind="models")
    rows = [_known(r) for r in (*subject.analysis.rows, *_on_logits(subject))]
    computed = sum(1 for r in rows if r.numbers)
    small = sum(1 for r in rows if r.numbers and isinstance(p := r.numbers.get("p"), float) and p < 0.05)
    reading = tests_words(len(rows), computed, small, subject.k)
    data = {r.name: {"k": r.k, "estimate": r.estimate, "interval": r.interval, "p": r.p} for r in rows}
    shown = [(r, assumption(r.name)) for r in rows]
    return Panel(name, title, None, reading, subject.analysis.warnings, rows=shown, data=data, kind="models")


def _known(row: Row) -> Row:
    """Return a line whose figures are not numbers as one that could not be computed."""
    if not row.estimate.startswith("nan"):
        return row
    return replace(
        row,
        estimate="–",
        interval="–",
        p="–",
        words=f"Not computed: {' '.join(row.warnings) or 'the data do not allow it.'}",
        warnings=(),
        numbers={},
    )


def _on_logits(subject: Subject) -> list[Row]:
    """Return the lines of a meta-analysis of logits, but for those that the accuracies have already; for very many values they are left out."""
    from miner.meta.analysis.analyse_effects import analyse_effects

    if subject.k > MANY or subject.k < 3 or "tests" not in subject.definition.panels or "trim-and-fill" not in subject.definition.panels:
        return []
    found = analyse_effects(subject.frame[["yi", "vi", "n", "cluster", "year"]], f"logit of the {subject.what}", egger=False)
    there = {"Asymmetry against 1/√n", "Pooled effect, random effects"}
    return [r for r in found.rows if r.name not in there]


def tests_words(total: int, computed: int, small: int, k: int) -> str:
    """Say how many lines there are, that they are ordered by how far they are to be believed, and that many tests find something by chance."""
    said = f"{computed} of {total} analyses could be computed on {k:,} value{'s' if k != 1 else ''}, in the order in which they should be believed: the first is the primary one."
    many = (
        f" {small} of their p-values are below 0.05; the more tests, the more of them by chance, so none but the primary one should be quoted alone."
        if small
        else ""
    )
    return said + many
