"""What miner.meta gives for the blocks of the reference data sets that hold models of dependence, counts and diagnostic accuracy.

Each entry of ``BLOCKS`` takes the data frame and the reference document and returns figures under the names of the document's block.
Columns are found by what the document says of them (numbers of levels, names of coefficients), never by the data set's name.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from miner.errors import MetaError
from miner.meta.models.arms import glmm_arms
from miner.meta.models.bivariate import bivariate
from miner.meta.models.blocks import diagonal
from miner.meta.models.glmm import glmm
from miner.meta.models.linear import linear
from miner.meta.models.multilevel import multilevel, profile_interval
from miner.meta.models.pooling import pool
from miner.meta.models.robust import robust
from miner.meta.models.varcomp import Likelihood, maximise
from tests.metafor import roles
from tests.metafor.blocks_pooling import attempt, cells, design_of, figures, labels

Document = dict[str, Any]
KINDS = {"metafor_CR0": ("CR0", "clusters"), "metafor_CR1": ("CR1p", "clusters")}


@dataclass
class Uni:
    """A two-level fit by REML, in the form that robust() reads."""

    X: Any
    yi: Any
    vi: Any
    tau2: float
    beta: Any
    se: Any
    names: tuple[str, ...]
    extra: dict[str, Any] = field(default_factory=dict)


def uni(yi: Any, vi: Any, x: Any, names: tuple[str, ...]) -> Uni:
    y, v, x = np.asarray(yi, float), np.asarray(vi, float), np.asarray(x, float)
    q, r = np.linalg.qr(x)
    fit = maximise(Likelihood(y, q, lambda theta: diagonal(v + theta[0]), [None]), np.array([max(np.var(y), 1e-6)]), restricted=True)
    back = np.linalg.inv(r)
    return Uni(x, y, v, float(fit.theta[0]), back @ fit.beta, np.sqrt(np.diag(back @ fit.vcov @ back.T)), names)


def source(frame: pd.DataFrame, name: str) -> str | None:
    """Return the column that makes a coefficient: the name itself, the column of factor(...), or the longest that the name begins with."""
    if name in ("intrcpt", "(Intercept)", ".se", "sei", "sqrt(vi)"):
        return None
    made = re.match(r"factor\((.+?)\)", name)
    fits = [made[1]] if made else [c for c in frame if name.startswith(c)]
    if not fits:
        raise MetaError(f"no column makes the coefficient {name!r}", hint=f"there are: {', '.join(map(str, frame))}")
    return max(fits, key=len)


def moderators(frame: pd.DataFrame, names: list[str]) -> dict[str, Any]:
    """Return the columns that a fit's coefficient names speak of: numbers, and categories with their level behind the name."""
    out: dict[str, Any] = {}
    for name in names:
        column = source(frame, name)
        if column is None:
            if "int" not in name.lower():
                out[name] = np.sqrt(frame.vi.to_numpy(float))
        elif name == column and pd.api.types.is_numeric_dtype(frame[column]):
            out[name] = frame[column].to_numpy(float)
        elif name == column:  # a category without its level: all of its levels
            out[name] = labels(frame[column])
        else:
            made = re.match(r"factor\(.+?\)", name)
            out[name] = (labels(frame[column]) == name[len(made[0] if made else column) :]).astype(float)
    return out


def robust_block(fit: Any, cluster: Any, reference: Document) -> Document:
    """Return every sandwich that the reference block has."""
    out: Document = {"n_clusters": len(set(cluster))}
    for key in reference:
        if key in KINDS:
            kind, df = KINDS[key]
            r = robust(fit, cluster, kind, df=df)
            out[key] = {
                "se": r.se,
                "tval": r.tstat,
                "df": r.df[0],
                "pval": r.pval,
                "ci_lb": r.ci_lb,
                "ci_ub": r.ci_ub,
                "QM": r.Fstat,
                "QMp": r.Fp,
            }
        elif key.startswith("clubSandwich_"):
            r = robust(fit, cluster, key.removeprefix("clubSandwich_"))
            out[key] = {"vcov": r.vcov, "se": r.se, "tstat": r.tstat, "df_satt": r.df, "p_satt": r.pval}
        elif key == "CR2_HTZ_omnibus":
            r = robust(fit, cluster, "CR2")
            out[key] = {"Fstat": r.Fstat, "df_num": r.df_num, "df_denom": r.df_denom, "pval": r.Fp}
    return out


def multilevel_fields(fit: Any, reference: Document) -> Document:
    out = {
        key: getattr(fit, key)
        for key in ("k", "beta", "se", "zval", "pval", "ci_lb", "ci_ub", "vcov", "sigma2", "s_levels", "QE", "QEp", "QM", "QMp")
    }
    # rma.mv reports 0 for the variances and correlations of structures that a model doesn't have.
    out |= {
        "ll": fit.ll,
        "ll_ML": fit.ll_ML,
        "ll_REML": fit.ll_REML,
        "tau2": 0.0,
        "rho": 0.0,
        "names": fit.names,
        "I2_total_and_by_level": fit.I2,
    }
    if "profile_ci" in reference:
        out["profile_ci"] = {f"sigma2_{i + 1}": profile_interval(fit, i) for i in range(len(fit.sigma2))}
    return out


