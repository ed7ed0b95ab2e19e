"""The figures that Varoquaux & Cheplygina (2022) print, and how these data compare; what they say stands in the report's definition.

Varoquaux G, Cheplygina V (2022). Machine learning for medical imaging: methodological failures and recommendations for the future.
npj Digital Medicine 5:48. doi:10.1038/s41746-022-00592-y
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from miner.digits import STORED, significant
from miner.report.formats.parts import Agreement, Comparison, Table, listed, p_text, percent, signed
from miner.report.panels import Panel
from miner.report.publication import PublicationSpec
from miner.report.tasks import boards, over_time, regressions, topics
from miner.report.tasks.evidence import Evidence, once, task_panel
from miner.report.tasks.literature import REGRESSED, jittered
from miner.report.tasks.slopes import OLS, PRIMARY
from miner.report.tasks.verdicts import Verdict
from miner.say import counted, headed, out_of, outcome, p_is

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from miner.meta.models.linear import LinearFit
    from miner.report.tasks.boards import Contest
    from miner.report.tasks.literature import Literature
    from miner.report.tasks.regressions import Fits
    from miner.report.tasks.topics import Series

TERMS = ("Intercept", "ln n", "Year")
FIGURES = ("coefficient", "standard error", "t", "p")
# Rows and figures of the regression tables, with as many digits as statsmodels prints.
PRINTED = {
    "pMCI vs sMCI": (
        ("-13.9233", "5.041", "-2.762", "0.006"),
        ("-0.0352", "0.012", "-2.945", "0.004"),
        ("0.0074", "0.003", "2.943", "0.004"),
    ),
    "AD vs HC": (("-3.8706", "3.990", "-0.970", "0.335"), ("-0.0187", "0.009", "-2.013", "0.047"), ("0.0024", "0.002", "1.214", "0.228")),
}
PRINTED_R2 = {"pMCI vs sMCI": "0.085", "AD vs HC": "0.049"}
PRINTED_K = {"pMCI vs sMCI": 166, "AD vs HC": 86}
ROWS = 588
# Figure 3 of the paper: competitions whose winner gains more than the evaluation noise, of eight.
ABOVE_NOISE = ("COVID-19 abnormalities", "Nerve segmentation")
OF_EIGHT = 8


@dataclass(frozen=True, slots=True)
class Reproduction:
    """The printout of the paper's script made again: how many figures are the same, and the table of both."""

    same: int
    total: int
    table: Table
    tasks: tuple[str, ...]


def reproduce(literature: Literature) -> Reproduction | None:
    """Fit the paper's regressions with its own random jitter of the years (seed 42), and compare with what its script prints.

    Returns None where the literature is not the paper's 588 rows.
    """
    if len(literature.rows) != ROWS:
        return None
    with_jitter = jittered(literature)
    tasks = tuple(t for t in REGRESSED if len(literature.of_task(t)) == PRINTED_K[t])
    rows: list[tuple[str, ...]] = []
    same = 0
    for task in tasks:
        lines, equal = _compared(task, *(_regression(source.of_task(task)) for source in (with_jitter, literature)))
        rows += lines
        same += equal
    total = len(tasks) * (len(TERMS) * len(FIGURES) + 2)  # and R² and k
    columns = (
        ("Task", False), ("Term", False), ("Printed by the script", True), ("Here, with its jitter", True), ("The same", True),
        ("Here, without jitter", True), ("Standard error", True), ("p", True),
    )  # fmt: skip
    note = "Printed: coefficient, standard error, t and p. The script adds up to 0.3 years of noise to each year, for its figures, before it fits; the columns without jitter are the fit to the real years."
    return Reproduction(same, total, Table("The paper's regression tables, made again", columns, tuple(rows), note), tasks)


def _regression(frame: pd.DataFrame) -> LinearFit:
    from miner.meta.models.linear import linear

    return linear(frame["estimate"], {"ln_n": np.log(frame["n"]), "year": frame["year"]})


