"""A job's literature laid beside the reviews', figure by figure."""

from __future__ import annotations

from miner.report.formats.parts import Table, interval, p_text, percent, signed
from miner.report.panels import Panel
from miner.report.tasks.evidence import Evidence, task_panel
from miner.report.tasks.literature import REGRESSED, from_reviews
from miner.report.tasks.noise_panels import enveloped
from miner.report.tasks.regressions import fits
from miner.report.tasks.slopes import OLS, PRIMARY, THREE_LEVEL, TITLES


def side_by_side(done: Evidence) -> Table | None:
    """Return the figures of both for each task; None where no review has been imported."""
    reviews = from_reviews(done.con)
    if reviews.rows.empty:
        return None
    other = Evidence(done.con, reviews)
    rows: list[tuple[str, ...]] = []
    for task in dict.fromkeys((*other.tasks, *done.tasks)):
        pair = [_figures(a, task) for a in (other, done)]
        rows += [(task, label, a, b) for label, a, b in zip(pair[0], pair[0].values(), pair[1].values(), strict=True)]
    label = done.literature.label
    columns = (("Task", False), ("Figure", False), ("The paper's reviews", True), (label[0].upper() + label[1:], True))
    return Table("Side by side", columns, tuple(rows), "Slopes in percentage points, with 95 % intervals. A dash: too few accuracies.")


def _figures(a: Evidence, task: str) -> dict[str, str]:
    frame = a.literature.of_task(task)
    out = {
        "Accuracies with size and year": str(len(frame)),
        "Median sample size": f"{frame['n'].median():,.0f}" if len(frame) else "–",
        "Median accuracy": percent(float(frame["estimate"].median())) if len(frame) else "–",
    }
    if task in REGRESSED:
        for model in (PRIMARY, THREE_LEVEL, OLS):
            for what, digits in (("size", 1), ("year", 2)):
                s = fits(a).tasks[task].get(model, what) if task in fits(a).tasks else None
                name = f"Per {'tenfold n' if what == 'size' else 'year'}, {TITLES[model][0].lower()}{TITLES[model][1:]}"
                out[name] = (
                    f"{signed(s.estimate, digits)} ({interval(s.low, s.high, digits)}), p {'' if s.p < 0.001 else '= '}{p_text(s.p)}"
                    if s
                    else "–"
                )
    e = enveloped(a).get(task)
    out["Outside the noise envelope"] = percent(e.frac_outside_95, 0) if e else "–"
    return out


def _panel(evidence: Evidence) -> Panel | None:
    table = side_by_side(evidence) if evidence.own else None
    return Panel("side-by-side", "Side by side: the reviews' tables and the literature itself", None, "", table=table) if table else None


PANELS = (task_panel("side-by-side", _panel, "a job's literature beside the reviews' tables, figure by figure"),)
