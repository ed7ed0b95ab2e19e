"""Pooling, meta-regression, intervals of tau², diagnostics, refits, location-scale models."""

from __future__ import annotations

from typing import Any

import numpy as np

from miner import meta
from miner.meta.design import design
from tests.metafor.live.analyses import (
    LEVELS,
    METHODS,
    WALD,
    Analysis,
    Excuse,
    Figures,
    Options,
    attributes,
    flat,
    mods_of,
    pick,
    whole_rows,
)
from tests.metafor.live.compare import Units, differs
from tests.metafor.live.datasets import Dataset

COLLINEAR = {"collinear": "we refuse collinear moderators, R leaves one out", "cannot be told apart": "as above"}
MODERATORS: tuple[tuple[str, ...], ...] = ((), (), (), ("x",), ("g",), ("x", "g"), ("year",), ("g", "h"), ("x", "z"), ("x", "copy"))


def likelihood_higher(mine: Figures, theirs: Figures, _data: Dataset, options: Options) -> bool:
    """Tell whether R stopped at a lower maximum than ours."""
    field = "ll_REML" if options.get("method", "REML") == "REML" else "ll_ML"
    return options.get("method", "REML") in {"ML", "REML"} and mine[field] > np.ravel(theirs[field])[0] + 1e-7


def centred(_mine: Figures, _theirs: Figures, data: Dataset, options: Options) -> bool:
    """Tell whether a design without intercept does not span the constant: its tau² and Q are those of centred effects in metafor 3.8."""
    return not options.get("intercept", True) and all(
        all(isinstance(x, int | float | None) for x in data.columns[name]) for name in options["mods"]
    )


CENTRED = Excuse(
    "metafor 3.8 centres the effects before it estimates tau2 and Q, which is right only where the design spans the constant", (), centred
)
ROUNDED = Excuse(
    "R's tau2 without moderators is what its criterion left above 0",
    ("R2",),
    lambda _m, _t, d, o: _alone(d, o) < 1e-9 * np.median([v for v in d.columns["vi"] if v]),
)
UNFINISHED = Excuse("R's Fisher scoring does not converge in a refit: NA", (), lambda m, t, _d, _o: _same_but_gaps(m, t))
LOWER = Excuse("R's Fisher scoring stops at a local maximum of the likelihood; ours is higher", (), likelihood_higher)


def draw_pool(rng: np.random.Generator, data: Dataset) -> Options:
    mods = list(pick(rng, MODERATORS))
    weighted = bool(rng.random() > 0.1)
    return {
        "method": pick(rng, METHODS + ("REML",) * 3), "test": pick(rng, ("z", "z", "t", "knha", "adhoc")), "mods": mods, "level": pick(rng, LEVELS),
        "intercept": not (mods and rng.random() < 0.3), "weighted": weighted,
    }  # fmt: skip


def pool(data: Dataset, options: Options) -> Figures:
    data = whole_rows(data, options)
    return meta.pool(
        data.columns["yi"], data.columns["vi"], mods_of(data, options), options["method"], options.get("test", "z"),
        intercept=options.get("intercept", True), weighted=options.get("weighted", True), level=options.get("level", 0.95),
    ).to_dict()  # fmt: skip


def _alone(data: Dataset, options: Options) -> float:
    rows = whole_rows(data, options)
    return meta.pool(rows.columns["yi"], rows.columns["vi"], method=options["method"]).tau2


def _same_but_gaps(mine: Figures, theirs: Figures) -> bool:
    for name, value in theirs.items():
        b, a = np.ravel(np.array(value, dtype=float)), np.ravel(np.array(mine[name], dtype=float))
        there = ~np.isnan(b)
        if not np.allclose(a[there], b[there], rtol=1e-5, atol=1e-7 * np.nanmax(np.abs(b), initial=0.0)):
            return False
    return True


def draw_interval(rng: np.random.Generator, data: Dataset) -> Options:
    kind = pick(rng, ("QP", "PL"))
    return {
        "kind": kind, "method": pick(rng, ("REML", "ML") if kind == "PL" else ("REML", "DL", "PM", "SJ")), "mods": list(pick(rng, MODERATORS)), "level": pick(rng, LEVELS),
    }  # fmt: skip


def interval(data: Dataset, options: Options) -> Figures:
    data = whole_rows(data, options)
    found = meta.tau2_interval(
        data.columns["yi"], data.columns["vi"], mods_of(data, options), options["kind"], options["method"], level=options["level"]
    )
    return found.to_dict()


def open_above(_mine: Figures, theirs: Figures, _data: Dataset, _options: Options) -> bool:
    """Tell whether R's search ended at its upper limit, or without a bound."""
    upper = np.ravel(theirs["tau2"])[2]
    return bool(np.isnan(np.ravel(theirs["tau2"]).astype(float)).any() or upper >= 0.99 * np.ravel(theirs["top"])[0])


