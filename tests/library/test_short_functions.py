"""A function fits a screen: none of the package has more than 45 lines of code below its docstring."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import miner

PACKAGE = Path(miner.__file__).parent
MOST = 45


def lengths(source: str) -> Iterator[tuple[str, int]]:
    """Yield each function's name with its lines of code: without signature, docstring, comments and blank lines."""
    lines = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body if ast.get_docstring(node) is None else node.body[1:]
            code = lines[body[0].lineno - 1 : node.end_lineno] if body else []
            yield node.name, sum(bool(line.strip()) and not line.lstrip().startswith("#") for line in code)


def test_lines_are_counted() -> None:
    source = 'def f(\n    x,\n):\n    """One.\n\n    More.\n    """\n    # why\n    a = x\n\n    def g():\n        return a\n    return g\n'
    assert dict(lengths(source)) == {"f": 4, "g": 1}


def test_no_function_is_longer_than_a_screen() -> None:
    found = {str(p.relative_to(PACKAGE)): list(lengths(p.read_text(encoding="utf-8"))) for p in sorted(PACKAGE.rglob("*.py"))}
    assert sum(map(len, found.values())) > 2000
    assert {f"{place}: {name}": n for place, named in found.items() for name, n in named if n > MOST} == {}
