"""All analyses: those that miner brings, and those of packages with an entry point in ``miner.analyses``."""

from __future__ import annotations

from functools import cache
from importlib import import_module, metadata

from miner.errors import MetaError
from miner.meta.analysis.record import Record
from miner.meta.analysis.sample import Kind

ENTRY_POINTS = "miner.analyses"
_OWN = ("trends", "scatter", "pooled", "effect_means", "effect_bias", "effect_selection")


@cache
def records() -> dict[str, Record]:
    """Return every analysis by its id, in the order in which they should be believed.

    An entry point names a :class:`~miner.meta.analysis.record.Record` or a sequence of them.

    Raises
    ------
    MetaError
        If an entry point gives something else, or an id stands twice.

    Examples
    --------
    >>> next(iter(records()))
    'trend'
    """
    found = [r for module in _OWN for r in import_module(f"miner.meta.analysis.{module}").RECORDS]
    found += [r for point in sorted(metadata.entry_points(group=ENTRY_POINTS), key=lambda p: p.name) for r in _of(point)]
    known: dict[str, Record] = {}
    for one in sorted(found, key=lambda r: (r.kinds[0], r.place)):
        if one.id in known:
            raise MetaError(f"two analyses have the id {one.id!r}", hint=f"rename one of {known[one.id].title!r} and {one.title!r}")
        known[one.id] = one
    return known


def _of(point: metadata.EntryPoint) -> tuple[Record, ...]:
    where = f"entry point {point.name} in {ENTRY_POINTS}"
    try:
        loaded = point.load()
    except Exception as error:  # a package of others may fail in any way
        raise MetaError(f"cannot be loaded: {error}", where=where, hint="update or remove the package that brings it") from error
    found = (loaded,) if isinstance(loaded, Record) else tuple(loaded) if isinstance(loaded, list | tuple) else ()
    if not found or not all(isinstance(r, Record) for r in found):
        raise MetaError(f"{point.value} is no analysis", where=where, hint="it must be a miner.meta.analysis.record.Record, or several")
    return found


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
