"""A process that is killed leaves a whole database; readers and a writer do not disturb each other; old databases come along."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time

import duckdb
import pytest

from miner.config import init_workspace
from miner.jobs.lock import writing
from miner.jobs.publishing import publish
from miner.store.connect import open_reader
from miner.store.migrate import migrate, migrations

WRITER = """
import itertools, sys
from pathlib import Path
from miner.config import find_workspace
from miner.jobs.lock import writing
from miner.jobs.publishing import publish
from miner.store.write import upsert_papers
from miner.types import Author, Paper
place = find_workspace(Path(sys.argv[1]))
with writing(place) as con:
    start = con.execute("SELECT count(*) FROM paper").fetchall()[0][0]
    print("ready", flush=True)
    for i in itertools.count(start, 50):
        print(i, flush=True)
        upsert_papers(con, [Paper(f"pmid:{k}", "pubmed", f"Title {k}", "Text " * 50, 2020, authors=(Author("A B"),)) for k in range(i, i + 50)], "j")
        publish(con, place)
"""
MIGRATOR = """
import sys
import duckdb
from miner.store.migrate import Migration, migrate, migrations
with duckdb.connect(sys.argv[1]) as con:
    print("ready", flush=True)
    slow = "".join(f"CREATE TABLE t{i} AS SELECT range AS x FROM range(200000);" for i in range(100))
    migrate(con, [*migrations(), Migration(9998, "slow", slow)])
"""


def start(script, *arguments):
    process = subprocess.Popen([sys.executable, "-c", script, *map(str, arguments)], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    return process


def kill(process):
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()


def test_killed_while_writing_and_publishing(tmp_path):
    place = init_workspace(tmp_path)
    rng = random.Random(3)
    seen = 0
    for _ in range(5):
        process = start(WRITER, place.root)
        # At any moment of the third batch's writing or publishing, however slow the machine is.
        begun = time.monotonic()
        for _ in range(3):
            process.stdout.readline()
        time.sleep(rng.uniform(0, (time.monotonic() - begun) / 2))
        kill(process)
        # The next command finds a whole database: batches are there as a whole or not at all.
        with writing(place) as con:
            papers, authors = (con.execute(f"SELECT count(*) FROM {t}").fetchall()[0][0] for t in ("paper", "author"))
            assert papers == authors
            assert papers % 50 == 0
            assert papers >= seen
            seen = papers
        if place.current.exists():
            with open_reader(place.current) as reader:
                assert reader.execute("SELECT count(*) FROM v_paper").fetchall()[0][0] % 50 == 0
    with writing(place) as con:
        publish(con, place)
    assert seen > 0
    assert not list(place.snapshots.glob("*.part*"))


def test_killed_while_migrating(tmp_path):
    path = tmp_path / "corpus.duckdb"
    with duckdb.connect(str(path)) as con:
        migrate(con)
    for wait in (0.02, 0.1, 0.3):
        process = start(MIGRATOR, path)
        time.sleep(wait)
        kill(process)
        with duckdb.connect(str(path)) as con:
            tables = con.execute("SELECT count(*) FROM duckdb_tables() WHERE regexp_full_match(table_name, 't\\d+')").fetchall()[0][0]
            done = con.execute("SELECT count(*) FROM migration WHERE number = 9998").fetchall()[0][0]
        assert (tables, done) in {(0, 0), (100, 1)}


def test_readers_never_fail_and_never_see_an_old_snapshot_twice(tmp_path):
    place = init_workspace(tmp_path)
    with writing(place) as con:
        publish(con, place)
    process = start(WRITER, place.root)
    try:
        last, reads, changes, until = -1, 0, 0, time.monotonic() + float(os.environ.get("MINER_SOAK_SECONDS", "4"))
        while time.monotonic() < until:
            # What the link names now is what a reader that opens it from now on must have, or something newer.
            with open_reader(place.current) as reader:
                count = reader.execute("SELECT count(*) FROM v_paper").fetchall()[0][0]
            assert count >= last
            changes += count > last
            last, reads = count, reads + 1
        assert reads > 10
        assert changes > 0
    finally:
        kill(process)


@pytest.mark.parametrize("version", [m.number for m in migrations()][:-1])
def test_a_database_of_each_earlier_version_comes_along_with_its_data(tmp_path, version):
    path = tmp_path / "corpus.duckdb"
    known = [m for m in migrations() if m.number <= version]
    with duckdb.connect(str(path)) as con:
        migrate(con, known)
        con.execute(
            """INSERT INTO paper (paper_id, source, title, abstract, categories, version, withdrawn, retracted, publication_types, mesh, digest)
               VALUES ('pmid:1', 'pubmed', 'T', 'A', [], 1, FALSE, FALSE, [], [], 'd')"""
        )
        con.execute("INSERT INTO study VALUES ('pmid:1', 'pmid:1', 'single record')")
        con.execute("INSERT INTO decision VALUES (1, 'x', 'accept', 'ada', '2026-01-01', NULL, NULL)")
        applied = migrate(con)
        assert [m.number for m in applied] == [m.number for m in migrations() if m.number > version]
        assert con.execute("SELECT title FROM v_paper").fetchall() == [("T",)]
        assert con.execute("SELECT reviewer FROM decision").fetchall() == [("ada",)]
        assert con.execute("SELECT study_id FROM v_study").fetchall() == [("pmid:1",)]
        assert migrate(con) == []
