"""Who a paper cites and who cites it, as a picture laid out when the site is built, and as a list."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from math import sqrt
from typing import TYPE_CHECKING, Any

from miner.say import counted
from miner.web.place import paper_path
from miner.web.shell import plain
from miner.web.svg import at, line, picture, text

if TYPE_CHECKING:
    from collections.abc import Sequence

DRAWN = 24  # papers of each side in the picture
LISTED = 60  # papers of each side in the list
_OPENALEX = "https://openalex.org/"
_STEP, _TOP = 15.0, 34.0


@dataclass(frozen=True, slots=True)
class Work:
    """A paper that this one cites, or that cites it; ``here`` where it is in the database, ``link`` leads to its page or to its provider's."""

    label: str
    title: str
    year: int | None
    cited_by: int | None
    link: str
    here: bool
    retracted: bool


@dataclass(frozen=True, slots=True)
class Network:
    """References and citing papers, as many as the page lists, with how many there are; ``words`` say what the picture shows."""

    references: tuple[Work, ...]
    citing: tuple[Work, ...]
    cites: int
    cited: int
    svg: str
    words: str


def network_of(references: Sequence[dict[str, Any]], citing: Sequence[dict[str, Any]], pages: frozenset[str]) -> Network | None:
    """Return the network around a paper, of papers that have a ``page`` and of others; None where no reference is known.

    What is cited most comes first where not all are shown, papers of the database before others.
    """
    if not references and not citing:
        return None
    left = [_work(r, pages) for r in references]
    right = [_work(r, pages) for r in citing]
    shown = _said("reference", left[:DRAWN], len(left)), _said("citing paper of this database", right[:DRAWN], len(right))
    words = f"{', '.join(s for s in shown if s)}: filled where the paper is in this database, hollow where it is not; larger where it is cited more. By year, the latest on top."
    svg = _draw(left[:DRAWN], right[:DRAWN], words)
    return Network(tuple(left[:LISTED]), tuple(right[:LISTED]), len(left), len(right), svg, words)


def _said(one: str, drawn: Sequence[Work], there: int) -> str:
    if not there:
        return ""
    many = one.replace("paper", "papers") if "paper" in one else f"{one}s"
    return counted(there, one, many) if len(drawn) == there else f"{len(drawn)} of {counted(there, one, many)} shown"


def _work(row: dict[str, Any], pages: frozenset[str]) -> Work:
    other = row["other_id"]
    if other is None:
        name = str(row["work_id"])
        link = _OPENALEX + name if row["provider"] == "openalex" and name[1:].isdigit() else ""
        return Work(name, "", None, None, link, here=False, retracted=False)
    label = f"{row['author'] or 'Anonymous'} {row['year'] or 'n.d.'}"
    link = "../../" + paper_path(other) if other in pages else ""
    return Work(label, plain(row["title"]), row["year"], row["cited_by"], link, here=True, retracted=bool(row["retracted"]))


def _draw(left: Sequence[Work], right: Sequence[Work], words: str) -> str:
    height = _TOP + _STEP * max(len(left), len(right), 4) + 6
    middle = _TOP + (height - _TOP) / 2 - 6
    parts = [text(118, 16, "cites", "soft", "end"), text(362, 16, "cited by", "soft")]
    for works, x, side in ((left, 130.0, "cites"), (right, 350.0, "cited")):
        ordered = sorted(works, key=lambda w: (-(w.year or 0), not w.here, w.label))
        for i, w in enumerate(ordered):
            y = _TOP + _STEP * i + (height - _TOP - 6 - _STEP * len(ordered)) / 2 + _STEP / 2
            parts += [line(x, y, 240, middle, f"edge {side}"), _node(w, x, y, side)]
    parts.append(f'<circle class="self" cx="240" cy="{at(middle)}" r="8"/>' + text(240, middle + 24, "this paper", "here", "middle"))
    return picture(height, words, "".join(parts), linked=True)


def _node(w: Work, x: float, y: float, side: str) -> str:
    radius = min(7.0, 3 + sqrt(w.cited_by or 0) / 4)
    mark = f'<circle class="{side if w.here else f"{side} hollow"}" cx="{at(x)}" cy="{at(y)}" r="{at(radius)}"/>'
    label = text(x + (-12 if side == "cites" else 12), y + 4, w.label[:18], "", "end" if side == "cites" else "start") if w.here else ""
    told = f"<title>{escape(w.title or w.label)}</title>"
    return f'<a href="{escape(w.link)}">{told}{mark}{label}</a>' if w.link else f"<g>{told}{mark}{label}</g>"
