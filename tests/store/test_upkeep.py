"""Backup, restoring and repair: nothing is lost, nothing is half done, and what was done is told."""

from __future__ import annotations

import io
import json
import shutil
import tarfile
from pathlib import Path

import pytest

from miner.config import init_workspace, load_workspace
from miner.errors import LockedError, StoreError, UsageError
from miner.harvest.rawstore import RawStore
from miner.jobs.lock import writing
from miner.jobs.publishing import publish
from miner.jobs.upkeep.backup import MANIFEST, back_up, restore
from miner.jobs.upkeep.repair import repair
from miner.store.connect import open_reader
from miner.store.migrate import migrate, migrations
from miner.store.write import upsert_papers
from tests.store.test_who import PAPERS


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    place = init_workspace(tmp_path_factory.mktemp("made") / "reviews")
    with writing(place) as con:
        upsert_papers(con, PAPERS, "job")
        con.execute("INSERT INTO job_run VALUES ('r1', 'job', 'running', '2026-01-01T00:00:00+00:00', NULL, NULL)")
        publish(con, place)
    RawStore(place.raw).put(b"an answer")
    (place.jobs / "mine.toml").write_text("# mine\n", encoding="utf-8")
    (place.root / "queries").mkdir()
    (place.root / "queries" / "own.sql").write_text("-- mine\n", encoding="utf-8")
    return place


@pytest.fixture(scope="module")
def archive(made, tmp_path_factory):
    return back_up(made, tmp_path_factory.mktemp("archive") / "a.tar.gz").path


@pytest.fixture
def place(made, tmp_path):
    shutil.copytree(made.root, tmp_path / "copy", symlinks=True)
    return load_workspace(tmp_path / "copy")


def titles(place) -> list[str]:
    with open_reader(place.current) as con:
        return [r[0] for r in con.execute("SELECT title FROM v_paper ORDER BY 1").fetchall()]


TITLES = [p.title for p in PAPERS]


def test_a_backup_comes_back_whole_elsewhere(made, archive, tmp_path):
    back = restore(archive, tmp_path / "there" / "renamed")
    assert titles(back) == TITLES
    assert RawStore(back.raw).get("".join(p.name.removesuffix(".gz") for p in made.raw.rglob("*.gz"))) == b"an answer"
    assert (back.jobs / "mine.toml").read_text(encoding="utf-8") == "# mine\n"
    assert (back.root / "queries" / "own.sql").exists()
    with tarfile.open(archive) as opened:
        names = opened.getnames()
    assert MANIFEST in names
    assert not [n for n in names if "snapshots" in n or n.endswith((".pid", ".lock"))]
    assert not list((tmp_path / "there").glob(".*"))


def test_without_the_raw_store_as_tar_and_over_nothing(made, tmp_path):
    told = back_up(made, tmp_path / "small.tar", raw=False)
    with tarfile.open(told.path, "r:") as opened:
        assert not [n for n in opened.getnames() if n.startswith("data/raw")]
    with pytest.raises(UsageError, match="there is a file already"):
        back_up(made, told.path)
    with pytest.raises(UsageError, match="cannot be written"):
        back_up(made, tmp_path / "nowhere" / "a.tar.gz")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    with pytest.raises(UsageError, match="something is there already"):
        restore(told.path, tmp_path / "full")
    with pytest.raises(UsageError, match="no such file"):
        restore(tmp_path / "none.tar.gz", tmp_path / "new")
    with writing(made), pytest.raises(LockedError):
        back_up(made, tmp_path / "b.tar.gz")
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["small.tar"]


def test_a_backup_inside_the_workspace_does_not_hold_itself(place):
    told = back_up(place, place.root / "a.tar.gz")
    with tarfile.open(told.path) as opened:
        assert not [n for n in opened.getnames() if n.startswith("a.tar")]


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99])
def test_an_archive_that_is_cut_short_is_refused_and_leaves_nothing(archive, tmp_path, share):
    data = archive.read_bytes()
    (tmp_path / "cut.tar.gz").write_bytes(data[: int(share * len(data))])
    with pytest.raises(StoreError, match="no backup of miner, damaged, or cut short"):
        restore(tmp_path / "cut.tar.gz", tmp_path / "new")
    assert [p.name for p in tmp_path.iterdir()] == ["cut.tar.gz"]


