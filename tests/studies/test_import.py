from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from miner.errors import ConfigError, ParseError
from miner.jobs.loading.studies import import_counts, import_facts_table, import_leaderboard, import_studies
from miner.resources import resource
from miner.store.connect import open_writer
from miner.store.studies import read_counts, read_leaderboards, read_study_rows
from miner.studies.facts import read_facts

if TYPE_CHECKING:
    import duckdb

MAPPING = 'review = "doe"\norigin = "Doe, 2020"\n[columns]\nreference = "Study"\nestimate = "Acc"\nn = "N"\nyear = "Year"\n'
TABLE = "Study,Acc,N,Year\nRoe,90%,40,2019\nPoe,NR,30,2018\nMoe,140%,30,2018\n"


@pytest.fixture
def con(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    con = open_writer(tmp_path / "corpus.duckdb")
    yield con
    con.close()


@pytest.fixture
def table(tmp_path: Path) -> Path:
    (tmp_path / "m.toml").write_text(MAPPING, encoding="utf-8")
    (tmp_path / "t.csv").write_text(TABLE, encoding="utf-8")
    return tmp_path / "t.csv"


def _count(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = con.execute(sql).fetchone()
    assert row is not None
    return int(row[0])


def test_rows_that_cannot_be_read_are_recorded_and_nothing_is_lost(con: duckdb.DuckDBPyConnection, table: Path) -> None:
    (report,) = import_studies(con, table, table.with_name("m.toml"))
    assert (report.used, report.effects, report.rejected) == (1, 1, 2)
    assert con.execute("SELECT origin, reference, estimate, n, year, n_unit, n_role, decided FROM v_effect").fetchall() == [
        ("Doe, 2020", "Roe", 0.9, 40, 2019, "participant", "total", "imported")
    ]
    assert con.execute("SELECT record, reason FROM import_problem ORDER BY record").fetchall() == [
        ("row 2, accuracy 1", "no accuracy: 'NR'"),
        ("row 3, accuracy 1", "140% is above 100 %"),
    ]


def test_imported_again_it_is_the_same_and_corrections_replace(con: duckdb.DuckDBPyConnection, table: Path) -> None:
    import_studies(con, table, table.with_name("m.toml"))
    before = con.execute("SELECT * FROM effect").fetchall()
    import_studies(con, table, table.with_name("m.toml"))
    assert con.execute("SELECT * FROM effect").fetchall() == before
    table.write_text(TABLE.replace("90%", "80%"), encoding="utf-8")
    import_studies(con, table, table.with_name("m.toml"))
    assert con.execute("SELECT estimate FROM effect").fetchall() == [(0.8,)]
    table.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(ParseError, match="no column"):
        import_studies(con, table, table.with_name("m.toml"))
    assert _count(con, "SELECT count(*) FROM study_table_row") == 3


def test_which_mapping_must_be_told(con: duckdb.DuckDBPyConnection, table: Path) -> None:
    with pytest.raises(ConfigError, match="no mapping is named"):
        import_studies(con, table)
    with pytest.raises(ConfigError, match="file of this name"):
        import_studies(con, table, "varoquaux2022")
    with pytest.raises(ConfigError, match="cannot be read"):
        import_studies(con, table, table.with_name("absent.toml"))


def test_a_bad_table_does_not_stop_the_others(con: duckdb.DuckDBPyConnection, table: Path) -> None:
    folder = table.parent / "mappings"
    folder.mkdir()
    (folder / "a.toml").write_text(MAPPING.replace("doe", "bad") + '[table]\nfile = "absent.csv"\n', encoding="utf-8")
    (folder / "b.toml").write_text(MAPPING + '[table]\nfile = "t.csv"\n', encoding="utf-8")
    first, second = import_studies(con, table.parent, folder)
    assert (first.used, second.used) == (0, 1)
    assert "no such file" in first.problems[0][1]


def test_the_papers_tables(con: duckdb.DuckDBPyConnection, shared: Path) -> None:
    reports = import_studies(con, shared / "varoquaux2022" / "review_tables")
    assert sum(r.used for r in reports) == 588
    assert sum(r.effects for r in reports) == 443
    assert sum(r.set_aside for r in reports) == 1
    assert _count(con, "SELECT count(*) FROM v_effect WHERE task = 'pMCI vs sMCI' AND n IS NOT NULL") == 166
    facts = read_facts(resource("reports", "data", "varoquaux2022_studies.csv"))
    stored = [r for r in read_study_rows(con) if r.used or r.aside]
    assert [(r.study, r.task, r.estimate, r.n) for r in stored] == [
        (r.study, r.task, pytest.approx(r.estimate) if r.estimate is not None else None, r.n) for r in facts
    ]


def test_the_facts_table_gives_the_same_effects(con: duckdb.DuckDBPyConnection) -> None:
    path = resource("reports", "data", "varoquaux2022_studies.csv")
    assert import_facts_table(con, path) == 443
    assert import_facts_table(con, path) == 443
    assert _count(con, "SELECT count(*) FROM effect") == 443
    assert read_study_rows(con) == read_facts(path)


def test_leaderboards_and_counts(con: duckdb.DuckDBPyConnection, shared: Path, tmp_path: Path) -> None:
    report = import_leaderboard(con, shared / "varoquaux2022" / "kaggle")
    assert len(read_leaderboards(con)) == 7
    assert any("mci-prediction_private.txt" in place for place, _ in report.problems)
    assert import_counts(con, shared / "varoquaux2022" / "publication_counts" / "publication_counts.xlsx").used == 72
    assert len(read_counts(con)) == 72
    with pytest.raises(ParseError, match="no leaderboard"):
        import_leaderboard(con, tmp_path)


def test_every_table_and_column_has_a_comment(con: duckdb.DuckDBPyConnection) -> None:
    ours = "('study_table_row', 'leaderboard', 'publication_count')"
    assert _count(con, f"SELECT count(*) FROM duckdb_columns() WHERE table_name IN {ours} AND comment IS NULL") == 0
    assert _count(con, f"SELECT count(*) FROM duckdb_tables() WHERE table_name IN {ours} AND comment IS NULL") == 0
