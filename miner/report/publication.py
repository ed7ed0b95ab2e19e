"""What a module of ``publications`` registers: how the data compare with what a publication says, panel by panel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from miner.registry import PerWorkspace, collect

if TYPE_CHECKING:
    from miner.report.definition import Definition
    from miner.report.formats.parts import Comparison
    from miner.report.tasks.evidence import Evidence
    from miner.report.tasks.verdicts import Verdict

ENTRY_POINTS = "miner.publications"


@dataclass(frozen=True, slots=True)
class PublicationSpec:
    """A publication whose figures the data are compared with.

    Parameters
    ----------
    name : str
        What ``compared`` of a definition's ``[publication]`` calls it.
    comparisons : dict
        By panel, a function of the evidence that says whether the data agree, and on which figures that rests.
    verdicts : callable, optional
        Findings on what only this publication claims.
    sources : str
        How its own data are brought in, said where there are too few.
    """

    name: str
    comparisons: Mapping[str, Callable[[Evidence], Comparison]]
    verdicts: Callable[[Evidence], list[Verdict]] | None = None
    sources: str = ""


@PerWorkspace
def publications() -> dict[str, PublicationSpec]:
    """Return every publication by its name: the ``PUBLICATION`` of each module of ``miner.report.publications``, then those of other packages.

    Raises
    ------
    ConfigError
        If an entry point gives something else, or a name stands twice.

    Examples
    --------
    >>> sorted(publications()["varoquaux2022"].comparisons)[:2]
    ['accuracy-by-task', 'leaderboards']
    """
    return collect("miner.report.publications", "PUBLICATION", ENTRY_POINTS, PublicationSpec)


def publication_of(definition: Definition) -> PublicationSpec | None:
    """Return the publication whose figures a report's data are compared with; None where it names none."""
    name = definition.publication.compared if definition.publication else None
    return publications()[name] if name else None
