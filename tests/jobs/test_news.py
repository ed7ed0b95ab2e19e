"""What is new since a run or day and between snapshots, and how people and programs are told; every record is invented."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import pytest
from lxml import etree

import miner
from miner.errors import StoreError, UsageError
from miner.export.news import heading, render_news, sections
from miner.jobs.lock import writing
from miner.jobs.news import told_by_run
from miner.jobs.publishing import publish
from miner.store.connect import open_reader
from miner.store.effects import replace_effects
from miner.store.news import News, count_news, read_news
from miner.store.runs import begin_run, end_run, record_step, write_job
from miner.store.write import upsert_papers
from miner.types import Effect, Paper

OLD = Paper("pmid:1", "pubmed", "Old", "", 2019, pmid="1")
NEW = Paper("pmid:2", "pubmed", "New <b> & `bold`\x00", "We counted.", 2024, pmid="2", venue="J", doi="10.1234/x")
E1 = Effect("e1", "pmid:1", "extracted", "accuracy", 0.9, n=100, decided="one")
E2 = Effect("e2", "pmid:2", "extracted", "accuracy", 0.8, decided="one", task="diagnosis: AD vs CN")
E3 = Effect("e3", "pmid:1", "extracted", "auc", 0.95, n=100, decided="one")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A workspace with an old record, a copy of its snapshot, and what a run brought since."""
    made = miner.Workspace.create(tmp_path_factory.mktemp("news") / "w")
    with writing(made.settings) as con:
        write_job(con, "ad", "Question?", {"effects": {"metrics": ["accuracy"]}})
        first = begin_run(con, "ad")
        upsert_papers(con, [OLD], "ad")
        replace_effects(con, [("pmid:1", E1)], "extracted")
        record_step(con, first, 0, "summary", "done", {"verdicts": {"accuracy": "falls with sample size, strong evidence"}})
        end_run(con, first, "done", None)
        # A month ago.
        con.execute("UPDATE paper SET first_seen = '2026-01-01T06:00:00+00:00'")
        con.execute("UPDATE effect_seen SET first_seen = '2026-01-01T06:00:00+00:00'")
        con.execute("UPDATE job_run SET started = '2026-01-01T05:00:00.000001+00:00'")
        shutil.copy(publish(con, made.settings).path, made.root / "before.duckdb")
        begin_run(con, "ad")
        upsert_papers(con, [NEW], "ad")
        upsert_papers(con, [replace(OLD, paper_id="pmid:3", title="Of another job")], "other")
        replace_effects(con, [("pmid:1", replace(E1, n=120)), ("pmid:1", E3), ("pmid:2", E2)], "extracted")
        publish(con, made.settings)
    return made


def test_since_the_last_run_of_a_job(place):
    news = place.news(job="ad")
    assert [p["paper_id"] for p in news.papers] == ["pmid:2"]
    assert [e["effect_id"] for e in news.effects] == ["e3", "e2"]
    before, now = news.verdicts["ad"]["accuracy"]
    assert before == "falls with sample size, strong evidence"
    assert now.startswith("not computed: 1 value")
    assert {p["paper_id"] for p in place.news().papers} == {"pmid:2", "pmid:3"}


def test_since_a_day_or_a_run(place):
    run = place.sql("SELECT min(run_id) AS r FROM job_run")["r"][0]
    assert [len(place.news(since, job="ad").papers) for since in ("2026-01-01", run, "2026-01-01T06:00:01", "2026-01-01 06:00")] == [
        2,
        2,
        1,
        2,
    ]
    with pytest.raises(UsageError, match="2999-01-01 is in the future"):
        place.news("2999-01-01")
    with pytest.raises(UsageError, match="no run and no day"):
        place.news("last week")
    with pytest.raises(UsageError, match="no record is of a job 'none'"):
        place.news(job="none")


def test_a_record_or_effect_that_is_written_again_is_not_new(place):
    seen = place.sql("SELECT paper_id, first_seen FROM v_paper").set_index("paper_id")["first_seen"].to_dict()
    assert seen["pmid:1"] == "2026-01-01T06:00:00+00:00"
    assert seen["pmid:2"] > "2026-01-02"
    effects = place.sql("SELECT effect_id, first_seen FROM v_effect").set_index("effect_id")["first_seen"].to_dict()
    assert effects["e1"] == "2026-01-01T06:00:00+00:00"  # its n changed, and it was chosen anew


def test_runs_in_the_same_second_are_told_apart(tmp_path):
    made = miner.Workspace.create(tmp_path / "w")
    with writing(made.settings) as con:
        upsert_papers(con, [OLD], "file")
        first = begin_run(con, "ad")
        upsert_papers(con, [NEW], "ad")
        replace_effects(con, [("pmid:2", E2)], "extracted")
        second = begin_run(con, "ad")
        upsert_papers(con, [replace(NEW, title="Renamed", version=2), replace(OLD, paper_id="pmid:3", pmid="3")], "ad")
        replace_effects(con, [("pmid:2", E2), ("pmid:2", E3)], "extracted")
        # What an earlier version noted, to the second, counts from its second on.
        con.execute("INSERT INTO paper_job VALUES ('pmid:4', 'ad')")
        upsert_papers(con, [replace(OLD, paper_id="pmid:4", pmid="4")], "old")
        con.execute("UPDATE paper SET first_seen = ? WHERE paper_id = 'pmid:4'", [f"{started(con, second)[:19]}+00:00"])
        news = {run: read_news(con, run) for run in (first, second)}
        assert {p["paper_id"] for p in news[first].papers} == {"pmid:2", "pmid:3", "pmid:4"}
        assert {p["paper_id"] for p in news[second].papers} == {"pmid:3", "pmid:4"}
        assert [{e["effect_id"] for e in news[run].effects} for run in (first, second)] == [{"e2", "e3"}, {"e3"}]
        assert count_news(con, second) == (2, 1)


