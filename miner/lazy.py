"""Names that are imported when they are first used, so that a module that offers many costs nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazy(module: str, homes: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return a module's ``__getattr__`` and ``__dir__`` (PEP 562).

    Parameters
    ----------
    module : str
        Its name.
    homes : mapping of str to str
        For each module the names that it has, with blanks between them; without any, the module goes by its own last name.

    Examples
    --------
    >>> get, names = lazy("here", {"math": "sqrt pi", "os.path": ""})
    >>> get("sqrt")(4.0), get("path").__name__, names()
    (2.0, 'posixpath', ['path', 'pi', 'sqrt'])
    """
    known = {name: home for home, names in homes.items() for name in names.split() or [home.rpartition(".")[2]]}

    def get(name: str) -> Any:
        if name not in known:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        found = import_module(known[name])
        return getattr(found, name) if homes[known[name]] else found

    return get, lambda: sorted(known)
