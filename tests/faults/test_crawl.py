"""Crawls against the replay server: every record exactly once, whatever goes wrong on the way."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from miner.config import init_workspace
from miner.harvest.http import Budget
from miner.jobs.crawling.crawl import harvest_source, plan_source
from miner.jobs.lock import writing
from miner.store.snapshot import content_digest

ARXIV, PUBMED = 'all:"deep learning" AND cat:eess.IV', "machine learning"


def expected(shared: Path, service: str, *words: str) -> set[str]:
    """The identifiers that a query must bring, found by reading the corpus."""
    found = set()
    for line in (shared / "corpus" / f"{service}.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        abstract = record["abstract"] if isinstance(record["abstract"], str) else " ".join(text for _, text in record["abstract"])
        text = f"{record['title']} {abstract} {' '.join(record.get('categories', []))}".lower()
        if all(w in text for w in words):
            found.add(f"pmid:{record['pmid']}" if service == "pubmed" else f"arxiv:{record['id']}")
    return found


def papers(con) -> list[str]:
    return sorted(r[0] for r in con.execute("SELECT paper_id FROM v_paper").fetchall())


def test_strict_crawl_of_both_services_brings_every_record_once_and_breaks_no_rule(replay, workspace, shared):
    server = replay("--strict", interval=0.1)
    want = sorted(expected(shared, "arxiv", "deep learning", "eess.iv") | expected(shared, "pubmed", "machine", "learning"))
    with writing(workspace) as con:
        first = [harvest_source(con, workspace, "j", "arxiv", ARXIV), harvest_source(con, workspace, "j", "pubmed", PUBMED)]
        assert papers(con) == want
        assert [r.partial for r in first] == [False, False]
        assert sum(r.new for r in first) == sum(r.received for r in first) == sum(r.reported for r in first) == len(want)
        digest, kept = content_digest(con), server.stats()["requests"]
        again = [harvest_source(con, workspace, "j", "arxiv", ARXIV), harvest_source(con, workspace, "j", "pubmed", PUBMED)]
        assert content_digest(con) == digest
        assert [(r.new, r.changed, r.received) for r in again] == [(0, 0, 0), (0, 0, 0)]
        states = con.execute("SELECT DISTINCT state, received = reported FROM v_crawl").fetchall()
        assert states == [("done", True)]
    stats = server.stats()
    assert stats["violations"] == {}
    assert stats["requests"]["/eutils/efetch.fcgi"] == kept["/eutils/efetch.fcgi"]  # the second run fetched no record again


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_with_three_in_ten_answers_wrong_every_record_arrives_exactly_once(replay, workspace, shared, seed):
    server = replay("--faults", f"{seed}:0.3")
    want = sorted(expected(shared, "arxiv", "segmentation") | expected(shared, "pubmed", "machine", "learning"))
    with writing(workspace) as con:
        one = harvest_source(con, workspace, "j", "arxiv", "segmentation", page=15)
        two = harvest_source(con, workspace, "j", "pubmed", PUBMED, page=100)
        assert (one.errors, two.errors) == ([], [])
        assert papers(con) == want
        assert one.new + two.new == len(want)
    assert sum(server.stats()["faults"].values()) > 4


def test_a_list_that_drifts_while_it_is_read_loses_nothing(replay, workspace, shared):
    server = replay("--drift", "--strict")
    with writing(workspace) as con:
        report = harvest_source(con, workspace, "j", "arxiv-oai", "set:cs")
        assert len(papers(con)) == 2_000
        assert report.new == 2_000
        assert not report.partial
        again = harvest_source(con, workspace, "j", "arxiv-oai", "set:cs")
        assert (again.new, again.changed) == (0, 0)
    assert server.stats()["violations"] == {}


def test_a_day_with_more_records_than_an_answer_holds_is_listed_until_nothing_new_comes(replay, workspace, shared, monkeypatch):
    replay("--drift")
    from miner.harvest import arxiv_oai

    monkeypatch.setattr(arxiv_oai.ArxivOaiSource, "step", lambda *_: None)  # as if each day were too dense
    with writing(workspace) as con:
        report = harvest_source(con, workspace, "j", "arxiv-oai", "set:cs segmentation", since="2025-06-02", until="2025-06-04")
        assert report.windows_done == 3
        assert report.errors == []
        rows = con.execute("SELECT window_from, reported, received, state FROM v_crawl ORDER BY 1").fetchall()
        assert [r[0] for r in rows] == ["2025-06-02", "2025-06-03", "2025-06-04"]
        assert all(r[1] == r[2] and r[3] == "done" for r in rows)


def test_words_after_the_set_keep_the_records_that_hold_them(replay, workspace, shared):
    replay()
    with writing(workspace) as con:
        harvest_source(con, workspace, "j", "arxiv-oai", 'set:cs "deep learning" eess.IV')
        assert papers(con) == sorted(expected(shared, "arxiv", "deep learning", "eess.iv"))


def test_seventeen_thousand_records_arrive_in_spite_of_the_wall(replay, workspace, shared):
    server = replay("--strict", "--scale", "20")
    with writing(workspace) as con:
        report = harvest_source(con, workspace, "j", "pubmed", "a", size=9_999, page=2_000)
        assert report.errors == []
        assert len(papers(con)) == report.received == 17_280
        assert con.execute("SELECT max(reported) <= 9999, count(*) > 2 FROM v_crawl").fetchone() == (True, True)
    assert server.stats()["violations"] == {}


def test_days_too_dense_are_cut_by_pmid(replay, workspace):
    replay("--scale", "4")
    with writing(workspace) as con:
        day = "2020-01-01"
        month = harvest_source(con, workspace, "all", "pubmed", "a", since=day, until="2020-01-31").received
        cut = harvest_source(con, workspace, "cut", "pubmed", "a", since=day, until="2020-01-31", size=2)
        assert cut.received == month > 3
        assert cut.errors == []
        assert con.execute("SELECT count(*) > 0 FROM v_crawl WHERE job = 'cut' AND uid_until IS NOT NULL").fetchone() == (True,)
        assert harvest_source(con, workspace, "cut", "pubmed", "a", since=day, until="2020-01-31", size=2).received == 0


DRIVER = """
import sys
from pathlib import Path
from miner.config import load_workspace
from miner.jobs.crawling.crawl import harvest_source
from miner.jobs.lock import writing
w = load_workspace(Path(sys.argv[1]))
with writing(w) as con:
    a = harvest_source(con, w, "j", "arxiv", "segmentation", size=60, page=30)
    b = harvest_source(con, w, "j", "arxiv-oai", "set:cs segmentation", since="2025-06-01")
    c = harvest_source(con, w, "j", "pubmed", "machine learning", size=120, page=40)
    assert not a.partial and not b.partial and not c.partial, (a.errors, b.errors, c.errors)
