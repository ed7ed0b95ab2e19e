"""Records as RIS, for reference managers."""

from __future__ import annotations

from collections.abc import Iterable

from miner.export.format import Export, ExportFormat
from miner.export.records import write_references
from miner.export.references import Reference, one_line

_SCREENED = {True: "ASReview_relevant", False: "ASReview_irrelevant", None: "ASReview_not_seen"}


def to_ris(references: Iterable[Reference], *, labels: bool = False) -> str:
    """Return RIS; with ``labels``, each record has its screening label in the form of ASReview (a note ``ASReview_relevant`` …).

    Examples
    --------
    >>> print(to_ris([Reference("pmid:1", "pubmed", "A title", authors=(("Lund", "Ada"),), year=2020)]).strip())
    TY  - JOUR
    ID  - pmid:1
    TI  - A title
    AU  - Lund, Ada
    PY  - 2020
    ER  -
    """
    out = []
    for r in references:
        tags: list[tuple[str, str | None]] = [("TY", "UNPB" if r.is_preprint else "JOUR"), ("ID", r.paper_id), ("TI", r.title)]
        tags += [("AU", f"{family}, {given}" if given else family) for family, given in r.authors]
        tags += [
            ("PY", str(r.year or "")),
            ("DA", (r.published or "").replace("-", "/")),
            ("JO", r.venue),
            ("AB", r.abstract),
            ("DO", r.doi),
        ]
        tags += [("AN", r.pmid or r.arxiv_id), ("C2", r.pmcid), ("LA", r.language), ("UR", r.url)]
        tags += [("KW", k) for k in r.keywords]
        if labels:
            tags.append(("N1", _SCREENED[r.included]))
        out += [f"{tag}  - {one_line(value)}" for tag, value in tags if one_line(value)]
        out += ["ER  -", ""]
    return "\n".join(out)


def _write(asked: Export) -> str:
    return write_references(asked, to_ris)


FORMAT = ExportFormat("ris", "records for reference managers", _write, suffixes=(".ris",))