def estimate_higher(mine: Figures, theirs: Figures, data: Dataset, options: Options) -> bool:
    """Tell whether R's estimate is at a lower maximum."""
    if options["method"] not in {"ML", "REML"}:
        return False
    rows = whole_rows(data, options)
    y, v = np.array(rows.columns["yi"], dtype=float), np.array(rows.columns["vi"], dtype=float)
    X, _ = design(mods_of(rows, options), rows.k)
    a, b = (_ll(y, v, float(np.ravel(f["tau2"])[0]), options["method"], X) for f in (mine, theirs))
    return a > b + 1e-9


def rounding(mine: Figures, theirs: Figures, data: Dataset, _options: Options) -> bool:
    """Tell whether one study has nearly all of the weight, or n is huge, and the programs agree to the digits that R then has.

    Exact arithmetic gives our figures there: tests/meta/test_numbers.py.
    """
    unit = Units.of(data.columns)
    return data.kind in {"one dominates", "huge n"} and all(
        differs(mine[name], value, name, 2e-3, unit) is None for name, value in theirs.items() if name in mine and name != "R2"
    )


ROUNDING = Excuse("R loses digits where one study has nearly all of the weight, or n is huge", (), rounding)


def slow(mine: Figures, theirs: Figures, data: Dataset, options: Options) -> bool:
    error = Units.of(data.columns).error
    return options["method"] in {"DLIT", "SJIT"} and bool(
        np.allclose(mine["tau2"], np.ravel(theirs["tau2"])[0], rtol=1e-2, atol=1e-3 * error**2)
    )


LINEAR = Excuse("R iterates towards these estimates so slowly that it stops early", (), slow)
NO_R2 = Excuse("R's fit without moderators does not converge", ("R2",), lambda _m, t, _d, _o: bool(np.isnan(np.ravel(t["R2"])[0])))


def empty(mine: Figures, _theirs: Figures, _data: Dataset, _options: Options) -> bool:
    return bool(mine["warnings"]) and mine["tau2"][1:] == [0.0, 0.0]


def diagnostic(name: str, fields: str) -> Analysis:
    def draw(rng: np.random.Generator, data: Dataset) -> Options | None:
        mods = list(pick(rng, ((), (), ("x",), ("g",))))
        if data.k <= 3 + 2 * len(mods):
            return None
        # Where variances are far apart likelihoods have several maxima, and R's refits end at any of them: leave_one_out looks at those.
        apart = data.kind in {"one dominates", "variances far apart"}
        return {"method": pick(rng, ("DL", "EE", "PM") if apart else ("REML", "DL", "EE", "ML", "PM")), "mods": mods, "level": 0.95}

    def ours(data: Dataset, options: Options) -> Figures:
        given: dict[str, Any] = {"level": options["level"]} if name == "blup" else {}
        found = getattr(meta, name)(data.columns["yi"], data.columns["vi"], mods_of(data, options), options["method"], **given)
        if name == "weights":
            return {"weights": found}
        return attributes(found, fields) | ({"dfbs": found.dfbs.ravel()} if name == "influence" else {})

    given_up = (UNFINISHED,) if name in {"influence", "rstudent", "baujat"} else ()
    slow = name in {"influence", "rstudent", "baujat"}
    return Analysis(
        name, "effects", draw, ours, flat(1e-6, cook_d=1e-5, dffits=1e-5, dfbs=1e-5), given_up, COLLINEAR, cost=3 if slow else 1
    )


def draw_refits(rng: np.random.Generator, data: Dataset) -> Options | None:
    return {"method": pick(rng, ("REML", "DL", "EE", "ML", "HE"))} if 2 < data.k <= 100 else None


def refits(name: str) -> Analysis:
    def ours(data: Dataset, options: Options) -> Figures:
        y, v, more = data.columns["yi"], data.columns["vi"], {}
        found = (
            meta.cumulative(y, v, data.columns["year"], options["method"], **more)
            if name == "cumulative"
            else meta.leave_one_out(y, v, options["method"])
        )
        out = attributes(found, "estimate se zval pval ci_lb ci_ub Q Qp tau2 I2 H2")
        alone = found.k == 1  # of one study R says 0 and 1, we nothing
        if options["method"] == "EE":
            out.pop("tau2")  # R repeats none
        return out | {"I2": np.where(alone, 0.0, out["I2"]), "H2": np.where(alone, 1.0, out["H2"])}

    return Analysis(
        name,
        "effects",
        draw_refits,
        ours,
        flat(1e-6),
        (
            UNFINISHED,
            Excuse("R's Fisher scoring stops early or at a lower maximum in a refit", (), _refit_lower),
        ),
        cost=4,
    )


