"""Whose results a table's rows and columns are: the paper's own, or those of the literature, of people, of chance, that stand beside them."""

from __future__ import annotations

import re

from miner.extract.table_layout import Place, ReadTable, TableCell

_OWN = re.compile(
    r"\b(?:proposed|ours?|this (?:work|study|paper|article)|(?:present|current) (?:study|work|method|paper|results?))\b", re.IGNORECASE
)
_LITERATURE = re.compile(
    r"\bet al\b|\[\s*\d+(?:\s*[,–-]\s*\d+)*\s*\]|\bstate[- ]of[- ]the[- ]art\b|\bSOTA\b"
    r"|^(?!(?:Cohort|Cent(?:er|re)|Site|Year|Wave|Set|Test|Data|Version|Hospital|Round|Batch|Season|Before|After|Since|Until|From)\b)"
    r"[A-Z][a-zà-ÿ’'-]+(?:(?:,| and| &)? [A-Z][a-zà-ÿ’'-]+)*,? \(?(?:19|20)\d\d[a-c]?\)?$"
)
_FOIL = re.compile(
    r"\bbaselines?\b|\bchance\b|\brandom (?:labels?|guess\w*|assignment|prediction)\b|\b(?:shuffled|permuted) labels?\b|\bmajority (?:class|vote baseline)\b|\bdummy\b|\bno[- ]information\b",
    re.IGNORECASE,
)
_HUMAN = re.compile(
    r"\b(?:radiologists?|readers?|physicians?|clinicians?|dermatologists?|experts?|neurologists?|pathologists?|observers?|residents?|humans?)\b",
    re.IGNORECASE,
)
# Columns that say whose a row is.
_SOURCE = re.compile(
    r"(?:refs?\b|references?\b|sources?\b|citations?\b|(?:first )?authors?\b|papers?\b|publications?\b|articles?\b|literature\b)",
    re.IGNORECASE,
)
_STUDY = re.compile(r"(?:stud(?:y|ies)|works?|methods?|models?|approach(?:es)?|algorithms?|author|classifiers?)\b", re.IGNORECASE)
_YEAR_HEAD = re.compile(r"(?:publication )?years?\b", re.IGNORECASE)
_YEAR = re.compile(r"(?:19|20)\d\d[a-c]?")
_NOBODY = re.compile(r"[-–—−.\s]*|n/?a\.?|none", re.IGNORECASE)
# Columns whose citations are of what was used, not of results.
_USED = re.compile(
    r"\b(?:data ?sets?|databases?|data|cohorts?|corpus|corpora|atlas|software|tools?|features?|scanners?|inputs?|modality|modalities)\b",
    re.IGNORECASE,
)
_OTHERS = re.compile(
    r"(?:published|previous(?:ly)?|earlier|prior|existing|related|recent|other|past|reported|competing|state[- ]of[- ]the[- ]art)\b[^.;]{0,80}?"
    r"\b(?:stud(?:y|ies)|works?|papers?|classifiers?|methods?|approaches|reports?|literature|research|publications?|results|models?|systems?|algorithms?)\b",
    re.IGNORECASE,
)
_ABOUT_OTHERS = re.compile(
    r"\W*(?:(?:an?|the) )?(?:\w+ ){0,2}?(?:summary|overview|review|survey|list|comparison|synopsis|characteristics)\b", re.IGNORECASE
)
_OURS = re.compile(r"\b(?:our|ours|we|proposed|(?:this|present|current) (?:study|work|paper|method|model))\b", re.IGNORECASE)
_QUOTED = re.compile(
    r"\b(?:as (?:reported|published|stated|given|described)|(?:reported|published|given|provided|stated) (?:by|in)\b"
    r"|(?:taken|reproduced|quoted|copied|cited|adapted|extracted|drawn) (?:directly )?from\b"
    r"|(?:values|results|figures|numbers|accuracies) (?:of|from) (?:the )?(?:original|literature|other|cited|respective|corresponding))",
    re.IGNORECASE,
)
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
        told = cell.column in sources and not _NOBODY.fullmatch(cell.text) and not _OWN.search(cell.text)
        if cites or told or (cell.column in sources and cell.cited) or (cell.column in years and _YEAR.fullmatch(cell.text.strip())):
            found.update(range(cell.row, cell.row + cell.rows))
    return found


def _names_reference(text: str) -> bool:
    """Whether a value has numbers of references behind it, ``97.1 [12]``, and no interval, ``91 [85, 95]``."""
    match = _BRACKET.search(text)
    if match is None:
        return False
    value, *numbers = (float(n) for n in (match["value"], *re.findall(r"\d+", match["inner"])))
    return not (len(numbers) == 2 and numbers[0] <= value <= numbers[1])


_BRACKET = re.compile(r"(?P<value>\d+(?:\.\d+)?)[^\d\[]*\[(?P<inner>\d{1,3}(?:\s*[,–-]\s*\d{1,3})*)\]\W*$")


def _is_cited(cell: TableCell, quoting: list[str]) -> bool:
    return cell.cited or _LITERATURE.search(cell.text) is not None or _has_mark(cell, quoting)


def _has_mark(cell: TableCell, marks: list[str]) -> bool:
    """Whether a cell refers to one of these notes, by a mark of its own or a sign at its end."""
    return any(m and (m in cell.marks or (not m.isalnum() and cell.text.rstrip().endswith(m))) for m in marks)
