"""SQL stands in the store: no other module runs a statement, holds one, or opens a database."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import miner

PACKAGE = Path(miner.__file__).parent
OUTSIDE = sorted(p for p in PACKAGE.rglob("*.py") if p.relative_to(PACKAGE).parts[0] != "store")
STATEMENT = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|ATTACH|COPY|SET|WITH|FROM|WHERE|JOIN)\s")
RUNS = {"execute", "executemany"}


def sql_in(source: str) -> Iterator[str]:
    """Yield what a module holds of SQL, with its line; docstrings and examples may speak of it."""
    tree = ast.parse(source)
    bodies = (n.body for n in ast.walk(tree) if isinstance(n, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef))
    words = {id(body[0].value) for body in bodies if body and isinstance(body[0], ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in words and STATEMENT.match(node.value):
            yield f"line {node.lineno}: {node.value[:40]!r}"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in RUNS:
            yield f"line {node.lineno}: .{node.func.attr}()"
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "duckdb.connect":
            yield f"line {node.lineno}: duckdb.connect()"
        elif isinstance(node, ast.ImportFrom) and node.module == "miner.store.rows":
            yield f"line {node.lineno}: miner.store.rows, which runs statements"


@pytest.mark.parametrize(
    "source",
    [
        'con.execute("x")',
        'X = "SELECT 1"',
        "def f(): return f'WHERE {x}'",
        "import duckdb\nduckdb.connect()",
        "from miner.store.rows import scalar",
    ],
)
def test_what_is_looked_for_is_found(source: str) -> None:
    assert list(sql_in(source))


def test_sql_stands_in_the_store_only() -> None:
    assert len(OUTSIDE) > 200
    found = {str(p.relative_to(PACKAGE)): sql for p in OUTSIDE if (sql := list(sql_in(p.read_text(encoding="utf-8"))))}
    assert found == {}
