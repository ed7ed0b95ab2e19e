"""The flaws that the sources hold, counted from the data, each with what it does to the result."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from miner.digits import significant
from miner.report.formats.parts import Table, counted, listed, p_text, signed
from miner.report.panels import Panel
from miner.report.tasks.boards import compared
from miner.report.tasks.evidence import Evidence, task_panel
from miner.report.tasks.literature import AS_PAPER, BELOW_ONE, ONCE, REGRESSED, TWO_GROUPS, WITH_LOST, duplicated
from miner.report.tasks.regressions import fits
from miner.report.tasks.slopes import OLS, PRIMARY
from miner.store.studies import incomplete_rows

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

    from miner.report.tasks.boards import Contest
    from miner.report.tasks.literature import Literature
    from miner.report.tasks.regressions import Fits

SHOWN = 8
# Other names of the same groups: progressive or converting impairment, and stable or not converting.
_SAME = {"cmci": "pmci", "ncmci": "smci", "nc": "hc", "cn": "hc"}


@dataclass(frozen=True, slots=True)
class Flaw:
    """One flaw: what it is, how often, where, and what difference it makes."""

    what: str
    how_many: str
    where: str
    effect: str


def find_flaws(
    con: duckdb.DuckDBPyConnection, literature: Literature, fits: Fits, contests: list[Contest], lacking: list[tuple[str, str]]
) -> list[Flaw]:
    """Return the flaws of the sources that are there, the weightiest first."""
    return [
        *_lost(literature, fits),
        *_other_groups(literature, fits),
        *_duplicates(literature, fits),
        *_two_reviews(literature),
        *_several_rows(literature),
        *_no_size(literature),
        *_spellings(literature),
        *_perfect(literature, fits),
        *_left_out(con),
        *_boards(contests, lacking),
    ]


def _effect(fits: Fits, task: str, choice: str) -> str:
    """Say how the slope on sample size changes under a choice of the data, named by its id."""
    every = {v.id: fit for v, fit in fits.variants if v.task == task}
    base, other = every.get(AS_PAPER), every.get(choice)
    if base is None or other is None:
        return ""
    parts = []
    for model, label in ((OLS, "least squares"), (PRIMARY, "primary model")):
        a, b = base.get(model), other.get(model)
        if a and b:
            parts.append(f"{label} {signed(a.estimate)} → {signed(b.estimate)} points for a tenfold size (p {p_text(a.p)} → {p_text(b.p)})")
    return f"{task}: {'; '.join(parts)}." if parts else ""


def _named(frame: pd.DataFrame, limit: int = SHOWN) -> str:
    rows: list[tuple[Any, ...]] = list(frame.head(limit)[["reference", "task", "estimate", "n"]].itertuples(index=False))
    names = [f"{reference} ({task}, {significant(100 * estimate):.1f} %, n = {n:.0f})" for reference, task, estimate, n in rows]
    return "; ".join(names) + (f"; and {len(frame) - limit} more" if len(frame) > limit else "")


def _lost(literature: Literature, fits: Fits) -> list[Flaw]:
    lost = literature.aside
    if lost.empty:
        return []
    tasks = [t for t in REGRESSED if (lost["task"] == t).any()]
    what = "A row that the paper's script loses in reading: its pattern wants a space before the parenthesis"
    return [Flaw(what, counted(len(lost), "row"), _named(lost), " ".join(_effect(fits, t, WITH_LOST) for t in tasks))]


def _other_groups(literature: Literature, fits: Fits) -> list[Flaw]:
    found = []
    for task in (t for t in REGRESSED if t in literature.tasks):
        frame = literature.of_task(task)
        known = frame[frame["n_task"].notna()]
        more = known[known["n_task"] < known["n"]]
        if len(more):
            what = "Sample sizes that count other groups too than the two compared"
            where = f"{listed(sorted(more['origin'].unique()))}; the size given is {significant((more['n'] / more['n_task']).median()):.1f} times that of the two groups (median)"
            found.append(
                Flaw(
                    what,
                    f"{len(more)} of {counted(len(known), 'size')} of {task} for which the groups are told",
                    where,
                    _effect(fits, task, TWO_GROUPS),
                )
            )
    return found


def _duplicates(literature: Literature, fits: Fits) -> list[Flaw]:
    rows = literature.rows
    again = rows[duplicated(rows) & rows["n"].notna()]
    if again.empty:
        return []
    loose = rows.assign(paper=rows["paper"].str.replace(r"[a-z]$", "", regex=True))
    likely = rows[duplicated(loose) & ~duplicated(rows) & rows["n"].notna()]
    where = _named(again) + (f". Likely too, under another letter of the year: {_named(likely, 3)}" if len(likely) else "")
    effect = " ".join(_effect(fits, t, ONCE) for t in REGRESSED if (again["task"] == t).any())
    return [Flaw("Exact duplicates: the same accuracy, size, year and paper counted twice", counted(len(again), "row"), where, effect)]


def _two_reviews(literature: Literature) -> list[Flaw]:
    found = []
    for task in (t for t in REGRESSED if t in literature.tasks):
        frame = literature.of_task(task)
        reviews = frame.groupby("paper")["origin"].nunique()
        twice = sorted(reviews[reviews > 1].index)
        if twice:
            where = f"{listed(twice[:SHOWN])}{f' and {len(twice) - SHOWN} more' if len(twice) > SHOWN else ''} (first author and year)"
            effect = "Taken for different papers in all models but those that count duplicates once: p-values are somewhat too small."
            found.append(Flaw(f"Papers that stand in two reviews, {task}", counted(len(twice), "paper"), where, effect))
    return found


def _several_rows(literature: Literature) -> list[Flaw]:
    found = []
    for task in (t for t in REGRESSED if t in literature.tasks):
        frame = literature.of_task(task)
        sizes = frame["cluster"].value_counts()
        if len(frame) >= 1.2 * len(sizes):
            where = f"up to {counted(sizes.iloc[0], 'row')} from one paper; {counted(int((sizes > 1).sum()), 'paper has', 'papers have')} more than one"
            effect = (
                "Rows of a paper are alike, so that least squares takes the evidence for more than it is; the primary model and CR2 do not."
            )
            found.append(
                Flaw(
                    f"Several rows of one paper taken for independent, {task}",
                    f"{counted(len(frame), 'row')} from {counted(len(sizes), 'paper')}",
                    where,
                    effect,
                )
            )
    return found


def _no_size(literature: Literature) -> list[Flaw]:
    rows = literature.rows[literature.rows["estimate"].notna()]
    without = rows[rows["n"].isna()]
    if without.empty:
        return []
    origins = without["origin"].value_counts()
    where = "; ".join(f"{o}: {c}" for o, c in origins.items())
    return [
        Flaw(
            "Accuracies without a sample size",
            f"{len(without)} of {counted(len(rows), 'accuracy', 'accuracies')}",
            where,
            "They are in the figures by year, and in no regression.",
        )
    ]


def _spellings(literature: Literature) -> list[Flaw]:
    """Return labels that name one of the paper's tasks otherwise, which its script therefore leaves out."""
    canon = {_canonical(t): t for t in literature.tasks}
    labels = literature.rows[literature.rows["estimate"].notna()]["task"].dropna()
    other = labels[[t not in canon.values() and _canonical(t) in canon for t in labels]]
    if other.empty:
        return []
    counts = other.value_counts()
    where = "; ".join(
        f"{label} ({c}, the same as {canon[_canonical(str(label))]})"
        for label, c in sorted(counts.items(), key=lambda x: (-x[1], str(x[0])))
    )
    return [
        Flaw(
            "Rows whose task is spelled or named otherwise, and so not counted",
            counted(len(other), "row"),
            where,
            "Left out by the paper's script and here alike, so that the rows are the same.",
        )
    ]


