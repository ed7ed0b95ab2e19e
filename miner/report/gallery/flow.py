"""The flow of records as PRISMA 2020 draws it (Page et al. 2021, BMJ 372:n71), and as the PRISMA2020 app reads it."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from miner.cells import to_csv
from miner.harvest.registry import labels
from miner.report import figures
from miner.report.formats.parts import counted
from miner.report.gallery.spec import PanelSpec
from miner.report.panels import Panel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes

    from miner.report.data import ReportData
    from miner.report.gallery.subject import Subject

_MERGED = "another record of the same study"
_UNREAD = "no abstract or full text"
_BY_HAND = frozenset({"screened out by a reviewer", "retracted", "withdrawn"})


@dataclass(frozen=True, slots=True)
class Flow:
    """The counts of a flow; ``sources`` and the reasons are by name, in falling order."""

    sources: tuple[tuple[str, int], ...]
    duplicates: int
    screened: int
    excluded: tuple[tuple[str, int], ...]
    sought: int
    unread: int
    assessed: int
    rejected: tuple[tuple[str, int], ...]
    included: int
    studies: int

    @property
    def identified(self) -> int:
        """All records."""
        return sum(count for _, count in self.sources)


def count_flow(data: ReportData) -> Flow:
    """Count the records at each stage; every record leaves the flow at one place."""
    sources: dict[str, int] = {}
    reasons: dict[str, int] = {}
    called = labels()
    included = 0
    for stage, source, reason, count in data.flow:
        name = called.get(source, source)
        sources[name] = sources.get(name, 0) + count
        if stage == "included":
            included += count
        else:
            reasons[reason] = reasons.get(reason, 0) + count
    duplicates, unread = reasons.pop(_MERGED, 0), reasons.pop(_UNREAD, 0)
    by_hand = {r: c for r, c in reasons.items() if r in _BY_HAND}
    rest = {r: c for r, c in reasons.items() if r not in _BY_HAND}
    screened = sum(sources.values()) - duplicates
    sought = screened - sum(by_hand.values())
    return Flow(
        _falling(sources), duplicates, screened, _falling(by_hand), sought, unread, sought - unread, _falling(rest), included,
        int(data.effects["study_id"].nunique()),
    )  # fmt: skip


def _falling(counts: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(counts.items(), key=lambda p: (-p[1], p[0])))


def flow(subject: Subject, options: Mapping[str, Any]) -> Panel:
    """Draw the flow, and give the CSV that the PRISMA2020 app reads."""
    del options
    return flow_of(subject.data)


def flow_of(made_from: ReportData) -> Panel:
    """Draw the flow of a report's records."""
    counts, title = count_flow(made_from), "Where the studies come from"
    if counts.identified == 0:
        return Panel("flow", title, None, "No record was harvested or imported for this report, so there is no flow of records to show.")
    reading = flow_words(counts, len(made_from.effects), made_from.by_hand)
    with figures.axes(9.6, 6.0) as (figure, ax):
        _draw(ax, counts, len(made_from.effects))
        svg = figures.svg(figure, "flow", "PRISMA 2020 flow diagram", reading, once=True)
    left, right = _boxes(counts, len(made_from.effects))
    with figures.axes(figures.NARROW, _height([*left, *right])) as (figure, ax):
        _draw_narrow(ax, left, right)
        narrow = figures.svg(figure, "flow-narrow", "PRISMA 2020 flow diagram", reading, again=True)
    files = (("PRISMA2020 app (CSV)", "prisma.csv", prisma_csv(counts)),)
    data = {
        "identified": dict(counts.sources), "duplicates": counts.duplicates, "screened": counts.screened, "excluded": dict(counts.excluded),
        "sought": counts.sought, "not retrieved": counts.unread, "assessed": counts.assessed, "rejected": dict(counts.rejected),
        "included": counts.included, "studies": counts.studies,
    }  # fmt: skip
    return Panel("flow", title, svg, reading, files=files, narrow=narrow, data=data)


def flow_words(counts: Flow, values: int, by_hand: Mapping[str, int] | None = None) -> str:
    """Say how many records came in, how many were left, why the others were not, and on how many decisions by hand that rests."""
    left = [f"{reason} ({count:,})" for reason, count in (*counts.rejected, *counts.excluded)]
    if counts.unread:
        left.append(f"{_UNREAD} ({counts.unread:,})")
    if counts.duplicates:
        left.append(f"{_MERGED} ({counts.duplicates:,})")
    lost = f" Not included: {', '.join(left)}." if left else ""
    return (
        f"Of {counted(counts.identified, 'record')} found, {counts.included:,} {'answers' if counts.included == 1 else 'answer'} this report's question"
        f" with a sample size and a value of {'its' if counts.included == 1 else 'their'} own: {counted(values, 'value')} from"
        f" {counted(counts.studies, 'study', 'studies')}.{lost}"
        f" {_hand_words(by_hand or {})}"
    )


