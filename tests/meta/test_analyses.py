"""Analyses are records: found by id, complete, and added to by packages."""

from __future__ import annotations

from dataclasses import replace
from importlib import metadata
from typing import Any

import pandas as pd
import pytest

from miner import meta
from miner.errors import ConfigError, MetaError
from miner.meta.analysis import registry
from miner.meta.analysis.record import Record
from miner.meta.analysis.rows import Row
from miner.meta.analysis.sample import Sample
from tests.meta.test_words import table


def test_every_analysis_says_what_it_is() -> None:
    for name, one in registry.records().items():
        assert one.id == name
        assert one.title
        assert one.assumes.endswith("."), name
        assert not one.method.endswith("."), name
        assert all(key and "(" in work for key, work in one.citations.items()), name


def test_a_new_title_changes_nothing_but_the_title(monkeypatch: pytest.MonkeyPatch) -> None:
    effects = pd.DataFrame({"yi": [0.1, 0.3, 0.35, 0.65], "vi": [0.03, 0.03, 0.05, 0.01]})
    frames = (table(), effects)
    before = [meta.report_text(meta.analyse_table(f, egger=True)) for f in frames]
    renamed = {name: replace(one, title=f"Another name of {name}") for name, one in registry.records().items()}
    monkeypatch.setattr(registry, "records", lambda: renamed)
    monkeypatch.setattr("miner.meta.analysis.words.records", lambda: renamed)
    for old, frame in zip(before, frames, strict=True):
        analysis = meta.analyse_table(frame, egger=True)
        assert all(r.name == f"Another name of {r.id}" for r in analysis.rows)
        new = meta.report_text(analysis)
        assert (new.methods, new.references) == (old.methods, old.references)


def halves(sample: Sample) -> Row:
    high = int((sample.column("estimate") > 0.5).sum())
    return Row("", sample.k, f"{high} of {sample.k}", words=f"{high} values of {sample.what} are above one half.", numbers={"high": high})


HALVES = Record(
    "halves", "Values above one half", "accuracies", halves, 55, "Values above one half were counted", "None.",
    {"Nobody, 2024": "Nobody N (2024). Counting."},
)  # fmt: skip


class Point:
    """An entry point as a package would have it."""

    name, value = "x", "package:HALVES"

    def __init__(self, made: Any) -> None:
        self.made = made

    def load(self) -> Any:
        if isinstance(self.made, Exception):
            raise self.made
        return self.made


@pytest.fixture
def brought(monkeypatch: pytest.MonkeyPatch):
    def bring(made: Any) -> None:
        monkeypatch.setattr(metadata, "entry_points", lambda group: [Point(made)] if group == "miner.analyses" else [])
        registry.records.cache_clear()

    yield bring
    monkeypatch.undo()
    registry.records.cache_clear()


@pytest.mark.parametrize("made", [HALVES, (HALVES,)])
def test_a_package_brings_an_analysis(brought: Any, made: Any) -> None:
    brought(made)
    analysis = meta.analyse_table(table())
    names = [r.id for r in analysis.rows]
    assert names.index("halves") == names.index("quantiles") + 1
    row = analysis.row("halves")
    assert row is not None
    assert (row.name, row.numbers) == ("Values above one half", {"high": 40})
    text = meta.report_text(analysis)
    assert "Values above one half were counted (Nobody, 2024)." in text.methods
    assert "Nobody N (2024). Counting." in text.references


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (3, "entry point x in miner.analyses: 3 is no Record"),
        ((), "it names nothing"),
        (ImportError("no such module"), "entry point x in miner.analyses: cannot be loaded: no such module"),
        (replace(HALVES, id="trend"), "the id 'trend' is taken"),
    ],
)
def test_a_package_that_brings_something_else_is_named(brought: Any, made: Any, says: str) -> None:
    brought(made)
    with pytest.raises(ConfigError, match=says):
        meta.analyse_table(table())


def test_an_unknown_id_lists_what_there_is() -> None:
    with pytest.raises(MetaError, match=r"no analysis 'x'.*trend-least-squares"):
        registry.record("x")


def test_the_order_of_rows_changes_nothing() -> None:
    frame = table()
    shuffled = frame.sample(frac=1, random_state=3)
    assert meta.analyse_table(shuffled).to_dict() == meta.analyse_table(frame).to_dict(), "a database gives rows in any order"
