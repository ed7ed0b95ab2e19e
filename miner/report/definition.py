"""A report's definition: what it asks, of which effects, and which panels it shows in which order."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Texts(_Table):
    """Texts of the author's: before all, on the limits, and above single panels (by their names)."""

    introduction: str | None = None
    """Stands before all panels."""
    """Stands before all panels."""
    """Stands before all panels."""
    limits: str | None = None
    """Stands among the report's limits."""
    """Stands among the report's limits."""
    """Stands among the report's limits."""
    panels: dict[str, str] = {}
    """By panel: a text above it."""
    """By panel: a text above it."""
    """By panel: a text above it."""


class Definition(_Table):
    """One report, as its file says."""

    title: Annotated[str, Field(min_length=1)]
    """The title; ``{metric}`` in it stands for the metric, or for "performance" where there are several."""
    """The title; ``{metric}`` in it stands for the metric, or for "performance" where there are several."""
    """The title; ``{metric}`` in it stands for the metric, or for "performance" where there are several."""
    question: Annotated[str, Field(min_length=1)]
    """Shown where the report is on no job, whose own question goes first."""
    """Shown where the report is on no job, whose own question goes first."""
    """Shown where the report is on no job, whose own question goes first."""
    query: Annotated[str, Field(min_length=1)] = "effects"
    """``effects`` (the job's), the name of a query, or a SELECT that returns ``estimate`` and ``n``; ``$job`` in it is the job's name."""
    """``effects`` (the job's), the name of a query, or a SELECT that returns ``estimate`` and ``n``; ``$job`` in it is the job's name."""
    """``effects`` (the job's), the name of a query, or a SELECT that returns ``estimate`` and ``n``; ``$job`` in it is the job's name."""
    groups: Annotated[list[str], Field(min_length=1)] = ["task"]
    """Columns: the first is told apart by colour and groups forest plots; each has pooled values of its own in ``subgroups``."""
    """Columns: the first is told apart by colour and groups forest plots; each has pooled values of its own in ``subgroups``."""
    """Columns: the first is told apart by colour and groups forest plots; each has pooled values of its own in ``subgroups``."""
    moderators: Annotated[list[str], Field(min_length=1)] = ["log10_n", "year", "task"]
    """Columns, or ``log10_n``, that the panel ``regression`` puts into one model."""
    """Columns, or ``log10_n``, that the panel ``regression`` puts into one model."""
    """Columns, or ``log10_n``, that the panel ``regression`` puts into one model."""
    panels: Annotated[list[str], Field(min_length=1)]
    """What is drawn, in order: ``miner report --list`` names them."""
    """What is drawn, in order: ``miner report --list`` names them."""
    """What is drawn, in order: ``miner report --list`` names them."""
    texts: Texts = Texts()
    """Texts of the author's."""
    """Texts of the author's."""
    """Texts of the author's."""
    options: dict[str, dict[str, Any]] = {}
    """By panel: its options."""
    """By panel: its options."""
    """By panel: its options."""

    @field_validator("panels")
    @classmethod
    def _exist(cls, panels: list[str]) -> list[str]:
        for i, name in enumerate(panels):
            if name in panels[:i]:
                raise ValueError(f"the panel {name!r} stands there twice | leave one out")
        return panels
