"""Moderators become the columns of R's model.matrix, in every function that takes them."""

from __future__ import annotations

import inspect
import shutil
import subprocess
from typing import Any

import numpy as np
import pandas as pd
import pytest

from miner.errors import MetaError
from miner.meta.design import design
from tests.meta.calls import FUNCTIONS, call, figures
from tests.meta.test_labels import TABLE, K, same

G, B, X = list("bbacacba"), [True, False, True, True, False, False, True, False], [0.5, 1.0, 2.0, -1.0, 0.0, 3.5, 1.5, 2.5]
WHOLE = [3, 1, 2, 2, 1, 3, 1, 2]
ORDER = ["c", "unused", "b", "a"]
COLUMNS: dict[str, Any] = {
    "g": G,
    "b": B,
    "i": WHOLE,
    "x": X,
    "o": pd.Categorical(G, categories=ORDER, ordered=True),
    "f": pd.Categorical(WHOLE),
    "d": [str(i) for i in WHOLE],
}
R = """
options(contrasts = c("contr.treatment", "contr.treatment"))
g <- c("b","b","a","c","a","c","b","a"); b <- c(TRUE,FALSE,TRUE,TRUE,FALSE,FALSE,TRUE,FALSE); i <- c(3,1,2,2,1,3,1,2); x <- c(0.5,1,2,-1,0,3.5,1.5,2.5)
o <- droplevels(factor(g, levels=c("c","unused","b","a"), ordered=TRUE)); f <- factor(i); d <- as.character(i)
for (names in strsplit(commandArgs(TRUE), "+", fixed=TRUE)) for (end in c("", "-1")) {
  m <- model.matrix(as.formula(paste0("~", paste(names, collapse="+"), end)))
  colnames(m)[colnames(m) == "(Intercept)"] <- "intrcpt"
  cat(paste(colnames(m), collapse=" "), "|", m, "\\n")
}
"""
FORMULAS = ("b", "g", "i", "o", "f", "d", "b+g", "g+b", "x+b", "i+o", "x+f+b", "o+b+x", "d+x+b")


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="needs R")
def test_the_design_is_that_of_r() -> None:
    out = subprocess.run(["Rscript", "--vanilla", "-e", R, *FORMULAS], capture_output=True, text=True, check=True, timeout=60).stdout
    lines = iter(out.splitlines())
    for formula in FORMULAS:
        for intercept in (True, False):
            names, values = next(lines).split("|")
            matrix, own = design({name: COLUMNS[name] for name in formula.split("+")}, len(G), intercept)
            assert list(own) == names.split(), formula
            assert matrix.T.ravel().tolist() == [float(v) for v in values.split()], formula


def test_designs_as_r_has_them() -> None:
    """What the test above finds, where there is no R."""
    assert design({"b": B}, 8)[1] == ("intrcpt", "bTRUE")
    assert design({"b": B, "g": G}, 8, intercept=False)[1] == ("bFALSE", "bTRUE", "gb", "gc")
    assert design({"x": X, "o": COLUMNS["o"]}, 8, intercept=False)[1] == ("x", "oc", "ob", "oa")
    assert design(pd.DataFrame({"b": pd.array(B, dtype="boolean")}), 8, intercept=False)[1] == ("bFALSE", "bTRUE")
    assert design(np.array(B), 8)[0][:, 1].tolist() == [float(b) for b in B]


@pytest.mark.parametrize("column", [["a"] * 8, [True] * 8, [2] * 8, pd.Categorical(["a"] * 8, categories=["b", "a"])])
def test_a_constant_moderator_is_refused_beside_an_intercept(column: Any) -> None:
    with pytest.raises(MetaError, match="constant"):
        design({"m": column}, 8)
    assert design({"m": column}, 8, intercept=False)[0].ravel().tolist() in ([1.0] * 8, [2.0] * 8)  # the mean, as R's ~ m - 1


MODERATED = sorted(
    name for name, f in FUNCTIONS.items() if {"mods", "others"} & set(inspect.signature(f).parameters) and name not in {"score_test"}
)
ASIDE = ("offset", "scale", "others", "mods")


def moderated(name: str, column: Any, **more: Any) -> Any:
    parameters = inspect.signature(FUNCTIONS[name]).parameters
    own = {
        "mods" if "mods" in parameters else "others": {"m": column} if isinstance(column, list | pd.Categorical | np.ndarray) else column
    }
    if "scale" in parameters:
        own["scale"] = own["mods"]

    def give(parameter: str, source: str) -> Any:
        return own[parameter] if parameter in own else TABLE[source].to_numpy()

    return figures(call(name, give, tuple(p for p in ASIDE if p not in own), **more))


def unnamed(found: Any) -> Any:
    """Return figures without the names of coefficients."""
    return {key: value for key, value in found.items() if "name" not in key} if isinstance(found, dict) else found


@pytest.mark.parametrize("name", MODERATED)
def test_every_function_takes_moderators_alike(name: str) -> None:
    truths, labels = [i % 3 == 0 for i in range(K)], ["c" if i % 3 == 0 else "b" if i % 3 == 1 else "a" for i in range(K)]
    by_hand = {"mTRUE": np.array(truths, dtype=float)}
    assert same(moderated(name, truths), moderated(name, by_hand))
    ordered = pd.Categorical(labels, categories=["b", "unused", "c", "a"], ordered=True)
    assert same(
        moderated(name, ordered), moderated(name, {f"m{level}": np.array([v == level for v in labels], dtype=float) for level in "ca"})
    )
    for constant in (["a"] * K, [True] * K, [2.5] * K):
        with pytest.raises(MetaError, match="constant"):
            moderated(name, constant)
    if "intercept" in inspect.signature(FUNCTIONS[name]).parameters:
        both = {"mFALSE": 1 - by_hand["mTRUE"], **by_hand}
        assert same(moderated(name, truths, intercept=False), moderated(name, both, intercept=False))
        if name != "tau2_interval":
            assert moderated(name, truths, intercept=False)["names"] == ["mFALSE", "mTRUE"]


def test_dates_in_any_writing_are_no_categories() -> None:
    for day in (
        "{d}/{m}/2020",
        "{m:02}/{d:02}/20",
        "2020-{m:02}-{d:02}",
        "2020/{m}/{d}",
        "2020-{m:02}",
        "{d}.{m}.2020",
        "{d} March 2020",
        "Mar {d}, 2020",
        "March 2020",
        "2020-{m:02}-{d:02} 10:00",
    ):
        column = [day.format(d=i % 5 + 1, m=i % 4 + 1) for i in range(8)]
        for given in (column, [*column[:7], ""], pd.Categorical(column)):
            with pytest.raises(MetaError, match="dates"):
                design({"day": given}, 8)
    for label in (["1/2", "2/3"], ["march", "may"], ["10", "20"], ["v1.2.3", "v1.2.4"], ["3-4", "5-6"], ["2009 to 2010", "2011"]):
        assert design({"label": label * 4}, 8)[0].shape == (8, 2)
