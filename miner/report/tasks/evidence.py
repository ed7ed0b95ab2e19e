"""All that is computed of a literature task by task, each part once a report and only where a panel asks for it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from miner.report.tasks import asymmetry, boards, flaws, limits, noise_panels, published, regressions, topics
from miner.report.tasks.literature import REGRESSED, Literature, from_effects, from_reviews, variants

if TYPE_CHECKING:
    import duckdb

    from miner.report.data import ReportData

KEY = "tasks"


class Evidence:
    """A literature with its models and tests: the job's effects, or the reviews' tables where a report is on no job."""

    def __init__(self, con: duckdb.DuckDBPyConnection, literature: Literature, *, own: bool = True) -> None:
        self.con, self.literature, self.own = con, literature, own

    @classmethod
    def of(cls, data: ReportData) -> Evidence:
        """Return the evidence of a report, which all of its panels share."""
        if KEY not in data.shared:
            if data.con is None:
                raise ValueError("the report's data were made without a reader of the snapshot")
            literature = from_effects(data.effects, f"the papers of the job {data.job}") if data.job else from_reviews(data.con)
            data.shared[KEY] = cls(data.con, literature, own=data.job is not None)
        found: Evidence = data.shared[KEY]
        return found

    @property
    def tasks(self) -> tuple[str, ...]:
        """The tasks in the order of their colours."""
        return self.literature.tasks

    @cached_property
    def main(self) -> tuple[str, ...]:
        """The tasks whose trends are modelled."""
        return tuple(t for t in REGRESSED if t in self.tasks) or self.tasks[:2]

    @cached_property
    def fits(self) -> regressions.Fits:
        """The slopes of every model under every choice of the data."""
        return regressions.fit_all(self.literature, self.main, variants(self.literature))

    @cached_property
    def quantiles(self) -> dict[str, Any]:
        """Slopes of low, middle and high accuracies."""
        return regressions.quantile_fits(self.literature, self.main)

    @cached_property
    def asymmetry(self) -> dict[str, asymmetry.Asymmetry]:
        """Tests of small-study effects."""
        return asymmetry.run_tests(self.literature, self.main)

    @cached_property
    def envelopes(self) -> dict[str, Any]:
        """Sampling noise around a common accuracy."""
        return noise_panels.envelopes(self.literature, self.tasks)

    @cached_property
    def records(self) -> dict[str, Any]:
        """New bests."""
        return noise_panels.all_records(self.literature, self.tasks)

    @cached_property
    def curves(self) -> dict[str, Any]:
        """Bias-corrected learning curves."""
        return limits.fit_curves(self.literature, self.tasks)

    @cached_property
    def printout(self) -> published.Reproduction | None:
        """The paper's own regressions made again, where these are its rows."""
        return None if self.own else published.reproduce(self.literature)

    @cached_property
    def boards(self) -> tuple[list[boards.Contest], list[tuple[str, str]]]:
        """Competitions that can be compared, and those that cannot, with the reason."""
        return boards.contests(self.con)

    @cached_property
    def series(self) -> list[topics.Series]:
        """Shares of topics, by source of counts."""
        return topics.all_series(self.con)

    @cached_property
    def flaws(self) -> list[flaws.Flaw]:
        """Flaws of the reviews' tables."""
        return [] if self.own else flaws.find_flaws(self.con, self.literature, self.fits, *self.boards)
