"""Run the benchmarks: ``python -m tests.bench [NAME …]``; without names all of them.

Each ``bench_NAME.py`` has ``run()``, which returns what it measured beside its peers, all in the same run. The results are printed, kept as
``results/NAME.json`` beside this file, and written as tables to docs/reference/benchmarks.md; a benchmark that was not run keeps its last result.
The exit code is 5 where one falls below its floor. ``--gate`` runs those that ``floors.toml`` names, for CI, and writes nothing.
"""

from __future__ import annotations

import importlib
import json
import platform
import sys
import time
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
RESULTS = HERE / "results"
PAGE = HERE.parents[1] / "docs" / "reference" / "benchmarks.md"


def names() -> list[str]:
    """List the benchmarks."""
    return sorted(p.stem.removeprefix("bench_") for p in HERE.glob("bench_*.py"))


def measure(name: str) -> dict[str, Any]:
    """Run one benchmark; input that is absent is a reason, not a failure."""
    begin = time.perf_counter()
    try:
        module = importlib.import_module(f"tests.bench.bench_{name}")
        result = module.run() if hasattr(module, "run") else {"what": name, "not_run": "it has no run(): start it by hand"}
    except FileNotFoundError as error:
        result = {"what": name, "not_run": f"its input is absent: {error.filename}"}
    except Exception as error:  # noqa: BLE001 - one benchmark that breaks must not lose the others
        traceback.print_exc()
        result = {"what": name, "not_run": f"{type(error).__name__}: {error}", "passes": False}
    return {**result, "seconds": round(time.perf_counter() - begin, 1), "date": datetime.now(UTC).date().isoformat(), "machine": machine()}


def machine() -> str:
    """Say what it ran on."""
    import os

    return f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def flat(tree: dict[str, Any], path: str = "") -> dict[str, Any]:
    """Return nested figures as one level, names joined."""
    out: dict[str, Any] = {}
    for key, value in tree.items():
        name = f"{path} {key}".strip().replace("_", " ")
        out |= flat(value, name) if isinstance(value, dict) else {name: value}
    return out


def table(rows: list[dict[str, Any]]) -> list[str]:
    """Return rows as a Markdown table."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    lines = ["| " + " | ".join(columns) + " |", "| " + " | ".join("---" for _ in columns) + " |"]
    return [*lines, *("| " + " | ".join(str(row.get(c, "")) for c in columns) + " |" for row in rows)]


def section(name: str, result: dict[str, Any]) -> list[str]:
    """Return one benchmark's part of the page."""
    rest = {k: v for k, v in result.items() if k not in {"what", "table", "machine", "date", "seconds"}}
    lines = [f"## {name}: {result.get('what', name)}", "", f"{result['date']}, {result['machine']}, {result['seconds']} s.", ""]
    if rows := result.get("table"):
        lines += [*table(rows), ""]
    figures = [{"figure": key, "value": json.dumps(value) if isinstance(value, list) else value} for key, value in flat(rest).items()]
    return [*lines, *(table(figures) if figures else []), ""]


def write_page() -> None:
    """Write all results to the page."""
    lines = [
        "# Benchmarks", "", "Written by `make bench` (`python -m tests.bench`): peers are measured in the same run, so read the ratios; absolute figures are",
        "those of one machine on one day.", "",
    ]  # fmt: skip
    for path in sorted(RESULTS.glob("*.json")):
        lines += section(path.stem, json.loads(path.read_text(encoding="utf-8")))
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


def gate() -> int:
    """Run the benchmarks that floors.toml names, and say which ratios fell below; nothing is written."""
    import tomllib

    floors = tomllib.loads((HERE / "floors.toml").read_text(encoding="utf-8"))
    fell = 0
    for name, least in floors.items():
        result = measure(name)
        if reason := result.get("not_run") or result.get("skipped"):
            print(f"{name}: not run: {reason}")
            fell += result.get("passes") is False
            continue
        for path, floor in least.items():
            value: Any = result
            for part in path.split("."):
                value = value[part]
            fell += value < floor
            print(f"{'ok  ' if value >= floor else 'FELL'} {name} {path}: {value:.2f} (floor {floor:g})", flush=True)
    return 5 if fell else 0


def main(wanted: list[str]) -> int:
    """Run, print, write."""
    if wanted == ["--gate"]:
        return gate()
    unknown = sorted(set(wanted) - set(names()))
    if unknown:
        print(f"there is no benchmark {unknown[0]!r}: {', '.join(names())}", file=sys.stderr)
        return 2
    RESULTS.mkdir(exist_ok=True)
    passed = True
    for name in wanted or names():
        result = measure(name)
        (RESULTS / f"{name}.json").write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        print("\n".join(section(name, result)), flush=True)
        passed &= bool(result.get("passes", True))
    write_page()
    return 0 if passed else 5


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
