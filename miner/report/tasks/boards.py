"""Panel of leaderboards: how far a team's score moves between the public and the private set, against what the winner gained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from miner.digits import significant
from miner.errors import ParseError
from miner.report import figures
from miner.report.formats.parts import Table, counted, listed, percent, signed
from miner.report.panels import Panel
from miner.report.tasks.evidence import Evidence, once, task_panel
from miner.store.studies import read_competitions, read_leaderboards
from miner.studies.leaderboard import Gap, gap
from miner.studies.sources import Competition

if TYPE_CHECKING:
    import duckdb

Gain = Literal["overfit", "noise", "more"]
TITLES: dict[Gain, str] = {"noise": "below the noise", "overfit": "below the overfit", "more": "above the noise"}
NOISE, SHIFT, ALL = figures.PALETTE[0], figures.PALETTE[1], figures.PALETTE[4]


@dataclass(frozen=True, slots=True)
class Contest:
    """A competition's comparison, and the same without team names that stand twice."""

    known: Competition
    gap: Gap
    once: Gap | None

    @property
    def verdict(self) -> Gain:
        """What the comparison says, in the paper's two ways: against the spread of the differences, and against a shift of all teams."""
        if self.gap.median < 0 and self.gap.gain < -self.gap.median:
            return "overfit"
        return "noise" if self.gap.gain_is_noise else "more"


def contests(con: duckdb.DuckDBPyConnection) -> tuple[list[Contest], list[tuple[str, str]]]:
    """Return every competition with both boards, the largest gain in terms of noise first, and those without, with the reason."""
    known, found, lacking = read_competitions(con), [], []
    for name, entries in read_leaderboards(con).items():
        what = known.get(name, Competition(name, name))
        try:
            compared = gap(entries, min_entries=what.min_entries, higher_is_better=what.higher_is_better)
        except ParseError as error:
            lacking.append((what.title, str(error.what)))
            continue
        try:
            once = gap(entries, min_entries=what.min_entries, higher_is_better=what.higher_is_better, once=True) if compared.twice else None
        except ParseError:
            once = None
        found.append(Contest(what, compared, once))
    return sorted(found, key=lambda c: (significant(-c.gap.gain / (c.gap.p95 - c.gap.p05)), c.known.title)), lacking


def panel(found: list[Contest], lacking: list[tuple[str, str]], name: str) -> Panel:
    """Draw for each competition the middle nine tenths of private − public, and the winner's gain over the best tenth."""
    title = "Leaderboards: the winner's gain against evaluation noise"
    if not found:
        return Panel(name, title, None, "No leaderboard has been imported: miner import --as leaderboards FOLDER.")
    with figures.axes(7.4, 0.9 + 0.72 * len(found), rows=len(found)) as (figure, made):
        for ax, contest in zip(np.ravel(made), found, strict=True):
            _row(ax, contest)
        np.ravel(made)[-1].set_xlabel("Difference in score, private − public (to the right: better on the private set)")
        handles = _legend()
        figure.legend(handles=handles, loc="outside upper center", ncols=3, fontsize=8.5)
        reading = _words(found)
        svg = figures.svg(figure, name, title, f"{counted(len(found), 'competition')}, each on an axis of its own score. {reading}")
    warnings = tuple(f"{t}: not compared, {reason}." for t, reason in lacking)
    return Panel(name, title, svg, reading, warnings, [list(found)], table=_table(found))


