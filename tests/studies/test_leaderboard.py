from __future__ import annotations

import json
from pathlib import Path

import pytest

from miner.errors import ParseError
from miner.studies.counts import read_counts, share
from miner.studies.leaderboard import Entry, competition_of, gap, read_leaderboard

SERIES = ("lung_vs_all_medical", "lung_vs_all_ai", "breast_vs_all_medical", "breast_vs_all_ai")


def _entries(public: dict[str, float], private: dict[str, float]) -> list[Entry]:
    boards = {"public": public, "private": private}
    return [Entry("game", b, i, t, s, 5) for b, lines in boards.items() for i, (t, s) in enumerate(lines.items())]


def test_the_papers_leaderboards(shared: Path) -> None:
    reference = json.loads((shared / "reference" / "paper_python.json").read_text())["kaggle"]
    folder = shared / "varoquaux2022" / "kaggle"
    seen = 0
    for private in sorted(folder.glob("*_private.html")):
        name = competition_of(private)[0]
        boards = [read_leaderboard(private), read_leaderboard(folder / f"{name}_public.html")]
        assert [len(b.entries) + len(b.problems) for b in boards] == [reference[name]["rows_private"], reference[name]["rows_public"]]
        found, expected = gap([e for b in boards for e in b.entries]), reference[name]
        assert found.teams == expected["teams_merged"]
        assert (1.0 if found.higher_is_better else -1.0) == expected["sign"]
        assert [
            found.median,
            found.mean,
            found.sd,
            found.p05,
            found.p95,
            found.winner,
            found.threshold,
            found.gain,
            found.share_beyond,
        ] == [
            pytest.approx(expected[k], rel=1e-9)
            for k in (
                "median_discrepancy",
                "mean_discrepancy",
                "sd_discrepancy",
                "p05",
                "p95",
                "winner",
                "top10pct_threshold",
                "winner_improvement_over_top10pct",
                "frac_discrepancy_abs_gt_improvement",
            )
        ]
        seen += 1
    assert seen == 6


def test_a_team_twice_is_counted_and_can_be_left_out() -> None:
    teams = {f"team {i}": 0.5 + i / 100 for i in range(12)}
    entries = _entries(teams, {t: s + 0.01 for t, s in reversed(teams.items())})
    entries += [Entry("game", b, 90 + i, "[Deleted]", 0.4, 5) for b in ("public", "private") for i in range(2)]
    assert (gap(entries).teams, gap(entries).twice) == (12 + 4, 4)
    assert (gap(entries, once=True).teams, gap(entries, once=True).twice) == (12, 0)
    assert gap(entries, once=True).median == pytest.approx(0.01)


def test_lower_is_better_turns_the_difference_round() -> None:
    teams = {f"team {i}": 0.5 + i / 100 for i in range(12)}
    worse = gap(_entries(teams, {t: s + 0.1 for t, s in teams.items()}))
    assert not worse.higher_is_better
    assert worse.median == pytest.approx(-0.1)
    assert gap(_entries(teams, teams), higher_is_better=True).higher_is_better


def test_too_few_teams_and_files_that_tell_no_board(tmp_path: Path) -> None:
    with pytest.raises(ParseError, match="only 1 team stands"):
        gap(_entries({"a": 1.0}, {"a": 1.0}))
    path = tmp_path / "game.csv"
    path.write_text("Team,Score\na,1\n", encoding="utf-8")
    with pytest.raises(ParseError, match="which board"):
        read_leaderboard(path)
    path.write_text("Team,public,private\na,0.5,0.4\nb,NR,0.3\n,0.2,0.1\n", encoding="utf-8")
    board = read_leaderboard(path)
    assert [(e.board, e.team, e.score) for e in board.entries] == [("public", "a", 0.5), ("private", "a", 0.4), ("private", "b", 0.3)]
    assert len(board.problems) == 3
    path.write_text("Name,Score\na,1\n", encoding="utf-8")
    with pytest.raises(ParseError, match="no column 'Team Name'"):
        read_leaderboard(path)