def multilevel_fit(frame: pd.DataFrame, name: str, block: Document, cluster: Any, document: Document | None = None) -> Any:
    """Fit what a block's name and coefficient names say."""
    said = name.partition("_mods_")[2].removesuffix("_robust").removesuffix("_ML")
    x = moderators(frame, block.get("names", said.split("_") if said else ["intrcpt"]))
    rho = float(name.split("rho")[1].split("_", maxsplit=1)[0]) if "rho" in name else None
    inner: Any = False
    if len(block.get("sigma2", [0.0, 0.0])) > 1 and "cluster_only" not in name:
        inner = roles.inner(frame, document or {}, cluster, block.get("s_levels", [0, len(frame)])[1])
    return multilevel(frame.yi, frame.vi, cluster, inner=inner, mods=x or None, rho=rho, method="ML" if name.endswith("_ML") else "REML")


def _uni_block(frame: pd.DataFrame, block: Document) -> Uni:
    x = moderators(frame, block["names"])
    return uni(frame.yi, frame.vi, np.column_stack([np.ones(len(frame)), *x.values()]), ("intrcpt", *x))


def multilevel_block(frame: pd.DataFrame, document: Document) -> Document:
    blocks = document["multilevel"]
    frame = frame.dropna(subset=["yi", "vi"])
    outer = next(size for b in blocks.values() for size in (b.get("s_levels", [None])[0], b.get("n_clusters")) if size)
    cluster = roles.cluster(frame, document, outer)
    out: Document = {}
    for name, block in blocks.items():
        out[name] = attempt(lambda name=name, block=block: _dependent(frame, name, block, document, cluster))
    return out


def _dependent(frame: pd.DataFrame, name: str, block: Document, document: Document, cluster: Any) -> Document:
    """Return the figures of one entry, by its name; rows without its moderators are left out, as R does."""
    blocks = document["multilevel"]
    names = block.get("names") or blocks.get(name.removesuffix("_robust"), {}).get("names") or []
    whole = frame[[c for c in (source(frame, n) for n in names) if c]].notna().all(axis=1).to_numpy()
    frame, cluster = frame[whole], [c for c, keep in zip(cluster, whole, strict=True) if keep]
    if "sigma2" in block or ("error" in block and not name.endswith("_robust") and not name.startswith(("rma_uni", "aggregated"))):
        return multilevel_fields(multilevel_fit(frame, name, block, cluster, document), block)
    if name == "rma_uni_robust":
        return robust_block(uni(frame.yi, frame.vi, np.ones((len(frame), 1)), ("intrcpt",)), cluster, block)
    if name.endswith("_robust"):
        base = name.removesuffix("_robust")
        fit = (
            _uni_block(frame, blocks[base]) if base.startswith("rma_uni") else multilevel_fit(frame, base, blocks[base], cluster, document)
        )
        return robust_block(fit, cluster, block)
    if name.startswith("rma_uni"):
        return pooled(_uni_block(frame, block))
    if name.startswith("aggregated"):
        return pooled(aggregated(frame, cluster, float(name.split("rho")[1])))
    raise MetaError(f"what {name!r} means is not known", hint="see multilevel_block")


def aggregated(frame: pd.DataFrame, cluster: list[str], rho: float) -> Uni:
    """Pool one effect a cluster: the inverse-variance mean under a constant sampling correlation."""
    y, v = [], []
    for label in dict.fromkeys(cluster):
        rows = np.array(cluster) == label
        s = np.sqrt(frame.vi.to_numpy(float)[rows])
        inverse = np.linalg.inv(np.outer(s, s) * (rho + (1 - rho) * np.eye(len(s))))
        v.append(1 / inverse.sum())
        y.append(v[-1] * inverse.sum(axis=0) @ frame.yi.to_numpy(float)[rows])
    return uni(y, v, np.ones((len(y), 1)), ("intrcpt",))


def pooled(fit: Uni) -> Document:
    """Return the figures of ``pool`` for the same data."""
    x = {n: fit.X[:, i] for i, n in enumerate(fit.names) if n != "intrcpt"}
    return figures(pool(fit.yi, fit.vi, mods=x or None))


def glmm_fields(fit: Any, exact: bool) -> Document:
    keys = ("beta", "se", "zval", "pval", "ci_lb", "ci_ub", "tau2", "QE_Wld", "QEp_Wld", "QE_LRT", "QEp_LRT", "QE_df", "I2", "H2")
    out = {key: getattr(fit, key) for key in keys}
    if exact:
        return out | {"names": ["(Intercept)", *fit.names[1:]], "sd": fit.sd, "se_log_sd": fit.se_log_sd, "ll": fit.ll, "nodes": fit.nAGQ}
    random = 0 if fit.tau2 == 0 else 1
    return out | {"ll": fit.ll_conditional, "AIC": -2 * fit.ll_conditional + 2 * (len(fit.beta) + random)}