"""


@pytest.mark.slow
def test_a_run_killed_at_random_moments_ends_with_the_same_database(replay, tmp_path):
    server = replay()
    undisturbed = init_workspace(tmp_path / "undisturbed")
    command = [sys.executable, "-c", DRIVER]
    subprocess.run([*command, str(undisturbed.root)], env=server.environment, check=True)
    killed = init_workspace(tmp_path / "killed")
    choose, kills = random.Random(6), 0
    for _ in range(int(os.environ.get("MINER_TEST_KILLS", "5"))):
        run = subprocess.Popen([*command, str(killed.root)], env=server.environment)
        try:
            run.wait(timeout=choose.uniform(0.9, 2.6))
            assert run.returncode == 0
            break
        except subprocess.TimeoutExpired:
            run.kill()
            run.wait()
            kills += 1
    subprocess.run([*command, str(killed.root)], env=server.environment, check=True)
    assert kills >= 3
    digests = []
    for place in (undisturbed, killed):
        with writing(place) as con:
            windows = con.execute("SELECT * FROM v_crawl ORDER BY ALL").fetchall()
            digests.append((content_digest(con), len(papers(con)), windows))
    assert digests[0] == digests[1]


def test_the_ledger_keeps_its_watermark_before_a_gap(replay, workspace, shared):
    replay()
    with writing(workspace) as con:
        part = harvest_source(con, workspace, "j", "pubmed", PUBMED, size=100, limit=150)
        assert part.limited
        assert part.new == part.received == 150
        mark = con.execute("SELECT watermark FROM crawl").fetchone()[0]
        first_open = con.execute("SELECT min(window_from) FROM v_crawl WHERE state <> 'done'").fetchone()[0]
        assert mark is None or mark < first_open
        rest = harvest_source(con, workspace, "j", "pubmed", PUBMED, size=100)
        assert not rest.partial
        assert papers(con) == sorted(expected(shared, "pubmed", "machine", "learning"))


@pytest.mark.parametrize(
    ("source", "query", "words"),
    [
        ("arxiv", "segmentation", ("segmentation",)),
        ("arxiv-oai", "set:cs segmentation", ("segmentation",)),
        ("pubmed", PUBMED, ("machine", "learning")),
    ],
)
def test_a_limit_of_seven_gives_seven_and_the_next_run_seven_more(replay, workspace, shared, source, query, words):
    replay()
    with writing(workspace) as con:
        for run in (1, 2):
            part = harvest_source(con, workspace, "j", source, query, limit=7)
            assert (part.new, len(papers(con)), part.limited, part.partial) == (7, 7 * run, True, False)
        rest = harvest_source(con, workspace, "j", source, query)
        want = expected(shared, "pubmed" if source == "pubmed" else "arxiv", *words)
        assert set(papers(con)) == want
        assert rest.new == len(want) - 14
        assert not rest.limited


def test_a_budget_ends_a_run_in_part_and_the_next_goes_on(replay, workspace, shared):
    replay()
    with writing(workspace) as con:
        first = harvest_source(con, workspace, "j", "pubmed", PUBMED, size=200, page=50, budget=Budget(requests=16))
        assert first.partial
        assert first.requests == 16
        second = harvest_source(con, workspace, "j", "pubmed", PUBMED, size=200, page=50)
        assert not second.partial
        assert papers(con) == sorted(expected(shared, "pubmed", "machine", "learning"))


def test_a_record_that_comes_late_with_an_old_date_is_found(replay, workspace):
    replay()
    with writing(workspace) as con:
        harvest_source(con, workspace, "j", "pubmed", PUBMED, size=100)
        # As if one record had not been there the first time: its window's count was one less.
        row = con.execute("SELECT window_from FROM crawl_window WHERE reported > 5 ORDER BY window_from LIMIT 1").fetchone()
        con.execute("UPDATE crawl_window SET reported = reported - 1, received = received - 1 WHERE window_from = ?", [row[0]])
        gone = con.execute("SELECT paper_id FROM paper WHERE year = (SELECT min(year) FROM paper) LIMIT 1").fetchone()[0]
        con.execute("DELETE FROM paper WHERE paper_id = ?", [gone])
        con.execute("DELETE FROM paper_version WHERE paper_id = ?", [gone])
        report = harvest_source(con, workspace, "j", "pubmed", PUBMED, size=100)
        assert report.new == 1
        assert report.windows_done == 1


def test_dry_run_counts_and_fetches_nothing(replay, workspace, shared):
    server = replay()
    with writing(workspace) as con:
        plan = plan_source(con, workspace, "j", "pubmed", PUBMED)
        assert plan["reported"] == len(expected(shared, "pubmed", "machine", "learning"))
        assert plan["seconds"] > 0
        assert con.execute("SELECT count(*) FROM crawl_window").fetchone() == (0,)
    assert "/eutils/efetch.fcgi" not in server.stats()["requests"]


def test_replay_from_the_raw_store_needs_no_network(replay, workspace, tmp_path, monkeypatch):
    replay()
    with writing(workspace) as con:
        harvest_source(con, workspace, "j", "arxiv", ARXIV)
        harvest_source(con, workspace, "j", "pubmed", PUBMED)
        digest = content_digest(con)
        for table in ("paper", "paper_version", "author", "abstract_section", "correction", "paper_job"):
            con.execute(f"DELETE FROM {table}")
        monkeypatch.setenv("MINER_ARXIV_URL", "http://127.0.0.1:9/none")
        monkeypatch.setenv("MINER_EUTILS_URL", "http://127.0.0.1:9/none")
        for source, query in (("arxiv", ARXIV), ("pubmed", PUBMED)):
            harvest_source(con, workspace, "j", source, query, replay=True)
        assert content_digest(con) == digest


def test_no_key_and_no_contact_reach_the_ledger(replay, workspace, monkeypatch):
    replay()
    monkeypatch.setenv("NCBI_API_KEY", "secret-key")
    with writing(workspace) as con:
        harvest_source(con, workspace, "j", "pubmed", "machine learning")
        rows = con.execute("SELECT request FROM response").fetchall()
        assert rows
        assert not any("secret-key" in r[0] or "example.org" in r[0] for r in rows)
