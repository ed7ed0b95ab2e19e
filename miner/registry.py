"""Finding what registers itself: an attribute of each module of a package, then entry points of other packages."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module, metadata
from pkgutil import iter_modules
from typing import TypeVar

from miner.errors import ConfigError

T = TypeVar("T")


def collect(package: str, attribute: str, group: str, kind: type[T], key: str = "name") -> dict[str, T]:
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
    key : str
        Which of its attributes names it.

    Raises
    ------
    ConfigError
        If an entry point cannot be loaded or gives something else, or a name stands twice.
    """
    found: dict[str, T] = {}
    where = import_module(package)
    for module in sorted(m.name for m in iter_modules(where.__path__)):
        _add(found, getattr(import_module(f"{package}.{module}"), attribute, ()), kind, key, f"{package}.{module}")
    for point in sorted(metadata.entry_points(group=group), key=lambda p: p.name):
        place = f"entry point {point.name} in {group}"
        try:
            loaded = point.load()
        except Exception as error:  # a package of others may fail in any way
            raise ConfigError(f"cannot be loaded: {error}", where=place, hint="update or remove the package that brings it") from error
        if loaded in ((), []):
            raise ConfigError("it names nothing", where=place, hint=f"it must be a {kind.__module__}.{kind.__name__}, or several")
        _add(found, loaded, kind, key, place)
    return found


def _add(found: dict[str, T], given: object, kind: type[T], key: str, place: str) -> None:
    several: Iterable[object] = given if isinstance(given, list | tuple) else (given,)
    for one in several:
        if not isinstance(one, kind):
            raise ConfigError(
                f"{one!r} is no {kind.__name__}", where=place, hint=f"it must be a {kind.__module__}.{kind.__name__}, or several"
            )
        name = getattr(one, key)
        if name in found:
            raise ConfigError(f"the {key} {name!r} is taken", where=place, hint="rename it, or remove the package that brings it")
        found[name] = one
