"""Leaderboards of competitions: public and private scores of the teams, and how far they differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from miner.errors import ParseError
from miner.say import counted
from miner.studies.clean import parse_number
from miner.studies.read import Table, read_table

_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "team": ("Team Name", "Team", "team"),
    "score": ("Score", "score"),
    "entries": ("Entries", "entries"),
    "public": ("public", "Public", "public_score"),
    "private": ("private", "Private", "private_score"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a leaderboard: ``board`` is ``public`` or ``private``, ``place`` counts its lines from 0."""

    competition: str
    board: str
    place: int
    team: str
    score: float
    entries: int | None


@dataclass(frozen=True, slots=True)
class Board:
    """The lines of one or both boards of a competition, and those that could not be read, with the reason."""

    competition: str
    entries: tuple[Entry, ...]
    problems: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Gap:
    """How the private score differs from the public one, over the teams of a competition; positive is better on the private set.

    ``median``, ``p05``, ``p95``, ``mean``, ``sd`` are of private − public (turned round where lower is better); ``gain`` is by how much
    the winner's private score exceeds the best tenth's threshold, ``share_beyond`` the share of teams whose difference is larger than it.
    ``twice`` counts merged rows whose team name stands more than once: the paper's script pairs each with each.
    """

    competition: str
    higher_is_better: bool
    teams: int
    twice: int
    median: float
    mean: float
    sd: float
    p05: float
    p95: float
    winner: float
    threshold: float
    gain: float
    share_beyond: float
    differences: tuple[float, ...]

    @property
    def gain_is_noise(self) -> bool:
        """Tell whether the winner's gain lies inside the middle nine tenths of the difference between the two sets."""
        return self.gain <= max(abs(self.p05), abs(self.p95))


def competition_of(path: Path) -> tuple[str, str | None]:
    """Return the competition and the board that a file's name tells: ``NAME_public.html`` or ``NAME_private.csv``."""
    stem = Path(path).stem
    for board in ("public", "private"):
        if stem.endswith(f"_{board}"):
            return stem.removesuffix(f"_{board}"), board
    return stem, None


def read_leaderboard(path: Path, columns: Mapping[str, tuple[str, ...]] | None = None) -> Board:
    """Read a leaderboard: one board (named so in the file's name), or a table with a public and a private score a team.

    Parameters
    ----------
    path : pathlib.Path
        HTML, CSV or XLSX.
    columns : mapping, optional
        From ``team, score, entries, public, private`` to the names that the column may have, where they are not Kaggle's.

    Raises
    ------
    ParseError
        If the file cannot be read, has no column of teams and scores, or no line with a score.
    """
    competition, board = competition_of(path)
    table = read_table(path)
    known = {**_COLUMNS, **(columns or {})}
    names = {"team": _column(table, known["team"]), "entries": _find(table, known["entries"])}
    public, private = _find(table, known["public"]), _find(table, known["private"])
    if public and private:
        scores = {"public": public, "private": private}
    elif board is not None:
        scores = {board: _column(table, known["score"])}
    else:
        raise ParseError(
            "it is not told which board this is",
            where=Path(path).name,
            hint="name the file NAME_public or NAME_private, or give the columns public and private",
        )
    entries: list[Entry] = []
    problems: list[tuple[str, str]] = []
    for which, column in scores.items():
        for place, record in enumerate(table.records()):
            score = _score(record[column])
            if score is None or not record[str(names["team"])]:
                problems.append((f"{which} line {place + 1}", f"no team and score: {record[str(names['team'])]!r}, {record[column]!r}"))
                continue
            # A line without submissions, on a board that counts them, is a benchmark of the organisers.
            count = int(parse_number(record[names["entries"]]) or 0) if names["entries"] else None
            entries.append(Entry(competition, which, place, record[str(names["team"])], score, count))
    if not entries:
        raise ParseError("no line has a team and a score", where=Path(path).name, hint="the columns may have moved")
    return Board(competition, tuple(entries), tuple(problems))


def _find(table: Table, names: Sequence[str]) -> str | None:
    return next((name for name in names if name in table.columns), None)


def _column(table: Table, names: Sequence[str]) -> str:
    found = _find(table, names)
    if found is None:
        raise ParseError(f"there is no column {names[0]!r}", where=table.source, hint=f"its columns: {', '.join(table.columns)}")
    return found


def _score(text: str) -> float | None:
    negative = text.startswith(("-", "−"))
    value = parse_number(text[1:] if negative else text)
    return None if value is None else (-value if negative else value)


def gap(entries: Sequence[Entry], *, min_entries: int = 2, once: bool = False, higher_is_better: bool | None = None) -> Gap:
    """Compare the private with the public scores of a competition's teams.

    Parameters
    ----------
    entries : sequence of Entry
        Of both boards of one competition.
    min_entries : int
        Teams with fewer submissions did not really take part (the paper: 2). Where none is told, all count.
    once : bool
        Leave out team names that stand more than once on a board (``[Deleted]``); by default each is paired with each, as the paper's
        script does.
    higher_is_better : bool, optional
        By default told from the private board: whether its first line has a higher score than its median.

    Raises
    ------
    ParseError
        If fewer than ten teams stand on both boards.
    """
    import numpy as np

    name = entries[0].competition if entries else "leaderboard"
    boards = {
        board: sorted((e for e in entries if e.board == board and (e.entries is None or e.entries >= min_entries)), key=lambda e: e.place)
        for board in ("public", "private")
    }
    if once:
        boards = {board: _once(lines) for board, lines in boards.items()}
    pairs = _pairs(boards["public"], boards["private"])
    if len(pairs) < 10:
        raise ParseError(
            f"only {counted(len(pairs), 'team')} {'stands' if len(pairs) == 1 else 'stand'} on both boards",
            where=name,
            hint="import both the public and the private board",
        )
    if higher_is_better is None:
        # Against the median, for the first lines may be level, and the last may be entries that failed.
        higher_is_better = bool(boards["private"][0].score >= np.median([e.score for e in boards["private"]]))
    sign = 1.0 if higher_is_better else -1.0
    difference = sign * np.array([b.score - a.score for a, b in pairs])
    private = sign * np.array([b.score for _, b in pairs])
    threshold = float(np.percentile(private, 90))
    gain = float(private.max()) - threshold
    p05, p95 = np.percentile(difference, [5, 95])
    named = Counter(b.team for _, b in pairs)
    return Gap(
        competition=name,
        higher_is_better=higher_is_better,
        teams=len(pairs),
        twice=sum(count for count in named.values() if count > 1),
        median=float(np.median(difference)),
        mean=float(difference.mean()),
        sd=float(difference.std(ddof=1)),
        p05=float(p05),
        p95=float(p95),
        winner=float(private.max()),
        threshold=threshold,
        gain=gain,
        share_beyond=float((np.abs(difference) > gain).mean()),
        differences=tuple(float(d) for d in difference),
    )


def _once(lines: list[Entry]) -> list[Entry]:
    named = Counter(e.team for e in lines)
    return [e for e in lines if named[e.team] == 1]


def _pairs(public: list[Entry], private: list[Entry]) -> list[tuple[Entry, Entry]]:
    by_team: dict[str, list[Entry]] = {}
    for entry in private:
        by_team.setdefault(entry.team, []).append(entry)
    # A public score of 0 or less is an entry that failed.
    return [(a, b) for a in public if a.score > 0 for b in by_team.get(a.team, ())]


def rename(board: Board, competition: str) -> Board:
    """Return the board under another competition's name."""
    return Board(competition, tuple(replace(e, competition=competition) for e in board.entries), board.problems)
