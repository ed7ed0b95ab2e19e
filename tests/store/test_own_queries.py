"""A workspace's own named queries, and the session of statements that miner shell is."""

from __future__ import annotations

import pytest

import miner
from miner.errors import MinerError, QueryError, UsageError
from miner.jobs.lock import writing
from miner.jobs.publishing import publish
from miner.store.write import upsert_papers
from tests.store.test_who import PAPERS

OWN = """-- summary = "Titles of records from a year on"
-- parameters = { since = 2000 }
SELECT paper_id, title FROM v_paper WHERE year >= $since ORDER BY paper_id
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    made = miner.Workspace.create(tmp_path_factory.mktemp("own") / "w")
    with writing(made.settings) as con:
        upsert_papers(con, PAPERS, "job")
        publish(con, made.settings)
    made.settings.queries.mkdir(exist_ok=True)
    (made.settings.queries / "titles-since.sql").write_text(OWN, encoding="utf-8")
    return made


@pytest.fixture
def console(place):
    return place.console()


def test_an_own_query_is_known_wherever_a_query_is(place, tmp_path):
    from miner.parts import named_queries

    assert place.query("titles-since", since=2020)["paper_id"].tolist() == ["pmid:2", "pmid:3"]
    assert {"titles-since", "growth"} <= set(named_queries())
    assert place.export("ris", tmp_path / "a.ris", query="titles-since").startswith("3 records")
    other = miner.Workspace.create(tmp_path / "other")
    with pytest.raises(UsageError, match="there is no query 'titles-since'"):
        other.query("titles-since")
    assert "titles-since" not in named_queries()
    assert len(place.query("titles-since")) == 3


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("growth", OWN, "a query growth ships with miner"),
        ("broken", '-- summary = "open\nSELECT 1', "its head cannot be read"),
    ],
)
def test_what_is_wrong_with_an_own_query_is_told_with_its_file(tmp_path, name, content, said):
    place = miner.Workspace.create(tmp_path / "w")
    place.settings.queries.mkdir(exist_ok=True)
    (place.settings.queries / f"{name}.sql").write_text(content, encoding="utf-8")
    with pytest.raises(QueryError, match=said) as refusal:
        place.query("growth")
    assert f"{name}.sql" in str(refusal.value)


@pytest.mark.parametrize(
    ("content", "summary"),
    [
        ("SELECT 1\n-- of course", "a query of this workspace"),
        ("-- What is new, and where?\n-- Asked each month.\nSELECT 1", "What is new, and where?"),
        ('-- summary = "One"\n\nSELECT 1\n-- not = [the head', "One"),
        ("-- parameters = { since = 2000 }\nSELECT $since", "a query of this workspace"),
    ],
)
def test_a_query_as_other_tools_have_it_is_one_too(tmp_path, content, summary):
    (tmp_path / "mine.sql").write_text(content, encoding="utf-8")
    from miner.store.query import named_queries

    assert named_queries(tmp_path)["mine"].summary == summary


def test_the_list_of_queries_is_whole(place, monkeypatch):
    from typer.testing import CliRunner

    from miner.cli.main import app

    monkeypatch.setenv("COLUMNS", "40")
    done = CliRunner().invoke(app, ["--workspace", str(place.root), "query"])
    assert "titles-since  (since=2000)\n    Titles of records from a year on\n" in done.output
    assert "…" not in done.output


def test_statements_go_over_lines_where_something_is_open(console):
    assert console.take("SELECT count(*) AS n FROM v_paper;").splitlines()[2].strip() == "3"
    assert console.take("SELECT (") == ""
    assert console.open
    assert "7" in console.take("7) AS x")
    assert console.take("SELECT 1 AS y \\") == ""
    assert "(1 row)" in console.take(", 2 AS z")
    assert console.take("SELECT 'it") == ""
    console.drop()
    assert not console.open
    assert console.take("") == ""
    assert console.take("SELECT (5") == ""
    with pytest.raises(QueryError):
        console.take(None)
    assert console.take(None) is None


def test_dot_commands(console):
    assert "v_author" in console.take(".tables")
    assert "Family name and first initial" in console.take(".schema v_author")
    assert "v_effect" in console.take(".schema")
    assert "titles-since since=2000" in console.take(".queries")
    assert console.take(".mode csv") == ""
    assert console.take(".query titles-since since=2020").splitlines()[1:] == ["pmid:2,Title 2", "pmid:3,Title 3"]
    assert ".schema" in console.take(".help")
    assert console.take(".quit") is None
    for line, said in (
        (".shema", "did you mean '.schema'"),
        (".schema v_autor", "did you mean 'v_author'"),
        (".mode xls", "no format"),
        (".query", "missing"),
        ("DROP TABLE paper", "read"),
    ):
        with pytest.raises(MinerError, match=said):
            console.take(line)


def test_completion(console):
    def all_of(line: str) -> list[str]:
        word = line.rsplit(" ", maxsplit=1)[-1]
        found, state = [], 0
        while (match := console.complete(word, line, state)) is not None:
            found.append(match)
            state += 1
        return found

    assert all_of("SELECT * FROM v_auth") == ["v_author"]
    assert "first_seen" in all_of("SELECT first_")
    assert "select" in all_of("SEL")
    assert all_of(".sch") == [".schema"]
    assert all_of(".query titles") == ["titles-since"]
    assert all_of(".query titles-since si") == ["since="]
    assert all_of(".mode j") == ["json", "jsonl"]
    assert "v_author" in all_of(".schema v_a")
    assert all_of("nothing_like_it") == []
