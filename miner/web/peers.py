"""Where a paper's values stand among its peers', by the fit of the reports, which is made once a site."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from miner.meta.analysis.analyse import prepare
from miner.meta.analysis.registry import chosen as chosen_analyses
from miner.meta.analysis.rows import attempt
from miner.meta.analysis.sample import OTHER
from miner.meta.effects.odds import expit
from miner.meta.effects.proportions import proportion_interval
from miner.meta.effects.scores import metric_of
from miner.report.pools import pooled
from miner.say import counted, headed, num, percent, score
from miner.store.reports import defined_jobs, job_effects
from miner.store.site.papers import metrics_there

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb
    import pandas as pd
    from numpy.typing import NDArray

    from miner.meta.analysis.rows import Row
    from miner.meta.analysis.sample import Sample
    from miner.vocabulary import Vocabulary

    Floats = NDArray[np.float64]

LEAST = 10  # peers: of fewer no percentile is told


@dataclass(frozen=True, eq=False)
class Peers:
    """The values of one metric on one question, with the model's line.

    Attributes
    ----------
    metric, what : str
        Its name, and in words.
    task : str or None
        The question that all answer; None where none is told.
    effects, studies : tuple of str
        Whose values.
    n, estimate, low, high : arrays, shape (k,)
        With their Wilson intervals, nan where the values are no shares.
    counts : bool
        Whether the values are shares of n units, so that sampling alone has a band.
    share : bool
        Whether the metric is a share of units, which is written in per cent.
    intercept, slope : float or None
        The primary model's line over log10 n, on its scale: logits with ``logits``, else shares.
    """

    metric: str
    what: str
    task: str | None
    effects: tuple[str, ...] = field(repr=False)
    studies: tuple[str, ...] = field(repr=False)
    n: Floats = field(repr=False)
    estimate: Floats = field(repr=False)
    low: Floats = field(repr=False)
    high: Floats = field(repr=False)
    counts: bool
    share: bool
    intercept: float | None
    slope: float | None
    logits: bool

    def says(self, row: int) -> str:
        """Write a value as its field does."""
        return score(float(self.estimate[row]), share=self.share)

    def line(self, n: Any) -> Any:
        """Return the model's value at sizes; None without a model."""
        if self.intercept is None or self.slope is None:
            return None
        at = self.intercept + self.slope * np.log10(n)
        return expit(at) if self.logits else at

    def band(self, n: Any) -> tuple[Any, Any] | None:
        """Return where 95 % of shares of n units lie whose true value is the line's; None where there is no line, or values are no shares."""
        p = self.line(n) if self.counts else None
        if p is None:
            return None
        half = 1.96 * np.sqrt(p * (1 - p) / n)
        return np.clip(p - half, 0, 1), np.clip(p + half, 0, 1)


@dataclass(frozen=True)
class Standing:
    """Where one value stands: ``row`` is its place among its peers, of which ``others`` are other studies'; ``words`` is what is to be read."""

    effect_id: str
    peers: Peers
    row: int
    others: int
    above: float | None
    residual: float | None
    outside: bool | None
    words: str


@dataclass(frozen=True, eq=False)
class Fit:
    """The primary analysis of one metric, and the values of each question: what a report says of it, and what pages draw."""

    metric: str
    what: str
    share: bool
    sample: Sample = field(repr=False)
    row: Row = field(repr=False)
    peers: tuple[Peers, ...] = field(repr=False)


def fits(con: duckdb.DuckDBPyConnection, job: str | None, words: Vocabulary) -> list[Fit]:
    """Return the fits of all metrics that papers report: those of the job's report first, as the report makes them, then each other one by itself."""
    jobs = defined_jobs(con)
    definition = jobs[job][1] if job in jobs else {}
    chosen = definition.get("effects", {})
    own = tuple(chosen.get("metrics", ["accuracy"]))
    found = []
    for group in (own, *((m,) for m in metrics_there(con) if m not in own)):
        effects, _ = pooled(job_effects(con, job, group), chosen, words)
        found += [_fit(effects[effects["metric"] == metric], metric, words) for metric in group if (effects["metric"] == metric).any()]
    return found


def _fit(effects: pd.DataFrame, metric: str, words: Vocabulary) -> Fit:
    known = metric_of(metric, words)
    sample = prepare(effects, known)
    row = attempt(chosen_analyses(sample.of)[0], sample)
    lines, slope = row.numbers.get("lines", {}), row.numbers.get("beta")
    frame, made = sample.frame, []
    frame["pool"] = frame["task"].where(frame["task"].map(lambda t: isinstance(t, str)), None)
    for task, part in frame.groupby("pool", dropna=False, sort=True):
        name = task if isinstance(task, str) else None
        # A task of few values has no line of its own: it shares that of all such.
        line = lines.get(name or OTHER)
        n, estimate = part["n"].to_numpy(float), part["estimate"].to_numpy(float)
        of = metric, known.label, name, tuple(part["effect_id"]), tuple(part["cluster"])
        interval = _intervals(estimate, n, counts=sample.counts)
        made.append(
            Peers(
                *of,
                n,
                estimate,
                *interval,
                sample.counts,
                known.share_of != "none",
                line,
                slope if line is not None else None,
                sample.of == "accuracies",
            )
        )
    return Fit(metric, known.label, known.share_of != "none", sample, row, tuple(made))


def by_effect(found: Sequence[Fit]) -> dict[str, tuple[Peers, int]]:
    """Return each effect's peers, with its row among them."""
    return {effect: (peers, i) for fit in found for peers in fit.peers for i, effect in enumerate(peers.effects)}


def standing(peers: Peers, row: int) -> Standing:
    """Return where the value of a row stands among those of other studies."""
    n, value = float(peers.n[row]), float(peers.estimate[row])
    others = np.array([study != peers.studies[row] for study in peers.studies])
    k = int(others.sum())
    if k < LEAST:
        said = f"{headed(counted(k, 'peer'))} of the same question and metric: with fewer than {LEAST} no percentile is told."
        return Standing(peers.effects[row], peers, row, k, None, None, None, said)
    above = float((peers.estimate[others] < value).mean())
    at, band = peers.line(n), peers.band(n)
    residual = None if at is None else 100 * (value - float(at))
    outside = None if band is None else not float(band[0]) <= value <= float(band[1])
    return Standing(peers.effects[row], peers, row, k, above, residual, outside, _words(k, above, residual, outside, share=peers.share))


def _intervals(estimate: Floats, n: Floats, *, counts: bool) -> tuple[Floats, Floats]:
    if not counts:
        return np.full(len(n), np.nan), np.full(len(n), np.nan)
    found = proportion_interval(estimate, n)
    return np.asarray(found.ci_lb), np.asarray(found.ci_ub)


def _words(k: int, above: float, residual: float | None, outside: bool | None, *, share: bool) -> str:
    said = f"Higher than {percent(above, 0)} of {counted(k, 'peer')}"
    if residual is not None:
        size = f"{num(abs(residual), '.1f')} points" if share else num(abs(residual) / 100, ".3f")
        said += (
            f"; {size} {'above' if residual > 0 else 'below'} what studies of this size report"
            if abs(residual) >= 0.05
            else "; what studies of this size report"
        )
    if outside is not None:
        said += f"; {'outside' if outside else 'within'} what sampling alone would scatter"
    return said + "."