def _compared(task: str, with_jitter: LinearFit, without: LinearFit) -> tuple[list[tuple[str, ...]], int]:
    """Return a task's lines of the table, and how many of the printed figures come out."""
    rows: list[tuple[str, ...]] = []
    same = 0
    for j, (term, printed) in enumerate(zip(TERMS, PRINTED[task], strict=True)):
        here = _printed(with_jitter, j)
        equal = sum(a == b for a, b in zip(here, printed, strict=True))
        exact = (f"{significant(v[j], STORED):.8f}" for v in (without.coef, without.se))
        rows.append((task, term, " · ".join(printed), " · ".join(here), f"{equal} of {len(FIGURES)}", *exact, p_text(float(without.p[j]))))
        same += equal
    r2 = f"{significant(with_jitter.r2):.3f}"
    printed_here = (f"{PRINTED_R2[task]} · {PRINTED_K[task]}", f"{r2} · {with_jitter.n}")
    rows.append((task, "R², k", *printed_here, "", f"{significant(without.r2, STORED):.8f}", "", ""))
    return rows, same + (r2 == PRINTED_R2[task]) + (with_jitter.n == PRINTED_K[task])


def _printed(fit: Any, j: int) -> tuple[str, str, str, str]:
    return (
        f"{significant(fit.coef[j]):.4f}",
        f"{significant(fit.se[j]):.3f}",
        f"{significant(fit.t[j]):.3f}",
        f"{significant(fit.p[j]):.3f}",
    )


def on_sizes(growth: Mapping[str, Any], literature: Literature) -> Comparison:
    """Compare with figure 1a."""
    if not growth or np.isnan(growth["rate"]):
        return Comparison("cannot be told", "There are too few studies with a size and a year.")
    n = literature.sizes["n"].dropna()
    grows = growth["rate"] > 0 and growth["p"] < 0.05
    figures = f"{growth['words']} {headed(out_of(int((n > 1000).sum()), len(n), 'study', 'have', many='studies'))} more than 1,000 participants; the median is {n.median():,.0f}."
    return Comparison("agrees" if grows else "differs" if growth["p"] < 0.05 else "cannot be told", figures)


def on_years() -> Comparison:
    """Say what the paper has of accuracy by year."""
    return Comparison(
        "cannot be told",
        "Curves by year alone mix the rise with time and the fall with size, which grew together: see the regressions.",
    )


def on_accuracy(fits: Fits) -> Comparison:
    """Compare with figure 1b."""
    fitted = [(t, s) for t in REGRESSED if t in fits.tasks and (s := fits.tasks[t].get(PRIMARY))]
    if not fitted:
        return Comparison("cannot be told", "No task has enough accuracies for a regression.")
    words = [f"{t} {signed(s.estimate)} points for a tenfold size ({outcome(s.low, s.high, s.p)})" for t, s in fitted]
    worse, better = all(s.estimate < 0 for _, s in fitted), any(s.estimate > 0 and s.p < 0.05 for _, s in fitted)
    firm = all(s.p < 0.05 for _, s in fitted)
    agreement: Agreement = "differs" if better else "agrees" if worse and firm else "agrees in part"
    # A rise of two points for a tenfold sample is taken for none.
    flat = " The intervals leave no room for a rise of two points or more; that accuracy falls is not beyond doubt."
    ending = (
        ""
        if firm or better
        else flat
        if all(s.high < 2 for _, s in fitted)
        else " Neither a fall nor a rise is told apart from chance throughout."
    )
    return Comparison(agreement, f"Primary model: {listed(words)}.{ending}")


def on_periods(fits: Fits) -> Comparison:
    """Compare with figure 1c."""
    fitted = [(t, s) for t in REGRESSED if t in fits.tasks and (s := fits.tasks[t].get(PRIMARY, "year"))]
    if not fitted:
        return Comparison("cannot be told", "No task has enough accuracies for a regression.")
    words = [f"{t} {signed(s.estimate, 2)} points a year at the same size ({p_is(s.p)})" for t, s in fitted]
    rising = [s.estimate > 0 and s.p < 0.05 for _, s in fitted]
    agreement: Agreement = "agrees" if all(rising) else "agrees in part" if any(rising) else "cannot be told"
    return Comparison(agreement, f"Primary model: {listed(words)}.")