def _row(ax: Any, contest: Contest) -> None:
    g = contest.gap
    differences = np.array(g.differences)
    half = 0.5 * (g.p95 - g.p05)
    low, high = max(differences.min(), g.p05 - half), min(differences.max(), g.p95 + half)
    spread = max(high - low, g.gain)
    ax.axvline(0, color=figures.SOFT, lw=1)
    bins = np.linspace(low, high, 60)
    height, edges = np.histogram(differences, bins=bins)
    ax.fill_between(edges[:-1], 0, height / max(height.max(), 1) * 0.9, step="post", color=ALL, alpha=0.4, lw=0)
    ax.plot([g.p05, g.p95], [0.45, 0.45], color=NOISE, lw=3, solid_capstyle="butt")
    ax.plot([g.median], [0.45], "o", color=NOISE, ms=7)
    ax.plot([0, g.gain], [0.12, 0.12], color=SHIFT, lw=3, solid_capstyle="butt")
    ax.plot([g.gain], [0.12], "|", color=SHIFT, ms=12, mew=2.5)
    ax.set_xlim(min(low, 0, g.p05) - 0.05 * spread, max(high, g.gain, g.p95) + 0.05 * spread)
    ax.set_ylim(0, 1)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.xaxis.set_major_locator(_ticks())
    ax.tick_params(axis="x", labelsize=8, pad=1)
    ax.grid(visible=False)
    better = "" if g.higher_is_better else ", turned: lower is better"
    ax.set_title(f"{contest.known.title}", loc="left", fontsize=9.5, fontweight="bold", pad=2)
    ax.set_title(
        f"{contest.known.metric or 'score'}{better} · {g.teams:,} teams · {TITLES[contest.verdict]}",
        loc="right",
        fontsize=8,
        pad=2,
        color=figures.SOFT,
    )


def _ticks() -> Any:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(6)


def _legend() -> list[Any]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    return [
        Patch(color=ALL, alpha=0.4, label="teams' differences"),
        Line2D([], [], color=NOISE, marker="o", lw=3, label="median, 5 % to 95 %"),
        Line2D([], [], color=SHIFT, marker="|", mew=2.5, ms=10, lw=3, label="winner over the best tenth"),
    ]


def _words(found: list[Contest]) -> str:
    groups = {v: [c.known.title for c in found if c.verdict == v] for v in TITLES}
    parts = []
    if groups["noise"]:
        parts.append(
            f"in {len(groups['noise'])} of {len(found)} the winner's gain over the best tenth is smaller than what a team's score moves between two test sets ({listed(groups['noise'])})"
        )
    if groups["overfit"]:
        parts.append(
            f"in {len(groups['overfit'])} it is smaller than the loss of the median team from the public to the private set ({listed(groups['overfit'])})"
        )
    if groups["more"]:
        parts.append(f"in {len(groups['more'])} it is larger ({listed(groups['more'])})")
    sentence = "; ".join(parts)
    return sentence[0].upper() + sentence[1:] + "."


def _table(found: list[Contest]) -> Table:
    rows = []
    for c in found:
        g = c.gap
        score = f"{c.known.metric or 'score'}{'' if g.higher_is_better else ', lower is better'}"
        cells = (
            f"{g.teams:,}",
            signed(g.median, 4),
            signed(g.p05, 4),
            signed(g.p95, 4),
            f"{significant(g.gain):.4f}",
            percent(g.share_beyond, 0),
        )
        rows.append((c.known.title, score, *cells, TITLES[c.verdict]))
    columns = (
        ("Competition", False), ("Score", False), ("Teams", True), ("Median", True), ("5 %", True), ("95 %", True), ("Winner's gain", True),
        ("Teams that move more", True), ("Gain is", False),
    )  # fmt: skip
    note = (
        "Median, 5 % and 95 % of private − public, in the competition's score, positive where the team is better on the private set. Winner's gain: best private score"
        " less the 90th percentile. Overfit: the median team loses more than the winner gains."
    )
    return Table("Leaderboards", columns, tuple(rows), note)


@once
def compared(evidence: Evidence) -> tuple[list[Contest], list[tuple[str, str]]]:
    """Return competitions that can be compared, and those that cannot, with the reason."""
    return contests(evidence.con)


PANELS = (task_panel("leaderboards", lambda e: panel(*compared(e), "boards"), "winners' gains against evaluation noise"),)
