"""Finding what registers itself: an attribute of each module of a package, then entry points of other packages."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module, metadata
from pkgutil import iter_modules
from typing import Protocol, TypeVar

from miner.errors import ConfigError


class Named(Protocol):
    """What can be registered: it has a name."""

    @property
    def name(self) -> str: ...  # noqa: D102 -- named in the class


T = TypeVar("T", bound=Named)


def collect(package: str, attribute: str, group: str, kind: type[T]) -> dict[str, T]:
    """Return what registers itself, by name: of the package's own modules in order of name, then of the entry points.

    Parameters
    ----------
    package : str
        Its direct modules are imported; those that have ``attribute`` (one ``kind``, or several in a tuple) are taken.
    attribute : str
        The name that a module gives to what it registers.
    group : str
        The group of entry points; each names a ``kind``, or several in a list or tuple.
    kind : type
        What is registered.

    Raises
    ------
    ConfigError
        If an entry point cannot be loaded or gives something else, or a name stands twice.
    """
    found: dict[str, T] = {}
    where = import_module(package)
    for module in sorted(m.name for m in iter_modules(where.__path__)):
        _add(found, getattr(import_module(f"{package}.{module}"), attribute, ()), kind, f"{package}.{module}")
    for point in sorted(metadata.entry_points(group=group), key=lambda p: p.name):
        place = f"entry point {point.name} in {group}"
        try:
            loaded = point.load()
        except Exception as error:  # a package of others may fail in any way
            raise ConfigError(f"cannot be loaded: {error}", where=place, hint="update or remove the package that brings it") from error
        _add(found, loaded, kind, place)
    return found


def _add(found: dict[str, T], given: object, kind: type[T], place: str) -> None:
    several: Iterable[object] = given if isinstance(given, list | tuple) else (given,)
    for one in several:
        if not isinstance(one, kind):
            raise ConfigError(
                f"{one!r} is no {kind.__name__}", where=place, hint=f"it must be a {kind.__module__}.{kind.__name__}, or several"
            )
        if one.name in found:
            raise ConfigError(f"the name {one.name!r} is taken", where=place, hint="rename it, or remove the package that brings it")
        found[one.name] = one
