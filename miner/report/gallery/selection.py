"""Selection models: how likely a value with a given p-value would have to be published to explain what is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from miner.errors import MetaError
from miner.meta.analysis.rows import TOGETHER
from miner.meta.effects.odds import expit, logit
from miner.report import figures
from miner.report.formats.parts import Table, percent, signed
from miner.report.gallery.spec import PanelSpec
from miner.report.gallery.subject import Subject, rounded
from miner.report.gallery.words import joined, p_is
from miner.report.panels import Panel
from miner.say import counted, headed, num, out_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from miner.meta.bias.selection_result import SelectionResult

STEPS = (0.025, 0.5)
ASSUMED = ("moderate one-tailed", "severe one-tailed")


def selection(subject: Subject, options: Mapping[str, Any]) -> Panel:
    """Draw the weights of a step function of p-values, with those that Vevea and Woods assume, and what each does to the pooled value."""
    name, title = f"{subject.metric}-selection", "Selection by significance"
    null = float(options["null"])
    if not 0 < null < 1:
        return Panel(name, title, None, f"The null is {null:g}, but must lie between 0 and 1.")
    if subject.k < 4:
        return Panel(name, title, None, "A selection model needs at least four studies.")
    if subject.sample.untested:
        return Panel(name, title, None, f"Not computed: {subject.sample.untested}.")
    yi, vi = subject.frame["yi"].to_numpy(float) - logit(null), subject.frame["vi"].to_numpy(float)
    estimated, why = _estimated(yi, vi)
    assumed = _assumed(yi, vi)
    z = yi / np.sqrt(vi)
    beyond = int(np.sum(z > 1.96))
    try:
        pooled = subject.sample.pooled.value
    except MetaError as error:
        return Panel(name, title, None, f"Not computed: {error.what}.")
    reading = joined(selection_words(estimated, why, beyond, subject.k, null, subject.what, pooled), subject.few())
    if estimated is None and not assumed:
        return Panel(name, title, None, reading)
    with figures.axes(9.6, 3.8) as (figure, ax):
        _draw(ax, estimated, assumed)
        svg = figures.svg(
            figure, name, f"Weights of publication by p-value, {subject.what}", f"Step functions of the weight of a p-value. {reading}"
        )
    rows = _rows(estimated, assumed, pooled)
    columns = (("Weights", False), (f"Pooled {subject.what}", True), ("95 % interval", True), ("Change, points", True))
    table = Table("The pooled value under each selection", columns, rows)
    data: dict[str, Any] = {"beyond": beyond, "assumed": {k: float(f.beta[0]) for k, f in assumed.items()}}
    if estimated is not None:
        data |= {
            "steps": rounded(estimated.steps),
            "delta": rounded(estimated.delta),
            "beta": float(estimated.beta[0]),
            "LRTp": float(estimated.LRTp),
        }
    warnings = (*(estimated.warnings if estimated else ()), *((TOGETHER,) if subject.sample.several_tasks else ()))
    return Panel(name, title, svg, reading, warnings, table=table, data=data)


def _estimated(yi: Any, vi: Any) -> tuple[SelectionResult | None, str]:
    """Fit two steps, or one where an interval of p-values is empty."""
    from miner.meta import selection_model

    why = ""
    for steps in (STEPS, STEPS[:1]):
        try:
            return selection_model(yi, vi, "stepfun", steps=steps, alternative="greater"), ""
        except MetaError as error:
            why = error.what
    return None, why


def _assumed(yi: Any, vi: Any) -> dict[str, SelectionResult]:
    from miner.meta import VEVEA_WOODS, selection_model

    found = {}
    for name in ASSUMED:
        steps, weights = VEVEA_WOODS[name]
        try:
            found[name] = selection_model(yi, vi, "stepfun", steps=steps, alternative="greater", delta=weights, empty="warn")
        except MetaError:
            continue
    return found


def selection_words(fit: SelectionResult | None, why: str, beyond: int, k: int, null: float, what: str, pooled: float) -> str:
    """Say how much less likely values that are not significant are seen, how sure that is, and what it would change."""
    if fit is None:
        return (
            f"{headed(out_of(beyond, k, 'value', 'are'))} significantly above {percent(null, 0)}. The weight of the others cannot be estimated: {why}."
            " Where almost all values are significant, selection by significance cannot be told from its absence."
        )
    weight = float(np.ravel(fit.delta)[1])
    before, after = expit(pooled), expit(pooled + float(fit.beta[0] - fit.unadjusted[0]))
    said = (
        f"{headed(out_of(beyond, k, 'value', 'are'))} significantly above {percent(null, 0)}. The model fits best if a value that is not were {num(weight, '.2g')} times as"
        f" likely to be published; the pooled {what} would then be {percent(after)} in place of {percent(before)}."
    )
    if fit.LRTp < 0.05:
        sure = f"Selection describes the values better than none ({p_is(fit.LRTp)}); other reasons for the same gap are not told from it."
    else:
        sure = f"The data do not tell selection from none ({p_is(fit.LRTp)}), which is no proof that there was none."
    few = (
        f" Only {counted(k - beyond, 'value lies', 'values lie')} on the other side of significance, so the weight rests on little."
        if k - beyond < 5
        else ""
    )
    return f"{said} {sure}{few}"


def _draw(ax: Any, estimated: SelectionResult | None, assumed: Mapping[str, SelectionResult]) -> None:
    from miner.meta import VEVEA_WOODS

    for i, name in enumerate(assumed):
        steps, weights = VEVEA_WOODS[name]
        ax.step(
            [0, *steps],
            [weights[0], *weights],
            where="pre",
            color=figures.PALETTE[4 + i],
            lw=1.6,
            ls=("--", ":")[i % 2],
            label=f"assumed: {name.replace(' one-tailed', '')}",
        )
    top = 1.0
    if estimated is not None:
        cuts, delta = [*np.ravel(estimated.steps)], [*np.ravel(estimated.delta)]
        ends = [*cuts, 1.0][: len(delta)]
        ax.step([0, *ends], [delta[0], *delta], where="pre", color=figures.PALETTE[0], lw=2.4, label="estimated")
        top = max(top, float(max(delta)))
    ax.axhline(1, color=figures.SOFT, lw=0.8, ls=":")
    ax.set_xlim(0, 1)
    ax.set_ylim(0, min(1.15 * top, 6.0))
    ax.set_xlabel("One-sided p-value")
    ax.set_ylabel("Weight of publication")
    figures.legend_beside(ax)


def _rows(estimated: SelectionResult | None, assumed: Mapping[str, SelectionResult], pooled: float) -> tuple[tuple[str, ...], ...]:
    fits = {**({"estimated": estimated} if estimated is not None else {}), **{f"assumed, {k}": f for k, f in assumed.items()}}
    rows: list[tuple[str, ...]] = []
    for name, fit in fits.items():
        moved = (pooled + float(v[0] - fit.unadjusted[0]) for v in (fit.unadjusted, fit.beta, fit.ci_lb, fit.ci_ub))
        before, after, low, high = (float(expit(v)) for v in moved)
        if not rows:
            rows.append(("none: all values have the same chance", percent(before), "–", "–"))
        rows.append((name, percent(after), f"{percent(low)} to {percent(high)}", signed(100 * (after - before))))
    return tuple(rows)


PANELS = (
    PanelSpec(
        "selection",
        selection,
        "metric",
        "weights of a model in which significance decides what is published",
        {"null": 0.5},
        needs="precision",
    ),
)
