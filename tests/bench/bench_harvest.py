"""How fast PubMed XML is read and loaded, in ratios to pubmed_parser and to a bare lxml.etree.iterparse on the same machine.

Run with ``python tests/bench/bench_harvest.py``. Each figure is the best of some runs in a process of its own; ratios above 1 are in our favour.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
FILE = Path(os.environ.get("MINER_SHARED", ROOT.parent / "shared")) / "corpus" / "pubmed21n1298.xml.gz"

_TIMED = """
import json, resource, sys, tempfile, time
from pathlib import Path
path = Path(sys.argv[1])
{setup}
def work():
    {work}
times, count = [], 0
for _ in range({runs}):
    start = time.perf_counter()
    count = work()
    times.append(time.perf_counter() - start)
print(json.dumps({{"seconds": min(times), "records": count, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}}))
"""
_JOBS = {
    # All events of all elements are what a reader of fields needs; this one takes no field, and keeps only whole records.
    "iterparse": (
        "from isal import igzip\nfrom lxml import etree",
        """n = 0
    for _, e in etree.iterparse(igzip.open(path), tag="PubmedArticle", resolve_entities=False, no_network=True, huge_tree=False):
        n += 1
        e.clear()
        while e.getprevious() is not None:
            del e.getparent()[0]
    return n""",
        3,
    ),
    "parse": (
        "from miner.harvest.pubmed_xml import read_pubmed\nfrom miner.harvest.readahead import open_binary\nfrom miner.types import Paper",
        """with open_binary(path) as f:
        return sum(isinstance(x, Paper) for x in read_pubmed(f))""",
        3,
    ),
    "load": (
        """from miner.config import init_workspace
from miner.jobs.loading.importing import import_file
from miner.jobs.lock import writing""",
        """w = init_workspace(Path(tempfile.mkdtemp()))
    with writing(w) as con:
        return import_file(con, w, path).received""",
        2,
    ),
    "pubmed_parser": ("import pubmed_parser", "return sum(1 for _ in pubmed_parser.parse_medline_xml(str(path)))", 1),
}
# What issue 6 asks for.
TARGETS = {"parse_vs_pubmed_parser": 3.0, "parse_vs_iterparse": 0.65, "load_vs_pubmed_parser": 2.0}
PEAK_MB = 200.0


def measure(job: str, path: Path) -> dict[str, float]:
    """Run one job in a process of its own."""
    setup, work, runs = _JOBS[job]
    code = _TIMED.format(setup=setup, work=work, runs=runs)
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def run() -> dict[str, Any]:
    """Return seconds, ratios and peak memory, and which targets were met."""
    if not FILE.is_file():
        return {"skipped": f"{FILE.name} is absent"}
    found = {job: measure(job, FILE) for job in _JOBS}
    ratios = {
        "parse_vs_pubmed_parser": found["pubmed_parser"]["seconds"] / found["parse"]["seconds"],
        "parse_vs_iterparse": found["iterparse"]["seconds"] / found["parse"]["seconds"],
        "load_vs_pubmed_parser": found["pubmed_parser"]["seconds"] / found["load"]["seconds"],
    }
    met = {name: ratios[name] >= least for name, least in TARGETS.items()}
    met["parse_peak_below_200_mb"] = found["parse"]["peak_mb"] < PEAK_MB
    return {"measured": found, "ratios": ratios, "met": met, "records_agree": len({m["records"] for m in found.values()}) == 1}


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))
