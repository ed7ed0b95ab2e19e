"""The paper's own sample sizes: false alarms without any bias, and the power under selection: ``python -m tests.bench.power [REPLICATES]``.

Keeps the shares in ``results/power.json``, from which docs/reference/simulation.md takes its last part (``python -m tests.bench.simulate 0`` writes it); settings that the
file has already are not run again. Seeded by setting. About two minutes on one core for 500 replicates.
"""

from __future__ import annotations

import json
import sys
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import special, stats

from tests.bench.many import together

RESULTS = Path(__file__).parent / "results" / "power.json"
STUDIES = Path(__file__).parents[2] / "reports" / "data" / "varoquaux2022_studies.csv"
REPLICATES, SEED, BATCH = 500, 60, 100
ACCURACY, SD, KEPT = 0.85, 0.3, 0.3

Data = dict[str, Any]
SCORED = {"Primary test: GLMM slope on log n, by its score": np.log10, "Asymmetry on 1/√n, by its score": lambda n: 1 / np.sqrt(n)}
TESTS: dict[str, Callable[[Data], float]] = {
    "OLS slope on log n": lambda d: slope_p(d["x"] / d["n"], np.log10(d["n"]), np.ones(len(d["n"]))),
    "Egger, logits": lambda d: egger(*logits(d)),
    "Egger, accuracies": lambda d: egger(*raw(d)),
}
NAMES = [*SCORED, *TESTS]
EGGER = [name for name in TESTS if name.startswith("Egger")]
# The levels and spreads of the two tasks that the paper tests, as pooled by REML, and one with less spread: mean and sd of the logits, number of accuracies (of
# pMCI vs sMCI the paper has 166, with which the score test takes too long here).
NULLS = {
    "as pMCI vs sMCI": (1.15, 0.47, 90),
    "as AD vs HC": (2.34, 0.76, 86),
    "as AD vs HC, half the spread": (2.34, 0.38, 86),
}
# What is published: a share of the results below the true mean beside all above it, or what is significantly above a baseline.
ALL, BELOW, ABOVE_70, ABOVE_80 = (
    "all published", "70 % of the results below the true mean missing", "only results significantly above 70 %", "only results significantly above 80 %",
)  # fmt: skip
SELECTIONS: dict[str, float | None] = {ALL: None, BELOW: None, ABOVE_70: 0.7, ABOVE_80: 0.8}
SIZES = (20, 60)


def paper_sizes() -> np.ndarray:
    """Return the sample sizes of the accuracies of both tasks."""
    table = pd.read_csv(STUDIES)
    n: np.ndarray = table.loc[table["task"].isin(["pMCI vs sMCI", "AD vs HC"]) & table["accuracy"].notna(), "n"].dropna().to_numpy(float)
    return n


def literature(rng: np.random.Generator, k: int, mean: float, sd: float, selection: str = ALL) -> Data:
    """Draw k published accuracies: sizes from the paper's, normal logits, binomial counts, no trend with n."""
    sizes = paper_sizes()
    x, n = np.empty(0), np.empty(0)
    while len(n) < k:
        more = rng.choice(sizes, 6 * k)
        hits = rng.binomial(more.astype(int), special.expit(rng.normal(mean, sd, 6 * k))).astype(float)
        baseline = SELECTIONS[selection]
        if selection == BELOW:
            seen = (hits / more >= special.expit(mean)) | (rng.uniform(size=6 * k) < KEPT)
        elif baseline is not None:
            seen = stats.binom.sf(hits - 1, more, baseline) < 0.05
        else:
            seen = np.ones(6 * k, dtype=bool)
        x, n = np.append(x, hits[seen])[:k], np.append(n, more[seen])[:k]
    return {"x": x, "n": n}


def logits(d: Data) -> tuple[np.ndarray, np.ndarray]:
    """Return logits and variances; half a unit is added to perfect rows."""
    half = np.where((d["x"] == 0) | (d["x"] == d["n"]), 0.5, 0.0)
    a, b = d["x"] + half, d["n"] - d["x"] + half
    return np.log(a / b), 1 / a + 1 / b


def raw(d: Data) -> tuple[np.ndarray, np.ndarray]:
    """Return accuracies and their variances without perfect rows, whose variance is 0."""
    p = d["x"] / d["n"]
    v = p * (1 - p) / d["n"]
    return p[v > 0], v[v > 0]


def egger(y: np.ndarray, v: np.ndarray) -> float:
    """Return the p-value of Egger's test: weighted least squares on the standard error (as ``miner.meta.regtest`` with the model lm)."""
    return slope_p(y, np.sqrt(v), 1 / v)


