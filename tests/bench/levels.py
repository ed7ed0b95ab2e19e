"""Level of the test of the primary analysis in simulated literatures: ``python -m tests.bench.levels [REPLICATES] [SEED]``.

Writes tests/bench/results/levels.json after each setting, from which docs/reference/simulation.md takes its second half; settings that the file has already are not
run again. Seeded by literature: the same replicates and seed give the same figures. About five minutes on one core for 2,000 replicates.
"""

from __future__ import annotations

import json
import sys
import warnings
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import optimize, special

from tests.bench.many import together

RESULTS = Path(__file__).parent / "results" / "levels.json"
REPLICATES, SEED, BATCH = 2000, 17, 500
SIZES = (6, 10, 20, 40)
PAPERS = {6: 5, 10: 5, 20: 8, 40: 13}  # where papers have several rows


@dataclass(frozen=True)
class Literature:
    """How accuracies come about: their level, what studies differ in, and how sizes, tasks and years lie."""

    accuracy: float = 0.9
    effects: str = "normal"
    sd: float = 0.5
    papers: bool = False
    five: bool = False
    share: float = 0.6  # of the variance of log n that lies between papers
    tasks: bool = False


# What the primary test must hold first; the order is that in which they are run.
NULLS = {
    "normal effects": Literature(),
    "papers, normal effects": Literature(papers=True),
    "beta-binomial, correlation .05": Literature(effects="beta"),
    "papers, beta-binomial": Literature(0.8, papers=True, effects="beta"),
    "exponential effects": Literature(effects="exponential", sd=0.7),
    "papers, exponential effects": Literature(papers=True, effects="exponential"),
    "no differences between studies": Literature(effects="none"),
    "tasks and years held": Literature(tasks=True),
    "papers, tasks and years held": Literature(0.85, papers=True, tasks=True),
    "papers, n the same within": Literature(papers=True, share=1.0),
    "accuracy .7": Literature(0.7),
    "accuracy .95": Literature(0.95),
    "log-gamma effects": Literature(effects="log-gamma", sd=0.7),
    "five papers, n the same within": Literature(papers=True, five=True, share=1.0),
    "papers, log-gamma effects, accuracy .95": Literature(0.95, papers=True, effects="log-gamma"),
}


def effects(rng: np.random.Generator, kind: str, sd: float, size: int) -> np.ndarray:
    """Draw effects with mean zero: normal, exponential, the logarithm of a gamma variable (skewed to the left), or none."""
    if kind == "exponential":
        return sd * (rng.exponential(size=size) - 1)
    if kind == "log-gamma":
        shape = optimize.brentq(lambda a: special.polygamma(1, a) - sd**2, 1e-2, 1e4)
        return np.log(rng.gamma(shape, size=size)) - special.digamma(shape)
    return np.zeros(size) if kind == "none" else sd * rng.normal(size=size)


def draw(rng: np.random.Generator, k: int, kind: Literature, slope: float = 0.0) -> dict[str, Any]:
    """Draw k accuracies on log-normal sizes around 150 (20 to 5,000), with a slope of the logit for each tenfold n."""
    m = (5 if kind.five else PAPERS[k]) if kind.papers else k
    paper = np.concatenate((np.arange(m), rng.choice(m, size=k - m, p=rng.dirichlet(np.full(m, 2.0)))))
    z = np.sqrt(kind.share) * rng.normal(size=m)[paper] + np.sqrt(1 - kind.share) * rng.normal(size=k)
    n = np.clip(np.round(150 * np.exp(z)), 20, 5000)
    mods: dict[str, Any] = {"log10_n": np.log10(n)}
    logit = np.full(k, special.logit(kind.accuracy)) + slope * np.log10(n / 150)
    if kind.tasks:
        mods["year"] = rng.integers(-6, 7, size=m)[paper].astype(float)
        task = _tasks(rng, z, 2 if k < 20 else 3)
        mods["task"] = np.array([f"t{t}" for t in task])
        logit -= 0.6 * task
    if kind.papers:
        logit += effects(rng, "normal" if kind.effects == "beta" else kind.effects, 0.5, m)[paper]
    if kind.effects == "beta":
        p = rng.beta(19 * special.expit(logit), 19 * special.expit(-logit))
    else:
        p = special.expit(logit + effects(rng, kind.effects, kind.sd, k))
    return {"x": rng.binomial(n.astype(int), p).astype(float), "n": n, "mods": mods, "cluster": paper if kind.papers else None}


