"""Publication bias: asymmetry, trim and fill, fail-safe numbers, excess significance, corrected estimates, selection models."""

from __future__ import annotations

from typing import Any

import numpy as np

from miner import meta
from tests.metafor.live.analyses import LEVELS, WALD, Analysis, Excuse, Figures, Options, attributes, flat, mods_of, pick
from tests.metafor.live.datasets import Dataset

PREDICTORS = ("sei", "vi", "ni", "ninv", "sqrtni", "sqrtninv")


def effects(data: Dataset) -> tuple[Any, Any]:
    return data.columns["yi"], data.columns["vi"]


def draw_regtest(rng: np.random.Generator, data: Dataset) -> Options | None:
    if data.k < 3:
        return None
    model = pick(rng, ("rma", "lm"))
    return {
        "model": model, "predictor": pick(rng, PREDICTORS), "method": pick(rng, ("REML", "DL", "EE", "PM", "ML")), "test": pick(rng, ("z", "knha")), "level": pick(rng, LEVELS),
    }  # fmt: skip


def regtest(data: Dataset, o: Options) -> Figures:
    found = meta.regtest(*effects(data), data.columns["ni"], o["model"], o["predictor"], o["method"], o["test"], level=o["level"])
    out = attributes(found, "stat pval limit_est limit_ci_lb limit_ci_ub coef se tau2")
    return out | {"df": np.nan if found.df is None else found.df}


def draw_trim(rng: np.random.Generator, data: Dataset) -> Options | None:
    if not 3 <= data.k <= 100:
        return None
    side = pick(rng, ("auto", "left", "right"))
    # To trim, and to tell the side, R fits by its default criterion, which knows no units.
    units = data.kind in {"huge n", "units", "nearly perfect", "accuracies"}
    method = pick(rng, ("DL", "EE", "HE") if side == "auto" or units else ("REML", "DL", "EE", "ML"))
    test = "z" if method == "REML" else pick(rng, ("z", "t", "knha"))
    return {"estimator": pick(rng, ("L0", "R0", "Q0")), "side": side, "method": method, "test": test, "level": 0.95}


def one_left(mine: Figures, _theirs: Figures, data: Dataset, _o: Options) -> bool:
    return bool(data.k - mine["k0"] == 1)


def trim(data: Dataset, o: Options) -> Figures:
    loose = o["method"] in {"REML", "ML"}  # R trims by its default criterion, whatever it is given
    found = meta.trimfill(
        *effects(data), o["estimator"], o["side"], o["method"], o["test"], level=o["level"], tol=1e-5 if o["method"] == "REML" else None
    )
    out = attributes(found, "k0 se_k0 p_k0 side k" + ("" if loose else " estimate se pval ci_lb ci_ub tau2 I2 QE"))
    if o["method"] == "ML":
        return out
    return out | {"yi_filled": np.sort(found.yi_filled), "vi_filled": np.sort(found.vi_filled)}


def fail_safe(data: Dataset, o: Options) -> Figures:
    found = meta.fail_safe_n(*effects(data), o["kind"], alpha=o["alpha"], target=o.get("target"), weighted=o["weighted"])
    return attributes(found, "fsnum pval meanes")


def draw_fail_safe(rng: np.random.Generator, data: Dataset) -> Options:
    kind = pick(rng, ("Rosenthal", "Orwin", "Rosenberg"))
    more = {"target": float(abs(np.mean(data.columns["yi"])) / 3)} if kind == "Orwin" and rng.random() < 0.5 else {}
    return {"kind": kind, "alpha": pick(rng, (0.05, 0.01)), "weighted": bool(kind == "Orwin" and rng.random() < 0.5)} | more


def draw_excess(rng: np.random.Generator, data: Dataset) -> Options | None:
    if data.k > 40 or data.kind in {"huge n", "one dominates"}:
        return None
    unit = float(np.sqrt(np.median(data.columns["vi"])))
    given = (
        {"theta": round(float(rng.normal(0, 2 * unit)), 6), "tau2": float(pick(rng, (0.0, 0.5 * unit**2)))}
        if rng.random() < 0.7
        else {"tau2": 0.0}
    )
    return {
        "alternative": pick(rng, ("two.sided", "greater", "less")), "alpha": pick(rng, (0.05, 0.1)), "h0": pick(rng, (0.0, 0.1 * unit)), "tes_alpha": pick(rng, (0.1, 0.05)),
        "test": pick(rng, ("chi2", "binom", "exact") if data.k <= 12 else ("chi2", "binom")),
    } | given  # fmt: skip


def excess(data: Dataset, o: Options) -> Figures:
    found = meta.excess_significance(
        *effects(data),
        test=o["test"],
        alternative=o["alternative"],
        alpha=o["alpha"],
        h0=o["h0"],
        theta=o.get("theta"),
        tau2=o["tau2"],
        tes_alpha=o["tes_alpha"],
        tol=1.22e-4,
    )
    return attributes(found, "O E OEratio pval power theta_lim")


def henmi(data: Dataset, o: Options) -> Figures:
    return attributes(meta.henmi_copas(*effects(data), o["level"], tol=float(np.finfo(float).eps) ** 0.25), "beta se ci_lb ci_ub tau2")


def rucker(data: Dataset, o: Options) -> Figures:
    return meta.limit_meta_rucker(*effects(data), o["method"], o["level"]).to_dict()


def petpeese(data: Dataset, _o: Options) -> Figures:
    found = meta.pet_peese(*effects(data))
    return {
        f"{name}/{leaf}": getattr(getattr(found, name), leaf)
        for name in ("UWLS", "PET", "PEESE")
        for leaf in ("coef", "se", "pval", "sigma")
    }