def _canonical(task: str) -> tuple[str, ...]:
    sides = re.split(r"\s*vs\s*", task.casefold())
    return tuple(sorted(_SAME.get(s.strip(), s.strip()) for s in sides))


def _perfect(literature: Literature, fits: Fits) -> list[Flaw]:
    found = []
    for task in (t for t in REGRESSED if t in literature.tasks):
        frame = literature.of_task(task)
        perfect = frame[frame["estimate"] >= 1]
        if len(perfect):
            found.append(Flaw(f"Perfect accuracies, {task}", counted(len(perfect), "row"), _named(perfect), _effect(fits, task, BELOW_ONE)))
    return found


def _left_out(con: duckdb.DuckDBPyConnection) -> list[Flaw]:
    effect = "The paper's script drops a row with any empty cell, also of a column that it does not use."
    return [Flaw("Rows left out because a cell is empty", counted(count, "row"), origin, effect) for origin, count in incomplete_rows(con)]


def _boards(contests: list[Contest], lacking: list[tuple[str, str]]) -> list[Flaw]:
    found = []
    for c in contests:
        if c.gap.twice:
            effect = "Each is paired with each in the paper's script, which invents large differences."
            if c.once:
                effect += f" Without them the middle nine tenths go from {signed(c.once.p05, 3)} to {signed(c.once.p95, 3)} in place of {signed(c.gap.p05, 3)} to {signed(c.gap.p95, 3)}."
            found.append(
                Flaw(
                    f"Team names that stand twice on a board, {c.known.title}",
                    f"{c.gap.twice} of {c.gap.teams} pairs",
                    "names such as [Deleted]",
                    effect,
                )
            )
    if lacking:
        found.append(
            Flaw(
                "Competitions with only one readable board", str(len(lacking)), "; ".join(f"{t} ({r})" for t, r in lacking), "Not compared."
            )
        )
    return found


def _panel(evidence: Evidence) -> Panel | None:
    """Show the flaws of the reviews' tables; a job's own effects have none of these."""
    found = [] if evidence.own else find_flaws(evidence.con, evidence.literature, fits(evidence), *compared(evidence))
    if not found:
        return None
    columns = (("What", False), ("How many", False), ("Where", False), ("What it changes", False))
    table = Table("Flaws in the sources", columns, tuple((f.what, f.how_many, f.where, f.effect or "–") for f in found))
    reading = "None of these is corrected in the panels above, which take the rows as the paper's script does; what each changes stands beside it."
    return Panel("flaws", "Flaws in the sources", None, reading, table=table)


PANELS = (task_panel("flaws", _panel, "flaws of the reviews' tables, with what each changes"),)
