"""Numbers leave the program by one function, and no shown decimal, word or order hangs on their last bits."""

from __future__ import annotations

import ast
import json
import math
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from miner import digits, meta
from miner.digits import FIGURES, NOTHING, STORED, significant
from miner.report.build import render_report
from miner.report.check import words
from tests.conftest import ROOT
from tests.report.example import JOB, example_workspace

MARGIN = 1e-9  # of themselves; kernels move figures by less, most by 1e-13


@dataclass(frozen=True)
class _Fit:
    beta: np.ndarray
    ci: tuple[float, float]
    name: str
    k: int = 3


def test_every_kind_of_value_is_rounded_and_nothing_else_is_changed() -> None:
    fit = significant(_Fit(np.array([1 / 3, np.nan]), (2 / 3, math.inf), "a"))
    assert fit.beta.tolist()[0] == 0.3333333
    assert np.isnan(fit.beta[1])
    assert (fit.ci, fit.name, fit.k) == ((0.6666667, math.inf), "a", 3)
    assert significant([np.float64(1 / 3), np.float32(1 / 3), True, 10**15, "0.33333333333"]) == [
        0.3333333,
        0.3333333,
        True,
        10**15,
        "0.33333333333",
    ]
    assert str(significant(-1e-17)) == str(significant(-0.0)) == "0.0"
    assert significant(1e-300, STORED) == 0


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from((FIGURES, STORED)))
def test_rounding_twice_is_rounding_once_and_close(x: float, n: int) -> None:
    once = significant(x, n)
    assert significant(once, n) == once
    assert abs(once - x) <= max(0.5001 * 10 ** (1 - n) * abs(x), NOTHING)


def test_results_keep_all_their_bits() -> None:
    fit = meta.pool([0.1, 0.3, 0.5], [0.01, 0.02, 0.03])
    assert fit.to_dict()["beta"] == fit.beta.tolist()
    assert fit.to_dict()["beta"] != significant(fit.to_dict())["beta"]
    analysis = meta.analyse_table(pd.DataFrame({"yi": [0.1, 0.3, 0.5], "vi": [0.01, 0.02, 0.03]}))
    told = [row["numbers"]["estimate"] for row in analysis.to_dict()["rows"] if "estimate" in row["numbers"]]
    assert told
    assert any(value != significant(value) for value in told)


# --- figures that are shown --------------------------------------------------------------------------------------------------------------


def _formatted(path: Path) -> list[str]:
    """Return the decimals that a module writes into sentences without rounding them to significant digits first."""
    found = []
    tree = ast.parse(path.read_text(encoding="utf-8"))
    settled = {
        ast.unparse(n.targets[0]) for n in ast.walk(tree) if isinstance(n, ast.Assign) and ast.unparse(n.value).startswith("significant(")
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.FormattedValue) or not isinstance(node.format_spec, ast.JoinedStr):
            continue
        spec = "".join(p.value if isinstance(p, ast.Constant) else "1" for p in node.format_spec.values)
        written = ast.unparse(node.value)
        if re.search(r"\.[1-9]\d*[fge%]$", spec) and not (written.startswith("significant(") or written in settled):
            found.append(f"{path.relative_to(ROOT)}:{node.lineno}: {ast.unparse(node)}")
    return found


def test_decimals_in_sentences_and_tables_are_rounded_before_they_are_written() -> None:
    modules = [p for folder in ("report", "meta/analysis", "export") for p in (ROOT / "miner" / folder).rglob("*.py")]
    assert len(modules) > 40
    left = [line for path in modules for line in _formatted(path)]
    assert left == [], 'write num(x, ".1f"): a mean that lies on an edge goes up on one processor and down on another'


@pytest.mark.parametrize("name", ["publication-bias", "accuracy-vs-sample-size"])
def test_no_decimal_word_or_order_of_the_golden_reports_lies_on_an_edge(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures are moved by more than any kernel moves them: what is shown stays, and the data on the page move no further."""
    place = example_workspace(tmp_path / "example")
    before = render_report(place, name, job=JOB).decode()
    moved, exact = np.random.default_rng(14), digits._number
    count = 0

    def moving(value: float, n: int) -> float:
        nonlocal count
        count += 1
        return exact(value * (1 + MARGIN * float(moved.choice((-1, 1)))) if n == FIGURES else value, n)

    monkeypatch.setattr(digits, "_number", moving)
    after = render_report(place, name, job=JOB).decode()
    assert count > 500
    assert words(after) == words(before)
    assert _labels(after) == _labels(before)
    old, new = (dict(_leaves(_data(page))) for page in (before, after))
    assert old.keys() == new.keys()
    far = {
        k: (v, new[k]) for k, v in old.items() if isinstance(v, float) and not math.isclose(v, new[k], rel_tol=1.1 * 10 ** (1 - FIGURES))
    }
    assert far == {}
    assert {k: v for k, v in old.items() if not isinstance(v, float) and v != new[k]} == {}


def _labels(page: str) -> list[str]:
    return list(html.fromstring(page).xpath("//*[local-name()='svg']//*[local-name()='text' or local-name()='desc']/text()"))


def _data(page: str) -> object:
    (script,) = html.fromstring(page).xpath("//script[@id='report-data']/text()")
    return json.loads(script)


def _leaves(value: object, at: str = "") -> list[tuple[str, object]]:
    if isinstance(value, dict | list):
        inner = value.items() if isinstance(value, dict) else enumerate(value)
        return [leaf for key, v in inner for leaf in _leaves(v, f"{at}/{key}")]
    return [(at, value)]
