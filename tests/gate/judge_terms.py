"""Draw abstracts and print their key terms in a form that a judge can mark.

    python -m tests.gate.judge_terms DRAW [--of 30] [--but DRAW ...]

``DRAW`` is a word that seeds the draw; abstracts of the draws named by ``--but`` (those that were looked at while terms were worked on) are left out. Half are of arXiv, half of
PubMed. Beneath each abstract its terms stand numbered: a judge writes the numbers of those that are good, terms that a reader who knows the field would accept as what the paper is about.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from miner.describe.terms import key_terms
from tests.gate.gate import SHARED


def draw(shared: Path, seed: str, count: int, but: Sequence[str] = ()) -> list[tuple[str, str, str]]:
    """Return (id, title, abstract) of the abstracts of a draw."""
    return [record for source in ("arxiv", "pubmed") for record in _of(shared, source, seed, count // 2, but)]


def _of(shared: Path, source: str, seed: str, count: int, but: Sequence[str]) -> list[tuple[str, str, str]]:
    lines = (shared / "corpus" / f"{source}.jsonl").read_text(encoding="utf-8").splitlines()
    records = [_record(source, json.loads(line)) for line in lines]
    used = {r[0] for other in but for r in _first(records, other, count)}
    return _first([r for r in records if r[0] not in used and len(r[2]) > 300], seed, count)


def _first(records: Iterable[tuple[str, str, str]], seed: str, count: int) -> list[tuple[str, str, str]]:
    return sorted(records, key=lambda r: hashlib.sha256(f"{seed} {r[0]}".encode()).hexdigest())[:count]


def _record(source: str, r: dict[str, Any]) -> tuple[str, str, str]:
    if source == "arxiv":
        return f"arxiv:{r['id']}", r["title"], r["abstract"]
    return f"pmid:{r['pmid']}", r["title"], "\n".join(f"{label}: {text}" if label else text for label, text in r["abstract"])


def main(arguments: Iterable[str] | None = None) -> int:
    """Print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("draw")
    parser.add_argument("--of", type=int, default=30)
    parser.add_argument("--but", nargs="*", default=())
    parser.add_argument("--shared", type=Path, default=SHARED)
    options = parser.parse_args(None if arguments is None else list(arguments))
    for number, (name, title, abstract) in enumerate(draw(options.shared, options.draw, options.of, options.but), 1):
        print(f"## {number}. {name}\n\n{title}\n\n{textwrap.fill(abstract, 160)}\n")
        print("\n".join(f"  {k}. {t.term} ({t.weight:.2f})" for k, t in enumerate(key_terms(title, abstract), 1)), end="\n\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
