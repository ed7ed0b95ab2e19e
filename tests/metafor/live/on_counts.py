"""Counts: effect sizes and the way back, binomial mixed models, two arms, diagnostic accuracy."""

from __future__ import annotations

from typing import Any

import numpy as np

from miner import meta
from tests.metafor.live.analyses import LEVELS, WALD, Analysis, Excuse, Figures, Options, attributes, flat, mods_of, pick
from tests.metafor.live.datasets import Dataset
from tests.metafor.live.on_pooling import COLLINEAR

RULES = ("only0", "all", "if0all", "none")


def columns(data: Dataset, names: str) -> list[Any]:
    return [data.columns[name] for name in names.split()]


def draw_sizes(measures: tuple[str, ...]) -> Any:
    return lambda rng, _d: {"measure": pick(rng, measures), "to": pick(rng, RULES), "add": pick(rng, (0.5, 0.5, 0.25))}


def sizes(data: Dataset, o: Options) -> Figures:
    return attributes(meta.effect_sizes(o["measure"], *columns(data, "xi ni"), add=o["add"], to=o["to"]), "yi vi")


def arm_sizes(data: Dataset, o: Options) -> Figures:
    return attributes(meta.effect_sizes_arms(o["measure"], *columns(data, "ai n1i ci n2i"), add=o["add"], to=o["to"]), "yi vi")


def draw_back(rng: np.random.Generator, data: Dataset) -> Options:
    measure = pick(rng, ("PR", "PLN", "PLO", "PAS", "PFT"))
    found = meta.effect_sizes(measure, *columns(data, "xi ni"), to="all")
    return {"measure": measure, "values": np.quantile(found.yi, [0.1, 0.5, 0.9]).tolist()}


def back(data: Dataset, o: Options) -> Figures:
    return attributes(meta.back_transform(o["measure"], o["values"], data.columns["ni"]), "values")


def intervals(data: Dataset, o: Options) -> Figures:
    x, n = (np.array(c) for c in columns(data, "xi ni"))
    return attributes(meta.proportion_interval(x / n, n, o["method"], o["level"]), "estimate ci_lb ci_ub")


def draw_glmm(rng: np.random.Generator, data: Dataset) -> Options | None:
    if data.k > 40:
        return None
    return {
        "mods": list(pick(rng, ((), (), ("x",), ("g",)))),
        "nAGQ": pick(rng, (7, 7, 15)),
        "test": pick(rng, ("z", "t")),
        "level": pick(rng, LEVELS),
    }


def glmm(data: Dataset, o: Options) -> Figures:
    found = meta.glmm(*columns(data, "xi ni"), mods_of(data, o), nAGQ=o["nAGQ"], test=o["test"], level=o["level"])
    return attributes(found, f"{WALD} tau2 I2 H2 QE_Wld QEp_Wld QE_LRT QEp_LRT QE_df") | {"ll": found.ll_conditional, "marginal": found.ll}


def logistic(data: Dataset, o: Options) -> Figures:
    found = meta.glmm(*columns(data, "xi ni"), mods_of(data, o), row=False, offset=data.columns["off"] if o["offset"] else None)
    return attributes(found, "beta se zval pval ll")


def clustered(data: Dataset, o: Options) -> Figures:
    found = meta.glmm(*columns(data, "xi ni"), mods_of(data, o), data.columns["cluster"], o["row"])
    return attributes(found, "beta se sigma2_cluster ll") | {"tau2": found.tau2}


def higher(mine: Figures, theirs: Figures, _d: Dataset, _o: Options) -> bool:
    return bool(mine["ll"] > np.ravel(theirs["ll"])[0] + 1e-7)


def tables(data: Dataset, o: Options) -> Figures:
    found = meta.mantel_haenszel(
        *columns(data, "ai bi ci di"), o["measure"], o["level"], drop00=o["drop00"] if isinstance(o["drop00"], bool) else tuple(o["drop00"])
    )
    return found.to_dict()


def arms(data: Dataset, o: Options) -> Figures:
    found = meta.glmm_arms(*columns(data, "ai n1i ci n2i"), o["model"], o["nAGQ"], o["level"])
    return attributes(found, f"{WALD} tau2 I2 H2 QE_Wld QEp_Wld QE_LRT QEp_LRT QE_df") | {
        "ll": found.ll if o["model"] == "UM.RS" else found.ll_conditional
    }


def rare(mine: Figures, _theirs: Figures, data: Dataset, _o: Options) -> bool:
    cells = np.array(columns(data, "ai bi ci di"))
    return bool((cells == 0).any())


def two_by_two(data: Dataset, o: Options) -> Figures:
    found = meta.bivariate(*columns(data, "tp fp fn tn"), o["method"], o["correction"], o["level"])
    return attributes(found, "beta se zval pval ci_lb ci_ub tau2 rho ll_ML ll_REML QE QM") | {"warnings": found.warnings}


def bound(mine: Figures, theirs: Figures, _d: Dataset, o: Options) -> bool:
    field = f"ll_{o['method']}"
    return any("not identified" in w for w in mine["warnings"]) or mine[field] > np.ravel(theirs[field])[0] + 1e-7


def deeks(data: Dataset, o: Options) -> Figures:
    return attributes(meta.deeks(*columns(data, "tp fn fp tn"), level=o["level"]), "coef se stat pval ci_lb ci_ub")