def _hand_words(by_hand: Mapping[str, int]) -> str:
    many = sum(by_hand.values())
    if not many:
        return "Programs, not people, read the records, unless a decision by hand is named."
    values = [f"{counted(n, 'value')} {what}" for what, n in by_hand.items() if what != "screened"]
    said = values + ([f"{counted(by_hand['screened'], 'record')} screened"] if "screened" in by_hand else [])
    return f"Programs read the records; {counted(many, 'decision')} by hand {'counts' if many == 1 else 'count'}: {', '.join(said)}."


def prisma_csv(counts: Flow) -> bytes:
    """Return the counts as the PRISMA2020 app and R package read them (Haddaway et al. 2022, Campbell Systematic Reviews 18:e1230)."""
    values = {
        "database_results": counts.identified, "duplicates": counts.duplicates, "records_screened": counts.screened,
        "records_excluded": sum(c for _, c in counts.excluded), "dbr_sought_reports": counts.sought, "dbr_notretrieved_reports": counts.unread,
        "dbr_assessed": counts.assessed, "dbr_excluded": "; ".join(f"{r.replace(',', '').replace(';', '')}, {c}" for r, c in counts.rejected) or "None, 0",
        "new_studies": counts.studies, "new_reports": counts.included, "total_studies": counts.studies, "total_reports": counts.included,
    }  # fmt: skip
    rows = [
        (key, node, box, text, text, text, f"{key if key != 'NA' else box}.html", values.get(key, 0)) for key, node, box, text in _NODES
    ]
    return to_csv(("data", "node", "box", "description", "boxtext", "tooltips", "url", "n"), rows)


# The app finds its boxes by these names; all must be there, also those that stay empty.
_NODES = (
    ("NA", "node4", "prevstud", "Previous studies"),
    ("previous_studies", "node5", "box1", "Studies included in previous version of review"),
    ("previous_reports", "NA", "box1", "Reports of studies included in previous version of review"),
    ("NA", "node6", "newstud", "Identification of new studies via databases and registers"),
    ("database_results", "node7", "box2", "Databases"),
    ("register_results", "NA", "box2", "Registers"),
    ("NA", "node16", "othstud", "Identification of new studies via other methods"),
    ("website_results", "node17", "box11", "Websites"),
    ("organisation_results", "NA", "box11", "Organisations"),
    ("citations_results", "NA", "box11", "Citation searching"),
    ("duplicates", "node8", "box3", "Duplicate records"),
    ("excluded_automatic", "NA", "box3", "Records marked as ineligible by automation tools"),
    ("excluded_other", "NA", "box3", "Records removed for other reasons"),
    ("records_screened", "node9", "box4", "Records screened"),
    ("records_excluded", "node10", "box5", "Records excluded"),
    ("dbr_sought_reports", "node11", "box6", "Reports sought for retrieval"),
    ("dbr_notretrieved_reports", "node12", "box7", "Reports not retrieved"),
    ("other_sought_reports", "node18", "box12", "Reports sought for retrieval"),
    ("other_notretrieved_reports", "node19", "box13", "Reports not retrieved"),
    ("dbr_assessed", "node13", "box8", "Reports assessed for eligibility"),
    ("dbr_excluded", "node14", "box9", "Reports excluded"),
    ("other_assessed", "node20", "box14", "Reports assessed for eligibility"),
    ("other_excluded", "node21", "box15", "Reports excluded"),
    ("new_studies", "node15", "box10", "New studies included in review"),
    ("new_reports", "NA", "box10", "Reports of new included studies"),
    ("total_studies", "node22", "box16", "Total studies included in review"),
    ("total_reports", "NA", "box16", "Reports of total included studies"),
    ("identification", "node1", "identification", "Identification"),
    ("screening", "node2", "screening", "Screening"),
    ("included", "node3", "included", "Included"),
)
_LEFT, _RIGHT, _WIDE = 0.9, 5.35, 4.0


def _draw(ax: Axes, counts: Flow, values: int) -> None:
    ax.set_axis_off()
    ax.set_xlim(0, 9.4)
    ax.set_ylim(0, 6.4)
    for low, high, text in ((5.0, 6.3, "Identification"), (1.5, 4.75, "Screening"), (0.1, 1.25, "Included")):
        _box(ax, 0.1, low, 0.42, high - low, "", fill=figures.BAND)
        ax.text(0.31, (low + high) / 2, text, rotation=90, ha="center", va="center", fontsize=10, fontweight="bold")
    left, right = _boxes(counts, values)
    for y, height, head, lines in left:
        _box(ax, _LEFT, y - height / 2, _WIDE, height, _text(head, lines))
    for y, height, head, lines in right:
        _box(ax, _RIGHT, y - height / 2, _WIDE, height, _text(head, lines))
        _arrow(ax, (_LEFT + _WIDE, y), (_RIGHT, y))
    for (y, height, *_), (below, lower, *_) in pairwise(left):
        _arrow(ax, (_LEFT + _WIDE / 2, y - height / 2), (_LEFT + _WIDE / 2, below + lower / 2))


