"""Verdicts in plain words: what was found, how sure it is, why, and where a publication's own result is fragile."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from miner.meta.analysis.evidence import null_words
from miner.report.formats.parts import counted, listed, p_text, percent, signed
from miner.report.gallery.spec import PanelSpec
from miner.report.panels import Panel
from miner.report.publication import publication_of
from miner.report.tasks import asymmetry, boards, limits, noise_panels, over_time, regressions
from miner.report.tasks.asymmetry import egger_words
from miner.report.tasks.evidence import Evidence
from miner.report.tasks.limits import poorly_known
from miner.report.tasks.slopes import OLS, OLS_CR2, PRIMARY, THREE_LEVEL
from miner.say import headed, out_of, outcome, p_is
from miner.store.studies import source_counts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from miner.meta.sensitivity.learning_curve import LearningCurveResult
    from miner.meta.sensitivity.noise import NoiseEnvelope, Records
    from miner.report.gallery.subject import Subject
    from miner.report.publication import PublicationSpec
    from miner.report.tasks.asymmetry import Asymmetry
    from miner.report.tasks.boards import Contest
    from miner.report.tasks.regressions import Fits

Sure = Literal["well supported", "likely", "suggestive", "counted", "not shown"]
SURE_WORDS = {
    "well supported": "every analysis and every choice of the data says so (p below 0.005 in the main ones)",
    "likely": "the primary and the second analysis say so (p below 0.05), and most choices of the data",
    "suggestive": "the direction is the same throughout, but some sound analyses cannot tell it from chance; or one analysis alone says so (p below 0.05)",
    "counted": "a count or a description of these data; no test stands behind it",
    "not shown": "these data cannot tell it from chance; that is no proof of the contrary, and says almost nothing on selection",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """One finding, how sure it is, why, and, where there is one, the weak spot of the publication's result."""

    finding: str
    sure: Sure
    why: str
    fragile: str = ""


@dataclass(frozen=True, slots=True)
class Verdicts:
    """All findings, the words before a publication's weak spots, and what the grades mean."""

    found: tuple[Verdict, ...]
    fragile: str
    scale: dict[str, str] = field(default_factory=lambda: dict(SURE_WORDS))


def grade(fits: Fits, task: str, what: str = "size") -> Sure:
    """Grade a slope by the primary, the three-level and the cluster-robust model, and by how it holds under other choices of the data.

    See :data:`SURE_WORDS` for the rule in words.
    """
    fit = fits.tasks[task]
    main = [s for model in (PRIMARY, THREE_LEVEL, OLS_CR2) if (s := fit.get(model, what))]
    others = [s for choice in fits.of_task(task) if (s := choice.get(PRIMARY, what))] or main[:1]
    if not main:
        return "not shown"
    every = fit.size if what == "size" else fit.year
    same_sign = len({s.estimate > 0 for s in [*every, *others]}) == 1
    share = sum(s.p < 0.05 for s in others) / len(others)
    if same_sign and max(s.p for s in main) < 0.005 and max(s.p for s in every) < 0.05 and share == 1:
        return "well supported"
    if same_sign and max(s.p for s in main[:2]) < 0.05 and share >= 2 / 3:
        return "likely"
    any_below = min(s.p for s in every) < 0.05
    return "suggestive" if same_sign and any_below else "not shown"


def on_trends(fits: Fits) -> list[Verdict]:
    """Judge the slopes on sample size and on year of each task that was put through the regressions."""
    found = []
    for task in fits.tasks:
        found += [_trend(fits, task, "size"), _trend(fits, task, "year")]
    return found


def _trend(fits: Fits, task: str, what: str) -> Verdict:
    fit = fits.tasks[task]
    s, paper = fit.get(PRIMARY, what), fit.get(OLS, what)
    sure = grade(fits, task, what)
    if what == "size":
        head, unit = (
            f"{task}: larger studies report {'lower' if s and s.estimate < 0 else 'higher'} accuracy",
            "points for a tenfold sample size",
        )
    else:
        head, unit = (
            f"{task}: at the same sample size accuracy {'rose' if s and s.estimate > 0 else 'fell'} with the years",
            "points a year",
        )
    digits = 1 if what == "size" else 2
    why = ""
    if s:
        why = f"Primary model {signed(s.estimate, digits)} {unit} ({outcome(s.low, s.high, s.p, digits, '95 % interval ')})."
    choices = [c for choice in fits.of_task(task) if (c := choice.get(PRIMARY, what))]
    if len(choices) > 1:
        why += f" Over {counted(len(choices), 'choice')} of the data {signed(min(c.estimate for c in choices), digits)} to {signed(max(c.estimate for c in choices), digits)}, p below 0.05 in {sum(c.p < 0.05 for c in choices)}."
    if s and s.power:
        why = f"{why} {null_words(s.p, s.power)}".rstrip()
    return Verdict(head, sure, why, _fragile(fits, task, what, paper))


