"""Whose results a table's rows and columns are: the paper's own, or those of the literature, of people, of chance, that stand beside them."""

from __future__ import annotations

import re
from pathlib import Path

from miner.extract.table_layout import Place, ReadTable, TableCell
from miner.text.patterns import load_patterns

_PATTERNS = load_patterns(Path(__file__).with_suffix(".toml"))
_OWN = _PATTERNS["own"]
_LITERATURE = _PATTERNS["literature"]
_FOIL = _PATTERNS["foil"]
_HUMAN = _PATTERNS["human"]
_SOURCE = _PATTERNS["source"]
_STUDY = _PATTERNS["study"]
_YEAR_HEAD = _PATTERNS["year_head"]
_YEAR = _PATTERNS["year"]
_NOBODY = _PATTERNS["nobody"]
_USED = _PATTERNS["used"]
_OTHERS = _PATTERNS["others"]
_ABOUT_OTHERS = _PATTERNS["about_others"]
_OURS = _PATTERNS["ours"]
_QUOTED = _PATTERNS["quoted"]
_BRACKET = _PATTERNS["bracket"]
_OTHERS_SECTIONS = frozenset({"introduction", "related"})


class Claims:
    """Says of each place of a table whose result stands there.

    Parameters
    ----------
    table : ReadTable
    places : list of Place
        The cells of its body.
    """

    def __init__(self, table: ReadTable, places: list[Place]) -> None:
        self._quoting = [mark for mark, words in table.foot if _QUOTED.search(words)]
        self._rows = _cited_rows(table, self._quoting)
        marked = any(_OWN.search(h) for p in places for h in (*p.left, *p.above))
        about_others = _tells_of_others(table.caption) or table.section in _OTHERS_SECTIONS
        # A note without a mark speaks of all rows that are not said to be the paper's own.
        self._others = marked or about_others or (bool(self._rows) and "" in self._quoting)

    def cites(self, place: Place) -> bool:
        """Whether a place's row or column, or the cell itself, is of the literature."""
        if place.cell.cited or _has_mark(place.cell, self._quoting) or _names_reference(place.cell.text):
            return True
        if not self._rows.isdisjoint(range(place.cell.row, place.cell.row + place.cell.rows)):
            return True
        return any(_is_cited(c, self._quoting) for c in place.over) or _LITERATURE.search(place.banner) is not None

    def of(self, place: Place) -> str:
        """Return ``own`` or ``comparator``."""
        labels = [*place.left, *place.above]
        if any(_OWN.search(h) for h in labels):
            return "own"
        if self._others or self.cites(place) or any(_FOIL.search(h) or _HUMAN.search(h) for h in labels):
            return "comparator"
        return "own"


def _tells_of_others(caption: str) -> bool:
    """Whether a caption says that a table sums up the work of others: ``Summary of published classifiers``, ``Earlier studies``."""
    match = _OTHERS.search(caption)
    if match is None or _OURS.search(caption):
        return False
    return match.start() <= 3 or _ABOUT_OTHERS.match(caption) is not None


def _cited_rows(table: ReadTable, quoting: list[str]) -> set[int]:
    """Return the rows that a label, a reference or an author's name makes the literature's."""
    heads: dict[int, str] = {}
    for cell in table.cells:
        if cell.header:
            for column in range(cell.column, cell.column + cell.columns):
                heads[column] = f"{heads.get(column, '')} {cell.text}".strip()
    sources = {c for c, words in heads.items() if _SOURCE.match(words)}
    years = {c for c, words in heads.items() if _YEAR_HEAD.fullmatch(words)}
    if not any(_STUDY.match(words) or c in sources for c, words in heads.items()):
        years = set()  # a year beside nothing that is published is one of the data's
    found: set[int] = set()
    for cell in table.cells:
        head = heads.get(cell.column, "")
        if cell.header and cell.column > 0:
            continue
        cites = cell.column == 0 and not _USED.search(head) and _is_cited(cell, quoting)
        names_source = cell.column in sources and not _NOBODY.fullmatch(cell.text) and not _OWN.search(cell.text)
        if (
            cites
            or names_source
            or (cell.column in sources and cell.cited)
            or (cell.column in years and _YEAR.fullmatch(cell.text.strip()))
        ):
            found.update(range(cell.row, cell.row + cell.rows))
    return found


def _names_reference(text: str) -> bool:
    """Whether a value has numbers of references behind it, ``97.1 [12]``, and no interval, ``91 [85, 95]``."""
    match = _BRACKET.search(text)
    if match is None:
        return False
    value, *numbers = (float(n) for n in (match["value"], *re.findall(r"\d+", match["inner"])))
    return not (len(numbers) == 2 and numbers[0] <= value <= numbers[1])


def _is_cited(cell: TableCell, quoting: list[str]) -> bool:
    return cell.cited or _LITERATURE.search(cell.text) is not None or _has_mark(cell, quoting)


def _has_mark(cell: TableCell, marks: list[str]) -> bool:
    """Whether a cell refers to one of these notes, by a mark of its own or a sign at its end."""
    return any(m and (m in cell.marks or (not m.isalnum() and cell.text.rstrip().endswith(m))) for m in marks)
