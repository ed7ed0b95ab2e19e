"""The abstracts that labels point into, from the folder of test input: by id, as title, line feed and abstract."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from miner.harvest.pubmed_xml import open_binary, read_numbered
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


def update_file(shared: Path, every: int = 1) -> Iterator[Paper]:
    """Yield the papers of the update file; of its records each so-manieth."""
    with open_binary(shared / "corpus" / "pubmed21n1298.xml.gz") as stream:
        for _, record in read_numbered(stream, wanted=lambda number: number % every == 0):
            paper = getattr(record, "paper", record)
            if isinstance(paper, Paper):
                yield paper


def labelled_abstracts(shared: Path) -> tuple[list[str], list[str]]:
    """Return the abstracts with labelled sections: those that are free or for which PubMed knows no claim of copyright, and those with a claim."""
    free = []
    for line in (shared / "corpus" / "pubmed.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        if any(label for label, _ in record["abstract"]):
            free.append("\n".join([record["title"], *(f"{label}: {text}" if label else text for label, text in record["abstract"])]))
    of_update = list(labelled_of_update(shared))
    return free + [text for text, claimed in of_update if not claimed], [text for text, claimed in of_update if claimed]


def labelled_of_update(shared: Path, every: int = 1) -> Iterator[tuple[str, bool]]:
    """Yield the labelled abstracts of the update file, and whether they have a claim of copyright; of its records each so-manieth."""
    claims = with_claim(shared)
    for paper in update_file(shared, every):
        if any(s.label for s in paper.sections if s.kind == "abstract"):
            yield paper.text, paper.pmid in claims


def with_claim(shared: Path) -> set[str]:
    """Return the PMIDs of the update file whose abstracts have a claim of copyright."""
    with gzip.open(shared / "corpus" / "pubmed21n1298.xml.gz") as stream:
        content = stream.read()
    found, last = set(), ""
    for match in re.finditer(rb"<MedlineCitation[^>]*>\s*<PMID[^>]*>(\d+)|<CopyrightInformation>", content):
        if match[1]:
            last = match[1].decode()
        else:
            found.add(last)
    return found


def free_texts(shared: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield texts and their authors' keywords, of abstracts that are free or for which PubMed knows no claim of copyright."""
    yield from ((text, ()) for _, text in _corpora(shared))
    claims = with_claim(shared)
    for paper in update_file(shared):
        if paper.abstract and paper.pmid not in claims:
            yield paper.text, tuple(k.keyword for k in paper.keywords if k.kind == "author")
