"""Several effects from one paper: multilevel and CHE models, cluster-robust inference, linear and mixed models."""

from __future__ import annotations

from typing import Any

import numpy as np

from miner import meta
from tests.metafor.live.analyses import LEVELS, WALD, Analysis, Excuse, Figures, Options, attributes, flat, mods_of, pick
from tests.metafor.live.datasets import Dataset
from tests.metafor.live.on_pooling import CENTRED, COLLINEAR, LOWER

INNER: dict[str, Any] = {"none": False, "rows": None}


def draw_multilevel(rng: np.random.Generator, _data: Dataset) -> Options:
    more = {"rho": pick(rng, (0.3, 0.6, 0.9))} if rng.random() < 0.35 else {}
    return {
        "inner": pick(rng, ("none", "rows", "rows", "given")), "mods": list(pick(rng, ((), (), ("x",), ("g",), ("w",), ("x", "g")))), "method": pick(rng, ("REML", "REML", "ML")), "test": pick(rng, ("z", "t")), "level": pick(rng, LEVELS),
    } | more  # fmt: skip


def fit(data: Dataset, o: Options) -> Any:
    inner = data.columns["lab"] if o["inner"] == "given" else INNER[o["inner"]]
    return meta.multilevel(
        data.columns["yi"],
        data.columns["vi"],
        data.columns["cluster"],
        inner,
        mods_of(data, o),
        o.get("rho"),
        o["method"],
        o["test"],
        o["level"],
    )


def multilevel(data: Dataset, o: Options) -> Figures:
    return attributes(fit(data, o), f"{WALD} sigma2 s_levels QE QEp QM QMp ll_ML ll_REML vcov")


def profile(data: Dataset, o: Options) -> Figures:
    found = fit(data, o)
    return {"sigma2": meta.profile_interval(found, o["which"], o["level"])}


def draw_profile(rng: np.random.Generator, data: Dataset) -> Options | None:
    if data.k > 20:
        return None
    inner = pick(rng, ("none", "rows", "given"))
    return {
        "inner": inner,
        "which": int(rng.integers(1 if inner == "none" else 2)),
        "mods": [],
        "method": pick(rng, ("REML", "ML")),
        "test": "z",
        "level": 0.95,
    }


def sandwich(found: Any, data: Dataset, o: Options) -> dict[str, Any]:
    return attributes(meta.robust(found, data.columns["cluster"], o["vcov"]), "se df pval Fstat df_denom Fp")


def draw_robust(rng: np.random.Generator, data: Dataset) -> Options:
    return draw_multilevel(rng, data) | {"vcov": pick(rng, ("CR2", "CR2", "CR0", "CR1", "CR1S", "CR3")), "level": 0.95}


def robust_pool(data: Dataset, o: Options) -> Figures:
    found = meta.pool(
        data.columns["yi"],
        data.columns["vi"],
        mods_of(data, o),
        o["method"],
        intercept=o.get("intercept", True),
        weighted=o.get("weighted", True),
    )
    return {"tau2": found.tau2} | sandwich(found, data, o)


def draw_robust_pool(rng: np.random.Generator, data: Dataset) -> Options:
    mods = list(pick(rng, ((), ("x",), ("g",), ("w",))))
    return {
        "mods": mods,
        "method": pick(rng, ("REML", "DL", "EE")),
        "vcov": pick(rng, ("CR2", "CR0", "CR1", "CR1S", "CR3")),
        "intercept": not (mods and rng.random() < 0.3),
    }


def robust_metafor(data: Dataset, o: Options) -> Figures:
    found = meta.pool(
        data.columns["yi"], data.columns["vi"], mods_of(data, o), o["method"], intercept=o["intercept"], weighted=o["weighted"]
    )
    result = meta.robust(found, data.columns["cluster"], o["vcov"], df="clusters", level=0.95)
    return {"tau2": found.tau2} | attributes(result, "se tstat pval ci_lb ci_ub Fstat Fp df")


def flat_profile(_mine: Figures, theirs: Figures, _data: Dataset, _o: Options) -> bool:
    return bool(np.isnan(np.ravel(theirs["sigma2"]).astype(float)).any())


