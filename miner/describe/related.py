"""Which papers are near to which: words weighted by rarity, raised by references in common; all in whole numbers, so that every processor agrees.

Weights take whole steps (see docs/adr/0036): the document frequency of a word and the number of papers count in doublings. A new paper thus moves the weights of
few others, and what is not moved is not computed again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from miner.describe.lexis import lexis
from miner.text.words import normal

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

VERSION = 1
MOST = 16
FLOOR = 0.08
CITED = 0.4
"""How much of what is missing to likeness by words references in common can add."""
_LEAST_STEPS = 3  # a word of every eighth paper or more tells them not apart
_WIDEST = 10  # nor does one that stands in more than 2,047 papers: so that work grows as papers do
_KEPT = 80  # of a paper's words the weightiest
_BLOCK = 128
_COUNTS = np.array([0, 2, 3, 4, 4, 5])  # twice 1 + log2 of how often a word stands in a paper, in whole numbers


def steps(counts: np.ndarray, total: int) -> np.ndarray:
    """Return how rare things are, in doublings: whole numbers.

    Parameters
    ----------
    counts : ndarray of int
        In how many papers each stands.
    total : int
        How many papers there are.

    Examples
    --------
    >>> steps(np.array([1, 2, 3, 500]), 1000).tolist()
    [9, 8, 8, 1]
    """
    found: np.ndarray = np.maximum(0, _doublings(np.array([total])) - _doublings(counts))
    return found


def usual_rarity(names: Sequence[str]) -> np.ndarray:
    """Return how rare words are in the literature at large, in doublings; phrases, and words that the shipped table lacks, are as rare as can be.

    Examples
    --------
    >>> usual_rarity(["the", "segmentation", "deep learning"]).tolist()
    [0, 4, 12]
    """
    known = lexis()
    return np.array([known.rarest if " " in n or (w := known.get(normal(n))) is None else w.rarity for n in names], dtype=np.int64)


def _doublings(counts: np.ndarray) -> np.ndarray:
    found: np.ndarray = np.frexp(np.maximum(counts, 1).astype(float))[1].astype(np.int64) - 1
    return found


@dataclass(frozen=True, slots=True)
class Vectors:
    """Papers as rows of whole weights, the same turned, and the sum of squares of each row."""

    weights: csr_matrix
    turned: csr_matrix
    norms: np.ndarray

    @classmethod
    def of(cls, weights: csr_matrix) -> Vectors:
        """Return the vectors of weights."""
        weights.sort_indices()
        return cls(weights, weights.T.tocsr(), np.asarray(weights.multiply(weights).sum(axis=1)).ravel())

    def likeness(self, rows: np.ndarray) -> csr_matrix:
        """Return the cosines of some papers with all, without those that share nothing. The sums are whole numbers, whatever their order."""
        product: csr_matrix = self.weights[rows] @ self.turned
        own = np.repeat(self.norms[rows], np.diff(product.indptr))
        product = product.astype(float)
        product.data /= np.sqrt(own * self.norms[product.indices].astype(float))
        return product


def word_vectors(
    paper: np.ndarray, word: np.ndarray, count: np.ndarray, papers: int, words: int, usual: np.ndarray | None = None
) -> Vectors:
    """Return the vectors of words: how often each stands in a paper (by logarithm) times how rare it is, the ``_KEPT`` weightiest of a paper.

    Parameters
    ----------
    paper, word, count : ndarray of int
        One entry a word of a paper.
    papers, words : int
        How many there are.
    usual : ndarray of int, optional
        How rare each word is in the literature at large, in doublings: among titles alone ``to`` may be rare, and is a word of no subject all the same.
    """
    frequency = np.bincount(word, minlength=words)
    rarity = steps(frequency, papers)
    if usual is not None:
        rarity = np.where(usual < _LEAST_STEPS, 0, np.minimum(rarity, usual))
    # Words of one paper make nothing alike, and must not make anything unlike.
    rarity[(frequency < 2) | (rarity < _least_steps(papers))] = 0
    weight = _COUNTS[np.minimum(count, len(_COUNTS) - 1)] * rarity[word]
    kept = _weightiest(paper, word, weight)
    return Vectors.of(_matrix(paper[kept], word[kept], weight[kept], papers, words))


def _least_steps(papers: int) -> int:
    """Return how rare a word must be: it tells papers apart, and never so many hold it that work grows faster than papers do."""
    doublings = int(_doublings(np.array([papers]))[0])
    return max(min(_LEAST_STEPS, doublings - 1), doublings - _WIDEST)


def _weightiest(paper: np.ndarray, word: np.ndarray, weight: np.ndarray) -> np.ndarray:
    order = np.lexsort((word, -weight, paper))
    order = order[weight[order] > 0]
    first = np.searchsorted(paper[order], paper[order], side="left")
    return order[np.arange(len(order)) - first < _KEPT]


def reference_vectors(paper: np.ndarray, work: np.ndarray, papers: int, works: int) -> Vectors:
    """Return the vectors of works that papers cite or are cited by, each weighted by how rare it is; shared by two papers, it couples them.

    Works that a paper cites couple it with others that cite them (Kessler, 1963), works that cite it with others that they cite (Small, 1973).
    """
    if not works:
        return Vectors.of(_matrix(paper, work, work, papers, 1))
    frequency = np.bincount(work, minlength=works)
    weight = np.where(frequency > 1, steps(frequency, papers) + 1, 0)[work]
    kept = weight > 0
    return Vectors.of(_matrix(paper[kept], work[kept], weight[kept], papers, works))


def _matrix(rows: np.ndarray, columns: np.ndarray, values: np.ndarray, papers: int, width: int) -> csr_matrix:
    from scipy.sparse import csr_matrix

    return csr_matrix((values.astype(np.int64), (rows, columns)), shape=(papers, width))


def near(words: Vectors, references: Vectors, rows: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Yield the pairs above the floor of some papers with all: numbers of the one and the other, and scores of four digits; a block of papers at a time, so that memory stays flat.

    Likeness by words w and by references r makes w + CITED r (1 - w): references in common add, none in common take nothing away, since lists of references are
    seldom whole.
    """
    for start in range(0, len(rows), _BLOCK):
        block = rows[start : start + _BLOCK]
        score = words.likeness(block)
        if references.weights.nnz and (by_works := references.likeness(block)).nnz:
            score = (score + CITED * (by_works - by_works.multiply(score))).tocsr()
        one = np.repeat(block, np.diff(score.indptr))
        values = np.round(np.minimum(score.data, 1.0), 4)
        kept = (values >= FLOOR) & (score.indices != one)
        yield one[kept], score.indices[kept].astype(np.int64), values[kept]


