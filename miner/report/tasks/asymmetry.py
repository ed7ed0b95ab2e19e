"""Panel of funnel asymmetry: tests on sample size, and why those on the standard error mislead for accuracies, shown by simulation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from miner.errors import MetaError
from miner.meta.models.score_test import too_few_papers
from miner.report import draw, figures
from miner.report.formats.parts import Table, listed, p_text, percent, signed
from miner.report.panels import Panel
from miner.report.tasks.evidence import Evidence, once, task_panel
from miner.report.tasks.over_time import color_of
from miner.say import out_of

if TYPE_CHECKING:
    import pandas as pd

    from miner.report.tasks.literature import Literature

REPLICATES = 400
MISLEADS = 0.15  # false alarms at the 5 % level above which a test is said to mislead; those of tests on n stay below
EGGER, EGGER_RAW = "egger", "egger-raw"
ON_SIZE = ("root-n", "log-n", "rank-n")
# What readers see of each test; everything else looks it up by its id.
TITLES = {
    EGGER: "Egger: logit on its standard error", EGGER_RAW: "Egger: accuracy on its standard error", "root-n": "Binomial mixed model on 1/√n, score test",
    "log-n": "Binomial mixed model on log n, score test", "rank-n": "Rank correlation of accuracy and n",
}  # fmt: skip
# Their rejections without any bias in docs/reference/simulation.md.
SIMULATED = dict(zip(ON_SIZE, ("2–8 %", "4–9 %", "2–8 %"), strict=True))


@dataclass(frozen=True, slots=True)
class Asymmetry:
    """The tests of one task.

    ``stats`` and ``p`` are by the id of the test; ``alarms`` the share of simulated literatures without any bias in which the test has p below 0.05 (for
    those that are simulated); positive statistics say that small studies report more, whatever the sign of the predictor.
    """

    task: str
    k: int
    stats: dict[str, float]
    p: dict[str, float]
    alarms: dict[str, float]
    mean: float
    tau2: float

    @property
    def egger_misleads(self) -> bool:
        """Whether Egger's test cries wolf too often in such literatures, on either scale."""
        return max(self.alarms.values()) > MISLEADS

    @property
    def on_size(self) -> tuple[str, ...]:
        """Ids of the tests on sample size with p below 0.05."""
        return tuple(name for name in ON_SIZE if self.p.get(name, 1.0) < 0.05)


def asymmetry_of(frame: pd.DataFrame, task: str, replicates: int = REPLICATES, seed: int = 20220412) -> Asymmetry:
    """Run the tests on a task's accuracies, and simulate how often each cries wolf.

    The simulation keeps the sample sizes, draws true logits from a normal with the pooled mean and variance, and binomial counts: there is
    no publication bias and no relation to n. It is seeded.

    Raises
    ------
    MetaError
        If the accuracies cannot be pooled.
    """
    from miner.meta import pool, ranktest_n, regtest, score_test

    acc, n = frame["estimate"].to_numpy(float), frame["n"].to_numpy(float)
    yi, vi = _logits(acc, n)
    raw, raw_v = _raw(acc, n)
    varied, totals = raw_v > 0, np.round(n)

    def scored(moderator: np.ndarray) -> tuple[float, float]:
        test = score_test(np.round(acc * totals), totals, {"size": moderator}, "size", frame["cluster"].astype(str))
        if test.untested:
            raise MetaError(test.untested)
        return test.tval, test.pval

    runs: dict[str, Callable[[], tuple[float, float]]] = {
        EGGER: lambda: _read(regtest(yi, vi, n, model="lm", predictor="sei", measure="PLO")),
        EGGER_RAW: lambda: _read(regtest(raw[varied], raw_v[varied], n[varied], model="lm", predictor="sei", measure="PR")),
        ON_SIZE[0]: lambda: scored(1 / np.sqrt(n)),
        ON_SIZE[1]: lambda: scored(-np.log10(n)),
        ON_SIZE[2]: lambda: _rank(ranktest_n(acc, n)),
    }
    stats: dict[str, float] = {}
    p: dict[str, float] = {}
    for name, run in runs.items():
        try:
            stats[name], p[name] = run()
        except MetaError:
            continue
    pooled = pool(yi, vi, method="REML")
    mean, tau2 = float(pooled.beta[0]), float(pooled.tau2)
    alarms = {EGGER: _alarms(n, mean, tau2, replicates, seed, _logits), EGGER_RAW: _alarms(n, mean, tau2, replicates, seed, _raw)}
    return Asymmetry(task, len(frame), stats, p, alarms, mean, tau2)