def linear(data: Dataset, o: Options) -> Figures:
    found = meta.linear(data.columns["yi"], mods_of(data, o), data.columns["ni"] if o["weights"] else None, o["vcov"])
    return attributes(found, "coef se r2 adj_r2 F sigma ll AIC")


def draw_linear(rng: np.random.Generator, data: Dataset) -> Options | None:
    mods = list(pick(rng, (("x",), ("g",), ("x", "g"), ("year",), ("x", "h"))))
    return (
        {"mods": mods, "weights": bool(rng.random() < 0.5), "vcov": pick(rng, ("classical", "HC0", "HC1", "HC2", "HC3"))}
        if data.k > 8
        else None
    )


def mixed(data: Dataset, o: Options) -> Figures:
    return attributes(meta.mixed(data.columns["yi"], mods_of(data, o), data.columns["cluster"], o["method"]), "coef se sd_cluster sigma ll")


def quantile(data: Dataset, o: Options) -> Figures:
    found = next(iter(meta.quantile_regression(data.columns["yi"], mods_of(data, o), [o["tau"]]).values()))
    return {"objective": found.objective} | ({} if found.warnings else {"coef": found.coef})


def mixed_lower(mine: Figures, theirs: Figures, _data: Dataset, _o: Options) -> bool:
    return bool(mine["ll"] > np.ravel(theirs["ll"])[0] + 1e-8)


CLUSTERS = {
    "nothing is left": "the restricted likelihood is flat in the variance between clusters, R gives any",
    "each row is its own": "two variances that cannot be told apart",
    "cannot be told apart": "",
    "belong to one cluster": "",
    "cannot carry": "",
}
TIGHT = flat(2e-5, sigma2=2e-5, ll_ML=1e-6, ll_REML=1e-6)
ANALYSES = (
    Analysis("multilevel", "nested", draw_multilevel, multilevel, TIGHT, (LOWER,), COLLINEAR | CLUSTERS, 3),
    Analysis("profile_interval", "nested", draw_profile, profile, flat(2e-4), (Excuse("R's search finds no bound", (), flat_profile),), COLLINEAR | CLUSTERS, 8),
    Analysis("robust_multilevel", "nested", draw_robust, lambda d, o: {"sigma2": (f := fit(d, o)).sigma2} | sandwich(f, d, o), flat(1e-4, df_denom=1e-3, df=1e-3), (), COLLINEAR | CLUSTERS, 4),
    Analysis("robust_pool", "nested", draw_robust_pool, robust_pool, flat(1e-6), (CENTRED,), COLLINEAR | CLUSTERS, 2),
    Analysis(
        "robust_metafor", "nested",
        lambda rng, _d: {"mods": list(m := pick(rng, ((), ("x",), ("g",)))), "method": "REML", "vcov": pick(rng, ("CR0", "CR1p")), "intercept": not (m and rng.random() < 0.3), "weighted": bool(rng.random() < 0.7)},
        robust_metafor, flat(1e-6), (CENTRED,), COLLINEAR | CLUSTERS,
    ),
    Analysis("linear", "effects nested", draw_linear, linear, flat(1e-7), (), COLLINEAR),
    Analysis("spline_test", "effects", lambda rng, d: {"df": pick(rng, (2, 3, 4))} if d.k > 11 else None, lambda d, o: attributes(meta.spline_test(d.columns["yi"], d.columns["x"], df=o["df"]), "F p AIC_linear AIC_spline"), flat(1e-6), (), {"ties put": ""}),
    Analysis("mixed", "nested", lambda rng, _d: {"mods": list(pick(rng, ((), ("x",), ("g",)))), "method": pick(rng, ("REML", "ML"))}, mixed, flat(1e-3, ll=1e-7), (Excuse("lme4 stops lower", (), mixed_lower),), COLLINEAR | CLUSTERS, 2),
    Analysis("quantile_regression", "effects", lambda rng, d: {"tau": pick(rng, (0.1, 0.25, 0.5, 0.75)), "mods": list(pick(rng, ((), ("x",), ("x", "g"))))} if d.k > 8 else None, quantile, flat(1e-6), (), COLLINEAR),
)  # fmt: skip
