"""The abstracts that labels point into, from the folder of test input: by id, as title, line feed and abstract."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from lxml import etree

from miner.harvest.pubmed_xml import open_binary, read_pubmed
from miner.types import Paper


def abstracts(shared: Path, ids: set[str]) -> dict[str, str]:
    """Return the texts of the wanted abstracts that are there."""
    found: dict[str, str] = {}
    for identifier, text in chain(_corpora(shared), _update(shared)):
        if identifier in ids:
            found.setdefault(identifier, text)
            if len(found) == len(ids):
                break
    return found


def _corpora(shared: Path) -> Iterator[tuple[str, str]]:
    for line in (shared / "corpus" / "pubmed.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        parts = [f"{label}: {text}" if label else text for label, text in record["abstract"]]
        yield f"pmid:{record['pmid']}", "\n".join([record["title"], *parts])
    for line in (shared / "corpus" / "arxiv.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        yield f"arxiv:{record['id']}", f"{record['title']}\n{record['abstract']}"


def _update(shared: Path) -> Iterator[tuple[str, str]]:
    return ((paper.paper_id, paper.text) for paper in update_file(shared))


def update_file(shared: Path) -> Iterator[Paper]:
    """Yield the papers of the update file."""
    with open_binary(shared / "corpus" / "pubmed21n1298.xml.gz") as stream:
        for record in read_pubmed(stream):
            paper = getattr(record, "paper", record)
            if isinstance(paper, Paper):
                yield paper


def labelled_abstracts(shared: Path) -> tuple[list[str], list[str]]:
    """Return the abstracts with labelled sections: those that are free or for which PubMed knows no claim of copyright, and those with a claim."""
    free, claimed = [], []
    claims = with_claim(shared)
    for line in (shared / "corpus" / "pubmed.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        if any(label for label, _ in record["abstract"]):
            free.append("\n".join([record["title"], *(f"{label}: {text}" if label else text for label, text in record["abstract"])]))
    for paper in update_file(shared):
        if any(s.label for s in paper.sections if s.kind == "abstract"):
            (claimed if paper.pmid in claims else free).append(paper.text)
    return free, claimed


def with_claim(shared: Path) -> set[str]:
    """Return the PMIDs of the update file whose abstracts have a claim of copyright."""
    with gzip.open(shared / "corpus" / "pubmed21n1298.xml.gz") as stream:
        found = set()
        for _, element in etree.iterparse(stream, tag="MedlineCitation"):
            if element.findtext("Article/Abstract/CopyrightInformation"):
                found.add(str(element.findtext("PMID")))
            element.clear()
    return found


def free_texts(shared: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield texts and their authors' keywords, of abstracts that are free or for which PubMed knows no claim of copyright."""
    yield from ((text, ()) for _, text in _corpora(shared))
    claims = with_claim(shared)
    for paper in update_file(shared):
        if paper.abstract and paper.pmid not in claims:
            yield paper.text, tuple(k.keyword for k in paper.keywords if k.kind == "author")
