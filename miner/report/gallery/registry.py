"""The panels by name: which function makes each, for what, and with which options."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from miner.errors import MetaError
from miner.meta.analysis.analyse import lost_words
from miner.report.panels import Panel
from miner.text.say import headed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from miner.report.gallery.subject import Subject

    Function = Callable[[Subject, Mapping[str, Any]], Panel | None]


@dataclass(frozen=True, slots=True)
class Entry:
    """A panel of the gallery.

    Attributes
    ----------
    place : str
        ``module:function`` below ``miner.report.gallery``; imported when it is drawn.
    scope : str
        Whether it is drawn once for each metric, or once for the report.
    summary : str
        What it shows, for lists.
    options : dict
        Options with their defaults.
    needs : str
        ``counts``: binomial shares; ``precision``: values with a known sampling variance, the others are left out; or nothing.
    """

    place: str
    scope: Literal["metric", "report"]
    summary: str
    options: dict[str, Any] = field(default_factory=dict)
    needs: Literal["", "counts", "precision"] = ""

    def draw(self, subject: Subject, options: Mapping[str, Any]) -> Panel | None:
        """Make the panel; None where it has nothing to do in this report, one without a figure where the values do not allow it."""
        module, _, name = self.place.partition(":")
        function: Function = getattr(import_module(f"miner.report.gallery.{module}"), name)
        try:
            fit = subject.fit_for(self.needs)
        except MetaError as error:
            title = headed(self.summary)
            return Panel(f"{subject.metric}-{name.replace('_', '-')}", title, None, f"Not drawn: {error.what}.")
        panel = function(fit, {**self.options, **options})
        lost = () if fit is subject or panel is None else lost_words(subject.sample)
        return replace(panel, warnings=(*panel.warnings, *lost)) if panel is not None and lost else panel


PANELS: dict[str, Entry] = {
    "flow": Entry("flow:flow", "report", "PRISMA 2020 flow of the records"),
    "studies-by-year": Entry("literature:by_year_and_source", "report", "papers in the analyses by year and source"),
    "accuracy-by-size": Entry("scatter:against_size", "metric", "values against sample size, with a smooth curve and sampling noise"),
    "by-year": Entry("scatter:by_year", "metric", "values by year of publication"),
    "forest": Entry("forest:forest", "metric", "each value with its interval, grouped", {"page": 60, "most": 300, "sort": "estimate"}),
    "subgroups": Entry("forest:subgroups", "metric", "pooled values of the definition's groups"),
    "funnel": Entry(
        "funnels:funnel", "metric", "contour-enhanced funnel on the standard error, and funnel on size", {"null": 0.5}, needs="precision"
    ),
    "trim-and-fill": Entry("funnels:trim_and_fill", "metric", "what the pooled value would be with a symmetric funnel", needs="precision"),
    "selection": Entry(
        "selection:selection",
        "metric",
        "weights of a model in which significance decides what is published",
        {"null": 0.5},
        needs="precision",
    ),
    "baujat": Entry("influence:baujat", "metric", "which studies bring heterogeneity, and which move the mean", needs="precision"),
    "leave-one-out": Entry("influence:leave_one_out", "metric", "the pooled value without each study", needs="precision"),
    "quantiles": Entry("slopes:quantiles", "metric", "slopes on sample size of low, middle and high values"),
    "interaction": Entry("slopes:interaction", "metric", "whether the trend with size changes over the years", needs="counts"),
    "regression": Entry("slopes:regression", "metric", "one model of all of the definition's moderators", needs="counts"),
    "records": Entry("records:records", "metric", "new best values, and which of them are within noise", needs="counts"),
    "tests": Entry("tests:tests", "metric", "all models and tests with what they assume"),
    "reviews": Entry("literature:reviews", "report", "the studies of published reviews, where they are imported"),
    "studies": Entry("literature:studies", "report", "the table of studies with the sentence behind each value"),
}
