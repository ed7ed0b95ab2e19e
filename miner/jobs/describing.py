"""Key terms, key sentences and related papers, brought up to date: what is new or changed is read, and what that moves is compared again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from miner.say import counted
from miner.store.description import (
    Compared,
    Undescribed,
    compared,
    describable,
    forget_descriptions,
    related_so_far,
    texts_of,
    undescribed,
    write_descriptions,
    write_related,
)
from miner.store.search import sync_search
from miner.store.summaries import forget_summaries

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import duckdb

    from miner.describe.facets import KeySentence
    from miner.describe.related import Vectors
    from miner.describe.terms import Term

METHOD = "1"
"""To be raised when the code reads other terms or sentences from the same text."""
MOST_PAPERS = 50_000
"""Of more records than a site can hold nothing is described: loading PubMed as a whole must not wait for it."""
# Words of every eighth abstract of the literature tell a reader nothing.
_TOLD = 3
_WHY = 3


@dataclass(frozen=True, slots=True)
class Described:
    """How many records were read, and how many lists of related papers changed."""

    read: int
    related: int


def describe_pending(con: duckdb.DuckDBPyConnection, say: Callable[[str], None] = lambda _: None) -> Described:
    """Bring key terms, key sentences and related papers up to date. What they are hangs on the records as they are, not on what came first."""
    forget_descriptions(con)
    forget_summaries(con)
    papers = describable(con)
    if papers > MOST_PAPERS:
        say(f"{counted(papers, 'record')}: key terms and related papers are found for up to {MOST_PAPERS:,}")
        return Described(0, 0)
    read = 0
    for batch in undescribed(con, _version()):
        write_descriptions(con, _version(), [_read(p) for p in batch])
        read += len(batch)
        if read >= 2_000:
            say(f"key terms of {counted(read, 'record')}")
    return Described(read, _compare(con))


@lru_cache(maxsize=1)
def _version() -> str:
    """Return what names the method: its number and a digest of its tables."""
    from miner.describe import facets, lexis, terms

    files = (facets.FILE, lexis.FILE, terms.FILE, terms.STOP)
    return f"{METHOD}-{hashlib.sha256(b'|'.join(f.read_bytes() for f in files)).hexdigest()[:12]}"


def _read(paper: Undescribed) -> tuple[Undescribed, Sequence[Term], Sequence[KeySentence]]:
    from miner.describe.facets import key_sentences
    from miner.describe.terms import key_terms

    terms = key_terms(paper.title, paper.abstract, paper.keywords, paper.mesh)
    return paper, terms, key_sentences(f"{paper.title}\n{paper.abstract}") if paper.abstract else ()


def _compare(con: duckdb.DuckDBPyConnection) -> int:
    """Bring the lists of related papers up to date; return how many were written."""
    import numpy as np

    from miner.describe.related import digests, nearest, reference_vectors, usual_rarity, word_vectors

    sync_search(con)
    by = compared(con)
    if not by.papers:
        return 0
    usual = usual_rarity(by.word_names)
    words = word_vectors(by.words["paper"], by.words["name"], by.words["count"], len(by.papers), len(by.word_names), usual)
    works = reference_vectors(by.works["paper"], by.works["name"], len(by.papers), len(by.work_names))
    now = digests(words, by.word_hashes, works, by.work_hashes)
    moved = np.array([i for i, (a, b) in enumerate(zip(now, by.last, strict=True)) if a != b], dtype=np.int64)
    number = {p: i for i, p in enumerate(by.papers)}
    before = {number[p]: [(number.get(o, -1), s) for o, s in near] for p, near in related_so_far(con).items()}
    if not len(moved) and not any(o < 0 for near in before.values() for o, _ in near):
        return 0
    changed = nearest(words, works, before, moved)
    texts = texts_of(con, [by.papers[i] for i in changed])
    rows = {
        by.papers[i]: [(by.papers[j], score, _why(by, (words, works, usual), i, j, texts[by.papers[i]])) for j, score in near]
        for i, near in sorted(changed.items())
    }
    write_related(con, rows, {by.papers[i]: now[i] for i in moved.tolist()})
    return len(rows)


def _why(by: Compared, vectors: tuple[Vectors, Vectors, Any], one: int, other: int, text: str) -> list[str]:
    """Say what two papers have in common, in the words of the first."""
    from miner.describe.related import shared
    from miner.describe.surface import as_written

    words, works, usual = vectors
    common = shared(words, one, other, 4 * _WHY)
    names = [by.word_names[w] for w in common]
    telling = [by.word_names[w] for w in common if usual[w] > _TOLD]
    said = [as_written(name, text) for name in _apart(telling or names)[:_WHY]]
    cited = [by.work_names[w] for w in shared(works, one, other, 1_000)] if works.weights.nnz else []
    papers = {by.papers[one], by.papers[other]}
    if any(by.own_works.get(w) in papers for w in cited):
        said.append("one cites the other")
    if both := sum(not w.startswith("by ") and by.own_works.get(w) not in papers for w in cited):
        said.append(f"{counted(both, 'reference')} in common")
    if citing := sum(w.startswith("by ") for w in cited):
        said.append(f"cited together by {counted(citing, 'paper')}")
    return said


def _apart(names: Iterable[str]) -> list[str]:
    """Return names without the words of a phrase among them."""
    listed = list(names)
    parts = {w for name in listed if " " in name for w in name.split()}
    return [n for n in listed if " " in n or n not in parts]