def packed(path: Path, files: dict[str, bytes], manifest: object, kind: bytes = tarfile.REGTYPE) -> Path:
    """Write an archive by hand."""
    with tarfile.open(path, "w:gz") as out:
        for name, content in [*files.items(), (MANIFEST, json.dumps(manifest).encode())]:
            entry = tarfile.TarInfo(name)
            entry.size, entry.type = len(content), kind if name != MANIFEST else tarfile.REGTYPE
            entry.linkname = "/etc/passwd"
            out.addfile(entry, io.BytesIO(content))
    return path


@pytest.mark.parametrize(
    ("files", "manifest", "said"),
    [
        ({"../out": b"x"}, {"form": 1, "files": {}}, "outside of the workspace"),
        ({"/tmp/out": b"x"}, {"form": 1, "files": {}}, "outside of the workspace"),
        ({"miner.toml": b""}, {"form": 1, "files": {"miner.toml": {"sha256": "0", "size": 0}}}, "not what it says they are: miner.toml"),
        ({}, {"form": 1, "files": {}}, "miner.toml"),
        ({}, {"form": 9, "miner": "9.0", "files": {}}, "written by miner 9.0"),
        ({}, [], "no backup of miner"),
    ],
)
def test_an_archive_of_another_kind_is_refused(tmp_path, files, manifest, said):
    with pytest.raises(StoreError, match=said):
        restore(packed(tmp_path / "a.tar.gz", files, manifest), tmp_path / "new")
    assert not (tmp_path / "new").exists()
    with pytest.raises(StoreError, match="no backup"):
        restore(packed(tmp_path / "b.tar.gz", {"miner.toml": b""}, {"form": 1, "files": {}}, tarfile.SYMTYPE), tmp_path / "new")


def test_a_well_kept_workspace_is_left_alone(place):
    assert repair(place) == ["called the run r1 failed: it was interrupted"]
    assert repair(place) == []


def test_what_a_crash_leaves_is_put_right_and_told(place):
    place.current.unlink()
    shutil.rmtree(place.rules)
    (place.snapshots / "x.part").write_bytes(b"half")
    (place.raw / "ab").mkdir(parents=True, exist_ok=True)
    (place.raw / "ab" / "tmp1.part").touch()
    (place.snapshots / "bad.duckdb").write_bytes(b"no database")
    told = "\n".join(repair(place))
    for words in ("made the folder", "x.part", "tmp1.part", "removed the snapshot bad.duckdb", "published the snapshot"):
        assert words in told
    assert titles(place) == TITLES
    assert repair(place) == []


