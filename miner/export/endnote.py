"""Records as EndNote's tagged format (``.enw``), for reference managers."""

from __future__ import annotations

from collections.abc import Iterable

from miner.export.format import Export, ExportFormat
from miner.export.records import write_references
from miner.export.references import Reference, one_line


def to_endnote(references: Iterable[Reference]) -> str:
    """Return records in EndNote's import format, as ``refer`` writes them.

    Examples
    --------
    >>> print(to_endnote([Reference("pmid:1", "pubmed", "A title", authors=(("Lund", "Ada"),), year=2020)]).strip())
    %0 Journal Article
    %T A title
    %A Lund, Ada
    %D 2020
    %F pmid:1
    """
    out = []
    for r in references:
        tags: list[tuple[str, str | None]] = [("0", "Manuscript" if r.is_preprint else "Journal Article"), ("T", r.title)]
        # A comma at the end keeps the name of a group in one piece.
        tags += [("A", f"{family}, {given}" if given else f"{family},") for family, given in r.authors]
        tags += [("J", r.venue), ("D", str(r.year or "")), ("8", r.published), ("R", r.doi), ("M", r.pmid or r.arxiv_id), ("X", r.abstract)]
        tags += [("G", r.language), ("U", r.url), ("F", r.paper_id)]
        tags += [("K", k) for k in r.keywords]
        out += [f"%{tag} {one_line(value)}" for tag, value in tags if one_line(value)]
        out.append("")
    return "\n".join(out)


def _write(asked: Export) -> str:
    return write_references(asked, to_endnote)


FORMAT = ExportFormat("endnote", "records for EndNote (.enw)", _write)