def _read(test: Any) -> tuple[float, float]:
    return float(test.stat), float(test.pval)


def _rank(test: Any) -> tuple[float, float]:
    return -float(test.tau), float(test.pval)


def _logits(acc: np.ndarray, n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    x = acc * n
    perfect = 0.5 * ((acc <= 0) | (acc >= 1))
    a, b = x + perfect, n - x + perfect
    return np.log(a / b), 1 / a + 1 / b


def _raw(acc: np.ndarray, n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return accuracies with their variances, 0 for perfect ones, which the test leaves out."""
    return acc, acc * (1 - acc) / n


def _alarms(
    n: np.ndarray,
    mean: float,
    tau2: float,
    replicates: int,
    seed: int,
    scale: Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]],
) -> float:
    """Return how often Egger's test (least squares on the standard error, weights 1/v) is below 0.05 where there is no bias."""
    from scipy import stats

    rng = np.random.default_rng(seed)
    size = np.round(n)
    p = 1 / (1 + np.exp(-rng.normal(mean, np.sqrt(tau2), (replicates, len(n)))))
    y, v = scale(rng.binomial(size.astype(int), p) / size, np.broadcast_to(size, p.shape))
    w, x = np.divide(1, v, out=np.zeros_like(v), where=v > 0), np.sqrt(v)
    df = (v > 0).sum(axis=1) - 2
    total = w.sum(axis=1, keepdims=True)
    xc = x - (w * x).sum(axis=1, keepdims=True) / total
    yc = y - (w * y).sum(axis=1, keepdims=True) / total
    sxx = (w * xc**2).sum(axis=1)
    slope = (w * xc * yc).sum(axis=1) / sxx
    rest = (w * (yc - slope[:, None] * xc) ** 2).sum(axis=1) / df
    t = slope / np.sqrt(rest / sxx)
    return float(np.mean(2 * stats.t.sf(np.abs(t), df) < 0.05))


def run_tests(literature: Literature, tasks: tuple[str, ...]) -> dict[str, Asymmetry]:
    """Run the tests on each task that has ten accuracies or more (Sterne et al. 2011)."""
    found = {}
    for task in tasks:
        frame = literature.of_task(task)
        if len(frame) >= 10 and frame["n"].nunique() > 3 and not too_few_papers(frame["cluster"].nunique()):
            try:
                found[task] = asymmetry_of(frame, task)
            except MetaError:
                continue
    return found


def panel(literature: Literature, found: dict[str, Asymmetry], tasks: tuple[str, ...], name: str) -> Panel:
    """Draw the funnels of the tasks against the standard error and against sample size, with the tests in a table."""
    title = "Funnel asymmetry: on sample size, not on the standard error"
    if not found:
        return Panel(name, title, None, "No task has ten accuracies from five papers, which tests of asymmetry need at least.")
    shown = list(found)[:2]
    with figures.axes(7.4, 2.9 * len(shown), columns=2, rows=len(shown)) as (figure, made):
        for (left, right), task in zip(np.reshape(made, (-1, 2)), shown, strict=True):
            _funnels(left, right, literature.of_task(task), found[task], color_of(task, tasks))
        reading = " ".join(_words(a) for a in found.values())
        svg = figures.svg(figure, name, title, f"Funnel plots of logits against standard error and against sample size. {reading}")
    rows = []
    for a in found.values():
        for test in (t for t in TITLES if t in a.p):
            alarm = percent(a.alarms[test], 0) if test in a.alarms else SIMULATED[test]
            rows.append(
                (
                    a.task,
                    TITLES[test],
                    signed(a.stats[test], 2),
                    p_text(a.p[test]),
                    alarm,
                    "misleads here" if a.alarms.get(test, 0.0) > MISLEADS else "fits",
                )
            )
    columns = (("Task", False), ("Test", False), ("Statistic", True), ("p", True), ("False alarms", True), ("Verdict on the test", False))
    note = (
        f"Positive: small studies report more. False alarms: share of literatures without any bias in which p is below 0.05; for Egger's test simulated"
        f" here ({REPLICATES} literatures with these sample sizes), for tests on n from the simulations in docs/reference/simulation.md."
    )
    return Panel(name, title, svg, reading, table=Table("Tests of asymmetry", columns, tuple(rows), note))


def _funnels(left: Any, right: Any, frame: pd.DataFrame, a: Asymmetry, look: tuple[str, str]) -> None:
    yi, vi = _logits(frame["estimate"].to_numpy(float), frame["n"].to_numpy(float))
    se, n = np.sqrt(vi), frame["n"].to_numpy(float)
    grid = np.linspace(1e-3, se.max() * 1.05, 60)
    left.fill_betweenx(grid, a.mean - 1.96 * grid, a.mean + 1.96 * grid, color=figures.BAND, lw=0, label="95 % by sampling")
    wide = 1.96 * np.sqrt(grid**2 + a.tau2)
    draw.limits(left, a.mean - wide, a.mean + wide, grid, figures.SOFT, "with heterogeneity")
    for ax, at in ((left, se), (right, n)):
        draw.funnel(ax, yi, at, a.mean, 16, line=figures.INK, color=look[0], marker=look[1], alpha=0.6)
        ax.set_xlabel("Logit of accuracy")
    draw.funnel_axes(left, right, "Standard error", "Sample size (log scale)")
    left.set_title(f"{a.task}: {'leans by itself' if a.egger_misleads else 'against the standard error'}", fontsize=10)
    figures.legend_under(left)
    right.set_title(f"{a.task}: against n", fontsize=10)


def egger_words(a: Asymmetry) -> str:
    """Say how far Egger's test can be trusted in a literature like this one."""
    rates = listed([percent(r, 0) for r in dict.fromkeys(a.alarms.values())])
    if not a.egger_misleads:
        return f"Egger's test on the standard error is significant in {rates} of such literatures without any bias, which is near its level; the tests on sample size are used all the same."
    sides = {a.stats[name] > 0 for name in (EGGER, EGGER_RAW) if name in a.stats}
    turn = (
        f", and here it changes sign with the scale ({signed(a.stats[EGGER])} on logits, {signed(a.stats[EGGER_RAW])} on accuracies)"
        if len(sides) == 2
        else ""
    )
    return f"Egger's test on the standard error is significant in {rates} of such literatures without any bias{turn}: it says nothing here and is not used."


def _words(a: Asymmetry) -> str:
    of_size = [n for n in ON_SIZE if n in a.p]
    head = f"{a.task}: {egger_words(a)}"
    if not of_size:
        return head
    fits = f"{out_of(len(a.on_size), len(of_size), 'test on sample size', 'have', 'tests on sample size')} p below 0.05 ({listed([p_text(a.p[n]) for n in of_size])})"
    if a.on_size and all(a.stats[n] > 0 for n in a.on_size):
        return f"{head} Small studies report more: {fits}."
    return f"{head} {'An asymmetry is not shown' if not a.on_size else 'The tests disagree'}: {fits}."


@once
def tested(evidence: Evidence) -> dict[str, Asymmetry]:
    """Return the tests of small-study effects."""
    return run_tests(evidence.literature, evidence.main)


PANELS = (
    task_panel(
        "asymmetry",
        lambda e: panel(e.literature, tested(e), e.tasks, "asymmetry"),
        "funnels on the standard error and on sample size, with how far their tests can be trusted",
    ),
)
