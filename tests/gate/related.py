"""How often related papers share a keyword of their authors or a reference, beside pairs drawn at random, and pairs of one journal drawn at random.

    python -m tests.gate.related [--shared DIR] [--limit N]

On the papers of the update file of PubMed. No circle: papers are compared by titles and abstracts alone; their keywords, headings and references are taken away before they
are written to the database, and come back only to judge the pairs. Of a paper the nearest four count, where both papers of the pair have keywords or references.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from lxml import etree

from miner.config import init_workspace
from miner.describe.candidates import key_of
from miner.jobs.describing import describe_pending
from miner.jobs.lock import writing
from miner.store.write import upsert_papers
from miner.types import Paper
from tests.gate.gate import SHARED
from tests.gate.texts import update_file

DRAWN, SEED, NEAREST = 400_000, 20, 4


def references(shared: Path) -> dict[str, set[str]]:
    """Return the PMIDs that each paper of the update file cites."""
    found = {}
    with gzip.open(shared / "corpus" / "pubmed21n1298.xml.gz") as stream:
        for _, element in etree.iterparse(stream, tag="PubmedArticle"):
            cited = {x.text or "" for x in element.iterfind("PubmedData/ReferenceList//ArticleId[@IdType='pubmed']")}
            found[f"pmid:{element.findtext('MedlineCitation/PMID')}"] = cited
            element.clear()
    return found


def measure(papers: Sequence[Paper], cited: dict[str, set[str]]) -> dict[str, object]:
    """Return the shares, their ratios, and how long it took."""
    start = time.process_time()
    near = nearest([replace(p, keywords=(), mesh=()) for p in papers])
    seconds = time.process_time() - start
    marks = {
        p.paper_id: {("keyword", *key_of(k.keyword)) for k in p.keywords if k.kind == "author"}
        | {("cites", c) for c in cited.get(p.paper_id, ())}
        for p in papers
    }
    marked = sorted(p for p, m in marks.items() if m)
    journals = defaultdict(list)
    venues = {p.paper_id: p.venue for p in papers}
    for paper in marked:
        journals[venues[paper]].append(paper)
    draw = random.Random(SEED)
    close = [(a, b) for a in marked for b in near.get(a, ()) if marks[b]]
    any_two = [tuple(draw.sample(marked, 2)) for _ in range(DRAWN)]
    full = [j for j in journals.values() if len(j) > 1]
    same = [tuple(draw.sample(draw.choices(full, weights=[len(j) for j in full])[0], 2)) for _ in range(DRAWN)]

    def share(pairs: Sequence[tuple[str, ...]]) -> float:
        return sum(not marks[a].isdisjoint(marks[b]) for a, b in pairs) / len(pairs)

    figures = {"nearest four": share(close), "at random": share(any_two), "at random in one journal": share(same)}
    return {
        "papers": len(papers), "with keywords or references": len(marked), "pairs": len(close), **{k: round(v, 5) for k, v in figures.items()},
        "times random": round(figures["nearest four"] / figures["at random"], 1),
        "times one journal": round(figures["nearest four"] / figures["at random in one journal"], 1), "seconds": round(seconds, 1),
    }  # fmt: skip


def nearest(papers: Sequence[Paper]) -> dict[str, list[str]]:
    """Return the nearest four of each paper as a workspace finds them."""
    found: dict[str, list[str]] = defaultdict(list)
    with TemporaryDirectory() as folder, writing(init_workspace(Path(folder) / "w")) as con:
        upsert_papers(con, papers, "related")
        describe_pending(con)
        for paper, other in con.execute(
            "SELECT paper_id, other_id FROM v_paper_related WHERE rank <= ? ORDER BY paper_id, rank", [NEAREST]
        ).fetchall():
            found[paper].append(other)
    return found


def main(arguments: Iterable[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--limit", type=int)
    options = parser.parse_args(None if arguments is None else list(arguments))
    latest = {p.paper_id: p for p in update_file(options.shared)}
    print(json.dumps(measure(list(latest.values())[: options.limit], references(options.shared)), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
