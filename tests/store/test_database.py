"""Migrations, comments, versions, snapshots: what the store promises."""

from __future__ import annotations

import dataclasses

import duckdb
import pytest

from miner.config import init_workspace
from miner.errors import LockedError, StoreError
from miner.jobs.lock import writing
from miner.jobs.publishing import publish
from miner.store.connect import open_reader, open_writer
from miner.store.migrate import Migration, migrate, migrations, pending
from miner.store.snapshot import content_digest
from miner.store.write import delete_papers, upsert_papers
from miner.types import AbstractSection, Author, Paper

A = Paper(
    "pmid:1", "pubmed", "One", "First.", 2020, authors=(Author("Ada B", "B", "Ada"),), sections=(AbstractSection(None, None, "First."),)
)
B = Paper("arxiv:2001.00001", "arxiv", "Two", "Second.", 2021, categories=("cs.LG",))


@pytest.fixture
def con(tmp_path):
    with open_writer(tmp_path / "corpus.duckdb") as connection:
        yield connection


def test_every_table_view_and_column_has_a_comment(con):
    missing = con.execute(
        """SELECT table_name, NULL FROM duckdb_tables() WHERE NOT internal AND comment IS NULL
           UNION ALL SELECT view_name, NULL FROM duckdb_views() WHERE NOT internal AND comment IS NULL
           UNION ALL SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal AND schema_name = 'main' AND comment IS NULL"""
    ).fetchall()
    assert missing == []


CONTRACT = {
    "v_paper": "paper_id, source, title, abstract, year, published, venue, doi, arxiv_id, pmid, pmcid, categories, version, withdrawn, retracted",
    "v_sample_size": "extraction_id, paper_id, value, unit, role, own, quote, sentence, page, rule_id, rule_version, score",
    "v_performance": "extraction_id, paper_id, metric, value, ci_low, ci_high, sd, claim, quote, sentence, page, rule_id, rule_version, score",
    "v_label": "extraction_id, paper_id, kind, value",
    "v_effect": "effect_id, study_id, origin, reference, task, metric, estimate, n, n_unit, n_role, year, condition, modality, validation, decided",
    "v_crawl": "job, source, window_from, window_until, reported, received, state, attempts, last_error",
    "v_prisma": "stage, source, reason, count",
}


@pytest.mark.parametrize("view", CONTRACT)
def test_the_views_have_the_columns_that_others_rely_on(con, view):
    assert con.execute(f"SELECT {CONTRACT[view]} FROM {view}").fetchall() == []


def test_migrations_are_applied_once_and_in_order(con):
    assert migrate(con) == []
    assert pending(con) == []
    applied = con.execute("SELECT number, sha256 FROM migration ORDER BY number").fetchall()
    assert applied == [(m.number, m.sha256) for m in migrations()]


def test_a_changed_migration_is_refused(con):
    changed = [dataclasses.replace(m, sql=m.sql + "-- changed") if m.number == 1 else m for m in migrations()]
    with pytest.raises(StoreError, match="migration 0001_core has changed"):
        pending(con, changed)


def test_a_database_of_a_newer_miner_is_refused(con):
    with pytest.raises(StoreError, match="does not know"):
        pending(con, migrations()[:-1])


def test_a_failing_migration_leaves_the_database_as_it_was(con):
    bad = [*migrations(), Migration(9999, "bad", "CREATE TABLE half (i INTEGER); SELECT * FROM nowhere")]
    with pytest.raises(StoreError, match="the database is as it was"):
        migrate(con, bad)
    assert con.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'half'").fetchone() == (0,)
    assert len(pending(con, bad)) == 1


def test_unchanged_records_are_not_written_again(con):
    assert dataclasses.astuple(upsert_papers(con, [A, B], "j")) == (2, 2, 0, 0)
    assert dataclasses.astuple(upsert_papers(con, [A, B], "j")) == (2, 0, 0, 2)
    assert con.execute("SELECT count(*) FROM author").fetchone() == (1,)


