"""What must be known of a paper before its numbers: that it was retracted, withdrawn, corrected, or stands elsewhere in a newer form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from miner.web.place import paper_path
from miner.web.shell import plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# What PubMed's links to other articles say of this one (NLM's RefType); comments and the like are listed, and no warning.
_GRAVE = {"RetractionIn": "Retracted, as said in", "ExpressionOfConcernIn": "An expression of concern was published:"}
_TOLD = {
    "ErratumIn": "A correction was published:",
    "CorrectedandRepublishedIn": "Corrected and published again:",
    "PartialRetractionIn": "Retracted in part, as said in",
    "UpdateIn": "An update was published:",
    "RetractedandRepublishedIn": "Retracted and published again:",
}


@dataclass(frozen=True, slots=True)
class Banner:
    """One banner: ``bad`` or ``warn``, its words, and where they lead, where they do."""

    kind: str
    words: str
    link: str = ""
    linked: str = ""


def banners(record: Mapping[str, Any], rows: Mapping[str, Sequence[dict[str, Any]]], pages: frozenset[str]) -> list[Banner]:
    """Return the banners of a paper, the gravest first."""
    found = []
    if record["retracted"] and not any(c["kind"] == "RetractionIn" for c in rows["corrections"]):
        found.append(Banner("bad", "This article was retracted. Its numbers are in no analysis."))
    if record["withdrawn"]:
        found.append(Banner("bad", "The authors withdrew this paper. Its numbers are in no analysis."))
    for kinds, grave in ((_GRAVE, "bad"), (_TOLD, "warn")):
        for c in rows["corrections"]:
            if c["kind"] in kinds:
                link = f"https://pubmed.ncbi.nlm.nih.gov/{c['pmid']}/" if (c["pmid"] or "").isdigit() else ""
                found.append(Banner(grave, kinds[c["kind"]], link, plain(c["reference"] or c["pmid"] or "another article")))
    if record["included"] is False:
        by = f" by {record['screened_by']}" if record["screened_by"] else ""
        found.append(
            Banner(
                "warn",
                f"Screened out{by}{': ' + record['screening_note'] if record['screening_note'] else ''}. Its numbers are in no analysis.",
            )
        )
    if record["source"] == "arxiv":
        for mate in rows["mates"]:
            if mate["source"] != "arxiv":
                link = "../../" + paper_path(mate["other_id"]) if mate["other_id"] in pages else ""
                found.append(Banner("warn", "This preprint was published as", link, plain(mate["title"])))
    return found