def test_the_papers_publication_counts(shared: Path) -> None:
    reference = json.loads((shared / "reference" / "paper_python.json").read_text())["publication_counts"]
    counts, problems = read_counts(shared / "varoquaux2022" / "publication_counts" / "publication_counts.xlsx")
    assert problems == []
    for name, values in reference["raw"].items():
        assert [c.count for c in counts if c.topic == name] == values
    for name in SERIES:
        topic, field = name.split("_vs_all_")
        found = share(counts, f"{topic}_{field}", f"all_{field}")
        assert found is not None
        assert list(found.years) == reference["year"]
        assert list(found.percent) == pytest.approx(reference[f"{name}_pct"], rel=1e-12)


def test_counts_that_are_none(tmp_path: Path) -> None:
    path = tmp_path / "counts.csv"
    path.write_text("year,a,b\n2011,5,many\nsoon,1,2\n2012,NR,7\n", encoding="utf-8")
    counts, problems = read_counts(path)
    assert [(c.topic, c.year, c.count) for c in counts] == [("a", 2011, 5), ("b", 2012, 7)]
    assert [place for place, _ in problems] == ["row 1, b", "row 2"]
    assert share(counts, "a", "b") is None
    path.write_text("when,a\n2011,5\n", encoding="utf-8")
    with pytest.raises(ParseError, match="no column 'year'"):
        read_counts(path)


def test_level_leaders_do_not_hide_which_way_is_better() -> None:
    teams = {"a": 0.1, "b": 0.1, **{f"team {i}": 0.2 + i / 100 for i in range(12)}}
    assert not gap(_entries(teams, teams)).higher_is_better
    best = {t: 1 - s for t, s in teams.items()}
    assert gap(_entries(best, best)).higher_is_better


@pytest.mark.parametrize(
    ("text", "entries", "problems"),
    [
        ("Score,Entries,Team Name\n0.5,3,a\n0.4,2,b\n", [("a", 0.5, 3), ("b", 0.4, 2)], 0),  # another order
        ("#,Team Name,Score,Entries\n1,a,NR,3\n2,b,0.4,\n3,,0.3,1\n", [("b", 0.4, 0)], 2),  # NR, no entries, no team
        ("Team Name,Score\na,−0.25\nb,-1.5\n", [("a", -0.25, None), ("b", -1.5, None)], 0),  # scores below nought
        ("Team Name,Score\na,0.5\na,0.6\n", [("a", 0.5, None), ("a", 0.6, None)], 0),  # a team twice is kept, and counted later
    ],
)
def test_boards_of_many_forms(tmp_path: Path, text: str, entries: list[tuple[str, float, int | None]], problems: int) -> None:
    path = tmp_path / "game_private.csv"
    path.write_text(text, encoding="utf-8")
    board = read_leaderboard(path)
    assert [(e.team, e.score, e.entries) for e in board.entries] == entries
    assert len(board.problems) == problems


def test_shifted_columns_are_no_silent_success(tmp_path: Path) -> None:
    path = tmp_path / "game_public.csv"
    path.write_text("Team Name,Score,Entries\n1,a,0.5\n2,b,0.4\n", encoding="utf-8")
    with pytest.raises(ParseError, match=r"no line has a team and a score.*moved"):
        read_leaderboard(path)


def test_merged_cells_of_a_board(tmp_path: Path) -> None:
    path = tmp_path / "game_public.html"
    path.write_text(
        "<table><tr><th>Team Name</th><th colspan=2>Score</th></tr><tr><td rowspan=2>a</td><td>0.5</td><td>x</td></tr><tr><td>0.4</td><td>y</td></tr></table>",
        encoding="utf-8",
    )
    assert [(e.team, e.score) for e in read_leaderboard(path).entries] == [("a", 0.5), ("a", 0.4)]
