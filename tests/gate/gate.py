"""The gate: floors for every figure of the extraction on the development gold, bound to that file's hash.

The gold lies outside the checkout; `baseline.json` holds figures only. A third of the abstracts (`held_out`) is never looked at while
rules are written: its figures say what to expect of abstracts that nobody has seen.

    python tests/gate/gate.py                          compare with the floors; exit code 5 if a figure fell
    python tests/gate/gate.py --update                 raise the floors to the present figures; refuses to lower one
    python tests/gate/gate.py --update --allow-lower   lower them too: say why in the commit
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from miner.extract.api import Extractor, load_rules
from miner.extract.scoring import read_gold, score

HERE = Path(__file__).resolve().parent
BASELINE = HERE / "baseline.json"
SHARED = Path(os.environ.get("MINER_SHARED", HERE.parents[2] / "shared"))
GOLD = "gold/dev.jsonl"
FELL_SHORT = 5

Figures = dict[str, dict[str, float]]


def held_out(identifier: str) -> bool:
    """Whether an abstract belongs to the third that nobody looks at: by its id, so that it stays the same for ever."""
    return int(hashlib.sha256(identifier.encode()).hexdigest(), 16) % 3 == 0


def figures(gold: Path) -> Figures:
    """Return every figure of the scorer for all abstracts, for those to develop on, and for those held out."""
    records = read_gold(gold)
    extractor = Extractor(load_rules())
    found = {identifier: [e.to_label() for e in extractor.extract(r["text"])] for identifier, r in records.items()}
    parts = {
        "all": records,
        "develop": {i: r for i, r in records.items() if not held_out(i)},
        "held_out": {i: r for i, r in records.items() if held_out(i)},
    }
    return {name: dict(flat(score(part, found))) for name, part in parts.items()}


def flat(scores: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, float]]:
    """Yield the shares and F1s of the scorer's answer by dotted names; counts are not figures."""
    for name, value in scores.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{name}.")
        elif isinstance(value, float):
            yield f"{prefix}{name}", value


def sha256(path: Path) -> str:
    """Return the hash of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_baseline(path: Path = BASELINE) -> tuple[str, Figures]:
    """Return the hash of the gold that the floors are bound to, and the floors."""
    content = json.loads(path.read_text(encoding="utf-8"))
    return content["gold_sha256"], content["floors"]


def fallen(floors: Figures, now: Figures) -> list[str]:
    """Return one line for each figure that is below its floor, or is there no more."""
    lines = []
    for part, wanted in floors.items():
        for name, floor in wanted.items():
            value = now.get(part, {}).get(name)
            if value is None or value < floor:
                lines.append(f"{part} {name}: {value} is below {floor}")
    return lines


def updated(floors: Figures, now: Figures, *, allow_lower: bool) -> Figures:
    """Return new floors: the present figures, if none is below its floor or that is allowed.

    Raises
    ------
    ValueError
        If a figure fell, and ``allow_lower`` is not set.
    """
    if (low := fallen(floors, now)) and not allow_lower:
        raise ValueError("these figures fell; mend the rules, or say --allow-lower:\n" + "\n".join(low))
    return now


def scorer(path: Path) -> Any:
    """Return a scorer of the test input as a module."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def hold(arguments: list[str] | None, about: str | None, name: str, baseline: Path, figures_of: Callable[[Path], Figures]) -> int:
    """Compare with the floors, or update them, as a command.

    Parameters
    ----------
    arguments : list of str, optional
        Those of the command line by default.
    about : str
        What the command's help says.
    name : str
        The gold file below the folder of test input, to whose hash the floors are bound.
    baseline : pathlib.Path
        Where they stand.
    figures_of : callable
        Gives the present figures for a folder of test input.
    """
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=SHARED, help="the folder of test input")
    parser.add_argument("--baseline", type=Path, default=baseline)
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--allow-lower", action="store_true")
    options = parser.parse_args(arguments)
    gold = options.shared / name
    if not gold.is_file():
        print(f"there is no {gold}: name the folder of test input with --shared", file=sys.stderr)
        return 2
    bound, floors = read_baseline(options.baseline) if options.baseline.exists() else ("", {})
    now = figures_of(options.shared)
    if bound != sha256(gold):
        print("the floors are bound to another gold file" if bound else "there are no floors yet", file=sys.stderr)
        floors = {}
    if not options.update:
        low = fallen(floors, now)
        print("\n".join(low) if low else json.dumps(now, indent=2))
        return FELL_SHORT if low or not floors else 0
    try:
        floors = updated(floors, now, allow_lower=options.allow_lower)
    except ValueError as error:
        print(error, file=sys.stderr)
        return FELL_SHORT
    options.baseline.write_text(json.dumps({"gold_sha256": sha256(gold), "floors": floors}, indent=2) + "\n", encoding="utf-8")
    return 0


def options_of_fit(arguments: Iterable[str] | None, about: str | None, name: str) -> argparse.Namespace | None:
    """Return the options of a command that fits weights; None, and a word on it, where the gold file ``name`` is absent."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=SHARED, help="the folder of test input")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args(None if arguments is None else list(arguments))
    if (options.shared / name).is_file():
        return options
    print(f"there is no gold in {options.shared}: name the folder of test input with --shared", file=sys.stderr)
    return None


def main(arguments: list[str] | None = None) -> int:
    """Compare, or update."""
    return hold(arguments, __doc__, GOLD, BASELINE, lambda shared: figures(shared / GOLD))


if __name__ == "__main__":
    sys.exit(main())