_Box = tuple[float, float, str, list[str]]
"""Where the middle of a box is, its height, its head and its lines."""


def _boxes(counts: Flow, values: int) -> tuple[list[_Box], list[_Box]]:
    """Return what goes on, and what leaves the flow at each step."""
    left: list[_Box] = [
        (5.65, 1.3, "Records identified", [f"{name} (n = {count:,})" for name, count in counts.sources]),
        (4.4, 0.7, f"Records screened (n = {counts.screened:,})", []),
        (3.2, 0.7, f"Reports sought for retrieval (n = {counts.sought:,})", []),
        (2.05, 0.7, f"Reports assessed by the rules (n = {counts.assessed:,})", []),
        (0.68, 1.1, f"Studies included (n = {counts.studies:,})", [f"reports with a size and a value (n = {counts.included:,})", f"values in this report (n = {values:,})"]),
    ]  # fmt: skip
    right: list[_Box] = [
        (5.65, 1.3, "Removed before screening", [f"records of the same study (n = {counts.duplicates:,})"]),
        (4.4, 0.95, f"Records excluded (n = {sum(c for _, c in counts.excluded):,})", [f"{r} (n = {c:,})" for r, c in counts.excluded]),
        (3.2, 0.7, f"Reports not retrieved (n = {counts.unread:,})", [_UNREAD] if counts.unread else []),
        (1.95, 1.05, f"Reports excluded (n = {sum(c for _, c in counts.rejected):,})", [f"{r} (n = {c:,})" for r, c in counts.rejected]),
    ]
    return left, right


_STEP, _PITCH, _CHARACTERS = 0.18, 0.2, 44  # inches between boxes and of a line, characters of a line in a box of what leaves


def _lines(box: _Box) -> list[str]:
    text = _text(box[2], box[3]).replace(" = ", "\u00a0=\u00a0")  # a count is not parted
    return [part for line in text.split("\n") for part in textwrap.wrap(line.strip(), _CHARACTERS)]


def _high(box: _Box) -> float:
    return 0.2 + _PITCH * len(_lines(box))


def _height(boxes: list[_Box]) -> float:
    return sum(_high(b) + _STEP for b in boxes)


def _draw_narrow(ax: Axes, left: list[_Box], right: list[_Box]) -> None:
    """Draw the flow downwards, what leaves it indented below each step."""
    wide, rail, indent = 4.2, 0.3, 0.65
    ax.set_axis_off()
    ax.set_xlim(0, wide)
    ax.set_ylim(-_height([*left, *right]), 0)
    y, before = 0.0, 0.0
    for i, step in enumerate(left):
        if i:
            _arrow(ax, (rail, before), (rail, y))
        _box(ax, 0.02, y - _high(step), wide - 0.04, _high(step), "\n".join(_lines(step)), pitch=_PITCH)
        before = y - _high(step)
        y = before - _STEP
        if i < len(right):
            away = right[i]
            middle = y - _high(away) / 2
            _arrow(ax, (rail, middle), (indent, middle))
            _box(ax, indent, y - _high(away), wide - 0.02 - indent, _high(away), "\n".join(_lines(away)), pitch=_PITCH)
            y -= _high(away) + _STEP


def _text(head: str, lines: list[str]) -> str:
    shown = lines if len(lines) <= 3 else [*lines[:2], f"{len(lines) - 2} further reasons"]
    return "\n".join([head, *(f"    {line}" for line in shown)])


def _box(ax: Axes, x: float, y: float, width: float, height: float, text: str, fill: str = "none", pitch: float = 0.25) -> None:
    from matplotlib.patches import FancyBboxPatch

    style = "round,pad=0,rounding_size=0.06"
    ax.add_patch(
        FancyBboxPatch((x, y), width, height, boxstyle=style, facecolor=fill, edgecolor=figures.SOFT if fill == "none" else fill, lw=1)
    )
    head, _, rest = text.partition("\n")
    lines = len(text.split("\n"))
    top = y + height / 2 + pitch / 2 * (lines - 1)
    ax.text(x + 0.14, top, head, ha="left", va="center", fontsize=10, fontweight="bold" if rest or lines == 1 else "normal")
    for i, line in enumerate(rest.split("\n") if rest else []):
        ax.text(x + 0.14, top - pitch * (i + 1), line, ha="left", va="center", fontsize=9)


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    ax.annotate("", xy=end, xytext=start, arrowprops={"arrowstyle": "-|>", "color": figures.SOFT, "lw": 1, "shrinkA": 0, "shrinkB": 0})


PANELS = (PanelSpec("flow", flow, "report", "PRISMA 2020 flow of the records"),)
