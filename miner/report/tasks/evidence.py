"""What panels of a literature task by task share: its rows, and what each module computes of them, once a report and only where a panel asks."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from miner.report.gallery.spec import PanelSpec
from miner.report.tasks.literature import REGRESSED, Literature, from_effects, from_reviews

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import duckdb

    from miner.report.data import ReportData
    from miner.report.gallery.subject import Subject
    from miner.report.panels import Panel

T = TypeVar("T")
KEY = "tasks"


class Evidence:
    """A literature: the job's effects, or the reviews' tables where a report is on no job. ``kept`` holds what was computed of it."""

    def __init__(self, con: duckdb.DuckDBPyConnection, literature: Literature, *, own: bool = True) -> None:
        self.con, self.literature, self.own = con, literature, own
        self.kept: dict[Callable[[Evidence], Any], Any] = {}

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

    @property
    def main(self) -> tuple[str, ...]:
        """The tasks whose trends are modelled."""
        return tuple(t for t in REGRESSED if t in self.tasks) or self.tasks[:2]


def once(compute: Callable[[Evidence], T]) -> Callable[[Evidence], T]:
    """Let a function of the evidence be computed once a report, whoever asks for it."""

    @wraps(compute)
    def kept(evidence: Evidence) -> T:
        if compute not in evidence.kept:
            evidence.kept[compute] = compute(evidence)
        found: T = evidence.kept[compute]
        return found

    return kept


def task_panel(name: str, make: Callable[[Evidence], Panel | tuple[Panel, ...] | None], summary: str) -> PanelSpec:
    """Return a panel that is made of the evidence alone, to be registered."""

    def panel(subject: Subject, options: Mapping[str, Any]) -> Panel | tuple[Panel, ...] | None:
        del options
        return make(Evidence.of(subject.data))

    return PanelSpec(name, panel, "report", summary)
