"""How long sites take, how much memory and how many bytes.

python -m tests.web.measure 600 10000     # of real records, where the shared test input is there; else of invented ones
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from miner.web import papers
from miner.workspace import Workspace
from tests.conftest import SHARED
from tests.web.many import literature

REAL = SHARED / "corpus" / "pubmed21n1298.xml.gz"


def workspace(folder: Path, number: int) -> Path:
    """Make a workspace of real records, read by the rules, or of invented ones; return its folder."""
    if not REAL.is_file():
        return literature(folder, number).root
    place = Workspace.create(folder)
    place.import_files(REAL, job="many", limit=number)
    place.extract()
    return place.root


def build(folder: Path, number: int) -> dict[str, float]:
    """Write the site of so many papers, in this process, and measure it."""
    place = Workspace.open(folder)
    spent: list[float] = []
    whole = papers.write_papers

    def timed(site: object) -> None:
        site.fits  # noqa: B018 -- made once a site, and no part of a page
        start = time.process_time()  # other programs take no part of it
        whole(site)
        spent.append(time.process_time() - start)

    from miner.web import site as building

    building.PARTS = tuple(timed if part is whole else part for part in building.PARTS)
    start = time.perf_counter()
    limit = number if number < place.status()["counts"]["papers"] else None  # with a limit, the reports stay out
    made = place.site(Path(tempfile.mkdtemp()) / "site", limit=limit).parent
    seconds = time.perf_counter() - start
    pages = [p.stat().st_size for p in made.glob("papers/??/*.html")]
    return {
        "papers": len(pages),
        "seconds": round(seconds, 1),
        "seconds_of_processor": round(time.process_time(), 1),
        "ms_a_page": round(1000 * spent[0] / len(pages), 2),
        "MB_of_memory": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "largest_page": max(pages),
        "mean_page": round(sum(pages) / len(pages)),
        "MB_of_site": round(sum(p.stat().st_size for p in made.rglob("*") if p.is_file()) / 1e6, 1),
    }


def measured(folder: Path, number: int) -> dict[str, float]:
    """Measure in a process of its own, whose memory is the site's."""
    command = [sys.executable, "-m", "tests.web.measure", "--build", str(folder), str(number)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])


if __name__ == "__main__":
    if sys.argv[1] == "--build":
        print(json.dumps(build(Path(sys.argv[2]), int(sys.argv[3]))))
    else:
        numbers = [int(n) for n in sys.argv[1:]]
        there = workspace(Path(tempfile.mkdtemp()) / "many", max(numbers))
        for n in numbers:
            print(measured(there, n))
