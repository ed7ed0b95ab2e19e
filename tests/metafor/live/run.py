"""Run data sets through both programs, and reduce what disagrees to the smallest data set that shows it."""

from __future__ import annotations

import json
import time
import warnings
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import blake2s
from pathlib import Path
from typing import Any

import numpy as np

from miner.errors import MetaError
from tests.metafor.live.analyses import Analysis, Figures, Options, registry
from tests.metafor.live.compare import Units, differs
from tests.metafor.live.datasets import Dataset, generate
from tests.metafor.live.server import Server

FIXTURES = Path(__file__).parent / "fixtures"


@dataclass(frozen=True)
class Disagreement:
    """Where the two programs differ, with the smallest data set found that shows it."""

    analysis: str
    options: Options
    columns: dict[str, Any]
    family: str
    kind: str
    seed: int
    faults: tuple[str, ...]
    theirs: dict[str, Any]

    def __str__(self) -> str:
        k = len(next(iter(self.columns.values())))
        return f"{self.analysis} {self.options} on {k} rows of {self.family}/{self.kind} (seed {self.seed}): " + "; ".join(self.faults[:4])


@dataclass
class Tally:
    """What was compared."""

    figures: int = 0
    calls: Counter[str] = field(default_factory=Counter)
    excused: Counter[str] = field(default_factory=Counter)
    failed_there: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    seconds: Counter[str] = field(default_factory=Counter)
    disagreements: list[Disagreement] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.figures += other.figures
        for name in ("calls", "excused", "failed_there", "refused", "seconds"):
            getattr(self, name).update(getattr(other, name))
        self.disagreements += other.disagreements


def ours(analysis: Analysis, data: Dataset, options: Options) -> Figures:
    """Return our figures, or ``{"error": message}``; anything but a refusal in words is a fault by itself."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return analysis.ours(data, options)
    except MetaError as error:
        return {"error": str(error)}
    except Exception as error:  # noqa: BLE001 - a traceback is what this looks for
        return {"error": f"TRACEBACK {type(error).__name__}: {error}"}


def leaves_of(tree: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    """Return the figures of nested answers by path."""
    out: dict[str, Any] = {}
    for key, value in tree.items():
        name = f"{path}/{key}" if path else key
        out |= leaves_of(value, name) if isinstance(value, Mapping) else {name: value}
    return out


def judge(analysis: Analysis, data: Dataset, options: Options, mine: Figures, theirs: Mapping[str, Any], tally: Tally) -> tuple[str, ...]:
    """Return the faults that no excuse covers."""
    if "error" in mine and str(mine["error"]).startswith("TRACEBACK"):
        return (str(mine["error"]),)
    if "error" in theirs:
        tally.failed_there[f"{analysis.name}: {str(theirs['error'])[:80]}"] += 1
        return ()
    if "error" in mine:
        reason = next((f"{analysis.name}: {part}" for part in analysis.refusals if part in str(mine["error"])), None)
        if reason is None and not _finite(theirs):
            reason = f"{analysis.name}: R's figures are not finite"
        tally.refused[reason or "none"] += reason is not None
        return () if reason else (f"refused ({mine['error']}), but R gives figures",)
    units, faults = Units.of(data.columns), {}
    for path, value in leaves_of(theirs).items():
        name = path.rpartition("/")[2]
        if path not in mine:
            continue
        tally.figures += np.size(value)
        fault = differs(mine[path], value, name, analysis.tol(name), units)
        if fault:
            faults[path] = f"{path}: {fault}"
    for excuse in analysis.excuses if faults else ():
        covered = [path for path in faults if not excuse.leaves or path.rpartition("/")[2] in excuse.leaves]
        if covered and excuse.holds(mine, theirs, data, options):
            tally.excused[f"{analysis.name}: {excuse.reason}"] += len(covered)
            faults = {path: fault for path, fault in faults.items() if path not in covered}
    return tuple(faults.values())


def _finite(theirs: Mapping[str, Any]) -> bool:
    values = [v for leaf in leaves_of(theirs).values() for v in np.ravel(np.array(leaf, dtype=object)) if isinstance(v, float)]
    return bool(np.isfinite(np.array(values, dtype=float)).all())


def compare(server: Server, analysis: Analysis, data: Dataset, options: Options, tally: Tally) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Run one analysis here and there."""
    theirs = server.ask(analysis.name, data.columns, options)
    return judge(analysis, data, options, ours(analysis, data, options), theirs, tally), theirs


def shrink(server: Server, analysis: Analysis, data: Dataset, options: Options, faults: tuple[str, ...], tries: int = 40) -> Dataset:
    """Leave out rows as long as the programs disagree in the same figures: halves first, then smaller parts."""
    names, part = _names(faults), max(1, data.k // 2)
    while part >= 1 and tries > 0:
        start, smaller = 0, False
        while start < data.k and tries > 0:
            keep = [i for i in range(data.k) if not start <= i < start + part]
            tries -= 1
            if len(keep) >= 2 and names & _names(compare(server, analysis, data.rows(keep), options, Tally())[0]):
                data, smaller = data.rows(keep), True
            else:
                start += part
        part = part if smaller and part > 1 else part // 2
    return data


def _names(faults: tuple[str, ...]) -> set[str]:
    return {fault.partition(":")[0].partition("(")[0] + (fault[8:40] if fault.startswith("refused") else "") for fault in faults}


def check(server: Server, seed: int, budget: float, only: str | None = None) -> Tally:
    """Run a data set through as many analyses as a budget (tenths of a second) allows, those that come next in turn first."""
    data, tally = generate(seed), Tally()
    rng = np.random.default_rng([seed, 9])
    fitting = [a for a in registry().values() if data.family in a.family.split() and (only is None or a.name == only)]
    order = rng.permutation(len(fitting))
    for i in order:
        analysis = fitting[int(i)]
        if analysis.cost > budget:
            continue
        options = analysis.draw(rng, data)
        if options is None:
            continue
        budget -= analysis.cost
        began = time.monotonic()
        faults, theirs = compare(server, analysis, data, options, tally)
        tally.calls[analysis.name] += 1
        tally.seconds[analysis.name] += time.monotonic() - began  # type: ignore[assignment]  # seconds are no whole number
        if faults:
            small = shrink(server, analysis, data, options, faults)
            again, theirs = compare(server, analysis, small, options, Tally())
            tally.disagreements.append(
                Disagreement(analysis.name, options, small.columns, data.family, data.kind, seed, again or faults, theirs)
            )
    return tally


def store(found: Disagreement, folder: Path = FIXTURES) -> Path:
    """Write a disagreement as a fixture, under a name that follows from its content."""
    text = json.dumps(asdict(found), indent=1, allow_nan=True)
    folder.mkdir(exist_ok=True)
    path = folder / f"{found.analysis}-{blake2s(json.dumps([found.options, found.columns]).encode(), digest_size=4).hexdigest()}.json"
    path.write_text(text + "\n", encoding="utf-8")
    return path