def started(con, run):
    return con.execute("SELECT started FROM job_run WHERE run_id = ?", [run]).fetchone()[0]


def test_between_snapshots(place):
    news = place.diff(place.root / "before.duckdb")
    assert ([p["paper_id"] for p in news.papers], [e["effect_id"] for e in news.effects]) == (["pmid:2", "pmid:3"], ["e3", "e2"])
    assert [(e["effect_id"], e["was_n"], e["n"]) for e in news.changed_effects] == [("e1", 100, 120)]
    back = place.diff(place.settings.current.resolve().stem[:6], place.root / "before.duckdb", job="ad")
    assert ([p["paper_id"] for p in back.gone_papers], len(back.gone_effects), back.papers) == (["pmid:2"], 2, [])
    assert "2 effects gone" in heading(back)
    with pytest.raises(UsageError, match="no snapshot 'zzz'"):
        place.diff("zzz")


def test_people_and_programs_are_told(place):
    news = place.news(job="ad")
    text = render_news(news, "text")
    assert text.startswith("1 new record, 2 new effects, 1 verdict changed of ad since ")
    assert max(map(len, text.splitlines())) <= 78
    assert "accuracy 80.0 %, n not told, diagnosis: AD vs CN" in text
    assert "https://doi.org/10.1234/x" in text
    assert "at least 4 are needed (was: falls with sample size, strong evidence)" in " ".join(text.split())
    marked = render_news(news, "md")
    assert r"[New \<b\> & \`bold\`](https://doi.org/10.1234/x)" in marked
    assert json.loads(render_news(news, "json"))["papers"][0]["paper_id"] == "pmid:2"
    with pytest.raises(UsageError, match="there is no format 'rss'"):
        render_news(news, "rss")


def test_the_feed_is_atom_and_knows_its_entries_again(place):
    names = {"a": "http://www.w3.org/2005/Atom"}
    feeds = [etree.fromstring(render_news(place.news(since, job="ad"), "atom").encode()) for since in (None, "2026-01-01")]
    ids = [[i for i in feed.xpath("//a:entry/a:id/text()", namespaces=names) if ":verdict/" not in i] for feed in feeds]
    assert (len(ids[0]), len(ids[1])) == (2, 2)
    assert ids[0][0] == ids[1][0]
    assert all(i.startswith("tag:miner.invalid,2026:") for i in ids[0])
    assert len(feeds[0].xpath("//a:entry/a:id[contains(., ':verdict/ad/accuracy/')]", namespaces=names)) == 1
    for feed in feeds:
        for tag in ("id", "title", "updated", "author"):
            assert len(feed.xpath(f"/a:feed/a:{tag}", namespaces=names)) == 1
        for entry in feed.xpath("//a:entry", namespaces=names):
            assert [len(entry.xpath(f"a:{tag}", namespaces=names)) for tag in ("id", "title", "updated", "content")] == [1] * 4
    assert "New <b> & `bold`" in feeds[0].xpath("//a:entry/a:title/text()", namespaces=names)


def test_what_a_job_s_command_is_told(place):
    with open_reader(place.settings.current) as con:
        run = con.execute("SELECT max(run_id) FROM job_run").fetchone()[0]
        told = told_by_run(con, run, "ad", {"changed_verdicts": {"accuracy": ["rises", "falls"]}}, most=1)
    assert (len(told["papers"]), len(told["effects"])) == (1, 1)
    assert told["subject"].startswith("1 new record, 2 new effects, 1 verdict changed of ad since")
    assert "falls (was: rises)" in told["text"]
    assert "area under the ROC curve 0.950" in told["text"]
    json.dumps(told)


def test_a_snapshot_of_an_earlier_miner_says_what_to_do(place, tmp_path):
    import duckdb

    from miner.store.migrate import migrate, migrations
    from miner.store.news import compare, read_news

    with duckdb.connect(str(tmp_path / "old.duckdb")) as con:
        migrate(con, [m for m in migrations() if m.number < 15])
        with pytest.raises(StoreError, match="did not note when records came") as refusal:
            read_news(con)
        assert "miner publish" in (refusal.value.hint or "")
        con.execute("CREATE VIEW v_effect AS SELECT * FROM effect")
        with open_reader(place.settings.current) as now:
            assert len(compare(con, now).papers) == 3


def test_values_are_written_as_their_field_does_and_a_change_is_seen():
    one = {"effect_id": "e", "paper_id": "p", "title": "T", "task": None, "n": None, "first_seen": ""}
    values = [("accuracy", 0.97771, 0.97772), ("auc", 0.7991, 0.7994), ("other", 0.5, 0.25)]
    changed = [
        {**one, "metric": m, "name": "brier" if m == "other" else None, "estimate": now, "was_estimate": was, "was_n": 9}
        for m, now, was in values
    ]
    assert [e.lines[0] for _, entries in sections(News("", "", changed_effects=changed)) for e in entries] == [
        "accuracy 97.771 %, n not told (was 97.772 %, n = 9)",
        "area under the ROC curve 0.7991, n not told (was 0.7994, n = 9)",
        "Brier score 0.500, n not told (was 0.250, n = 9)",
    ]