def test_a_changed_record_replaces_and_its_versions_stay(con):
    upsert_papers(con, [A], "j")
    second = dataclasses.replace(A, version=2, title="One, corrected", authors=())
    assert upsert_papers(con, [second, A], "j").changed == 1
    assert con.execute("SELECT title, version FROM v_paper").fetchall() == [("One, corrected", 2)]
    assert con.execute("SELECT version, title FROM paper_version ORDER BY version").fetchall() == [(1, "One"), (2, "One, corrected")]
    assert con.execute("SELECT count(*) FROM author").fetchone() == (0,)
    # An older version that arrives later is kept, but does not take the place of the newer one.
    upsert_papers(con, [dataclasses.replace(A, abstract="Late.")], "j")
    assert con.execute("SELECT title FROM v_paper").fetchall() == [("One, corrected",)]
    assert con.execute("SELECT count(*) FROM paper_version").fetchone() == (3,)


def test_deleted_records_leave_with_all_that_was_read_from_them(con):
    upsert_papers(con, [A, B], "j")
    assert delete_papers(con, ["pmid:1", "pmid:404"]) == 1
    assert con.execute("SELECT paper_id FROM v_paper").fetchall() == [("arxiv:2001.00001",)]
    assert con.execute("SELECT count(*) FROM abstract_section").fetchone() == (0,)


def test_the_digest_does_not_depend_on_order_or_time(tmp_path):
    digests = set()
    for name, papers in (("a", [A, B]), ("b", [B, A])):
        with open_writer(tmp_path / f"{name}.duckdb") as connection:
            upsert_papers(connection, papers, "j")
            connection.execute("INSERT INTO job_run VALUES (?, 'j', 'done', ?, NULL, NULL)", [name, name])
            digests.add(content_digest(connection))
            upsert_papers(connection, [dataclasses.replace(A, title="x")], "j")
            assert content_digest(connection) not in digests
    assert len(digests) == 1


def test_publishing_flips_only_when_something_changed_and_readers_keep_theirs(tmp_path):
    place = init_workspace(tmp_path)
    with writing(place) as writer:
        upsert_papers(writer, [A], "j")
        first = publish(writer, place)
        assert not publish(writer, place).new
        with open_reader(place.current) as reader:
            upsert_papers(writer, [B], "j")
            second = publish(writer, place)
            assert reader.execute("SELECT count(*) FROM v_paper").fetchone() == (1,)
        with open_reader(place.current) as reader:
            assert reader.execute("SELECT count(*) FROM v_paper").fetchone() == (2,)
            comment = reader.execute("SELECT comment FROM duckdb_views() WHERE view_name = 'v_paper'").fetchone()
            assert comment
            assert comment[0]
    assert (first.path.exists(), second.new, place.current.is_symlink()) == (True, True, True)


def test_old_snapshots_are_pruned(tmp_path):
    place = dataclasses.replace(init_workspace(tmp_path), keep_snapshots=2)
    with writing(place) as writer:
        for i in range(4):
            upsert_papers(writer, [dataclasses.replace(A, paper_id=f"pmid:{i}")], "j")
            last = publish(writer, place)
    assert len(list(place.snapshots.glob("*.duckdb"))) == 2
    assert place.current.resolve() == last.path.resolve()


def test_where_there_are_no_links_a_copy_is_flipped(tmp_path, monkeypatch):
    place = init_workspace(tmp_path)
    monkeypatch.setattr("pathlib.Path.symlink_to", lambda *_: (_ for _ in ()).throw(OSError("no links here")))
    with writing(place) as writer:
        upsert_papers(writer, [A], "j")
        publish(writer, place)
    assert not place.current.is_symlink()
    with open_reader(place.current) as reader:
        assert reader.execute("SELECT count(*) FROM v_paper").fetchone() == (1,)


def test_a_second_writer_is_told_who_writes(tmp_path):
    place = init_workspace(tmp_path)
    with writing(place), pytest.raises(LockedError, match="process"), writing(place):
        pass


def test_a_damaged_database_is_reported(tmp_path):
    (tmp_path / "x.duckdb").write_bytes(b"this is no database" * 1000)
    with pytest.raises(StoreError, match="cannot be opened"):
        open_writer(tmp_path / "x.duckdb")


def test_values_out_of_range_are_refused_by_the_database(con):
    with pytest.raises(duckdb.ConstraintException):
        con.execute(
            "INSERT INTO effect (effect_id, study_id, origin, metric, estimate, n, decided) VALUES ('e', 's', 'o', 'accuracy', 0.9, 0, 'x')"
        )
