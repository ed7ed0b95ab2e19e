"""All sources: those that miner brings, and those of packages with an entry point in ``miner.sources``."""

from __future__ import annotations

from miner.errors import UsageError
from miner.harvest.source import SourceSpec
from miner.registry import PerWorkspace, collect
from miner.settings import suggest

ENTRY_POINTS = "miner.sources"


@PerWorkspace
def sources() -> dict[str, SourceSpec]:
    """Return every source by its name: the ``SOURCE`` of each module of this package, then those of other packages.

    Raises
    ------
    ConfigError
        If an entry point gives something else, or a name stands twice.

    Examples
    --------
    >>> list(sources())
    ['arxiv', 'arxiv-oai', 'europepmc', 'openalex', 'pubmed']
    """
    return collect("miner.harvest", "SOURCE", ENTRY_POINTS, SourceSpec)


def source_spec(name: str) -> SourceSpec:
    """Return the source of that name.

    Raises
    ------
    UsageError
        If there is none.
    """
    try:
        return sources()[name]
    except KeyError:
        raise UsageError(f"there is no source {name!r}", hint=suggest(name, sources(), all_too=True)) from None


def labels() -> dict[str, str]:
    """Return how people call the sources of records, by ``v_paper.source``."""
    return {spec.database or spec.name: spec.label for spec in sorted(sources().values(), key=lambda s: s.database == "")}
