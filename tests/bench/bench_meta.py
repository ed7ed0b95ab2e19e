"""Meta-analysis: milliseconds at 100, 1,000 and 10,000 effects, beside PyMARE, statsmodels and (where R is there) metafor in the same run."""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import time
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np

SIZES = (100, 1_000, 10_000)
# The promise: no slower than PyMARE at 10,000 effects. Machines are noisy, so a run passes up to this ratio.
MARGIN = 1.25
METAFOR = """
suppressMessages(library(metafor)); d <- read.csv(file("stdin")); y <- d$y; v <- d$v; x <- d$x
t <- function(e) { e <- substitute(e); median(sapply(1:5, function(i) system.time(eval(e, globalenv()))[["elapsed"]])) * 1000 }
f <- rma(y, v)
cat(sprintf('{"REML": %.1f, "meta-regression": %.1f, "rank test": %.1f, "trim and fill": %.1f, "selection model": %.1f, "leave one out": %.1f}',
  t(rma(y, v)), t(rma(y, v, mods = ~ x)), t(ranktest(y, v)), t(trimfill(f)), t(selmodel(f, type = "stepfun", steps = .025)), t(leave1out(f))))
"""


def literature(k: int) -> tuple[Any, Any, Any]:
    """Return effects, variances and a moderator: random effects with a small-study effect, so that every method has work to do."""
    rng = np.random.default_rng(k)
    v = rng.uniform(0.005, 0.1, k)
    x = rng.normal(size=k)
    return rng.normal(0.2 + 0.1 * x + 0.5 * np.sqrt(v), np.sqrt(v + 0.05)), v, x


def milliseconds(call: Callable[[], Any], budget: float = 2.0) -> float:
    """Return the median time of up to nine calls after a first one, within about ``budget`` seconds."""
    begin = time.perf_counter()
    call()
    first = time.perf_counter() - begin
    if first > budget:
        return 1000 * first
    times = []
    for _ in range(max(1, min(9, int(budget / max(first, 1e-6))))):
        begin = time.perf_counter()
        call()
        times.append(time.perf_counter() - begin)
    return 1000 * statistics.median(times)


def ours(y: Any, v: Any, x: Any) -> dict[str, Callable[[], Any]]:
    """Return our calls."""
    from miner import meta
    from miner.meta.bias.selection import selection_model
    from miner.meta.sensitivity.leave_out import leave_one_out

    return {
        "DL": lambda: meta.pool(y, v, method="DL"),
        "REML": lambda: meta.pool(y, v),
        "meta-regression": lambda: meta.pool(y, v, {"x": x}),
        "rank test": lambda: meta.ranktest(y, v),
        "trim and fill": lambda: meta.trimfill(y, v),
        "selection model": lambda: selection_model(y, v, "stepfun", steps=(0.025,)),
        "leave one out": lambda: leave_one_out(y, v),
    }


def peers(y: Any, v: Any, x: Any) -> dict[str, dict[str, Callable[[], Any]]]:
    """Return the peers' calls for the same figures."""
    from statsmodels.stats.meta_analysis import combine_effects

    found: dict[str, dict[str, Callable[[], Any]]] = {"DL": {"statsmodels": lambda: combine_effects(y, v, method_re="dl").summary_frame()}}
    if find_spec("pymare") is not None:
        from pymare import Dataset
        from pymare.estimators import DerSimonianLaird, VarianceBasedLikelihoodEstimator

        def fit(estimator: Any, design: Any) -> Any:
            data = Dataset(y, v, X=design, add_intercept=True)
            return estimator.fit_dataset(data).summary().get_fe_stats()

        found["DL"]["PyMARE"] = lambda: fit(DerSimonianLaird(), None)
        found["REML"] = {"PyMARE": lambda: fit(VarianceBasedLikelihoodEstimator(method="REML"), None)}
        found["meta-regression"] = {"PyMARE": lambda: fit(VarianceBasedLikelihoodEstimator(method="REML"), x[:, None])}
    return found


def metafor(y: Any, v: Any, x: Any) -> dict[str, float]:
    """Return metafor's milliseconds, or nothing where R or metafor is not installed."""
    if shutil.which("Rscript") is None:
        return {}
    rows = "\n".join(f"{a!r},{b!r},{c!r}" for a, b, c in zip(y.tolist(), v.tolist(), x.tolist(), strict=True))
    try:
        done = subprocess.run(["Rscript", "-e", METAFOR], input=f"y,v,x\n{rows}\n", capture_output=True, text=True, timeout=120, check=True)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        return {}
    return dict(json.loads(done.stdout))


def run() -> dict[str, Any]:
    """Measure everything at every size."""
    rows = []
    for k in SIZES:
        y, v, x = literature(k)
        others = peers(y, v, x)
        in_r = metafor(y, v, x) if k == SIZES[0] else {}
        for name, call in ours(y, v, x).items():
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # peers warn about their own deprecations
                mine = milliseconds(call)
                theirs = {peer: milliseconds(other) for peer, other in others.get(name, {}).items()}
            if name in in_r:
                theirs["metafor"] = in_r[name]
            row = {"method": name, "effects": k, "ours, ms": round(mine, 2)} | {f"{p}, ms": round(t, 2) for p, t in theirs.items()}
            rows.append(row | {f"{p} / ours": round(t / mine, 1) for p, t in theirs.items() if p != "metafor"})
    largest = [
        r["PyMARE / ours"]
        for r in rows
        if r["effects"] == SIZES[-1] and r["method"] in {"REML", "meta-regression"} and "PyMARE / ours" in r
    ]
    return {
        "what": "meta-analysis, median milliseconds (metafor: elapsed time at 100 effects, to a millisecond)",
        "table": rows,
        "floor": f"PyMARE / ours at 10,000 effects at least {1 / MARGIN:.2f}",
        "passes": all(ratio >= 1 / MARGIN for ratio in largest),
    }


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))
