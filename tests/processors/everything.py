"""All that leaves the program as bytes, made once in this process, as JSON of their SHA-256 by name.

python -m tests.processors.everything FOLDER [--full]    FOLDER holds the workspaces that :func:`prepare` makes
"""

from __future__ import annotations

import csv
import ctypes
import hashlib
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from miner.cli.main import app

# Means and slopes that lie on an edge: 0.12345 shown with four digits, a slope and an asymmetry of nothing but rounding errors.
TIES = [(0.1234, 0.01), (0.1235, 0.01), (0.1233, 0.04), (0.1236, 0.04), (0.1232, 0.09), (0.1237, 0.09), (0.1234, 0.02), (0.1235, 0.02)]


def prepare(folder: Path) -> None:
    """Make what every process reads: a workspace with evidence, one with the paper's studies, and a table of effects with ties."""
    from tests.report.example import example_workspace
    from tests.report.paper import paper_workspace

    example_workspace(folder / "example")
    paper_workspace(folder / "paper")
    with (folder / "ties.csv").open("w", newline="") as handle:
        csv.writer(handle).writerows([("yi", "vi"), *TIES])


def everything(folder: Path, out: Path, *, full: bool) -> Iterator[tuple[str, Path]]:
    """Write every kind of output below ``out`` and give each file with its name; the paper's report, which takes longest, where there is time."""
    example, paper, demo = folder / "example", folder / "paper", out / "demo"
    _miner("demo", str(demo))
    yield "demo report", demo / "data" / "reports" / "demo.html"
    yield "example report", _report("publication-bias", "--job", "example", "--figures", str(out / "figures"), out=out, place=example)
    yield from ((f"figure {p.name}", p) for p in sorted((out / "figures").iterdir()))
    if full:
        yield "paper report", _report("varoquaux2022", out=out, place=paper)
    for form in ("md", "pdf"):
        yield f"example {form}", _report("accuracy-vs-sample-size", "--job", "example", "--format", form, out=out, place=example)
    accuracies = "select * from v_effect where metric = 'accuracy'"
    # The forms write one result: each form once, and every source as JSON, which has all figures.
    sources = (("demo", accuracies, demo), ("paper", accuracies, paper), ("ties", str(folder / "ties.csv"), demo))
    for name, source, place in sources:
        for form in ("json", "table", "text", "csv") if name == "ties" else ("json",):
            path = out / f"{name}.{form}"
            _miner("--workspace", str(place), "meta", "analyse", "--from", source, "-f", form, "-o", str(path), "--egger")
            yield f"meta {name} {form}", path
    for form, file in (("metafor", "effects.csv"), ("parquet", "effects.parquet"), ("datapackage", "package.zip")):
        _miner("--workspace", str(demo), "export", form, "-o", str(out / file))
        yield f"export {form}", out / file
    path = out / "averages.parquet"
    averages = "select metric, avg(estimate) a, stddev(ln(n)) s, sum(estimate / n) t from v_effect group by metric order by metric"
    _miner("--workspace", str(demo), "sql", averages, "-f", "parquet", "-o", str(path))
    yield "sql parquet", path


def _report(name: str, *options: str, out: Path, place: Path) -> Path:
    form = options[options.index("--format") + 1] if "--format" in options else "html"
    folder = out / form
    _miner("--workspace", str(place), "report", name, *options, "-o", str(folder))
    return max(folder.glob(f"*.{form}"), key=lambda p: p.stat().st_mtime_ns)


def _miner(*arguments: str) -> None:
    app(["--quiet", *arguments], standalone_mode=False)


def digests(folder: Path, *, full: bool) -> dict[str, str]:
    """Return the SHA-256 of every output, and of the content of the databases that are published and exported."""
    import duckdb

    from miner.store.snapshot import content_digest

    with tempfile.TemporaryDirectory() as name:
        out = Path(name)
        found = {what: hashlib.sha256(path.read_bytes()).hexdigest() for what, path in everything(folder, out, full=full)}
        found["snapshot"] = next((out / "demo" / "data" / "snapshots").glob("*.duckdb")).name
        _miner("--workspace", str(out / "demo"), "export", "duckdb", "-o", str(out / "old.duckdb"))
        with duckdb.connect(str(out / "old.duckdb"), read_only=True) as con:
            found["export duckdb"] = content_digest(con)
    return found


def kernels() -> list[str]:
    """Return the kernels that the OpenBLAS libraries of this process chose."""
    import numpy as np
    import scipy.linalg  # noqa: F401 -- loads scipy's own library

    np.zeros(1)
    found = []
    for path in {line.split()[-1] for line in Path("/proc/self/maps").read_text().splitlines() if "openblas" in line}:
        library = ctypes.CDLL(path)
        for symbol in ("scipy_openblas_get_corename64_", "scipy_openblas_get_corename", "openblas_get_corename"):
            if hasattr(library, symbol):
                getattr(library, symbol).restype = ctypes.c_char_p
                found.append(getattr(library, symbol)().decode())
                break
    return sorted(found)


if __name__ == "__main__":
    made = digests(Path(sys.argv[1]), full="--full" in sys.argv)
    sys.stdout.write(json.dumps({"made": made, "kernels": kernels()}))
