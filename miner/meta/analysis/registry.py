"""All analyses: those that miner brings, and those of packages with an entry point in ``miner.analyses``."""

from __future__ import annotations

from miner.errors import MetaError
from miner.meta.analysis.record import Record
from miner.meta.analysis.sample import Kind
from miner.registry import PerWorkspace, collect

ENTRY_POINTS = "miner.analyses"


@PerWorkspace
def records() -> dict[str, Record]:
    """Return every analysis by its id, in the order in which they should be believed: the ``RECORDS`` of this package's modules, then others'.

    Raises
    ------
    ConfigError
        If an entry point gives something else, or an id stands twice.

    Examples
    --------
    >>> next(iter(records()))
    'trend'
    """
    found = collect("miner.meta.analysis", "RECORDS", ENTRY_POINTS, Record, key="id")
    return dict(sorted(found.items(), key=lambda named: (named[1].kinds[0], named[1].place)))


def record(name: str) -> Record:
    """Return the analysis with this id.

    Raises
    ------
    MetaError
        If there is none.
    """
    try:
        return records()[name]
    except KeyError:
        raise MetaError(f"there is no analysis {name!r}", hint=f"there are: {', '.join(records())}") from None


def chosen(of: Kind, asked: frozenset[str] = frozenset()) -> list[Record]:
    """Return the analyses of a kind in order; those that come only when asked for, where their id is in ``asked``."""
    return [r for r in sorted(records().values(), key=lambda r: r.place) if of in r.kinds and (not r.asked_for or r.id in asked)]
