"""How many words a claim shares with the sentences that support it, beside those of another paper: what the threshold of claims was chosen by.

    python -m tests.gate.claims [--shared DIR] [--limit N]

No model's summaries are labelled, so people's own stand for them: the title of a paper, and the first sentence of its labelled conclusions, are claims about the rest of its
abstract. Each leans on the two sentences that share most with it; the foil on those two, of twenty other papers of the same journal, that share most.
"""

from __future__ import annotations

import argparse
import random
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from miner.describe.claims import LEAST, shared_words
from miner.describe.labels import facets_of
from miner.describe.sentences import sentences_of
from miner.types import Paper
from tests.gate.gate import SHARED
from tests.gate.texts import update_file

SEED, FOILS = 20, 20


def best(claim: str, sentences: Sequence[str]) -> tuple[int, int]:
    """Return how many of a claim's words the two sentences hold that share most with it, and how many it has."""
    nearest = sorted(sentences, key=lambda s: -shared_words(claim, s)[0])[:2]
    return shared_words(claim, "\n".join(nearest))


def parts(paper: Paper) -> tuple[list[str], list[str]]:
    """Return the claims that a paper's own words make, and the sentences of the rest of its abstract."""
    text = f"{paper.title}\n{paper.abstract}"
    concluding, rest = [], []
    for s in sentences_of(text):
        (concluding if s.label and "conclusion" in facets_of(s.label) else rest).append(text[s.start : s.end])
    return [paper.title, *concluding[:1]], rest


def main() -> None:
    """Print, for each threshold, the share of claims that are kept: with their own sentences, and with another paper's."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--limit", type=int, default=1_500)
    given = parser.parse_args()
    drawn = random.Random(SEED)
    papers = [p for p in update_file(given.shared) if len(p.sections) > 2 and p.venue]
    journals = defaultdict(list)
    for paper in papers:
        journals[paper.venue].append(paper)
    papers = [p for p in papers if len(journals[p.venue]) > 2]
    drawn.shuffle(papers)
    own: dict[str, list[tuple[int, int]]] = {"title": [], "conclusion": []}
    foil: dict[str, list[tuple[int, int]]] = {"title": [], "conclusion": []}
    for paper in papers[: given.limit]:
        claims, rest = parts(paper)
        others = [p for p in journals[paper.venue] if p is not paper]
        elsewhere = [parts(p)[1] for p in drawn.sample(others, min(FOILS, len(others)))]
        for kind, claim in zip(own, claims, strict=False):
            if rest:
                own[kind].append(best(claim, rest))
                foil[kind].append(max((best(claim, s) for s in elsewhere if s), default=(0, 1)))
    for kind, claims in own.items():
        print(f"{kind}: {len(claims)} claims")
        for threshold in (0.2, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6):
            kept = [
                sum(b >= min(LEAST, max(1, n)) and b >= threshold * n for b, n in found[kind]) / len(found[kind]) for found in (own, foil)
            ]
            print(f"  {threshold:.2f}  own {kept[0]:.3f}  another paper's {kept[1]:.3f}")


if __name__ == "__main__":
    main()
