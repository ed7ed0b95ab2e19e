"""Generated data sets through miner and R: every figure that both give. Fixed seeds; ``--full`` takes fresh ones, and all analyses of each."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.metafor.live import run
from tests.metafor.live.analyses import registry
from tests.metafor.live.datasets import Dataset
from tests.metafor.live.server import Server, missing_packages

SETS = 75
BATCH = 15
BUDGET = 9.0  # tenths of a second a data set
PROCESSES = 2


@cache
def server() -> Server:
    """Return the one R of this process, which takes seconds to load its packages; it ends with the process, whose end closes its input."""
    return Server()


def batch(seeds: range, budget: float) -> run.Tally:
    """Check some data sets."""
    tally = run.Tally()
    for seed in seeds:
        tally.add(run.check(server(), seed, budget))
    return tally


@pytest.fixture(scope="module")
def batches(request: pytest.FixtureRequest) -> Iterator[dict[int, Future[run.Tally]]]:
    """Start all batches; each test waits for its own."""
    if missing_packages():
        pytest.skip(f"R lacks {', '.join(missing_packages())}")
    full = request.config.getoption("--full")
    first, budget = (int(time.time()), 1e9) if full else (0, BUDGET)
    with ProcessPoolExecutor(PROCESSES) as pool:
        yield {i: pool.submit(batch, range(first + i * BATCH, first + (i + 1) * BATCH), budget) for i in range(SETS // BATCH)}


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("number", range(SETS // BATCH))
def test_generated(number: int, batches: dict[int, Future[run.Tally]], record_property: Any) -> None:
    tally = batches[number].result()
    record_property("live_counts", {"figures": tally.figures, "sets": BATCH, "calls": sum(tally.calls.values())})
    stored = [f"{found}\n  stored as {run.store(found)}" for found in tally.disagreements]
    assert not stored, "\n".join(stored)
    assert tally.figures > 100


@pytest.mark.parametrize("path", sorted(run.FIXTURES.glob("*.json")), ids=lambda p: p.stem)
def test_stored_disagreements_are_settled(path: Path) -> None:
    """What once disagreed is compared with R's figures as stored, so that R is not needed."""
    found = json.loads(path.read_text(encoding="utf-8"))
    analysis = registry()[found["analysis"]]
    data = Dataset(found["family"], found["kind"], found["seed"], found["columns"])
    mine = run.ours(analysis, data, found["options"])
    assert not run.judge(analysis, data, found["options"], mine, found["theirs"], run.Tally())


def test_the_guard_sees_a_difference(tmp_path: Path) -> None:
    """A wrong figure is reported, reduced and stored."""
    data = run.generate(0)
    analysis, options = registry()["fail_safe_n"], {"kind": "Rosenberg", "alpha": 0.05, "weighted": False}
    mine = dict(run.ours(analysis, data, options))
    wrong = {name: [value + 1e-3] for name, value in mine.items()}
    faults = run.judge(analysis, data, options, mine, wrong, run.Tally())
    assert len(faults) >= 2
    assert not run.judge(analysis, data, options, mine, {name: [value] for name, value in mine.items()}, run.Tally())
    path = run.store(run.Disagreement("fail_safe_n", options, data.columns, data.family, data.kind, 0, faults, wrong), tmp_path)
    assert json.loads(path.read_text())["faults"] == list(faults)
