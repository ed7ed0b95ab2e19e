"""Whether two commits make the same: the demo, reports, exports, the paper's report and the figures on the gold, each made by its own code.

    python tests/same_outputs.py main HEAD                   exit code 5 if something differs
    python tests/same_outputs.py main . --keep /tmp/outputs   the working tree; what commits made is kept and not made again

A file is ``same bytes``, ``same but names`` (digests, names of modules and versions of packages left out, the bytes are the same), ``same but names and order`` (of lines), ``same figures``
(a page whose every figure and table of the old one stands in the new one; what else differs is shown), or ``differs``. Inputs outside the
checkout (the paper's sources, the gold) are used where they are there.
"""

from __future__ import annotations

import argparse
import difflib
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("MINER_SHARED", ROOT.parent / "shared"))
FELL_SHORT = 5
EXPORTS = {"ris": "x.ris", "bibtex": "x.bib", "csl-json": "x.json", "asreview": "x.csv", "metafor": "effects.csv", "parquet": "x.parquet", "datapackage": "package"}  # fmt: skip
GOLD = "import json, pathlib, sys; from tests.gate.gate import GOLD, figures; print(json.dumps(figures(pathlib.Path(sys.argv[1]) / GOLD), indent=1, sort_keys=True))"


def outputs(commit: str, folder: Path) -> Path:
    """Make the outputs of a commit (``.`` is the working tree) below ``folder``, unless they are there; return where."""
    name = "working-tree" if commit == "." else _git("rev-parse", f"{commit}^{{commit}}").strip()[:12]
    target = folder / name
    if commit == ".":
        shutil.rmtree(target, ignore_errors=True)
    if not target.exists():
        with tempfile.TemporaryDirectory() as scratch:
            tree = ROOT if commit == "." else _checkout(commit, Path(scratch) / "tree")
            made = Path(scratch) / "made"
            _make(tree, made, Path(scratch) / "workspace")
            shutil.copytree(made, target)
    return target


def _git(*args: str) -> str:
    return subprocess.run(["git", *args], cwd=ROOT, check=True, capture_output=True, text=True).stdout


def _checkout(commit: str, target: Path) -> Path:
    target.mkdir()
    archive = subprocess.run(["git", "archive", commit], cwd=ROOT, check=True, capture_output=True).stdout
    subprocess.run(["tar", "-x", "-C", target], input=archive, check=True)
    return target


def _make(tree: Path, made: Path, place: Path) -> None:
    """Run the tree's own command line; its package goes before any that is installed."""

    def run(*args: str | Path) -> str:
        environment = {**os.environ, "PYTHONPATH": str(tree), "OPENBLAS_NUM_THREADS": "1"}
        return subprocess.run(
            [sys.executable, *map(str, args)], cwd=tree, env=environment, check=True, stdout=subprocess.PIPE, text=True
        ).stdout

    (made / "exports").mkdir(parents=True)
    run("-m", "miner", "demo", place / "demo")
    at = ("--workspace", place / "demo")
    for job in (("--job", "demo"), ()):
        for name in ("accuracy-vs-sample-size", "publication-bias", "varoquaux2022"):
            run("-m", "miner", "report", name, *job, *at, "-o", made / "reports")
    run("-m", "miner", "report", "demo", *at, "-o", made / "reports", "-f", "md")
    for form, file in EXPORTS.items():
        run("-m", "miner", "export", form, *at, "-o", made / "exports" / file)
    if (SHARED / "varoquaux2022").is_dir():
        at = ("--workspace", place / "paper")
        run("-m", "miner", "init", place / "paper")
        run("-m", "miner", "import", *at, "--as", "sources", "--mapping", "varoquaux2022", SHARED / "varoquaux2022")
        run("-m", "miner", "report", "varoquaux2022", *at, "-o", made / "paper", "--figures", made / "paper" / "figures")
    if (SHARED / "gold" / "dev.jsonl").is_file():
        (made / "gold.json").write_text(run("-c", GOLD, SHARED))