@pytest.mark.parametrize("how", ["gone", "nonsense", "cut", "flipped"])
def test_a_damaged_database_is_set_aside_and_the_snapshot_takes_its_place(place, how):
    data = place.database.read_bytes()
    bad = {"gone": None, "nonsense": b"x" * 5000, "cut": data[: len(data) // 2], "flipped": data[:12288] + b"\xff" * (len(data) - 12288)}[
        how
    ]
    place.database.unlink()
    if bad is not None:
        place.database.write_bytes(bad)
    told = repair(place)
    assert any("took the snapshot" in t for t in told)
    assert any("set the damaged database aside" in t for t in told) == (bad is not None)
    assert len(list(place.data.glob("corpus.damaged-*.duckdb"))) == (bad is not None)
    with writing(place) as con:
        assert con.execute("SELECT count(*) FROM paper").fetchone() == (3,)


def test_where_nothing_can_take_its_place_it_says_what_can_be_done(place):
    place.database.write_bytes(b"x" * 5000)
    shutil.rmtree(place.snapshots)
    with pytest.raises(StoreError, match="no snapshot that can take its place") as refusal:
        repair(place)
    assert "miner restore" in (refusal.value.hint or "")
    other = init_workspace(place.root.parent / "other")
    with writing(other), pytest.raises(LockedError):
        repair(other)


# Upgrading: a database as each earlier version of miner left it, with a row in every table that it had.

VALUES = {
    "source": {"paper_term": "text", "": "pubmed"}, "state": {"document": "read", "job_run": "done", "job_step": "done", "crawl_window": "done", "fulltext_download": "done"}, "kind": {"document": "abstract", "crawl_window": "entered", "response": "records", "fulltext_download": "pdf"},
    "action": {"decision": "accept", "link_decision": "split"}, "board": "public", "facet": "why", "n": 100, "counts": "{}", "definition": "{}", "digest": "d", "starts": [0], "ends": [1], "paper_id": "pmid:1", "study_id": "pmid:1", "effect_id": "e1",
    "document_id": "pmid:1#abstract", "extraction_id": "x1", "included": True, "estimate": 0.9, "metric": "accuracy", "origin": "extracted",
}  # fmt: skip


def filled(con) -> dict[str, int]:
    """Put a row into each table, of the right types; return the tables with their numbers of rows."""
    counts = {}
    tables = [
        r[0]
        for r in con.execute(
            "SELECT table_name FROM duckdb_tables() WHERE NOT internal AND table_name <> 'migration' ORDER BY 1"
        ).fetchall()
    ]
    for table in tables:
        columns = con.execute(
            "SELECT column_name, data_type, is_nullable FROM duckdb_columns() WHERE table_name = ? AND NOT internal", [table]
        ).fetchall()
        row = {}
        for name, kind, optional in columns:
            value = VALUES.get(name)
            value = value.get(table, value.get("")) if isinstance(value, dict) else value
            if value is None and not optional:
                value = (
                    []
                    if kind.endswith("[]")
                    else False
                    if kind == "BOOLEAN"
                    else "2020-01-01"
                    if "DATE" in kind or "TIME" in kind
                    else "1"
                    if kind == "VARCHAR"
                    else 1
                )
            row[name] = value
        marks = ", ".join("?" * len(row))
        con.execute(f"INSERT INTO {table} ({', '.join(chr(34) + c + chr(34) for c in row)}) VALUES ({marks})", list(row.values()))
        counts[table] = 1
    return counts


@pytest.mark.parametrize("number", [m.number for m in migrations()[:-1]])
def test_a_database_of_every_earlier_schema_comes_up_to_date_with_its_data(number):
    import duckdb

    with duckdb.connect() as con:
        migrate(con, [m for m in migrations() if m.number <= number])
        counts = filled(con)
        assert [m.number for m in migrate(con)] == [m.number for m in migrations() if m.number > number]
        for table, count in counts.items():
            assert con.execute(f"SELECT count(*) FROM {table}").fetchone() == (count,), table
        for (view,) in con.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall():
            con.execute(f"SELECT * FROM {view}").fetchall()
        assert con.execute("SELECT paper_id, first_seen FROM v_paper").fetchall() == [("pmid:1", None)]
        assert con.execute("SELECT effect_id, estimate, n FROM v_effect").fetchall() == [("e1", 0.9, 100)]
        assert upsert_papers(con, PAPERS, "job").new == 2


def test_a_backup_of_an_old_workspace_stays_old_and_comes_back_up_to_date(tmp_path):
    import duckdb

    place = init_workspace(tmp_path / "old")
    with duckdb.connect(str(place.database)) as con:
        migrate(con, migrations()[:1])
        filled(con)
    told = back_up(place, tmp_path / "old.tar.gz")
    with duckdb.connect(str(place.database), read_only=True) as con:
        assert con.execute("SELECT max(number) FROM migration").fetchone() == (1,)
    assert titles(restore(told.path, tmp_path / "new")) == ["1"]
    assert any("published" in t for t in repair(place))
    assert titles(place) == ["1"]