def on_regressions(fits: Fits, made: Reproduction | None) -> Comparison:
    """Compare with the regressions of the supplement."""
    agreement: Agreement
    if made is not None and made.tasks:
        agreement = "agrees" if made.same == made.total else "differs"
        figures = f"With the script's own jitter {made.same} of {made.total} printed figures come out the same. "
    else:
        agreement, figures = "cannot be told", "These are other studies than the paper's. "
        fitted = {t: s for t in REGRESSED if t in fits.tasks and (s := fits.tasks[t].get(OLS))}
        if fitted:
            agreement = (
                "agrees"
                if all(s.estimate < 0 for s in fitted.values()) and any(s.p < 0.05 for s in fitted.values())
                else "differs"
                if all(s.estimate > 0 for s in fitted.values())
                else "agrees in part"
            )
    below = [f"{t} {sum(s.p < 0.05 for s in f.size)} of {len(f.size)}" for t, f in fits.tasks.items() if t in REGRESSED]
    return Comparison(agreement, figures + (f"Models with p below 0.05 on sample size: {listed(below)}." if below else ""))


def on_boards(found: list[Contest]) -> Comparison:
    """Compare with figure 3."""
    known = [c for c in found if c.known.title != c.known.competition]
    if not known:
        return Comparison("cannot be told", "No leaderboard of the paper has been imported.")
    same = [c for c in known if (c.verdict == "more") == (c.known.title in ABOVE_NOISE)]
    words = f"{len(same)} of {counted(len(known), 'competition')} come out as in the paper"
    words += f"; {OF_EIGHT - len(known)} of its {OF_EIGHT} were not imported." if len(known) < OF_EIGHT else "."
    return Comparison("agrees" if len(same) == len(known) else "agrees in part" if same else "differs", words)


def on_topics(series: Series | None) -> Comparison:
    """Compare with figure 2."""
    found = {s.topic: dict(zip(s.years, s.percent, strict=True)) for s in series.shares} if series else {}
    lung = found.get("lung_ai", {})
    if not {2016, max(lung, default=0)} <= set(lung) or max(lung) <= 2016:
        return Comparison("cannot be told", "There are no counts of lung cancer in the AI literature from before and after 2016.")
    last = max(lung)
    rise = lung[last] - lung[2016]
    others = {t: v[last] - v[2016] for t, v in found.items() if t != "lung_ai" and {2016, last} <= set(v)}
    words = f"Lung in AI {percent(lung[2016] / 100)} in 2016, {percent(lung[last] / 100)} in {last} ({signed(rise)} points)"
    words += f"; the others change by {listed([signed(v) for v in others.values()])} points." if others else "."
    stands_out = rise > 0 and all(rise > 2 * abs(v) for v in others.values())
    return Comparison("agrees" if stands_out else "agrees in part" if rise > 0 else "differs", words)


@once
def printout(evidence: Evidence) -> Reproduction | None:
    """Return the paper's own regressions made again, where these are its rows."""
    return None if evidence.own else reproduce(evidence.literature)


def _printout_panel(evidence: Evidence) -> Panel | None:
    made = printout(evidence)
    if made is None:
        return None
    reading = (
        f"With the script's own random jitter (seed 42), {made.same} of {counted(made.total, 'figure')} of the paper's regression tables come out with the digits"
        " that its script prints."
    )
    return Panel("printout", "Reproduction of the printout", None, reading, table=made.table)


def _field(evidence: Evidence) -> Comparison:
    return on_topics(next(iter(topics.by_source(evidence)), None))


def _verdicts(evidence: Evidence) -> list[Verdict]:
    """Judge whether lung cancer's share of the AI literature rose."""
    compared = _field(evidence)
    if compared.agreement == "cannot be told":
        return []
    why = f"{compared.figures} That competitions caused it is a guess: nothing here tests it."
    finding = "The AI literature turned to lung cancer after 2016, the medical literature did not"
    return [Verdict(finding, "counted" if compared.agreement == "agrees" else "not shown", why)]


PUBLICATION = PublicationSpec(
    "varoquaux2022",
    {
        "sizes-by-year": lambda e: on_sizes(over_time.growth(e.literature), e.literature),
        "years-by-task": lambda _: on_years(),
        "accuracy-by-task": lambda e: on_accuracy(regressions.fits(e)),
        "periods": lambda e: on_periods(regressions.fits(e)),
        "models": lambda e: on_regressions(regressions.fits(e), printout(e)),
        "leaderboards": lambda e: on_boards(boards.compared(e)[0]),
        "topics": _field,
    },
    _verdicts,
    "Import the paper's sources (miner import --as sources --mapping varoquaux2022 FOLDER), or run a job.",
)
PANELS = (task_panel("printout", _printout_panel, "the regressions of Varoquaux & Cheplygina (2022) made again, digit for digit"),)