class Lists:
    """Lists of the nearest of each paper, as they are and as they come to be; numbers are places in the order of names, so that ties go the same way everywhere."""

    def __init__(self, before: Mapping[int, Sequence[tuple[int, float]]], papers: int, moved: np.ndarray) -> None:
        self.moved = np.zeros(papers, dtype=bool)
        self.moved[moved] = True
        # What another must reach to come in: where a list is not full, the floor.
        self.least = np.full(papers, FLOOR)
        self.before = {p: near for p, near in before.items() if not self.moved[p]}
        for paper, listed in self.before.items():
            if len(listed) >= MOST:
                self.least[paper] = listed[-1][1]
        self.found: dict[int, list[tuple[int, float]]] = {}
        self.offers: dict[int, list[tuple[int, float]]] = {}

    def take(self, one: np.ndarray, other: np.ndarray, scores: np.ndarray) -> None:
        """Take the pairs of moved papers: their own lists, and what they are to the others."""
        self.found |= _top(one, other, scores)
        offered = ~self.moved[other] & (scores >= self.least[other])
        for a, b, s in zip(one[offered].tolist(), other[offered].tolist(), scores[offered].tolist(), strict=True):
            self.offers.setdefault(b, []).append((a, s))

    def settle(self) -> np.ndarray:
        """Bring the lists of unmoved papers up to date; return those that have to be made anew, since what they cut off may now come in."""
        anew = []
        for paper, listed in self.before.items():
            stay = [x for x in listed if x[0] >= 0 and not self.moved[x[0]]]
            if len(stay) == len(listed) and paper not in self.offers:
                continue
            merged = _sorted([*stay, *self.offers.get(paper, ())])
            cut = len(listed) >= MOST
            if cut and (len(merged) < MOST or _rank(merged[MOST - 1]) > _rank(listed[-1])):
                anew.append(paper)
            else:
                self.found[paper] = merged[:MOST]
        for paper in self.offers.keys() - self.before.keys():
            self.found[paper] = _sorted(self.offers[paper])[:MOST]
        return np.array(sorted(anew), dtype=np.int64)

    def renew(self, one: np.ndarray, other: np.ndarray, scores: np.ndarray) -> None:
        """Take the whole lists of papers."""
        self.found |= _top(one, other, scores)