def _tasks(rng: np.random.Generator, z: np.ndarray, tasks: int) -> np.ndarray:
    """Return tasks of which the later ones are studied on more units, each with two rows or more."""
    for _ in range(100):
        task = np.clip((tasks * (0.5 * rng.uniform(size=len(z)) + 0.5 * (z - z.min()) / np.ptp(z))).astype(int), 0, tasks - 1)
        if np.bincount(task, minlength=tasks).min() >= 2:
            return task
    return np.arange(len(z)) % tasks


def cell(name: str, k: int, seed: int, replicates: int, slope: float = 0.0) -> dict[str, float]:
    """Return the shares of literatures in which each test rejects at .05 and .005."""
    seeds = ([seed, zlib.crc32(name.encode()), k, i, round(-100 * slope)] for i in range(replicates))
    drawn = [draw(np.random.default_rng(one), k, NULLS[name], slope) for one in seeds]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        p = np.concatenate([together(drawn[i : i + BATCH]) for i in range(0, replicates, BATCH)])
    z, score = p.T
    return {
        "replicates": replicates,
        "z": float(np.mean(z < 0.05)),
        "score": float(np.mean(score < 0.05)),
        "score_005": float(np.mean(score < 0.005)),
    }


def tables() -> list[str]:
    """Return what the file has as a section of the page."""
    known = json.loads(RESULTS.read_text(encoding="utf-8"))
    (first, found), *more = known.items()
    score, wald = ([100 * v[who] for v in found.values()] for who in ("score", "z"))
    large = [100 * v["score"] for key, v in found.items() if int(key.rsplit("/", 1)[1]) >= 20]
    second = [100 * v["score"] for _, other in more for v in other.values()]
    again = (
        f" With seed {', '.join(s for s, _ in more)} ({len(second)} settings): {min(second):.1f} to {max(second):.1f} %." if second else ""
    )
    return [
        "## The level of the primary test", "",
        f"Written by `python -m tests.bench.levels` (seed {first}; {max(v['replicates'] for v in found.values()):,} literatures a setting, no trend with n): rejections at .05, per cent, by the",
        "score test of the primary analysis and, in brackets, by Wald's z of the same model. Monte Carlo error (1.96 SE): 1.0 point at 5 %. Effects of studies have a standard deviation of",
        "0.5 (skewed ones 0.7) on the logit around an accuracy of .9 unless told otherwise; with *papers*, k accuracies come from 5, 5, 8 and 13 papers whose effects have a standard deviation of",
        "0.5 too, and with *n the same within* all variance of log n lies between papers. A dash: not run.", "",
        f"The score test rejects in {min(score):.1f} to {max(score):.1f} % (from k = 20 on in {min(large):.1f} to {max(large):.1f} %), Wald's z in {min(wald):.1f} to {max(wald):.1f} %.{again}", "",
        "| literature | " + " | ".join(f"k = {k}" for k in SIZES) + " |", "| --- |" + " --- |" * len(SIZES),
        *(_line(name, found) for name in NULLS if any(f"{name}/{k}" in found for k in SIZES)),
    ]  # fmt: skip


def _line(name: str, found: dict[str, dict[str, float]]) -> str:
    cells = [f"{100 * v['score']:.1f} ({100 * v['z']:.1f})" if (v := found.get(f"{name}/{k}")) else "–" for k in SIZES]
    return f"| {name} | " + " | ".join(cells) + " |"


def main(arguments: list[str]) -> None:
    """Simulate and add the figures of this seed to the file, setting by setting."""
    replicates, seed = (int(a) for a in (*arguments, *(str(REPLICATES), str(SEED))[len(arguments) :]))
    for name, k in ((name, k) for name in NULLS for k in SIZES):
        known = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
        mine = known.setdefault(str(seed), {})
        if mine.get(f"{name}/{k}", {}).get("replicates") != replicates:
            mine[f"{name}/{k}"] = cell(name, k, seed, replicates)
            RESULTS.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
            print(name, k, mine[f"{name}/{k}"], flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
