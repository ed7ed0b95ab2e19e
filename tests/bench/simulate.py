"""Coverage and false positives of the main procedures on simulated literatures of accuracies: ``python -m tests.bench.simulate [REPLICATES [PROCEDURE ...]]``.

Keeps the shares in ``results/simulation.json`` and writes docs/reference/simulation.md of them, with the levels of the primary test (see ``levels.py``) and what the sizes of the paper do (``power.py``). Seeded: the
same number of replicates gives the same page, whether the procedures are run together or one by one. With 0 for the number of replicates only the page is written.
About five minutes on one core for 200 replicates.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from miner import meta
from miner.errors import MetaError
from miner.meta.bias.selection import selection_model
from tests.bench import power
from tests.bench.levels import tables
from tests.bench.many import together

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "simulation.md"
RESULTS = Path(__file__).parent / "results" / "simulation.json"
SIZES, CENTRES, SELECTION = (10, 30, 100), (0.7, 0.9, 0.97), (False, True)
TAU, REPLICATES, SEED = 0.5, 200, 20221
KEPT = 0.3  # the chance that a result below the true mean is published, under selection

COVERAGE = {
    "pool, DL, z": lambda d: interval(meta.pool(d["yi"], d["vi"], method="DL")),
    "pool, REML, z": lambda d: interval(meta.pool(d["yi"], d["vi"])),
    "pool, REML, Knapp–Hartung": lambda d: interval(meta.pool(d["yi"], d["vi"], test="knha")),
    "binomial GLMM": lambda d: interval(meta.glmm(d["x"], d["n"])),
}
REJECTION = {
    "GLMM slope on log n, z": lambda d: float(meta.glmm(d["x"], d["n"], {"lg": np.log10(d["n"])}).pval[1]),
    "OLS slope on log n": lambda d: float(meta.linear(d["x"] / d["n"], {"lg": np.log10(d["n"])}).p[1]),
    "REML slope on log n": lambda d: float(meta.pool(d["yi"], d["vi"], {"lg": np.log10(d["n"])}, test="knha").pval[1]),
    "Asymmetry on 1/√n, REML": lambda d: meta.regtest(d["yi"], d["vi"], ni=d["n"], predictor="sqrtninv").pval,
    "Rank test on n": lambda d: meta.ranktest_n(d["yi"], d["n"]).pval,
    "Egger (SE)": lambda d: meta.regtest(d["yi"], d["vi"], model="lm").pval,
    "Begg (SE)": lambda d: meta.ranktest(d["yi"], d["vi"]).pval,
    "Trim and fill finds studies": lambda d: 0.0 if meta.trimfill(d["yi"], d["vi"]).k0 > 0 else 1.0,
    "Selection model (LRT)": lambda d: float(selection_model(d["yi"], d["vi"], "stepfun", steps=(0.025,), empty="warn").LRTp),
}
# The score test of a moderator of the binomial mixed model, of all literatures at once.
SCORED = {"GLMM slope on log n, score test": np.log10, "Asymmetry on 1/√n, score test": lambda n: 1 / np.sqrt(n)}
TESTS = [
    "GLMM slope on log n, score test", "GLMM slope on log n, z", "OLS slope on log n", "REML slope on log n", "Asymmetry on 1/√n, score test",
    "Asymmetry on 1/√n, REML", "Rank test on n", "Egger (SE)", "Begg (SE)", "Trim and fill finds studies", "Selection model (LRT)",
]  # fmt: skip


def interval(fit: Any) -> tuple[float, float]:
    """Return the interval of the intercept."""
    return float(fit.ci_lb[0]), float(fit.ci_ub[0])


def literature(rng: np.random.Generator, k: int, centre: float, selected: bool) -> dict[str, Any]:
    """Draw k published studies: log-normal sizes around 150, normal logits, binomial counts; under selection results below the mean are published in 30 %."""
    n_all, x_all = np.empty(0), np.empty(0)
    while len(n_all) < k:
        n = np.clip(np.round(np.exp(rng.normal(np.log(150), 0.8, 4 * k))), 20, 5000)
        x = rng.binomial(n.astype(int), 1 / (1 + np.exp(-rng.normal(np.log(centre / (1 - centre)), TAU, 4 * k)))).astype(float)
        seen = (x / n >= centre) | (rng.uniform(size=4 * k) < KEPT) if selected else np.ones(4 * k, dtype=bool)
        n_all, x_all = np.append(n_all, n[seen])[:k], np.append(x_all, x[seen])[:k]
    half = np.where((x_all == 0) | (x_all == n_all), 0.5, 0.0)
    a, b = x_all + half, n_all - x_all + half
    return {"x": x_all, "n": n_all, "yi": np.log(a / b), "vi": 1 / a + 1 / b}


def attempt(call: Callable[[dict[str, Any]], Any], data: dict[str, Any]) -> Any:
    """Return what a procedure gives, or None where it refuses."""
    try:
        return call(data)
    except MetaError:
        return None


def simulate(replicates: int, names: list[str]) -> dict[str, dict[str, float]]:
    """Return for each procedure of these names and setting the share of intervals that cover, or of tests that reject at .05."""
    shares: dict[str, dict[str, float]] = defaultdict(dict)
    for selected in SELECTION:
        for centre in CENTRES:
            for k in SIZES:
                rng = np.random.default_rng([SEED, k, int(1000 * centre), int(selected)])
                setting, truth = f"{k}/{centre}/{'selection' if selected else 'none'}", float(np.log(centre / (1 - centre)))
                hits: dict[str, list[bool]] = defaultdict(list)
                drawn = [literature(rng, k, centre, selected) for _ in range(replicates)]
                for name, moderator in ((n, SCORED[n]) for n in names if n in SCORED):
                    asked = [{**d, "mods": {"m": moderator(d["n"])}, "cluster": None} for d in drawn]
                    hits[name] = (together(asked, tested="m")[:, 1] < 0.05).tolist()
                for data in drawn:
                    for name, call in ((n, COVERAGE[n]) for n in names if n in COVERAGE):
                        if (found := attempt(call, data)) is not None:
                            hits[name].append(found[0] <= truth <= found[1])
                    for name, call in ((n, REJECTION[n]) for n in names if n in REJECTION):
                        if (p := attempt(call, data)) is not None and np.isfinite(p):
                            hits[name].append(p < 0.05)
                for name, values in hits.items():
                    shares[name][setting] = float(np.mean(values))
    return dict(shares)


def page(shares: dict[str, dict[str, float]], replicates: int) -> str:
    """Write the page."""
    worst = 100 * 1.96 * np.sqrt(0.25 / replicates)
    null = 100 * 1.96 * np.sqrt(0.05 * 0.95 / replicates)
    lines = [
        "# Simulation: which procedures can be trusted with accuracies", "",
        f"Written by `python -m tests.bench.simulate {replicates}`: {replicates} literatures a setting, seed {SEED}. Sizes are log-normal around 150 (20 to 5,000),",
        f"true logits normal with standard deviation {TAU} around the logit of the accuracy, counts binomial; no true trend with n. Under selection, a study below the true",
        f"accuracy is published with probability {KEPT}, others always. Monte Carlo error (1.96 SE): {null:.1f} points at 5 %, at most {worst:.1f} points.", "",
        "## Coverage of 95 % intervals of the mean, per cent", "", *table(shares, COVERAGE), "",
        "## Rejections at .05, per cent: false positives without selection, power with it", "", *table(shares, TESTS), "",
        *reading(shares), "", *tables(), "", *power.tables(), "",
    ]  # fmt: skip
    return "\n".join(lines)


def table(shares: dict[str, dict[str, float]], names: Any) -> list[str]:
    """Return one row a procedure, one column a setting."""
    settings = [(s, c, k) for s in ("none", "selection") for c in CENTRES for k in SIZES]
    head = ["procedure", *(f"{c}, k = {k}{', selected' if s == 'selection' else ''}" for s, c, k in settings)]
    rows = []
    for name in names:
        values = [shares.get(name, {}).get(f"{k}/{c}/{s}") for s, c, k in settings]
        rows.append("| " + " | ".join([name, *("–" if v is None else f"{100 * v:.0f}" for v in values)]) + " |")
    return ["| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |", *rows]


def reading(shares: dict[str, dict[str, float]]) -> list[str]:
    """Say in words what the tables show; each number is read from them."""

    def span(name: str, selected: str, k: str = "") -> str:
        values = [100 * v for s, v in shares[name].items() if s.endswith(selected) and s.startswith(k)]
        return f"{min(values):.0f} to {max(values):.0f} %"

    return [
        "## What follows for the defaults", "",
        (f"- Egger's test on the standard error rejects in {span('Egger (SE)', 'none')} of literatures without selection, Begg's in {span('Begg (SE)', 'none')}: the variance of a logit "
        "depends on the logit. That is why `miner meta analyse` runs Egger only on request, and why both carry a warning."),
        (f"- With ten studies Wald's z of the binomial mixed model is liberal ({span('GLMM slope on log n, z', 'none', '10/')}); with a hundred it rejects in "
        f"{span('GLMM slope on log n, z', 'none', '100/')}. Hence the score test of the primary analysis, whose level is below."),
        (f"- The one-step selection model, whose p-values are those against a logit of 0, rejects in {span('Selection model (LRT)', 'none', '100/')} at k = 100 without selection: "
        "for accuracies a p-value against one half is no threshold of publication."),
        f"- Trim and fill adds studies to {span('Trim and fill finds studies', 'none')} of literatures that miss none.",
        (f"- On the sample size instead the false positives are {span('Asymmetry on 1/√n, score test', 'none')} (1/√n, score test of the binomial mixed model), "
        f"{span('Rank test on n', 'none')} (rank test on n) and {span('Asymmetry on 1/√n, REML', 'none')} (1/√n, inverse-variance weights on the logit: not used for shares)."),
        (f"- The slope on log n of the binomial mixed model, the primary analysis, rejects by its score test in {span('GLMM slope on log n, score test', 'none')} of them, that of "
        f"least squares in {span('OLS slope on log n', 'none')}, that of inverse-variance weights on the logit in {span('REML slope on log n', 'none')}."),
        (f"- Intervals of the mean cover in {span('binomial GLMM', 'none')} (binomial model), {span('pool, REML, Knapp–Hartung', 'none')} (REML, Knapp–Hartung) and "
        f"{span('pool, DL, z', 'none')} (DerSimonian–Laird, normal) of literatures without selection. With selection no interval of the mean is right "
        f"({span('binomial GLMM', 'selection')} for the binomial model): what isn't published cannot be put right by pooling."),
    ]  # fmt: skip


def main(arguments: list[str]) -> None:
    """Simulate and write the page."""
    replicates = int(arguments[0]) if arguments else REPLICATES
    known = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {"shares": {}}
    if replicates:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = simulate(replicates, arguments[1:] or [*COVERAGE, *TESTS])
        known = {"replicates": replicates, "shares": known["shares"] | found}
        RESULTS.write_text(json.dumps(known, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    PAGE.write_text(page(known["shares"], known["replicates"]), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