def _rank(listed: tuple[int, float]) -> tuple[float, int]:
    return -listed[1], listed[0]


def _sorted(listed: Iterable[tuple[int, float]]) -> list[tuple[int, float]]:
    return sorted(listed, key=_rank)


def _top(one: np.ndarray, other: np.ndarray, scores: np.ndarray) -> dict[int, list[tuple[int, float]]]:
    """Return the ``MOST`` nearest of each paper of some pairs, the nearest first; of equals the first."""
    order = np.lexsort((other, -scores, one))
    one, other, scores = one[order], other[order], scores[order]
    place = np.arange(len(one)) - np.searchsorted(one, one, side="left")
    kept = place < MOST
    top: dict[int, list[tuple[int, float]]] = {}
    for a, b, s in zip(one[kept].tolist(), other[kept].tolist(), scores[kept].tolist(), strict=True):
        top.setdefault(a, []).append((b, s))
    return top


def nearest(
    words: Vectors, references: Vectors, before: Mapping[int, Sequence[tuple[int, float]]], moved: np.ndarray
) -> dict[int, list[tuple[int, float]]]:
    """Return the lists that change: what they would be if all were made anew.

    Parameters
    ----------
    words, references : Vectors
        What papers are compared by now.
    before : dict
        The lists as they are: paper to (other, score), the nearest first; -1 for others that are gone.
    moved : ndarray of int
        Papers that are new or whose weights changed; pairs of others are as near as they were.

    Returns
    -------
    dict
        Paper to (other, score), the nearest first, at most ``MOST``; also where a list became empty.
    """
    papers = words.weights.shape[0]
    lists = Lists(before, papers, moved)
    for pairs in near(words, references, moved):
        lists.take(*pairs)
    anew = lists.settle()
    for pairs in near(words, references, anew):
        lists.renew(*pairs)
    return {int(p): lists.found.get(int(p), []) for p in (*moved, *anew, *lists.found)}


def shared(vectors: Vectors, one: int, other: int, most: int) -> list[int]:
    """Return the numbers of what two papers have in common, the weightiest first; of equals the first."""
    w = vectors.weights
    a, b = slice(w.indptr[one], w.indptr[one + 1]), slice(w.indptr[other], w.indptr[other + 1])
    common, left, right = np.intersect1d(w.indices[a], w.indices[b], assume_unique=True, return_indices=True)
    product = w.data[a][left] * w.data[b][right]
    return [int(x) for x in common[np.argsort(-product, kind="stable")[:most]]]


def digests(words: Vectors, word_hashes: np.ndarray, references: Vectors, work_hashes: np.ndarray) -> list[str]:
    """Return a digest of each paper's weights, by what they are weights of."""
    total = np.zeros(words.weights.shape[0], dtype=np.uint64)
    for vectors, hashes in ((words, word_hashes), (references, work_hashes)):
        w = vectors.weights
        if w.nnz:
            parts = hashes.astype(np.uint64)[w.indices] * w.data.astype(np.uint64)
            rows = np.repeat(np.arange(w.shape[0]), np.diff(w.indptr))
            np.add.at(total, rows, parts)
    return [f"{VERSION}-{x:016x}" for x in total.tolist()]