def size_test(data: Dataset, o: Options) -> Figures:
    x, n = columns(data, "xi ni")
    if o["test"] == "arcsine":
        found = meta.arcsine_thompson_like(x, n, level=o["level"])
    elif o["test"] == "peters":
        found = meta.peters_like(data.columns["x"], n, x if o["events"] else None, level=o["level"])
    else:
        found = meta.deeks_like(data.columns["x"], n, level=o["level"])
    return attributes(found, "coef se stat pval ci_lb ci_ub")


def draw_size_test(rng: np.random.Generator, data: Dataset) -> Options | None:
    test = pick(rng, ("peters", "deeks", "arcsine"))
    inside = all(0 < x < n for x, n in zip(*columns(data, "xi ni"), strict=True))
    return {"test": test, "events": bool(test == "peters" and inside and rng.random() < 0.5), "level": pick(rng, LEVELS)}


PERFECT = {
    "perfect": "a perfect proportion has no logit", "separation": "R's estimate is on its way to infinity", "no logit": "", "no log ratio": "R gives an infinity",
    "log has no": "", "the effects are shares": "", "same size": "no regression on size", "cannot carry": "no degree of freedom", "infinite": "R's estimate is on its way to infinity",
    "no event": "R gives an infinite ratio, or NaN", "informative studies": "", "no study has both": "",
}  # fmt: skip
OVERSHOOT = Excuse(
    "metafor's continuity correction overshoots where the sum of the differences is below 1/2; ours ends at 0",
    ("MH", "MHp"),
    lambda m, _t, _d, _o: m["MH"] == 0,
)
LME4 = flat(2e-3, ll=1e-5, tau2=5e-3, I2=5e-3, H2=5e-3, se=5e-3, QE_Wld=5e-3, QEp_Wld=2e-2, pval=2e-2, sigma2_cluster=5e-3)
ANALYSES = (
    Analysis("effect_sizes", "counts", draw_sizes(("PR", "PLN", "PLO", "PAS", "PFT")), sizes, flat(1e-12), (), PERFECT, 0.3),
    Analysis("effect_sizes_arms", "arms", draw_sizes(("OR", "RR", "RD")), arm_sizes, flat(1e-12), (), PERFECT, 0.3),
    Analysis("back_transform", "counts", draw_back, back, flat(1e-10), cost=0.3),
    Analysis("proportion_interval", "counts", lambda rng, d: {"method": pick(rng, ("wilson", "clopper-pearson", "jeffreys")), "level": pick(rng, LEVELS)} if d.k <= 40 else None, intervals, flat(1e-7), cost=0.3),
    Analysis("glmm", "counts", draw_glmm, glmm, LME4, (Excuse("lme4 stops at a lower likelihood, or its variance is at its boundary", (), lambda m, t, _d, _o: m["tau2"] < 1e-4 or np.ravel(t["tau2"])[0] < 1e-4),), COLLINEAR | PERFECT, 15),
    Analysis("logistic", "counts", lambda rng, _d: {"mods": list(pick(rng, ((), ("x",), ("g",)))), "offset": bool(rng.random() < 0.4)}, logistic, flat(1e-6), (), COLLINEAR | PERFECT),
    Analysis(
        "glmm_clusters", "counts", lambda rng, d: {"mods": list(pick(rng, ((), ("x",)))), "row": bool(rng.random() < 0.6)} if 8 <= d.k <= 100 and d.kind not in {"zeros", "perfect", "tiny n"} else None,
        clustered, LME4, (Excuse("lme4 stops at a lower likelihood", (), higher), Excuse("a variance at its boundary", (), lambda m, _t, _d, _o: m["sigma2_cluster"] < 1e-4 or m["tau2"] < 1e-4)), COLLINEAR | PERFECT | {"own cluster": "", "one cluster": ""}, 15,
    ),
    Analysis("mantel_haenszel", "arms", lambda rng, _d: {"measure": pick(rng, ("OR", "RR", "RD")), "drop00": pick(rng, (True, False, [True, True], [False, True])), "level": pick(rng, LEVELS)}, tables, flat(1e-9), (OVERSHOOT, Excuse("R's test of one study", ("QEp", "TAp"), lambda _m, t, d, _o: bool(np.isnan(np.ravel(t["QEp"])[0])) or d.k < 2),), PERFECT, 0.3),
    Analysis("peto", "arms", lambda rng, _d: {"level": pick(rng, LEVELS)}, lambda d, o: meta.peto(*columns(d, "ai bi ci di"), o["level"]).to_dict(), flat(1e-9), (), PERFECT, 0.3),
    Analysis(
        "glmm_arms", "arms", lambda rng, d: {"model": pick(rng, ("UM.FS", "UM.RS", "CM.AL")), "nAGQ": 7, "level": pick(rng, LEVELS)} if 3 <= d.k <= 12 else None,
        arms, LME4, (Excuse("a study without events in one arm has its level at infinity: lme4 stops on the way", (), rare), Excuse("a variance at its boundary", (), lambda m, t, _d, _o: m["tau2"] < 1e-3 or np.ravel(t["tau2"])[0] < 1e-3)), PERFECT, 30,
    ),
    Analysis("bivariate", "diagnostic", lambda rng, _d: {"method": pick(rng, ("REML", "ML")), "correction": pick(rng, (0.5, 0.25)), "level": pick(rng, LEVELS)}, two_by_two, flat(1e-4, ll_ML=1e-5, ll_REML=1e-5), (Excuse("the correlation or a variance is at its bound", (), bound),), {}, 3),
    Analysis("deeks", "diagnostic", lambda rng, _d: {"level": pick(rng, LEVELS)}, deeks, flat(1e-8)),
    Analysis("size_test", "counts", draw_size_test, size_test, flat(1e-7), (), PERFECT),
)  # fmt: skip