def _refit_lower(mine: Figures, theirs: Figures, data: Dataset, options: Options) -> bool:
    """Tell whether in each refit that differs our tau² has the higher likelihood."""
    if options["method"] not in {"ML", "REML"}:
        return False
    a, b = np.asarray(mine["tau2"], dtype=float), np.asarray(theirs["tau2"], dtype=float)
    y, v = np.array(data.columns["yi"]), np.array(data.columns["vi"])
    order = np.argsort(data.columns["year"], kind="stable")
    for i in np.flatnonzero(np.abs(a - b) > 1e-7 * np.median(v)):
        for keep in (np.arange(len(y)) != i, np.isin(np.arange(len(y)), order[: i + 1])):
            if keep.sum() > 1 and np.isclose(
                meta.pool(y[keep], v[keep], method=options["method"]).tau2, a[i], rtol=1e-6, atol=1e-9 * np.median(v)
            ):
                if _ll(y[keep], v[keep], a[i], options["method"]) < _ll(y[keep], v[keep], b[i], options["method"]) - 1e-9:
                    return False
                break
        else:
            return False
    return True


def _ll(y: Any, v: Any, tau2: float, method: str, X: Any = None) -> float:
    """Return the (restricted) log-likelihood of tau2 without its constant."""
    X = np.ones((len(y), 1)) if X is None else X
    w = 1 / (v + tau2)
    gram = X.T @ (X * w[:, None])
    resid = y - X @ np.linalg.solve(gram, X.T @ (w * y))
    return float(-0.5 * (np.sum(np.log(v + tau2)) + np.sum(w * resid**2) + (np.linalg.slogdet(gram)[1] if method == "REML" else 0.0)))


def gosh(data: Dataset, options: Options) -> Figures:
    found = meta.gosh(data.columns["yi"], data.columns["vi"], options["method"])
    number = found.members @ 2.0 ** np.arange(data.k)
    order = np.argsort(number)
    return {"set": number[order]} | {name: getattr(found, name)[order] for name in ("estimate", "tau2", "I2", "Q")}


def permutations(data: Dataset, options: Options) -> Figures:
    found = meta.permutation_test(
        data.columns["yi"], data.columns["vi"], mods_of(data, options), options["method"], options["test"], exact=True
    )
    return attributes(found, "pval QMp")


def draw_scale(rng: np.random.Generator, data: Dataset) -> Options | None:
    if data.k < 12 or data.kind in {"huge n", "units", "tau2 = 0", "ties"}:
        return None
    return {
        "method": pick(rng, ("REML", "ML")),
        "scale": [pick(rng, ("x", "g", "h"))],
        "mods": list(pick(rng, ((), ("x",), ("g",)))),
        "level": pick(rng, LEVELS),
    }


def scale(data: Dataset, options: Options) -> Figures:
    given = {name: data.columns[name] for name in options["scale"]}
    found = meta.location_scale(
        data.columns["yi"], data.columns["vi"], mods_of(data, options), given, options["method"], level=options["level"]
    )
    return attributes(found, f"{WALD} alpha se_alpha zval_alpha pval_alpha tau2 ll_ML ll_REML")


def vanishing(mine: Figures, _theirs: Figures, data: Dataset, _options: Options) -> bool:
    return bool(np.min(mine["tau2"]) < 1e-3 * np.min(data.columns["vi"]))


ANALYSES = (
    Analysis("pool", "effects gaps nested", draw_pool, pool, flat(1e-7, R2=1e-6), (LOWER, CENTRED, ROUNDED, NO_R2, LINEAR, ROUNDING), COLLINEAR | {"leave something to test": "no degrees of freedom: R gives NaN", "more than": ""}),
    Analysis(
        "tau2_interval", "effects gaps", draw_interval, interval, flat(1e-6),
        (Excuse("R's search has an upper limit", (), open_above), Excuse("the interval is empty: R gives NA", (), empty), Excuse("R's estimate is at a lower maximum", (), estimate_higher), ROUNDING), COLLINEAR,
    ),
    *(diagnostic(n, f) for n, f in (
        ("influence", "rstudent dffits cook_d cov_r tau2_del QE_del hat weight is_infl"), ("rstandard", "resid se z"), ("rstudent", "resid se z"),
        ("blup", "pred se pi_lb pi_ub"), ("weights", ""), ("baujat", "x y"),
    )),
    refits("leave_one_out"),
    refits("cumulative"),
    Analysis("gosh", "effects", lambda rng, d: {"method": pick(rng, ("DL", "REML", "EE"))} if d.k <= 5 else None, gosh, flat(1e-6), cost=6),
    Analysis(
        "permutation_test", "effects", lambda rng, d: {"method": pick(rng, ("DL", "REML", "EE")), "test": pick(rng, ("z", "knha")), "mods": list(pick(rng, ((), ("x",))))} if 2 < d.k <= 5 else None,
        permutations, flat(1e-9), cost=8,
    ),
    Analysis("location_scale", "effects", draw_scale, scale, flat(2e-4, se_alpha=1e-2, zval_alpha=5e-3, pval_alpha=2e-2, alpha=4e-3, tau2=4e-3), (LOWER, Excuse("the variance vanishes for some studies: no finite maximum", (), vanishing)), cost=6),
)  # fmt: skip