def slope_p(y: np.ndarray, x: np.ndarray, w: np.ndarray) -> float:
    """Return the p-value of the slope of weighted least squares."""
    xc, yc = x - np.average(x, weights=w), y - np.average(y, weights=w)
    sxx = float(np.sum(w * xc**2))
    slope = float(np.sum(w * xc * yc)) / sxx
    df = len(y) - 2
    t = slope / np.sqrt(float(np.sum(w * (yc - slope * xc) ** 2)) / df / sxx)
    return float(2 * stats.t.sf(abs(t), df))


def setting(name: str, replicates: int, k: int, mean: float, sd: float, selection: str = ALL) -> dict[str, float]:
    """Return the share of literatures in which each test rejects at .05."""
    rng = np.random.default_rng([SEED, zlib.crc32(name.encode()), k])
    drawn = [literature(rng, k, mean, sd, selection) for _ in range(replicates)]
    shares: dict[str, float] = {"replicates": replicates}
    for test, moderator in SCORED.items():
        asked = [{**d, "mods": {"m": moderator(d["n"])}, "cluster": None} for d in drawn]
        p = np.concatenate([together(asked[i : i + BATCH], tested="m")[:, 1] for i in range(0, replicates, BATCH)])
        shares[test] = float(np.mean(p < 0.05))
    for test, call in TESTS.items():
        shares[test] = float(np.mean([call(d) < 0.05 for d in drawn]))
    return shares


def settings() -> dict[str, tuple[Any, ...]]:
    """Return what is drawn in each setting, by its name."""
    found: dict[str, tuple[Any, ...]] = {f"{name}, k = {k}": (k, mean, sd) for name, (mean, sd, k) in NULLS.items()}
    for name in SELECTIONS:
        found |= {f"{name}, k = {k}": (k, float(special.logit(ACCURACY)), SD, name) for k in SIZES}
    return found


def read() -> dict[str, dict[str, float]]:
    """Return the shares by setting and test."""
    found: dict[str, dict[str, float]] = json.loads(RESULTS.read_text(encoding="utf-8"))
    return found


def without_bias() -> list[str]:
    """Return the names of the settings of the paper's two tasks without any bias."""
    return [f"{name}, k = {k}" for name, (_, _, k) in NULLS.items()]


def tables() -> list[str]:
    """Return what the file has as sections of the page."""
    known = read()
    replicates = max(int(v["replicates"]) for v in known.values())
    null = without_bias()
    selected = [f"{name}, k = {k}" for name in SELECTIONS for k in SIZES]
    below, low, high = (f"{100 * known[f'{name}, k = 60'][NAMES[0]]:.0f} %" for name in (BELOW, ABOVE_70, ABOVE_80))
    return [
        "## With the sizes of the paper", "",
        f"Written by `python -m tests.bench.power` (seed {SEED}; {replicates:,} literatures a setting): rejections at .05, per cent. Sizes are drawn from the {len(paper_sizes())} accuracies of the paper's two tasks,",
        "true logits are normal, counts binomial; no true trend with n. First, no bias at all: means and standard deviations of the logits as in the paper's two tasks.", "",
        *_table(known, null), "",
        f"Egger's test rejects in {span_of(null, EGGER)} of them; the tests on n by the binomial mixed model in {span_of(null, list(SCORED))}.", "",
        "## The power to find selection", "",
        f"The same sizes, around a true accuracy of {100 * ACCURACY:.0f} % with a standard deviation of {SD} on the logit, and what of it is published. This is another question than that of the table",
        "further up, whose literatures differ more (0.5 on the logit) and lose 70 % of their results below the mean.", "",
        *_table(known, selected), "",
        (f"With k = 60 the primary test finds the literature from which 70 % of the results below the mean are missing in {below}, the one in which only results significantly above 70 % appear in"
         f" {low}, and above 80 % in {high}: it finds selection where publication hangs on significance against a level near the accuracy, so that small studies need higher values,"
         " and hardly where low results are missing whatever their n. Egger's test rejects in many of them, as it does where all is published: that is no power."),
    ]  # fmt: skip


def span_of(names: list[str], tests: list[str]) -> str:
    """Return the range of the rejections of several tests over settings, in per cent."""
    shares = [100 * read()[name][test] for name in names for test in tests]
    return f"{min(shares):.0f} to {max(shares):.0f} %"


def _table(known: dict[str, dict[str, float]], names: list[str]) -> list[str]:
    rows = ["| " + " | ".join([test, *(f"{100 * known[name][test]:.0f}" for name in names)]) + " |" for test in NAMES]
    return ["| test | " + " | ".join(names) + " |", "| --- |" + " --- |" * len(names), *rows]


def main(arguments: list[str]) -> None:
    """Simulate and keep the figures, setting by setting."""
    replicates = int(arguments[0]) if arguments else REPLICATES
    for name, drawn in settings().items():
        known = read() if RESULTS.exists() else {}
        if known.get(name, {}).get("replicates") != replicates:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                known[name] = setting(name, replicates, *drawn)
            RESULTS.write_text(json.dumps(known, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
            print(name, known[name], flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
