"""Figures that answer to the reader, drawn by Vega from the page's own data; the page is complete without them."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from miner.errors import UsageError
from miner.report.figures import PALETTE
from miner.say import headed

if TYPE_CHECKING:
    from miner.report.studies import StudyTable

UNNAMED = "no task named"  # the page's script says the same
_SHAPES = ("circle", "square", "triangle-up", "diamond", "triangle-down", "cross")


def exploring(table: StudyTable) -> dict[str, Any] | None:
    """Return what the page needs to draw interactive figures: Vega's script, and a specification for each metric; None without values.

    Raises
    ------
    UsageError
        If altair or vl-convert is not installed.
    """
    from importlib.util import find_spec

    if find_spec("altair") is None or find_spec("vl_convert") is None:
        raise UsageError("interactive figures need the packages altair and vl-convert-python", hint="pip install 'miner[interactive]'")
    import vl_convert

    metrics = list(dict.fromkeys(row["metric"] for row in table.rows))
    if not metrics:
        return None
    script = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    figures = [(metric, table.labels.get(metric, metric), specification(table, metric)) for metric in metrics]
    return {
        "script": script,
        "figures": [(metric, what, json.dumps(spec, ensure_ascii=False).replace("<", "\\u003c")) for metric, what, spec in figures],
    }


def specification(table: StudyTable, metric: str) -> dict[str, Any]:
    """Return the Vega-Lite specification of values against sample size; its data are named, and come from the page.

    Parameters
    ----------
    table : StudyTable
    metric : str
        Which of its metrics is drawn.
    """
    import altair as alt

    rows = [row for row in table.rows if row["metric"] == metric]
    counts = Counter(row["task"] or UNNAMED for row in rows)
    tasks = sorted(counts, key=lambda t: (-counts[t], t))
    years = [row["year"] for row in rows if row["year"] is not None]
    what = headed(table.labels.get(metric, metric))
    picked = alt.selection_point(fields=["task"], bind="legend", name="picked")
    colors = alt.Scale(domain=tasks, range=[PALETTE[i % 6] for i in range(len(tasks))])
    shapes = alt.Scale(domain=tasks, range=[_SHAPES[i % 6] for i in range(len(tasks))])
    chart = (
        alt.Chart(alt.NamedData("studies"), width="container", height=380)
        .mark_point(filled=True, size=70, cursor="pointer")
        .encode(
            x=alt.X("n:Q", title="Sample size (log scale)", scale=alt.Scale(type="log", nice=False, padding=15)),
            y=alt.Y("estimate:Q", title=what, axis=alt.Axis(format="%"), scale=alt.Scale(zero=False)),
            color=alt.Color("task:N", title="Task", scale=colors),
            shape=alt.Shape("task:N", title="Task", scale=shapes),
            opacity=alt.condition(picked, alt.value(0.8), alt.value(0.08)),
            tooltip=[
                alt.Tooltip("title:N", title="Paper"), alt.Tooltip("year:Q", title="Year", format="d"), alt.Tooltip("task:N", title="Task"),
                alt.Tooltip("estimate:Q", title=what, format=".1%"), alt.Tooltip("n:Q", title="n", format=","),
            ],
        )
        .add_params(picked, alt.selection_interval(bind="scales", name="view"))
    )  # fmt: skip
    if len(set(years)) > 1:
        until = alt.param(
            name="until", value=max(years), bind=alt.binding_range(min=min(years), max=max(years), step=1, name="Published until ")
        )
        chart = chart.add_params(until).transform_filter("datum.year == null || datum.year <= until")
    found: dict[str, Any] = json.loads(chart.to_json())
    found["description"] = f"{what} against sample size; the static figure above shows the same, and the table below holds the values."
    return found