def _fragile(fits: Fits, task: str, what: str, paper: Any) -> str:
    """Say where the paper's least squares find more than sounder analyses of the same rows do."""
    if paper is None or paper.p >= 0.05:
        return ""
    fit = fits.tasks[task]
    names = (
        (OLS_CR2, "with the rows of a paper together (CR2)"),
        (THREE_LEVEL, "in the three-level model"),
        (PRIMARY, "in the primary model"),
    )
    # More than a shade weaker: the threshold is crossed, or the p-value is several times as large and no longer small.
    weaker = [
        f"{p_text(s.p)} {words}" for model, words in names if (s := fit.get(model, what)) and (s.p >= 0.05 or s.p >= max(0.01, 5 * paper.p))
    ]
    lost = [v.name for v, choice in fits.variants if v.task == task and (c := choice.get(OLS, what)) and c.p >= 0.05]
    text = f"The p of {p_text(paper.p)} by the paper's least squares becomes {listed(weaker)}." if weaker else ""
    if lost:
        text += f" Its least squares lose p below 0.05 with another choice of the data ({listed(lost)})."
    return text.strip()


def on_growth(g: Mapping[str, Any]) -> list[Verdict]:
    """Judge the growth of sample sizes (see :func:`miner.report.tasks.over_time.growth`)."""
    if not g or math.isnan(g["p"]):
        return []
    sure: Sure = "suggestive" if g["p"] < 0.05 else "not shown"  # one analysis
    return [Verdict("Sample sizes grew with the years" if g["rate"] > 0 else "Sample sizes did not grow with the years", sure, g["words"])]


def on_tail(quantiles: dict[str, Any]) -> list[Verdict]:
    """Judge whether the fall with sample size sits among the best results."""
    found = []
    for task, fits in quantiles.items():
        low, *_, high = fits.values()
        falls = high.coef[1] < low.coef[1] and high.coef[1] < 0
        sure: Sure = "suggestive" if falls and high.p[1] < 0.05 else "not shown"  # one analysis
        why = f"Slope for a tenfold size {signed(230.2585 * high.coef[1])} points in the highest tenth ({p_is(float(high.p[1]))}), {signed(230.2585 * low.coef[1])} in the lowest ({p_is(float(low.p[1]))})."
        why += " The p-values take accuracies for independent." if sure != "not shown" else ""
        found.append(Verdict(f"{task}: it is the best results that shrink with sample size", sure, why))
    return found


def on_asymmetry(found: dict[str, Asymmetry]) -> list[Verdict]:
    """Judge small-study effects by the tests on sample size."""
    verdicts = []
    for task, a in found.items():
        quiet = [n for n in a.p if n not in a.alarms]
        positive = all(a.stats[n] > 0 for n in quiet)
        sure: Sure = "suggestive" if a.on_size and positive else "not shown"
        why = f"{headed(out_of(len(a.on_size), len(quiet), 'test on sample size', 'have', 'tests on sample size'))} p below 0.05; the rank correlation takes the rows of a paper for independent. {egger_words(a)}"
        verdicts.append(Verdict(f"{task}: small studies report more than large ones", sure, why))
    return verdicts


