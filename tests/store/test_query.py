"""The published snapshot answers questions, and does nothing else."""

from __future__ import annotations

import csv
import io
import json

import pytest

from miner.config import init_workspace
from miner.errors import QueryError, StoreError, UsageError
from miner.export.rows import FORMATS, render_rows
from miner.jobs.lock import writing
from miner.jobs.publishing import publish
from miner.store.query import named_queries, run_named, run_select
from miner.store.write import upsert_papers
from miner.types import Paper


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    place = init_workspace(tmp_path_factory.mktemp("workspace"))
    with writing(place) as con:
        upsert_papers(con, [Paper("pmid:1", "pubmed", '=HYPERLINK("x")', "a|b\nc", 2020)], "test")
        publish(con, place)
    return place


@pytest.mark.parametrize(
    "statement",
    [
        "COPY (SELECT 1) TO '/tmp/x.csv'",
        "ATTACH '/tmp/x.duckdb'",
        "INSTALL spatial",
        "LOAD json",
        "PRAGMA table_info('paper')",
        "SET memory_limit = '10GB'",
        "RESET memory_limit",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM glob('/*')",
        "CREATE TABLE x (i INTEGER)",
        "CREATE TEMP TABLE x AS SELECT 1",
        "DELETE FROM paper",
        "UPDATE paper SET title = 'x'",
        "EXPORT DATABASE '/tmp/x'",
        "CALL pragma_version()",
        "CHECKPOINT",
        "SELECT 1; SELECT 2",
        "SELECT 1; DROP TABLE paper",
        "",
        "SELEC 1",
        "SELECT * FROM nowhere",
    ],
)
def test_all_but_reading_is_refused(workspace, statement):
    with pytest.raises(QueryError) as refusal:
        run_select(workspace, statement)
    assert refusal.value.hint


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT 1 AS x",
        "WITH a AS (SELECT 1 AS x) FROM a",
        "VALUES (1)",
        "DESCRIBE v_paper",
        "SHOW TABLES",
        "EXPLAIN SELECT 1",
        "FROM v_paper",
    ],
)
def test_reading_is_allowed(workspace, statement):
    assert run_select(workspace, statement).num_rows >= 1


def test_a_runaway_query_is_stopped(workspace):
    join = ", ".join(f"range(100000) t{i}" for i in range(10))
    with pytest.raises(QueryError, match="stopped after"):
        run_select(workspace, f"SELECT count(*) FROM {join}", timeout=0.5)


def test_a_result_too_large_is_stopped(workspace):
    with pytest.raises(QueryError, match="larger than"):
        run_select(workspace, "SELECT range FROM range(10000000)", max_bytes=1_000_000)


def test_without_a_snapshot_it_says_what_to_do(tmp_path):
    with pytest.raises(StoreError, match="nothing has been published"):
        run_select(init_workspace(tmp_path), "SELECT 1")


def test_formats_hold_the_same_rows(workspace):
    table = run_select(workspace, "SELECT title, -0.5 AS x, NULL AS nothing, [1, 2] AS list FROM v_paper")
    made = {form: render_rows(table, form) for form in FORMATS}
    assert (
        json.loads(made["json"])
        == [json.loads(made["jsonl"])]
        == [{"title": '=HYPERLINK("x")', "x": -0.5, "nothing": None, "list": [1, 2]}]
    )
    rows = list(csv.reader(io.StringIO(made["csv"].decode())))
    # The formula is neutralised, the negative number is not.
    assert rows == [["title", "x", "nothing", "list"], ['\'=HYPERLINK("x")', "-0.5", "", "[1, 2]"]]
    assert made["parquet"].startswith(b"PAR1")
    assert b'| =HYPERLINK("x") | -0.5 |' in made["md"]
    assert b"(1 row)" in made["table"]


def test_an_unknown_format_lists_those_there_are(workspace):
    with pytest.raises(UsageError, match="there is no format 'xls'"):
        render_rows(run_select(workspace, "SELECT 1"), "xls")


@pytest.mark.parametrize("name", sorted(named_queries()))
def test_every_named_query_runs_and_says_what_it_answers(workspace, name):
    assert len(named_queries()[name].summary) > 20
    if named_queries()[name].exists:
        with pytest.raises(UsageError, match=f"query {name} needs a value for "):
            run_named(workspace, name)
    else:
        assert run_named(workspace, name).column_names


def test_parameters_are_typed(workspace):
    assert run_named(workspace, "high-claims-on-small-samples", {"max_n": "50"}).num_rows == 0
    with pytest.raises(UsageError, match="must be int, not 'many'"):
        run_named(workspace, "high-claims-on-small-samples", {"max_n": "many"})
    with pytest.raises(UsageError, match="no parameter 'maxn'"):
        run_named(workspace, "high-claims-on-small-samples", {"maxn": "5"})
    with pytest.raises(UsageError, match="there is no query"):
        run_named(workspace, "nothing")
