"""Mine the literature for reported accuracies and sample sizes, and meta-analyse them.

What is stable, and stays so within a major version (docs/explanation/stability.md has the whole list): :class:`Workspace`, :func:`extract`, :func:`extract_file`, :mod:`miner.meta` and
:mod:`miner.errors`. Everything is imported when it is first used.

>>> import miner
>>> found = miner.extract(["The network reached an accuracy of 91% in 120 patients."])
>>> found[["kind", "value"]].values.tolist()
[['performance', 0.91], ['sample_size', 120]]
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["Workspace", "__version__", "extract", "extract_file", "meta"]

if TYPE_CHECKING:
    from miner import meta
    from miner.extract.frame import extract
    from miner.library import extract_file
    from miner.workspace import Workspace

_HOMES = {"Workspace": "miner.workspace", "extract_file": "miner.library"}


def __getattr__(name: str) -> Any:
    if name in {"meta", "extract"}:
        return import_module(f"miner.{name}")  # the package extract is callable (see there)
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'miner' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
