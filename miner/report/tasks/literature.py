"""A body of literature as the panels take it: accuracies with their sample sizes, from reviews' tables or from the papers themselves."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from miner.say import counted
from miner.store.studies import read_study_rows
from miner.studies.clean import UNREAD

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

    from miner.studies.rows import StudyRow

# The paper's four tasks, and the two that it puts through a regression; the order is that of its interest.
TASKS = ("pMCI vs sMCI", "AD vs HC", "MCI vs AD", "MCI vs HC")
REGRESSED = ("pMCI vs sMCI", "AD vs HC")
# The choices of the data, by their ids.
AS_PAPER, TWO_GROUPS, WITH_LOST, ONCE, BELOW_ONE, BEST = "as-paper", "two-groups", "with-lost", "no-duplicates", "below-one", "best"
ENOUGH = 8  # accuracies of one of the paper's tasks, below which a literature is shown by its own tasks
# The order in which the paper's script joins the reviews: the random jitter of its years goes by it.
REVIEWS = ("sakai", "dallora", "wen", "arbabshirani", "gautam", "ansart")


@dataclass(frozen=True, slots=True)
class Literature:
    """The studies of one body of literature.

    Attributes
    ----------
    key, label : str
        A short name for identifiers, and one in words.
    rows : pandas.DataFrame
        Every accuracy or study in use, in order: ``id, task, estimate, n, n_task, year, cluster, paper, origin, reference``; ``estimate``,
        ``n`` and ``year`` may be missing.
    sizes : pandas.DataFrame
        One row a study with a sample size: ``n, year, origin``.
    aside : pandas.DataFrame
        Rows that could be read but are set aside; the same columns, with ``reason``.
    """

    key: str
    label: str
    rows: pd.DataFrame = field(repr=False)
    sizes: pd.DataFrame = field(repr=False)
    aside: pd.DataFrame = field(repr=False)

    def of_task(self, task: str, *, sized: bool = True) -> pd.DataFrame:
        """Return the accuracies of a task: those with sample size and year, or those with a year."""
        part = self.rows[(self.rows["task"] == task) & self.rows["estimate"].notna() & self.rows["year"].notna()]
        return (part[part["n"].notna()] if sized else part).reset_index(drop=True)

    @property
    def tasks(self) -> tuple[str, ...]:
        """The paper's tasks that have an accuracy with a sample size; where each of them has only a few, the most frequent tasks."""
        known = {t: len(self.of_task(t)) for t in TASKS}
        if max(known.values()) >= ENOUGH:
            return tuple(t for t, k in known.items() if k)
        counts = self.rows.dropna(subset=["estimate", "n", "year"])["task"].value_counts()
        return tuple(sorted(counts.index, key=lambda t: (-counts[t], t))[:4])

    @property
    def papers(self) -> int:
        """How many papers there are, one that two reviews list counted once."""
        return int(self.rows["paper"].nunique())


def from_reviews(con: duckdb.DuckDBPyConnection) -> Literature:
    """Return the studies of the paper's reviews; where none of them was imported, those of all reviews that were."""
    import pandas as pd

    every = read_study_rows(con)
    rows = [r for r in every if r.review in REVIEWS] or every
    known = {name: i for i, name in enumerate(REVIEWS)}
    rows = sorted(rows, key=lambda r: known.get(r.review, len(known)))  # stable: the order within a review stays
    used = [r for r in rows if r.used and r.metric == "accuracy"]
    aside = _frame([r for r in rows if r.aside])
    aside["reason"] = [r.reason for r in rows if r.aside]
    studies = {(r.review, r.row): r for r in reversed(rows) if r.n is not None and _is_study(r)}
    sizes = pd.DataFrame([(r.n, r.year, r.origin) for r in studies.values()], columns=["n", "year", "origin"]).astype(
        {"n": float, "year": float}
    )
    reviews = len({r.review for r in used})
    return Literature(
        "reviews", f"the tables of {counted(reviews, 'review')}" if reviews != 1 else "the table of one review", _frame(used), sizes, aside
    )


def _is_study(row: StudyRow) -> bool:
    """Tell whether a row counts as a study: it is in use, or only its accuracy could not be read or is set aside."""
    return row.used or row.aside or (row.reason or "").startswith(UNREAD)


def _cited(row: StudyRow) -> str:
    """Return the paper as reviews cite it: first author, year, and the letter that tells papers of one year apart."""
    letter = re.search(r"(?:19|20)\d\d([a-z])\b", row.reference)
    return row.paper_key + (letter[1] if letter else "")