def compare(old: Path, new: Path) -> dict[str, str]:
    """Return a verdict for each file of both folders."""
    there = {p.relative_to(folder).as_posix() for folder in (old, new) for p in folder.rglob("*") if p.is_file()}
    return {name: _verdict(old / name, new / name) for name in sorted(there)}


def _verdict(old: Path, new: Path) -> str:
    if not (old.is_file() and new.is_file()):
        return f"differs: only {'before' if old.is_file() else 'after'}"
    one, other = old.read_bytes(), new.read_bytes()
    if one == other:
        return "same bytes"
    try:
        a, b = settled(_text(old)), settled(_text(new))
    except UnicodeDecodeError:
        return "differs"
    if a == b:
        return "same but names"
    if sorted(a.splitlines()) == sorted(b.splitlines()):  # what is ordered by identifiers that are digests
        return "same but names and order"
    if old.suffix == ".html":
        lost = parts(a) - parts(b)
        return "differs: " + "; ".join(sorted(lost)[:5]) if lost else f"same figures: {len(parts(a))}\n{_difference(a, b)}"
    return f"differs\n{_difference(a, b)}"


def _text(path: Path) -> str:
    if path.suffix != ".parquet":
        return path.read_text(encoding="utf-8")
    import pyarrow.parquet as pq

    return "\n".join(map(repr, pq.read_table(path).to_pylist()))


def settled(text: str) -> str:
    """Return a text without digests, names of modules, and what a page says of the packages that made it.

    Examples
    --------
    >>> settled("rule 1f2e3d4c5b6a, miner.report.build")
    'rule <digest>, <module>'
    >>> settled("x16fc0ea64f51, 99000014, effect:0a1b2c3d")
    '<digest>, 99000014, effect:<digest>'
    """
    text = re.sub(r"<(dd|meta)[^>]* data-volatile[^>]*>[^<]*", r"<\1>", text)
    text = re.sub(r"\([0-9a-f]{8}\)", "(<digest>)", text)  # a rule's, which may have no letter
    return re.sub(r"\bminer(\.[a-z_0-9]+)+", "<module>", re.sub(r"\bx?(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{8,64}\b", "<digest>", text))


def parts(page: str) -> set[str]:
    """Return what a page shows: each figure by its name, and each table by its cells, as names with checksums."""
    figures = re.findall(r'<figure data-name="([^"]*)">.*?(<svg.*?</svg>)', page, re.DOTALL)
    tables = re.findall(r'<table id="([^"]*)".*?</table>', page, re.DOTALL)
    cells = [
        "|".join(re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", t[0], re.DOTALL)) for t in re.finditer(r"<table id=.*?</table>", page, re.DOTALL)
    ]
    named = [("figure", *f) for f in figures] + [("table", name, cell) for name, cell in zip(tables, cells, strict=True)]
    return {f"{kind} {name} {hashlib.sha256(' '.join(content.split()).encode()).hexdigest()[:8]}" for kind, name, content in named}


def _difference(a: str, b: str, most: int = 30) -> str:
    def lines(text: str) -> list[str]:
        return re.sub(r"<svg.*?</svg>", "<svg/>", text, flags=re.DOTALL).splitlines()

    return "\n".join(line[:200] for line in list(difflib.unified_diff(lines(a), lines(b), lineterm="", n=0))[2 : most + 2])


def main() -> int:
    """Compare two commits; print what is not the same bytes, and a count of the rest."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="where outputs are kept")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = args.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        verdicts = compare(outputs(args.old, folder), outputs(args.new, folder))
    for name, verdict in verdicts.items():
        print(f"{name}: {verdict}")
    kinds = [v.split(":")[0].split("\n")[0] for v in verdicts.values()]
    print("; ".join(f"{kinds.count(k)} {k}" for k in dict.fromkeys(kinds)))
    return FELL_SHORT if "differs" in kinds else 0


if __name__ == "__main__":
    sys.exit(main())
