"""Read a folder of reference figures, find who computes each block, and compare every leaf.

A module ``blocks_*.py`` exports ``BLOCKS``, which maps the path of a block (``re``, ``diagnostics/ranktest``) to a callable of the data frame and
the document that returns the figures nested as the document has them, and ``tolerance(path)`` for the leaves of its blocks. A path with a
wildcard (``rma_without_*``) maps to a callable that returns one entry for each block that the wildcard matches. The files ``extra_*`` and
``exact_step_*`` are documents with one block, ``extra`` or ``exact_step``; the callables find their content both there and at the top.
"""

from __future__ import annotations

import fnmatch
import importlib
import json
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from miner.errors import MetaError
from tests.metafor import leaves

HERE = Path(__file__).parent
PREFIXES = ("exact_step", "extra")
Block = Callable[[pd.DataFrame, dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class Case:
    """One top-level block of one file."""

    path: Path
    block: str

    def __str__(self) -> str:
        return f"{self.path.stem}:{self.block}"


@dataclass
class Outcome:
    """What came of comparing one case."""

    faults: list[str] = field(default_factory=list)
    compared: int = 0
    failed_there: int = 0
    named: dict[str, int] = field(default_factory=dict)


def cases(folder: Path) -> list[Case]:
    """List every top-level block of every JSON file of a folder."""
    return [Case(path, block) for path in sorted(folder.glob("*.json")) for block in read(path)[0]]


@cache
def read(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a file's reference blocks and the document that the callables get."""
    content = json.loads(path.read_text(encoding="utf-8"))
    prefix = next((p for p in PREFIXES if path.stem.startswith(f"{p}_")), None)
    if prefix is None:
        return content, content
    return {prefix: content}, {**content, prefix: content}


@cache
def frame(path: Path) -> pd.DataFrame:
    """Return the data beside a file: the CSV that its ``meta`` names, else the one of its own name."""
    named = read(path)[1].get("meta", {}).get("csv")
    return pd.read_csv(path.with_name(named) if named else path.with_suffix(".csv"), encoding_errors="replace")


@cache
def blocks() -> dict[str, tuple[Block, Callable[[str], float]]]:
    """Return every block path with its callable and its tolerances."""
    found: dict[str, tuple[Block, Callable[[str], float]]] = {}
    for file in sorted(HERE.glob("blocks_*.py")):
        module = importlib.import_module(f"tests.metafor.{file.stem}")
        for path, block in module.BLOCKS.items():
            assert path not in found, f"two modules compute the block {path!r}"
            found[path] = (block, module.tolerance)
    return found


def owner(leaf: str) -> str | None:
    """Return the longest block path that a leaf lies under."""
    parts = leaf.split("/")
    fits = (key for key in blocks() if fnmatch.fnmatchcase("/".join(parts[: key.count("/") + 1]), key))
    return max(fits, key=lambda key: (key.count("/"), len(key)), default=None)


def compute(key: str, path: Path) -> dict[str, Any]:
    """Return the figures of a block as {leaf path: value}; a refusal becomes the leaf ``error``."""
    document = read(path)[1]
    root = key.rpartition("/")[0] if "*" in key else key
    try:
        figures: Any = blocks()[key][0](frame(path), document)
    except MetaError as e:
        figures = {"error": f"MetaError: {e}"}
    except (KeyError, AttributeError) as e:  # a column that this data set doesn't have
        figures = {"error": f"the block {key!r} needs a column that is not there: {e}; there are: {', '.join(map(str, frame(path)))}"}
    return dict(leaves.leaves(figures, root))


@cache
def excuses() -> dict[str, str]:
    """Return the patterns of unsupported.toml with their reasons."""
    tables = tomllib.loads((HERE / "unsupported.toml").read_text(encoding="utf-8"))
    return {pattern: reason for table in tables.values() for pattern, reason in table.items()}


def excuse(leaf: str, reference: dict[str, Any]) -> str | None:
    """Return the pattern that names a leaf, if its condition holds.

    The condition stands behind ``|``: ``name>number`` or ``name<number`` on the nearest leaf of that name at or above the leaf's node, else
    a piece of text in the warnings of that node.
    """
    for pattern in excuses():
        glob, _, condition = pattern.partition("|")
        if fnmatch.fnmatchcase(leaf, glob) and (not condition or _holds(condition, leaf, reference)):
            return pattern
    return None


def _holds(condition: str, leaf: str, reference: dict[str, Any]) -> bool:
    nodes: list[dict[str, Any]] = [reference]
    for part in leaf.split("/")[:-1]:
        inner = nodes[-1].get(part)
        if not isinstance(inner, dict):
            break
        nodes.append(inner)
    for sign, holds in ((">", lambda a, b: a > b), ("<", lambda a, b: a < b)):
        name, found, limit = condition.partition(sign)
        if found:
            value: Any = next((node[name] for node in reversed(nodes) if name in node), None)
            values = value if isinstance(value, list) else [value]
            return any(isinstance(v, int | float) and holds(v, float(limit)) for v in values)
    return any(condition in str(word) for word in _listed(nodes[-1].get("warnings")))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def compare(case: Case) -> Outcome:
    """Compare every leaf of a case with what is computed."""
    reference = read(case.path)[0]
    outcome, computed = Outcome(), {}
    figures = dict(leaves.leaves(reference[case.block], case.block))
    wanted = {leaf: pattern for leaf in figures if (pattern := excuse(leaf, reference))}
    for pattern in wanted.values():
        outcome.named[pattern] = outcome.named.get(pattern, 0) + 1
    for key in dict.fromkeys(owner(leaf) for leaf in figures if leaf not in wanted):
        if key is not None:
            computed |= compute(key, case.path)
    refused = {path.rpartition("/")[0]: value for path, value in computed.items() if path.endswith("/error")}
    for leaf, theirs in figures.items():
        if leaf in wanted:
            continue
        node, _, name = leaf.rpartition("/")
        if name == "error":
            _failed_there(node, computed, refused, outcome)
        elif leaf in computed:
            outcome.compared += 1
            fault = leaves.differs(computed[leaf], theirs, blocks()[str(owner(leaf))][1](leaf), name)
            outcome.faults += [f"{leaf}: {fault}"] if fault else []
        else:
            why = next((str(value) for path, value in refused.items() if f"{leaf}/".startswith(f"{path}/")), "not computed")
            outcome.faults.append(f"{leaf}: {why}")
    return outcome


def _failed_there(node: str, computed: dict[str, Any], refused: dict[str, Any], outcome: Outcome) -> None:
    """Count what failed in the reference: here there must be a clear error, or figures."""
    given = any(path.startswith(f"{node}/") or path == node for path in computed)
    if given or any(f"{node}/".startswith(f"{path}/") for path in refused):
        outcome.failed_there += 1
    else:
        outcome.faults.append(f"{node}: failed in the reference, and here there is neither an error nor a figure")