def _frame(rows: list[StudyRow]) -> pd.DataFrame:
    import pandas as pd

    frame = pd.DataFrame(
        [
            (f"{r.review}:{r.row}:{r.item}", r.task, r.estimate, r.n, r.n_task, r.year, r.study, _cited(r), r.origin, r.reference)
            for r in rows
        ],
        columns=["id", "task", "estimate", "n", "n_task", "year", "cluster", "paper", "origin", "reference"],
    )
    return frame.astype(dict.fromkeys(("estimate", "n", "n_task", "year"), float))


def from_effects(effects: pd.DataFrame, label: str) -> Literature:
    """Return the literature of extracted effects (see :func:`miner.report.data.load`): one accuracy a study and task."""
    rows = effects[effects["metric"] == "accuracy"].reset_index(drop=True)
    study = rows["study_id"].fillna(rows["paper_id"]).fillna(rows["effect_id"])
    frame = rows[["task", "estimate", "n", "year"]].copy()
    frame.insert(0, "id", rows["effect_id"])
    frame["task"] = frame["task"].fillna("no task named")
    frame["n_task"] = np.nan
    frame["cluster"], frame["paper"], frame["origin"], frame["reference"] = study, study, "extracted", rows["title"]
    frame = frame.astype(dict.fromkeys(("estimate", "n", "n_task", "year"), float))
    sizes = frame.groupby("cluster", sort=False).agg(n=("n", "max"), year=("year", "min")).reset_index(drop=True)
    sizes["origin"] = "extracted"
    return Literature("extracted", label, frame, sizes, frame.iloc[:0].assign(reason=None))


@dataclass(frozen=True, slots=True)
class Variant:
    """One choice of the data, known by its ``id``: which rows, and which sample size."""

    id: str
    task: str
    name: str
    why: str
    frame: pd.DataFrame = field(repr=False)


def variants(literature: Literature) -> list[Variant]:
    """Return the choices of the data whose effect on the trend is shown, for each task of the regressions; the first of each is the paper's.

    A choice that changes nothing in these data is left out.
    """
    found: list[Variant] = []
    for task in (t for t in REGRESSED if t in literature.tasks):
        base = literature.of_task(task)
        both = base.assign(n=base["n_task"].fillna(base["n"]))
        lost = literature.aside[(literature.aside["task"] == task) & literature.aside["n"].notna()]
        best = base.loc[sorted(base.groupby("cluster", sort=False)["estimate"].idxmax())].reset_index(drop=True)
        choices = [
            (AS_PAPER, "as the paper has them", "the rows and sizes of the paper's script", base),
            (
                TWO_GROUPS,
                "n of the two groups",
                "the size of the two groups compared, where the review tells it, in place of all participants",
                both,
            ),
            (WITH_LOST, "with the lost row", "with what the paper's script loses in reading", with_lost(base, lost)),
            (ONCE, "no duplicates", "the same accuracy, size, year and paper counted once", base[~duplicated(base)].reset_index(drop=True)),
            (
                BELOW_ONE,
                "accuracy below 1",
                "without perfect accuracies, which have no logit",
                base[base["estimate"] < 1].reset_index(drop=True),
            ),
            (BEST, "best accuracy of a paper", "one row a paper: its best", best),
        ]
        found += [Variant(own, task, name, why, frame) for own, name, why, frame in choices if own == AS_PAPER or not _same(frame, base)]
    return found


def with_lost(base: pd.DataFrame, lost: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with those that were set aside, in the order of their identifiers' first appearance."""
    import pandas as pd

    return pd.concat([base, lost[base.columns]], ignore_index=True) if len(lost) else base


def duplicated(frame: pd.DataFrame) -> pd.Series[bool]:
    """Tell which rows repeat an earlier one: the same accuracy, size, year and paper."""
    keys = frame.assign(estimate=frame["estimate"].round(10))[["task", "estimate", "n", "year", "paper"]]
    return keys.duplicated() & frame["estimate"].notna()


def _same(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    return len(one) == len(other) and bool((one["n"].to_numpy() == other["n"].to_numpy()).all())


def jittered(literature: Literature, seed: int = 42) -> Literature:
    """Return the literature with the original's jitter: up to 0.3 years added to each row's year, from one stream over all rows in order."""
    noise = 0.3 * np.random.RandomState(seed).uniform(size=len(literature.rows))  # the original's generator
    return replace(literature, rows=literature.rows.assign(year=literature.rows["year"] + noise))
