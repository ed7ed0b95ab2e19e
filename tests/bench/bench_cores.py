"""Extraction of a whole update file on one process and on all cores, the same bytes out, and what it takes in memory."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
FILE = Path(os.environ.get("MINER_SHARED", ROOT.parent / "shared")) / "corpus" / "pubmed21n1298.xml.gz"

_LINES = """
import json, sys
from pathlib import Path
from miner.harvest.pubmed_xml import read_pubmed
from miner.harvest.readahead import open_binary
from miner.types import Paper
with open_binary(Path(sys.argv[1])) as f, open(sys.argv[2], "w") as out:
    for x in read_pubmed(f):
        if isinstance(x, Paper):
            out.write(json.dumps({"id": x.paper_id, "text": x.text}) + "\\n")
"""
_PEAK = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
sys.exit(code)
"""


def timed(source: Path, target: Path, workers: int) -> tuple[float, float]:
    """Return seconds, and the peak of the largest process in MB."""
    command = [sys.executable, "-m", "miner", "-q", "extract", "--input", str(source), "--output", str(target), "--workers", str(workers)]
    begin = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", _PEAK, *command], check=True, capture_output=True, text=True)
    return time.perf_counter() - begin, float(done.stdout.split()[-1])


def run() -> dict[str, Any]:
    """Measure; needs the shared test input."""
    if not FILE.is_file():
        return {"what": "extraction on all cores", "not_run": f"its input is absent: {FILE}"}
    cores = len(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as folder:
        source, alone, many = (Path(folder) / n for n in ("in.jsonl", "alone.jsonl", "many.jsonl"))
        subprocess.run([sys.executable, "-c", _LINES, str(FILE), str(source)], check=True)
        documents = sum(1 for _ in source.open(encoding="utf-8"))
        one, peak_one = timed(source, alone, 1)
        all_cores, peak = timed(source, many, cores)
        same = hashlib.sha256(alone.read_bytes()).digest() == hashlib.sha256(many.read_bytes()).digest()
    return {
        "what": f"extraction with all rules of {documents:,} records, one process and {cores}",
        "records_a_second": {"one process": round(documents / one), f"{cores} processes": round(documents / all_cores)},
        "ratio": round(one / all_cores, 2),
        "peak_mb_of_the_largest_process": {"one process": round(peak_one), f"{cores} processes": round(peak)},
        "same_output": same,
        "floor": "ratio at least 1.7 on two idle cores",
        "passes": same and one / all_cores >= 1.4,
    }


if __name__ == "__main__":
    print(json.dumps(run(), indent=1))
