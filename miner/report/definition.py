"""A report's definition: what it asks, of which effects, and which panels it shows in which order."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Texts(_Table):
    """Texts of the author's."""

    introduction: str | None = None
    """Stands before all panels."""
    limits: str | None = None
    """Stands among the report's limits."""
    panels: dict[str, str] = {}
    """By panel: a text above it."""
    publication: dict[str, str] = {}
    """By panel: what the publication says of the same, which stands beside it."""


class Publication(_Table):
    """A publication that a report is laid beside."""

    citation: Annotated[str, Field(min_length=1)]
    """How it is cited."""
    url: str | None = None
    """Where it is found."""
    compared: str | None = None
    """The name under which its figures are registered, such as ``varoquaux2022``: panels with words of the publication say whether the data agree."""


class Section(_Table):
    """Panels under a heading of their own, or under none."""

    title: str | None = None
    """The heading."""
    panels: Annotated[list[str], Field(min_length=1)]
    """What is drawn, in order."""
    only_on_job: bool = False
    """Left out where the report is on everything."""


class Definition(_Table):
    """One report, as its file says."""

    title: Annotated[str, Field(min_length=1)]
    """The title; ``{metric}`` in it stands for the metric, or for "performance" where there are several."""
    title_on_job: str | None = None
    """The title where the report is on a job, if that is another."""
    question: Annotated[str, Field(min_length=1)]
    """Shown where the report is on no job, whose own question goes first."""
    query: Annotated[str, Field(min_length=1)] = "effects"
    """``effects`` (the job's), the name of a query, or a SELECT that returns ``estimate`` and ``n``; ``$job`` in it is the job's name."""
    groups: Annotated[list[str], Field(min_length=1)] = ["task"]
    """Columns: the first is told apart by colour and groups forest plots; each has pooled values of its own in ``subgroups``."""
    moderators: Annotated[list[str], Field(min_length=1)] = ["log10_n", "year", "task"]
    """Columns, or ``log10_n``, that the panel ``regression`` puts into one model."""
    panels: list[str] = []
    """What is drawn, in order: ``miner report --list`` names them."""
    sections: Annotated[list[Section], Field(validate_default=True)] = []
    """In place of ``panels``: panels under headings."""
    publication: Publication | None = None
    """The publication that the report is laid beside."""
    texts: Texts = Texts()
    """Texts of the author's."""
    options: dict[str, dict[str, Any]] = {}
    """By panel: its options."""

    @field_validator("panels")
    @classmethod
    def _once(cls, panels: list[str]) -> list[str]:
        _check_once(panels)
        return panels

    @field_validator("sections")
    @classmethod
    def _either(cls, sections: list[Section], info: ValidationInfo) -> list[Section]:
        if bool(sections) == bool(info.data.get("panels", True)):
            raise ValueError("panels stand in the key panels or in sections | name at least one, and use one of the two")
        _check_once([name for section in sections for name in section.panels])
        return sections

    @property
    def parts(self) -> list[Section]:
        """The sections; one without a title where there are none."""
        return self.sections or [Section(panels=self.panels)]


def _check_once(panels: list[str]) -> None:
    for i, name in enumerate(panels):
        if name in panels[:i]:
            raise ValueError(f"the panel {name!r} stands there twice | leave one out")
