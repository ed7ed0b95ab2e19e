"""What a module of the gallery registers: a panel by its name, for what it is drawn, and its options."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from miner.errors import MetaError
from miner.meta.analysis.analyse import lost_words
from miner.report import figures
from miner.report.panels import Panel
from miner.say import headed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from miner.report.gallery.subject import Subject


@dataclass(frozen=True, slots=True)
class PanelSpec:
    """A panel of the gallery.

    Parameters
    ----------
    name : str
        What definitions call it.
    function : callable
        ``function(subject, options)`` gives the panel, or several; None where it has nothing to do in this report, one without a figure where
        the values do not allow it.
    scope : str
        Whether it is drawn once for each metric, or once for the report.
    summary : str
        What it shows, for lists.
    options : dict
        Options with their defaults; a definition may give others of the same type.
    needs : str
        ``counts``: binomial shares; ``precision``: values with a known sampling variance, the others are left out; or nothing.
    """

    name: str
    function: Callable[[Subject, Mapping[str, Any]], Panel | tuple[Panel, ...] | None]
    scope: Literal["metric", "report"]
    summary: str
    options: dict[str, Any] = field(default_factory=dict)
    needs: Literal["", "counts", "precision"] = ""

    def draw(self, subject: Subject, options: Mapping[str, Any]) -> list[Panel]:
        """Make the panel of the values that it can use; without a figure, and with the reason, where none can be used."""
        try:
            fit = subject.fit_for(self.needs)
        except MetaError as error:
            return [Panel(f"{subject.metric}-{self.name}", headed(self.summary), None, f"Not drawn: {error.what}.")]
        with figures.drawn_twice() as small:
            made = self.function(fit, {**self.options, **options})
        panels = [made] if isinstance(made, Panel) else list(made or ())
        panels = [replace(p, narrow=p.narrow or small.get(p.svg or "")) for p in panels]
        lost = () if fit is subject or not panels else lost_words(subject.sample)
        return [replace(p, warnings=(*p.warnings, *lost)) for p in panels] if lost else panels
