"""Leaderboards, counts and whole collections through the command line, with mappings."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from miner.cli.main import main
from miner.config import Workspace, init_workspace
from miner.errors import ConfigError
from miner.resources import resource
from miner.store.connect import open_reader
from miner.store.studies import read_competitions, read_counts, read_leaderboards, read_study_rows
from miner.studies.leaderboard import gap
from miner.studies.sources import kind_of, load_board_mapping, load_count_mapping, load_parts

BOARDS = """kind = "leaderboards"
min_entries = 1
[columns]
team = "Group"
score = "Loss"
[competition.game]
title = "A game"
better = "lower"
"""
COUNTS = 'kind = "counts"\nyear = "Jahr"\nsource = "a library"\n[topics]\n"Lunge" = "lung_ai"\n"Alle" = "all_ai"\n'
SOURCES = """kind = "sources"
[[part]]
as = "studies"
path = ["absent", "tables"]
[[part]]
as = "leaderboards"
path = "boards"
mapping = "boards.toml"
[[part]]
as = "counts"
path = "counts.csv"
mapping = "counts.toml"
"""
STUDIES = 'review = "doe"\norigin = "Doe, 2020"\n[table]\nfile = "t.csv"\n[columns]\nreference = "Study"\nestimate = "Acc"\nn = "N"\nyear = "Year"\n'


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    return init_workspace(tmp_path / "workspace")


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    """Write a collection with its mappings in ``mappings``; lower is better in its game."""
    root = tmp_path / "collection"
    (root / "tables").mkdir(parents=True)
    (root / "tables" / "t.csv").write_text("Study,Acc,N,Year\nRoe,90%,40,2019\nPoe,NR,30,2018\n", encoding="utf-8")
    (root / "boards").mkdir()
    for board, shift in (("public", 0.0), ("private", 0.1)):
        lines = [f"team {i},{0.2 + 0.01 * i + shift:.2f}" for i in range(12)]
        (root / "boards" / f"game_{board}.csv").write_text("Group,Loss\n" + "\n".join(lines) + "\n", encoding="utf-8")
    (root / "boards" / "other_public.csv").write_text("Group,Loss\na,1\n", encoding="utf-8")
    (root / "counts.csv").write_text("Jahr,Lunge,Alle,Haut\n2011,5,200,1\n2012,viele,220,1\n", encoding="utf-8")
    home = tmp_path / "mappings"
    home.mkdir()
    for name, text in (("boards", BOARDS), ("counts", COUNTS), ("sources", SOURCES), ("studies", STUDIES)):
        (home / f"{name}.toml").write_text(text, encoding="utf-8")
    return root


def _miner(place: Workspace, *arguments: object) -> int:
    with pytest.raises(SystemExit) as done:
        main(["--workspace", str(place.root), *map(str, arguments)])
    return int(done.value.code or 0)


def test_a_collection_in_one_command(place: Workspace, collection: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = collection.with_name("mappings")
    assert _miner(place, "import", "--as", "sources", "--mapping", home, collection, "--json") == 0
    out = capsys.readouterr()
    reports = json.loads(out.out)
    assert [(r["kind"], r["used"], r["set_aside"], r["rejected"]) for r in reports] == [
        ("studies", 1, 0, 1),
        ("leaderboards", 24, 1, 0),
        ("counts", 3, 0, 1),
    ]
    assert "'viele' is no count" in out.err
    with open_reader(place.current) as con:
        assert [r.reference for r in read_study_rows(con) if r.used] == ["Roe"]
        known, boards = read_competitions(con), read_leaderboards(con)
        assert [(c.topic, c.year, c.count, c.source) for c in read_counts(con)] == [
            ("all_ai", 2011, 200, "a library"), ("all_ai", 2012, 220, "a library"), ("lung_ai", 2011, 5, "a library"),
        ]  # fmt: skip
    assert list(boards) == list(known) == ["game"]
    found = gap(boards["game"], min_entries=known["game"].min_entries, higher_is_better=known["game"].higher_is_better)
    assert not found.higher_is_better
    assert found.median == pytest.approx(-0.1)


def test_parts_that_are_absent_or_broken_stop_no_other(place: Workspace, collection: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = collection.with_name("mappings")
    (collection / "counts.csv").unlink()
    (collection / "tables" / "t.csv").write_bytes(b"Study,Acc\nM\xfcller,0.9\n")
    assert _miner(place, "import", "--as", "sources", "--mapping", home, collection) == 3
    told = capsys.readouterr()
    assert "no counts.csv in collection" in told.err
    assert "not UTF-8" in told.err
    assert "game" not in told.out
    with open_reader(place.current) as con:
        assert list(read_leaderboards(con)) == ["game"]
    assert _miner(place, "import", "--as", "sources", "--mapping", home, home) == 1
    assert "none of its parts" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("kind", "name", "old", "new", "word"),
    [
        ("leaderboards", "boards", 'better = "lower"', 'better = "smaller"', "'higher' or 'lower'"),
        ("leaderboards", "boards", "min_entries = 1", 'min_entries = "one"', "min_entries"),
        ("leaderboards", "boards", "title", "titel", "unknown key"),
        ("leaderboards", "boards", 'kind = "leaderboards"', 'kind = "counts"', "is for counts"),
        ("leaderboards", "boards", 'team = "Group"', "team = 3", "must be a name"),
        ("leaderboards", "boards", 'team = "Group"', 'team = "Gruppe"', "no column 'Gruppe'"),
        ("counts", "counts", '"Lunge"', '"Lung"', "no column 'Lung'"),
        ("counts", "counts", 'year = "Jahr"', 'year = "Year"', "no column 'Year'"),
        ("counts", "counts", "[topics]", "[topics", "cannot be read"),
    ],
)
def test_a_bad_mapping_is_named(
    place: Workspace, collection: Path, capsys: pytest.CaptureFixture[str], kind: str, name: str, old: str, new: str, word: str
) -> None:
    path = collection.with_name("mappings") / f"{name}.toml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    table = collection / ("boards/game_public.csv" if kind == "leaderboards" else "counts.csv")
    assert _miner(place, "import", "--as", kind, "--mapping", path, table) in {1, 2}
    told = capsys.readouterr().err
    assert word in told
    assert "Traceback" not in told


def test_what_is_not_there_is_told(place: Workspace, collection: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _miner(place, "import", "--as", "leaderboards", collection / "nowhere") == 2
    assert _miner(place, "import", "--as", "pictures", collection) == 2
    assert "known: records, studies" in capsys.readouterr().err
    assert _miner(place, "import", "--as", "sources", "--mapping", "unheard-of", collection) in {1, 2}
    assert "varoquaux2022" in capsys.readouterr().err


def test_the_bundled_mappings_are_valid() -> None:
    folder = resource("pipelines", "varoquaux2022")
    assert [p.kind for p in load_parts(folder / "sources.toml")] == ["studies", "leaderboards", "counts"]
    assert len(load_board_mapping(folder / "leaderboards.toml").competitions) == 8
    assert load_count_mapping(folder / "counts.toml").year == "year"
    assert sum(kind_of(f) == "studies" for f in folder.glob("*.toml")) == 6
    with pytest.raises(ConfigError, match="not for sources"):
        load_parts(folder / "counts.toml")


def test_the_papers_sources(place: Workspace, shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the paper says of its own sources, through the command that its users type."""
    assert _miner(place, "import", "--as", "sources", shared / "varoquaux2022", "--json") == 0
    reports = json.loads(capsys.readouterr().out)
    assert sum(r["used"] for r in reports if r["kind"] == "studies") == 588
    reference = json.loads((shared / "reference" / "paper_python.json").read_text())["kaggle"]
    with open_reader(place.current) as con:
        known, boards = read_competitions(con), read_leaderboards(con)
        assert len(read_counts(con)) == 72
    assert set(boards) <= set(known) <= set(reference)
    for name, entries in boards.items():
        found = gap(entries, min_entries=known[name].min_entries, higher_is_better=known[name].higher_is_better)
        expected = reference[name]
        mine = (found.median, found.p05, found.p95, found.gain, found.share_beyond)
        assert mine == pytest.approx(
            tuple(
                expected[k]
                for k in ("median_discrepancy", "p05", "p95", "winner_improvement_over_top10pct", "frac_discrepancy_abs_gt_improvement")
            ),
            rel=1e-9,
        )
