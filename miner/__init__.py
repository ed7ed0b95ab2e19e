"""Mine the literature for reported accuracies and sample sizes, and meta-analyse them.

What is stable, and stays so within a major version (docs/explanation/stability.md has the whole list): :class:`Workspace`, :func:`extract`, :func:`extract_file`,
:func:`read_files`, :func:`check_studies`, :func:`propose_mapping`, :mod:`miner.meta`, :mod:`miner.rules`, :mod:`miner.parts` and :mod:`miner.errors`. Everything is imported when it is first used.

>>> import miner
>>> found = miner.extract(["The network reached an accuracy of 91% in 120 patients."])
>>> found[["kind", "value"]].values.tolist()
[['performance', 0.91], ['sample_size', 120]]
"""

from typing import TYPE_CHECKING

from miner.lazy import lazy

__version__ = "0.1.0"
__all__ = [
    "Workspace",
    "__version__",
    "check_studies",
    "extract",
    "extract_file",
    "meta",
    "parts",
    "propose_mapping",
    "read_files",
    "rules",
    "run_demo",
]

if TYPE_CHECKING:
    from miner import meta, parts, rules
    from miner.extract.frame import extract
    from miner.library import check_studies, extract_file, propose_mapping, read_files
    from miner.workspace import Workspace
    from miner.workspace.demo import run_demo

# The package miner.extract is callable (see there).
_MODULES = ("miner.extract", "miner.meta", "miner.parts", "miner.rules")
_HOMES = {
    "miner.workspace": "Workspace",
    "miner.library": "check_studies extract_file propose_mapping read_files",
    "miner.workspace.demo": "run_demo",
    **dict.fromkeys(_MODULES, ""),
}

__getattr__, _names = lazy(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted({*globals(), *_names()})
