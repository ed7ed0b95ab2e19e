"""Finding what registers itself: an attribute of each module of a package, then entry points of other packages, then a workspace's plugins.

A workspace's plugins are the Python files of its ``plugins/``; they are run as the components of its rules are, when something of their kind
is asked for first. Those of one workspace are in force at a time in a process: of the one that was used last.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import update_wrapper
from importlib import import_module, metadata
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType
from typing import Generic, TypeVar

from miner.errors import ConfigError

T = TypeVar("T")

_in_force: list[Path] = []
_workspace: list[Path] = []


def use_plugins(folder: Path | None) -> None:
    """Put a workspace's plugins in force in place of any other's; None for no workspace."""
    _in_force[:] = [folder] if folder is not None and folder.is_dir() else []
    _workspace[:] = [folder.parent] if folder is not None else []


def own_folder(name: str) -> Path | None:
    """Return a folder of the workspace whose plugins are in force; None where there is none."""
    return next((root / name for root in _workspace if (root / name).is_dir()), None)


class PerWorkspace(Generic[T]):
    """A registry's function whose result is kept for the plugins that are in force, as their files are."""

    def __init__(self, found: Callable[[], T]) -> None:
        update_wrapper(self, found)
        self._found = found
        self._kept: dict[tuple[tuple[Path, int], ...], T] = {}

    def __call__(self) -> T:
        """Return what is found with the plugins in force."""
        key = tuple((path, path.stat().st_mtime_ns) for path in _plugin_files())
        if key not in self._kept:
            self._kept[key] = self._found()
        return self._kept[key]

    def cache_clear(self) -> None:
        """Forget what was found."""
        self._kept.clear()


def _plugin_files() -> list[Path]:
    """Return the plugins in force by name; files that begin with an underscore are none, but plugins may import them (``from . import _name``)."""
    return sorted(p for folder in _in_force for p in folder.glob("*.py") if not p.name.startswith("_"))


def _plugin(path: Path) -> ModuleType:
    """Return a plugin as a module; each file is run once for each content."""
    name = f"miner_plugin_{hashlib.sha256(str(path.resolve()).encode() + path.read_bytes()).hexdigest()[:16]}"
    try:
        if name not in sys.modules:
            spec = spec_from_file_location(name, path, submodule_search_locations=[str(path.parent)])
            module = sys.modules[name] = module_from_spec(spec)  # type: ignore[arg-type]  # a name in .py always has one
            spec.loader.exec_module(module)  # type: ignore[union-attr]
    except Exception as error:  # what people write may fail in any way
        sys.modules.pop(name, None)
        hint = "mend it, or take it out of plugins/"
        raise ConfigError(f"the plugin cannot be loaded: {type(error).__name__}: {error}", where=str(path), hint=hint) from error
    return sys.modules[name]


def collect(package: str | Sequence[str], attribute: str, group: str, kind: type[T], key: str = "name") -> dict[str, T]:
    """Return what registers itself, by name: of the package's own modules in order of name, then of the entry points, then of plugins.

    Parameters
    ----------
    package : str, or several
        Its direct modules are imported; those that have ``attribute`` (one ``kind``, or several in a tuple) are taken.
    attribute : str
        The name that a module, or a plugin, gives to what it registers.
    group : str
        The group of entry points; each names a ``kind``, or several in a list or tuple.
    kind : type
        What is registered.
    key : str
        Which of its attributes names it.

    Raises
    ------
    ConfigError
        If an entry point or plugin cannot be loaded or gives something else, or a name stands twice.
    """
    found: dict[str, T] = {}
    for where in (package,) if isinstance(package, str) else package:
        for module in sorted(m.name for m in iter_modules(import_module(where).__path__)):
            _add(found, getattr(import_module(f"{where}.{module}"), attribute, ()), kind, key, f"{where}.{module}")
    for point in sorted(metadata.entry_points(group=group), key=lambda p: p.name):
        place = f"entry point {point.name} in {group}"
        try:
            loaded = point.load()
        except Exception as error:  # a package of others may fail in any way
            raise ConfigError(f"cannot be loaded: {error}", where=place, hint="update or remove the package that brings it") from error
        if loaded in ((), []):
            raise ConfigError("it names nothing", where=place, hint=f"it must be a {kind.__module__}.{kind.__name__}, or several")
        _add(found, loaded, kind, key, place)
    for path in _plugin_files():
        _add(found, getattr(_plugin(path), attribute, ()), kind, key, str(path))
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
            raise ConfigError(f"the {key} {name!r} is taken", where=place, hint="rename it, or remove what brings it")
        found[name] = one
