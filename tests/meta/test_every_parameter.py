"""Every public parameter of miner.meta is given in some test: what no test calls may always fail."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

from miner import meta

TESTS = Path(__file__).parent.parent
FUNCTIONS = {name: getattr(meta, name) for name in meta.__all__ if inspect.isfunction(getattr(meta, name))}


def calls(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield node


def called(node: ast.Call) -> str | None:
    """Return the public function that a call names, as ``meta.f(...)`` or ``f(...)``."""
    func = node.func
    name = func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else None
    return name if name in FUNCTIONS else None


def given(node: ast.Call, parameters: list[str]) -> set[str]:
    """Return the parameters that a call gives; what stands behind a starred argument is not known."""
    out = {keyword.arg for keyword in node.keywords if keyword.arg}
    for parameter, argument in zip(parameters, node.args, strict=False):
        if isinstance(argument, ast.Starred):
            break
        out.add(parameter)
    return out


def exercised() -> dict[str, set[str]]:
    """Return the parameters of each function that the tests of this package and of its reference figures give."""
    found: dict[str, set[str]] = {name: set() for name in FUNCTIONS}
    for path in sorted((*TESTS.glob("meta/**/*.py"), *TESTS.glob("metafor/**/*.py"))):
        for node in calls(path):
            name = called(node)
            if name is not None:
                found[name] |= given(node, list(inspect.signature(FUNCTIONS[name]).parameters))
    return found


FOUND = exercised()


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_every_parameter_is_given_somewhere(name: str) -> None:
    missing = set(inspect.signature(FUNCTIONS[name]).parameters) - FOUND[name]
    assert not missing, f"no test gives {name}({', '.join(sorted(missing))})"