def glmm_block(frame: pd.DataFrame, document: Document) -> Document:
    blocks = {name: block for name, block in document["glmm"].items() if isinstance(block, dict)}
    if "xi" in frame:
        return {name: attempt(lambda n=name: _binomial(frame, n, blocks, document)) for name in blocks}
    return {name: attempt(lambda n=name: _arms(frame, n)) for name in blocks}


def _arms(frame: pd.DataFrame, name: str) -> Document:
    a, b, c, d = cells(frame)
    fit = glmm_arms(a, a + b, c, c + d, name)
    ll = fit.ll if name == "UM.RS" else fit.ll_conditional
    return glmm_fields(fit, exact=False) | {"ll": ll, "AIC": -2 * ll + 2 * fit.parameters}


def _binomial(frame: pd.DataFrame, name: str, blocks: Document, document: Document) -> Document:
    """Fit what a name such as nAGQ7, exact_AGQ61, FE, test_t, rma.glmm_scq or exact_AGQ61_scq says."""
    exact = name.startswith("exact")
    nodes = int(blocks[name].get("nodes", 7)) if exact else int(name.removeprefix("nAGQ")) if name.startswith("nAGQ") else 7
    rows, x = _counted(frame, name, blocks, document)
    fit = glmm(rows.xi, rows.ni, x or None, nAGQ=nodes, row=name != "FE", test="t" if name == "test_t" else "z")
    return glmm_fields(fit, exact)


def _counted(frame: pd.DataFrame, name: str, blocks: Document, document: Document) -> tuple[pd.DataFrame, Document]:
    """Return the complete rows and the moderators: those of the formula in ``mods`` whose name ends this one, else of the coefficients' names."""
    rows = frame.dropna(subset=["xi", "ni"])
    suffix = name.partition("_")[2] if name.startswith("rma.glmm_") else name.split("_", 2)[2] if name.count("_") > 1 else ""
    formula = document.get("mods", {}).get(suffix, {}).get("formula")
    if formula:
        return design_of(rows, formula, blocks[name].get("names"))
    named = blocks[name].get("names") or next(
        (b["names"] for n, b in blocks.items() if suffix and n.endswith(suffix) and "names" in b), suffix.split("_")
    )
    return rows, moderators(rows, [n for n in named if n])


def reitsma_block(method: str) -> Callable[[pd.DataFrame, Document], Document]:
    def block(frame: pd.DataFrame, document: Document) -> Document:
        rows = frame.dropna(subset=["tp", "np", "tn", "nn"])
        fit = bivariate(rows.tp, rows.nn - rows.tn, rows["np"] - rows.tp, rows.tn, method)
        out = {
            key: getattr(fit, key)
            for key in ("beta", "se", "zval", "pval", "ci_lb", "ci_ub", "tau2", "QE", "QEp", "QM", "QMp", "ll", "ll_ML", "ll_REML")
        }
        between = np.array([[fit.tau2[0], fit.cov_between], [fit.cov_between, fit.tau2[1]]])
        return out | {
            "k": 2 * fit.m, "vcov": fit.vcov, "cov": between, "cov_between": fit.cov_between, "rho": fit.cov_between / np.sqrt(np.prod(fit.tau2)), "names": ["groupsens", "groupspec"], "sens": fit.sens, "spec": fit.spec, "sigma2": 0.0,
        }  # fmt: skip

    return block


def deeks_block(frame: pd.DataFrame, document: Document) -> Document:
    rows = frame.dropna(subset=["tp", "np", "tn", "nn"])
    tp, fn, fp, tn = rows.tp + 0.5, rows["np"] - rows.tp + 0.5, rows.nn - rows.tn + 0.5, rows.tn + 0.5
    size = 4 * rows["np"] * rows.nn / (rows["np"] + rows.nn)
    fit = linear(np.log(tp * tn / (fn * fp)), {"x": 1 / np.sqrt(size)}, weights=size)
    return {"coef": fit.coef, "se": fit.se, "t": fit.t[1], "df": fit.df[1], "pval": fit.p[1]}


BLOCKS: dict[str, Callable[[pd.DataFrame, Document], Document]] = {
    "multilevel": multilevel_block,
    "glmm": glmm_block,
    "reitsma_REML": reitsma_block("REML"),
    "reitsma_ML": reitsma_block("ML"),
    "glmer_bivariate": reitsma_block("binomial"),
    "deeks": deeks_block,
}


def tolerance(path: str) -> float:
    """Return the README's tolerance of a leaf, by its block."""
    name = path.rsplit("/", 1)[-1]
    if "glmer" in path:
        return 1e-3
    if "glmm" in path:
        if "UM.FS" in path:
            return 1e-3  # a study without events in one arm has its level at infinity, and lme4 stops on the way
        # lme4's Laplace stops its inner loop at 1e-7 of the penalised sum of squares, so its own optimum is that far off: see unsupported lists.
        return 1e-6 if "exact" in path else 1e-3 if "UM.RS" in path or "nAGQ1/" in path else 1e-4
    if name in ("sigma2", "I2_total_and_by_level"):
        return 1e-6
    return 1e-6
