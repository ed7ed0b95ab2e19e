"""Reading papers many at a time, and what the page of each shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from miner.export.records import references_of
from miner.store.site.about import read_about
from miner.store.site.evidence import read_evidence
from miner.store.site.network import read_network
from miner.store.site.papers import read_records, wanted
from miner.web import cite
from miner.web.abstract import Paragraph, Piece, Span, paragraphs, spans_of, summary_spans
from miner.web.banners import Banner, banners
from miner.web.network import Network, network_of
from miner.web.numbers import Quoted, by_sentence, numbers_of, place_in_sentences
from miner.web.peers import Standing, standing
from miner.web.place import paper_path
from miner.web.sentence import in_one_sentence, main_effect, why_none

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import duckdb

    from miner.export.references import Reference
    from miner.vocabulary import Vocabulary
    from miner.web.peers import Peers

BATCH = 1000  # papers: the flow of all records is worked out once a batch
FACETS = {
    "why": "Why",
    "question": "Question",
    "data": "Data",
    "method": "Method",
    "result": "Result",
    "conclusion": "Conclusion",
    "limits": "Limits",
}


@dataclass(frozen=True)
class Known:
    """What is the same for all papers of a site: their identifiers, the peers of each effect, what each reports in short, and the vocabulary."""

    pages: frozenset[str] = field(repr=False)
    peers: Mapping[str, tuple[Peers, int]] = field(repr=False)
    says: Mapping[str, str] = field(repr=False)
    words: Vocabulary = field(repr=False)


@dataclass(frozen=True)
class PaperPage:
    """All that the page of a paper shows.

    ``record`` is its row, ``rows`` what else is known of it, by kind; ``sentence`` the pieces of the one sentence, with the extraction that each number leads to.
    """

    path: str
    record: dict[str, Any] = field(repr=False)
    reference: Reference = field(repr=False)
    rows: Mapping[str, list[dict[str, Any]]] = field(repr=False)
    effect: dict[str, Any] | None
    sentence: list[tuple[str, str]]
    numbers: list[Quoted]
    more_numbers: int
    title: tuple[Piece, ...]
    abstract: list[Paragraph]
    places: list[Standing]
    banners: list[Banner]
    network: Network | None
    known: Known = field(repr=False)

    @property
    def id(self) -> str:
        """The paper's identifier."""
        return str(self.record["paper_id"])


def read_pages(con: duckdb.DuckDBPyConnection, ids: tuple[str, ...], known: Known) -> Iterator[PaperPage]:
    """Yield the pages of these papers, in their order; some 25 queries for every thousand of them."""
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        references = {r.paper_id: r for r in references_of(con, batch)}
        with wanted(con, batch):
            kinds = {**read_records(con), **read_evidence(con), **read_network(con), **read_about(con)}
        for paper_id in batch:
            rows = {kind: by_paper.get(paper_id, []) for kind, by_paper in kinds.items()}
            yield _page(rows.pop("records")[0], references[paper_id], rows, known)


def _page(record: dict[str, Any], reference: Reference, rows: dict[str, list[dict[str, Any]]], known: Known) -> PaperPage:
    text = f"{record['title']}\n{record['abstract']}"
    place_in_sentences(rows["extractions"], text)
    numbers, more = numbers_of(rows, known.words)
    spans = spans_of(rows["extractions"], {n.id for n in numbers}, text)
    spans += [Span(f["start"], f["end"], f"f-{f['facet']}") for f in rows["facets"] if text[f["start"] : f["end"]] == f["text"]]
    spans += summary_spans(rows["summary"])
    title, abstract = paragraphs(record["title"], record["abstract"], [s["label"] for s in rows["sections"] if s["label"]], spans)
    effect = main_effect([e for e in rows["effects"] if not e["excluded"]] or rows["effects"])
    places = [standing(*known.peers[e["effect_id"]]) for e in rows["effects"] if e["effect_id"] in known.peers]
    return PaperPage(
        path=paper_path(record["paper_id"]),
        record=record,
        reference=reference,
        rows=rows,
        effect=effect,
        sentence=_sentence(effect, record, rows, known.words),
        numbers=by_sentence(numbers),
        more_numbers=more,
        title=title,
        abstract=abstract,
        places=places,
        banners=banners(record, rows, known.pages),
        network=network_of(rows["references"], rows["citing"], known.pages),
        known=known,
    )


def _sentence(
    effect: dict[str, Any] | None, record: dict[str, Any], rows: Mapping[str, list[dict[str, Any]]], words: Vocabulary
) -> list[tuple[str, str]]:
    if effect is None:
        return [(why_none(record, rows["mates"]), "")]
    evidence = iter([effect["performance_extraction_id"], effect["sample_size_extraction_id"] or next(iter(effect["on"] or []), "")])
    return [(text, (next(evidence, "") or "") if number else "") for text, number in in_one_sentence(effect, words)]


def cited_as(page: PaperPage) -> dict[str, Any]:
    """Return how a page is cited: the line, the files, the tags and the linked data."""
    return {
        "line": cite.formatted(page.reference),
        "files": cite.downloads(page.reference),
        "tags": cite.meta_tags(page.reference),
        "linked": cite.linked_data(page.reference, page.record["license"]),
    }