def on_noise(envelopes: dict[str, NoiseEnvelope], records: dict[str, Records]) -> list[Verdict]:
    """Judge how much of the scatter, and how many of the new bests, are sampling noise."""
    found = []
    if envelopes:
        words = listed([f"{t} {percent(e.share_sampling, 0)}" for t, e in envelopes.items()])
        low = all(e.share_sampling < 0.5 for e in envelopes.values())
        what = (
            "Most differences between accuracies are more than sampling noise"
            if low
            else "Much of the difference between accuracies is sampling noise"
        )
        found.append(Verdict(what, "counted", f"Share of the variance that is sampling: {words}."))
    number, below = sum(r.n_records for r in records.values()), sum(r.n_below_noise for r in records.values())
    if number:
        why = f"{headed(out_of(below, number, 'new best', 'lie'))} within 1.96 standard errors of the one before; few new bests make this a description, not a test."
        found.append(
            Verdict("Most new bests are no more than noise" if below / number > 0.5 else "New bests are more than noise", "counted", why)
        )
    return found


def on_limits(found: dict[str, LearningCurveResult]) -> list[Verdict]:
    """Judge what the bias-corrected learning curves tell."""
    if not found:
        return []
    open_ = [t for t, f in found.items() if poorly_known(f)]
    sure = [t for t in found if t not in open_]
    bounded = [
        f"{t} {percent(f.corrected, 0)} ({percent(f.corrected_interval[0], 0)} to {percent(f.corrected_interval[1], 0)})"
        for t, f in found.items()
    ]
    why = (
        f"Corrected accuracy at each task's largest sample size: {listed(bounded)}. The limit for ever larger samples is open for {listed(open_)}."
        if open_
        else f"Limits are told for {listed(sure)}."
    )
    return [Verdict("How far larger samples could lead without over-optimism", "not shown" if open_ else "suggestive", why)]


def on_contests(found: list[Contest]) -> list[Verdict]:
    """Judge the leaderboards."""
    if not found:
        return []
    inside = [c for c in found if c.verdict != "more"]
    why = f"In {len(inside)} of {len(found)} the winner's gain over the best tenth is within evaluation noise or below the overfit. The spread over teams stands for the noise; it also holds real differences between teams."
    most = "most" if len(inside) > len(found) / 2 else "some" if inside else "no"
    return [Verdict(f"In {most} competitions the winner's lead is no more than evaluation noise", "counted", why)]


CAUSES = (
    "A trend with sample size can come from unpublished results, from tuning that small samples hide, or from small samples that are easier than large,"
    " mixed ones; these data cannot tell which."
)
TOO_FEW = "There are too few studies for any verdict."


def _judged(e: Evidence, publication: PublicationSpec | None) -> list[Verdict]:
    return [
        *on_growth(over_time.growth(e.literature)),
        *on_trends(regressions.fits(e)),
        *on_tail(regressions.quantiles(e)),
        *on_asymmetry(asymmetry.tested(e)),
        *on_noise(noise_panels.enveloped(e), noise_panels.new_bests(e)),
        *on_limits(limits.curves(e)),
        *on_contests(boards.compared(e)[0]),
        *(publication.verdicts(e) if publication and publication.verdicts else []),
    ]


def _panel(subject: Subject, options: Mapping[str, Any]) -> Panel:
    del options
    e, publication = Evidence.of(subject.data), publication_of(subject.definition)
    found, rows = _judged(e, publication), e.literature.rows
    complete = rows.dropna(subset=["estimate", "n", "year"])
    lead = (
        f"Here: {e.literature.label}, {counted(len(rows), 'row')} in use, {counted(int(rows['estimate'].notna().sum()), 'accuracy', 'accuracies')}, {len(complete):,} with"
        f" sample size and year, from {counted(e.literature.papers, 'paper')}."
    )
    shown = Verdicts(tuple(found), "Where the paper's method is fragile." if e.own else "Where the paper is fragile.")
    return Panel(
        "verdicts",
        "What was found, and how sure it is",
        None,
        CAUSES if found else f"{TOO_FEW} {publication.sources if publication else ''}".rstrip(),
        rows=[shown] if found else [],
        lead=lead,
        kind="verdicts",
        facts=() if e.own else _facts(e),
    )


def _facts(e: Evidence) -> tuple[tuple[str, str], ...]:
    files, competitions, counts = source_counts(e.con)
    imported = (
        f"{counted(len(e.literature.rows), 'row')} in use, {counted(competitions, 'competition')}, {counted(counts, 'publication count')}"
    )
    return (("Sources", ", ".join(files) or "none"), ("Imported", imported))


PANELS = (PanelSpec("verdicts", _panel, "report", "each finding with how sure it is, and where the publication's own is fragile"),)
