"""A time limit holds whatever DuckDB is at, and whoever asks next is answered."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from miner.errors import QueryError
from miner.store import query_process
from miner.workspace import Workspace


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return Workspace.create(tmp_path_factory.mktemp("asked"), samples=False)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT list_aggregate(range(100000000), 'median')",
        "SELECT count(*) FROM range(10000000000) a, range(1000000) b",
        "WITH RECURSIVE t(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM t) SELECT * FROM t",
    ],
)
def test_a_query_ends_by_its_time(workspace: Workspace, statement: str) -> None:
    workspace.select("SELECT 1")  # a process is there
    began = time.monotonic()
    with pytest.raises(QueryError, match=r"stopped after 0\.5 s"):
        workspace.select(statement, timeout=0.5)
    assert time.monotonic() - began < 5
    assert workspace.select("SELECT 1 AS a").to_pydict() == {"a": [1]}


def test_a_process_that_dies_is_told_and_replaced(workspace: Workspace) -> None:
    workspace.select("SELECT 1")
    worker = query_process._workers._free[-1]
    os.kill(worker.process.pid, signal.SIGSTOP)
    os.kill(worker.process.pid, signal.SIGKILL)
    for _ in range(2):
        assert workspace.select("SELECT 1 AS a").to_pydict() == {"a": [1]}


def test_parameters_and_types_come_through(workspace: Workspace) -> None:
    rows = workspace.select("SELECT $a AS a, [1, 2] AS b, DATE '2020-01-01' AS c, 1.50::DECIMAL(4, 2) AS d, NULL AS e", {"a": "é'"})
    assert [str(v) for v in rows.to_pylist()[0].values()] == ["é'", "[1, 2]", "2020-01-01", "1.50", "None"]


def test_typed_parameters_of_a_file(workspace: Workspace) -> None:
    file = Path(workspace.root) / "queries" / "kinds.sql"
    file.parent.mkdir(exist_ok=True)
    file.write_text(
        '-- summary = "x"\n-- parameters = { yes = true, since = 2020-01-01, share = 0.5 }\nSELECT $yes AS yes, $since AS since, $share AS share\n'
    )
    got = workspace.select_named("kinds", {"yes": "false", "since": "2021-02-03", "share": "1"}).to_pylist()[0]
    assert [str(v) for v in got.values()] == ["False", "2021-02-03", "1.0"]
    file.unlink()
