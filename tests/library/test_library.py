"""``import miner``: the workspace, extraction from texts and files, all loaded when they are used."""

from __future__ import annotations

import subprocess
import sys

import pandas as pd
import pytest

import miner
from miner.errors import FullTextError, LockedError, MinerError, QueryError, UsageError, WorkspaceError
from miner.resources import resource

SENTENCES = ["We scanned 42 patients.", "The accuracy was 91% in 120 subjects."]


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """A workspace with the bundled sample, extracted and published."""
    ws = miner.Workspace.create(tmp_path_factory.mktemp("library") / "w")
    report = ws.import_files([resource("reports", "sample", name) for name in ("pubmed.xml", "arxiv.atom")])
    assert (report.failed, report.partial, len(report.files)) == (False, False, 2)
    assert ws.extract().values > 100
    return ws


def test_importing_loads_nothing_heavy():
    code = (
        "import sys, miner; miner.__version__; dir(miner)\n"
        "print([m for m in ('numpy', 'pandas', 'spacy', 'duckdb', 'statsmodels', 'scipy', 'requests') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


@pytest.mark.parametrize("first", ["import miner.extract.engine", "import miner.extract.api", "pass"])
def test_extract_is_callable_whatever_was_imported_before(first):
    code = f"{first}\nimport miner\nprint(len(miner.extract(['We scanned 42 patients.'])))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "1"


def test_texts_become_a_frame_with_their_ids():
    frame = miner.extract(SENTENCES)
    assert list(frame.columns[:6]) == ["id", "kind", "value", "start", "end", "quote"]
    assert frame[["id", "kind", "value"]].to_numpy().tolist() == [[0, "sample_size", 42], [1, "performance", 0.91], [1, "sample_size", 120]]
    assert [SENTENCES[i][a:b] for i, a, b in zip(frame["id"], frame["start"], frame["end"], strict=True)] == frame["quote"].tolist()
    assert miner.extract(dict(zip("ab", SENTENCES, strict=True)))["id"].tolist() == ["a", "b", "b"]
    assert miner.extract(pd.Series(SENTENCES, index=[7, 8]))["id"].tolist() == [7, 8, 8]
    assert miner.extract(iter(SENTENCES)).equals(frame)


def test_no_texts_give_an_empty_frame_with_the_same_first_columns():
    frame = miner.extract([])
    assert (len(frame), list(frame.columns)) == (0, ["id", "kind", "value", "start", "end", "quote", "rule", "rule_version", "score"])


@pytest.mark.parametrize("bad", ["one string", [None], [3.0], {"a": float("nan")}])
def test_what_is_no_text_is_told(bad):
    with pytest.raises(UsageError):
        miner.extract(bad)


def test_rules_of_ones_own_are_taken_up(tmp_path):
    folder = tmp_path / "drift"
    folder.mkdir()
    (folder / "rule.toml").write_text(
        'id = "drift"\nversion = "1"\nkind = "drift"\nexamples = ["A <ent value=drift>drift</ent> was seen."]\n[terms]\ndrift = ["drift"]\n'
    )
    assert miner.extract(["A drift was seen."], rules=[tmp_path])["kind"].tolist() == ["drift"]


def test_a_file_is_read_with_section_and_sentence(tmp_path):
    path = tmp_path / "paper.xml"
    path.write_text(
        "<article><front><article-meta><title-group><article-title>Scans</article-title></title-group></article-meta></front>"
        "<body><sec><title>Methods</title><p>We included 120 patients.</p></sec>"
        "<sec><title>Results</title><p>The accuracy of our network was 91%.</p></sec></body></article>"
    )
    frame = miner.extract_file(path)
    found = frame[frame["kind"].isin(["sample_size", "performance"])]
    assert found[["id", "value", "section"]].to_numpy().tolist() == [["paper.xml", 120, "methods"], ["paper.xml", 0.91, "results"]]
    assert found["sentence"].iloc[0] == "We included 120 patients."


@pytest.mark.parametrize("content", [None, b"", b"<html></html>", b"%PDF-1.4 broken"])
def test_a_file_that_cannot_be_read_says_why(tmp_path, content):
    path = tmp_path / "x.pdf"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(FullTextError, match=str(path)):
        miner.extract_file(path)


def test_a_new_workspace_can_be_asked(tmp_path):
    ws = miner.Workspace.create(tmp_path / "w")
    assert ws.sql("SELECT count(*) AS n FROM v_paper")["n"].tolist() == [0]
    assert (ws.root / "jobs" / "alzheimer-mri.toml").is_file()
    assert miner.Workspace.create(ws.root).root == miner.Workspace.open(ws.root).root == ws.root
    with pytest.raises(WorkspaceError):
        miner.Workspace.open(tmp_path)


def test_a_workspace_is_asked_in_sql_and_by_name(demo):
    counts = demo.sql("SELECT metric, count(*) AS n FROM v_performance WHERE value > $least GROUP BY ALL ORDER BY ALL", {"least": 0.5})
    assert "accuracy" in counts["metric"].tolist()
    assert demo.query("high-claims-on-small-samples", max_n=50)["n"].max() <= 50
    assert demo.select("SELECT 1 AS x").to_pydict() == {"x": [1]}
    assert demo.select_named("metrics-used").num_rows == len(demo.query("metrics-used"))
    with pytest.raises(QueryError):
        demo.sql("DROP TABLE paper")
    with pytest.raises(UsageError):
        demo.query("no-such-query")


def test_effects_lead_back_to_their_sentences(demo):
    effects = demo.effects("accuracy", origin="extracted")
    assert len(effects) > 10
    assert set(effects["metric"]) == {"accuracy"}
    task = effects["task"].dropna().iloc[0]
    assert set(demo.effects(task=task)["task"]) == {task}
    for unknown in ({"metric": "no-such"}, {"task": "no-such"}, {"origin": "no-such"}):
        with pytest.raises(UsageError, match=f"there is no {next(iter(unknown))} 'no-such'"):
            demo.effects(**unknown)
    chain = demo.why(effects["effect_id"].iloc[0])
    assert chain["extractions"][0]["extraction"]["sentence"]


def test_a_review_counts_at_once(demo):
    effect = demo.effects("accuracy", origin="extracted").iloc[0]
    done = demo.review(effect["effect_id"], "correct", reviewer="ab", value=0.5, note="as printed")
    assert done.new == 1
    assert 0.5 in demo.effects("accuracy")["estimate"].tolist()
    assert demo.review(effect["performance_extraction_id"], "accept", reviewer="ab").new == 1


def test_search_status_and_report(demo, tmp_path):
    assert demo.search("Alzheimer", years=(2000, None), limit=3)
    assert demo.status()["counts"]["papers"] == demo.sql("SELECT count(*) AS n FROM v_paper")["n"][0]
    page = demo.report(output=tmp_path, form="md")
    assert page.read_text().startswith("#")


def test_a_source_that_is_not_there_is_told(demo):
    with pytest.raises(UsageError, match="known: "):
        demo.harvest("scopus", "x")
    with pytest.raises(UsageError, match="known: "):
        demo.enrich("scopus")
    with pytest.raises(UsageError, match="after"):
        demo.harvest("arxiv", "x", since="2021-01-01", until="2020-01-01")
    with pytest.raises(MinerError, match="no job"):
        demo.run("no-such-job")
    job = next(demo.settings.jobs.glob("*.toml")).stem
    with pytest.raises(UsageError, match="no step 'nope'"):
        demo.run(job, start="nope")
    with pytest.raises(UsageError, match="workers: it is 0"):
        demo.run(job, workers=0)


def test_a_bad_file_stops_no_other(demo, tmp_path):
    told = []
    bad, good = tmp_path / "bad.xml", tmp_path / "good.jsonl"
    bad.write_text("<broken")
    good.write_text('{"title": "Sleep staging", "abstract": "An accuracy of 81% in 40 people.", "doi": "10.1/z"}\n')
    report = demo.import_files([bad, good], say=told.append)
    assert (report.partial, report.failed, len(report.errors)) == (True, False, 1)
    assert any("bad.xml" in t for t in told)
    with pytest.raises(UsageError, match="kind"):
        demo.import_files(good, kind="novels")


def test_a_lock_is_told(demo):
    from miner.jobs.lock import writing

    with writing(demo.settings), pytest.raises(LockedError):
        demo.publish()