def draw_selection(rng: np.random.Generator, data: Dataset) -> Options | None:
    if not 8 <= data.k <= 100 or data.kind in {"huge n", "nearly perfect", "accuracies", "one dominates", "units", "variances far apart"}:
        return None
    # R integrates smooth weights study by study, which takes minutes for many of them.
    smooth = ("negexp", "halfnorm", "logistic", "power", "beta") if data.k <= 12 else ()
    kind = pick(rng, ("stepfun",) * 5 + smooth)
    steps: Any = {"steps": pick(rng, ([0.025], [0.05, 0.5], [0.025, 0.5]))} if kind == "stepfun" else {}
    if kind == "stepfun" and rng.random() < 0.3:
        steps |= {"delta": [1.0, *np.linspace(0.8, 0.3, len(steps["steps"])).round(2).tolist()]}
    more = {"imprecision": "sei"} if kind in {"negexp", "halfnorm"} and rng.random() < 0.3 else {}
    return (
        {
            "type": kind,
            "alternative": pick(rng, ("greater", "less", "two.sided")),
            "method": pick(rng, ("ML", "ML", "EE")),
            "mods": list(pick(rng, ((), (), ("x",)))),
            "level": 0.95,
        }
        | steps
        | more
    )


def selection(data: Dataset, o: Options) -> Figures:
    found = meta.selection_model(
        *effects(data),
        o["type"],
        o.get("steps"),
        o["alternative"],
        mods_of(data, o),
        o["method"],
        delta=o.get("delta"),
        imprecision=o.get("imprecision"),
        level=o["level"],
    )
    return attributes(found, f"{WALD} tau2 delta ll LRT LRTp") | {"warnings": found.warnings}


def higher(mine: Figures, theirs: Figures, _data: Dataset, _o: Options) -> bool:
    return bool(mine["ll"] > np.ravel(theirs["ll"])[0] + 1e-6)


def at_limit(mine: Figures, _theirs: Figures, _data: Dataset, _o: Options) -> bool:
    return any("limit" in str(w) or "Another maximum" in str(w) or "boundary" in str(w) for w in mine["warnings"])


# 171! is more than a double holds.
OVERFLOW = Excuse(
    "R's exact distribution of Kendall's tau overflows from 171 studies on",
    ("pval",),
    lambda _m, theirs, d, _o: d.k > 170 and bool(np.isnan(np.ravel(np.array(theirs["pval"], dtype=float))).all()),
)
TAIL = Excuse("R's exact tail is 1 less a sum", ("pval",), lambda m, t, _d, _o: m["pval"] < 1e-9 and np.ravel(t["pval"])[0] < 1e-9)
SELECTION = (
    Excuse("R's optimisers stop at a lower likelihood", (), higher),
    Excuse("a weight or tau2 at its limit, or several maxima: R's optimiser and Hessian stop short of it", (), at_limit),
    Excuse(
        "R differentiates numerically",
        ("se", "zval", "pval", "ci_lb", "ci_ub"),
        lambda m, t, _d, _o: bool(np.allclose(m["beta"], np.ravel(t["beta"]), rtol=1e-3, atol=1e-3)),
    ),
)
ANALYSES = (
    Analysis("regtest", "effects", draw_regtest, regtest, flat(1e-6), (), {"same in all": "the predictor does not vary", "exactly on a line": "no residual variance"}),
    Analysis("ranktest", "effects", lambda _rng, _d: {}, lambda d, _o: attributes(meta.ranktest(*effects(d)), "tau pval"), flat(1e-8), (TAIL, OVERFLOW), {"no ranks": "R gives NaN", "all of the weight": "R divides by a rounding error"}),
    Analysis("ranktest_n", "effects", lambda _rng, _d: {}, lambda d, _o: attributes(meta.ranktest_n(d.columns["yi"], d.columns["ni"]), "tau pval"), flat(1e-8), (TAIL,), {"no ranks": ""}),
    Analysis("trimfill", "effects", draw_trim, trim, flat(1e-6), (Excuse("R's centre of the one study that trimming leaves is off by rounding, so that its distance has a sign", (), one_left),), {"all standard errors are the same": "", "nothing to trim": "", "root of a negative": "R too"}, 2),
    Analysis("fail_safe_n", "effects", draw_fail_safe, fail_safe, flat(1e-8)),
    Analysis("excess_significance", "effects", draw_excess, excess, flat(1e-5, theta_lim=1e-3, pval=1e-4, E=1e-4, OEratio=1e-4, power=1e-3), cost=3),
    Analysis("henmi_copas", "effects", lambda rng, d: {"level": pick(rng, LEVELS)} if d.k <= 100 else None, henmi, flat(1e-4, tau2=1e-8, beta=1e-9, se=1e-8), cost=2),
    Analysis("limit_meta_rucker", "effects", lambda rng, d: {"level": pick(rng, LEVELS), "method": pick(rng, ("REML", "DL", "ML"))} if d.k > 2 else None, rucker, flat(1e-5), (), {"variances are the same": "lm gives NA"}),
    Analysis("pet_peese", "effects", lambda _rng, d: {} if d.k > 2 else None, petpeese, flat(1e-8), (), {"variances are the same": "lm gives NA", "exactly on a line": ""}),
    Analysis("selection_model", "effects", draw_selection, selection, flat(2e-3, ll=1e-6, se=2e-2, zval=2e-2, pval=5e-2, ci_lb=2e-2, ci_ub=2e-2), SELECTION, {"no p-value lies": "R estimates the weight of an empty interval", "is at its limit": ""}, 15),
)  # fmt: skip
