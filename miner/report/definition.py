"""A report's definition: what it asks, of which effects, and which panels it shows in which order."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Texts(_Table):
    """Texts of the author's: before all, on the limits, and above single panels (by their names)."""

    introduction: str | None = None
    limits: str | None = None
    panels: dict[str, str] = {}


class Definition(_Table):
    """One report, as its file says.

    Attributes
    ----------
    title : str
        ``{metric}`` in it stands for the metric, or for "performance" where there are several.
    question : str
        Shown where the report is on no job, whose own question goes first.
    query : str
        ``effects`` (the job's effects), the name of a query, or a SELECT that returns ``estimate`` and ``n``, and further columns of
        ``v_effect`` where it has them; ``$job`` in it is the job's name.
    groups : list of str
        Columns: the first is told apart by colour and groups forest plots, each has pooled values of its own in ``subgroups``.
    moderators : list of str
        Columns (or ``log10_n``) that the panel ``regression`` puts into one model.
    panels : list of str
        Names of the gallery, in order.
    texts : Texts
    options : dict
        By panel: its options.
    """

    title: Annotated[str, Field(min_length=1)]
    question: Annotated[str, Field(min_length=1)]
    query: Annotated[str, Field(min_length=1)] = "effects"
    groups: Annotated[list[str], Field(min_length=1)] = ["task"]
    moderators: Annotated[list[str], Field(min_length=1)] = ["log10_n", "year", "task"]
    panels: Annotated[list[str], Field(min_length=1)]
    texts: Texts = Texts()
    options: dict[str, dict[str, Any]] = {}

    @field_validator("panels")
    @classmethod
    def _exist(cls, panels: list[str]) -> list[str]:
        for i, name in enumerate(panels):
            if name in panels[:i]:
                raise ValueError(f"the panel {name!r} stands there twice | leave one out")
        return panels
