"""The abstracts that labels point into, from the folder of test input: by id, as title, line feed and abstract."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

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
    with open_binary(shared / "corpus" / "pubmed21n1298.xml.gz") as stream:
        for record in read_pubmed(stream):
            paper = getattr(record, "paper", record)
            if isinstance(paper, Paper):
                yield paper.paper_id, paper.text
