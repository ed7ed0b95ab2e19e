"""Every text of a result, for one study and many, equal values and tiny p-values: no Python, no figure that is none, no number with the wrong noun."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

from miner import meta
from miner.errors import MetaError

ODD = {
    "p = 0": r"p = 0(?:\.0*)?(?![.\d])",
    "nan": r"(?i)\bnan\b",
    "1 of many": r"(?<![\d.,])1 (?:studies|values|rows|effects|clusters|papers|accuracies|coefficients|levels|fits|findings|results|p-values|parameters|intervals)\b",
    "(s)": r"\w\(s\)",
    "Python": r"\b[a-z_]{4,}\([a-z'\"]|\b\w+=['\"\w]|\bNone\b|\bTrue\b|\bFalse\b|\w__\w",
    "verb": r"\b1 of \d+ \w+ (?:are|have|lie)\b",
}
# Tables may have a dash for what there is none of, sentences not; argument names have an underscore.
IN_SENTENCES = ODD | {
    "dash": r"(?:^|[ (])–(?:[ ,.;)%]|$)",
    "argument": r"\b(?!log10_n)[a-z]+_[a-z_]+\b",
    "capitals": r"\b(?:NOT|ALWAYS|NEVER|DO|WARNING|MUST)\b",
}


def columns(k: int, kind: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    n = np.array([40, 55, 80, 120, 200, 260, 400, 600, 900, 1500, 90, 150][:k], dtype=float)
    y = {"equal": np.full(k, 0.3), "tiny p": 5 + 0.01 * np.arange(k)}.get(kind, 0.3 + 0.4 * np.sin(np.arange(k)))
    return y, (1e-4 if kind == "tiny p" else 4) / n, n


def models(k: int, kind: str) -> Iterator[tuple[str, Callable[[], Any]]]:
    y, v, n = columns(k, kind)
    accuracy = np.full(k, 0.9) if kind == "equal" else np.clip(0.97 - 0.08 * np.log10(n) + 0.02 * np.sin(np.arange(k)), 0, 1)
    x, x2 = np.round(accuracy * n), np.round(0.6 * n)
    m, groups = {"size": np.log10(n)}, np.arange(k) // 2
    yield from {
        "pool": lambda: meta.pool(y, v), "pool, EE": lambda: meta.pool(y, v, method="EE"), "pool, knha": lambda: meta.pool(y, v, test="knha"), "pool, mods": lambda: meta.pool(y, v, m),
        "tau2": lambda: meta.tau2_interval(y, v), "multilevel": lambda: meta.multilevel(y, v, groups), "multilevel, mods": lambda: meta.multilevel(y, v, groups, m),
        "robust": lambda: meta.robust(meta.pool(y, v, m), groups), "glmm": lambda: meta.glmm(x, n), "glmm, mods": lambda: meta.glmm(x, n, m),
        "glmm, clusters": lambda: meta.glmm(x, n, m, cluster=groups), "score test": lambda: meta.score_test(x, n, m, "size"), "score test, papers": lambda: meta.score_test(x, n, m, "size", groups),
        "location-scale": lambda: meta.location_scale(y, v, scale=m), "Mantel-Haenszel": lambda: meta.mantel_haenszel(x, n - x, x2, n - x2), "Peto": lambda: meta.peto(x, n - x, x2, n - x2),
        "linear": lambda: meta.linear(y, m), "regtest": lambda: meta.regtest(y, v, n), "regtest on n": lambda: meta.regtest(y, v, ni=n, predictor="sqrtninv"),
        "ranktest": lambda: meta.ranktest(y, v), "trimfill": lambda: meta.trimfill(y, v), "PET-PEESE": lambda: meta.pet_peese(y, v), "selection": lambda: meta.selection_model(y, v, steps=(0.025,)),
        "selection, empty": lambda: meta.selection_model(y, v, steps=(0.025,), empty="warn"), "excess": lambda: meta.excess_significance(y, v), "fail-safe": lambda: meta.fail_safe_n(y, v),
        "Henmi-Copas": lambda: meta.henmi_copas(y, v), "limit": lambda: meta.limit_meta_rucker(y, v), "p-uniform": lambda: meta.p_uniform(y, v), "worst case": lambda: meta.worst_case(y, v),
        "influence": lambda: meta.influence(y, v), "leave-one-out": lambda: meta.leave_one_out(y, v), "noise": lambda: meta.noise_envelope(accuracy, n),
        "records": lambda: meta.records_below_noise(accuracy, n, 2000 + np.arange(k)), "trend": lambda: meta.trend(accuracy, n, 2000 + np.arange(k) % 4, groups),
        "trend, no papers": lambda: meta.trend(accuracy, n, 2000 + np.arange(k) % 4),
    }.items()  # fmt: skip
    if kind == "plain":
        yield from (one for one in analyses(k) if k < 10 or one[0] in {"effects", "accuracies of papers"})


def analyses(k: int) -> Iterator[tuple[str, Callable[[], Any]]]:
    y, v, n = columns(k, "plain")
    accuracy, groups = np.clip(0.97 - 0.08 * np.log10(n) + 0.02 * np.sin(np.arange(k)), 0, 1), np.arange(k) // 2
    yield from {
        "effects": lambda: meta.analyse_table(pd.DataFrame({"yi": y, "vi": v, "n": n}), egger=True), "effects of studies": lambda: meta.analyse_table(pd.DataFrame({"yi": y, "vi": v, "cluster": groups})),
        "accuracies": lambda: meta.analyse_table(pd.DataFrame({"estimate": accuracy, "n": n, "year": 2000 + np.arange(k) % 4}), egger=True),
        "accuracies of papers": lambda: meta.analyse_table(pd.DataFrame({"estimate": accuracy, "n": n, "cluster": groups})),
        "scores": lambda: meta.analyse_table(pd.DataFrame({"estimate": accuracy, "n": n, "ci_low": accuracy - 0.02, "ci_high": accuracy + 0.02}), metric="auc"),
    }.items()  # fmt: skip


def texts(result: Any) -> Iterator[tuple[str, dict[str, str]]]:
    """Give the texts of a result with what may not stand in them."""
    yield str(result), ODD
    for warning in getattr(result, "warnings", ()):
        yield warning, IN_SENTENCES
    for row in getattr(result, "rows", ()) if hasattr(result, "primary") else ():
        for said in (row.words, *row.warnings):
            yield said, IN_SENTENCES
    try:
        text = meta.report_text(result)
    except MetaError:
        return
    for said in (text.methods, text.results):
        yield said, IN_SENTENCES


@pytest.mark.parametrize(
    ("k", "kind"), [(1, "plain"), (2, "plain"), (2, "tiny p"), (3, "plain"), (3, "equal"), (10, "plain"), (10, "equal"), (10, "tiny p")]
)
def test_texts_of_results(k: int, kind: str) -> None:
    made, wrong = 0, []
    for name, run in models(k, kind):
        try:
            result = run()
        except MetaError as error:
            wrong += [f"{name}: {what}: {error.what}" for what in ("1 of many", "(s)", "verb") if re.search(ODD[what], error.what)]
            continue
        made += 1
        for text, refused in texts(result):
            wrong += [f"{name}: {what}: {text}" for what, pattern in refused.items() if re.search(pattern, text, re.MULTILINE)]
    assert not wrong, "\n".join(wrong)
    assert made >= {1: 4, 2: 9, 3: 15, 10: 20}[k]


def test_one_study_is_said_to_be_one() -> None:
    text = meta.report_text(meta.pool([0.3], [0.01]))
    assert "one study, so nothing was pooled" in text.methods
    assert "neither how much effects differ between studies nor where a new study would be expected" in text.results
    analysis = meta.analyse_table(pd.DataFrame({"yi": [0.3], "vi": [0.01]}))
    assert (
        analysis.rows[0].words
        == "The one effect is 0.3. One study tells neither how much studies differ nor where a new one would be expected."
    )
    assert "Knapp" not in meta.report_text(analysis).methods


FOUR = pd.DataFrame(
    {
        "estimate": [0.95, 0.93, 0.9, 0.86] * 4,
        "n": [40, 60, 120, 300, 50, 70, 130, 320] * 2,
        "year": [2010, 2011, 2012, 2013] * 4,
        "cluster": list("abcd") * 4,
    }
)


@pytest.mark.parametrize("metric", ["accuracy", "auc", None])
def test_beside_a_refused_test_nothing_is_tested(metric: str | None) -> None:
    """Sixteen values of four papers: no line of a trend or an asymmetry has a p-value, an interval or a verdict, and no warning speaks of one."""
    table = FOUR.drop(columns="year").rename(columns={"estimate": "yi"}).assign(vi=1 / FOUR["n"]) if metric is None else FOUR
    analysis = meta.analyse_table(table, metric=metric, egger=True)
    assert analysis.warnings[0].startswith("No trend and no asymmetry is tested: the values come from 4 papers")
    tests = [
        r
        for r in analysis.rows
        if r.id.startswith(("trend", "quantiles", "asymmetry", "egger", "effect-egger", "effect-asymmetry", "rank", "excess", "selection"))
    ]
    assert len(tests) >= 4
    for row in tests:
        assert row.p == "–", row
        assert row.interval == "–", row
        assert "chance" not in row.words, row
    assert meta.report_text(meta.trend(FOUR)).results.count("p ") == 0


def test_few_values_are_tested_and_cautioned_alike() -> None:
    table = pd.DataFrame({"estimate": [0.95, 0.93, 0.9, 0.86, 0.8, 0.74], "n": [40, 60, 120, 300, 800, 2000]})
    said = str(meta.analyse_table(table))
    assert said.startswith(
        "! Only 6 values: among fewer than 10 a test finds none but large trends and differences, and one value may decide"
    )
    assert "cannot be told from chance" not in said


def test_a_slope_with_hardly_any_degrees_of_freedom_is_not_tested() -> None:
    rng = np.random.default_rng(5)
    n = np.repeat([30, 60, 120, 250, 5000, 6000], 2) + np.tile([0, 5], 6)
    table = pd.DataFrame({"estimate": np.clip(rng.normal(0.85, 0.04, 12), 0, 1), "n": n, "cluster": np.repeat(np.arange(6), 2)})
    row = meta.analyse_table(table).row("trend-three-level")
    assert row is not None
    assert row.p == "–"
    assert "degrees of freedom, and needs at least 4" in row.words
