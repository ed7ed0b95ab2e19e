"""Values against sample size as small pictures: points, the model's line of their question, what sampling alone would scatter, and one paper among them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from miner.say import counted, headed
from miner.web.peers import LEAST
from miner.web.svg import Plot, curve, dots, line, picture, text

if TYPE_CHECKING:
    from miner.web.peers import Fit, Floats, Peers, Standing

COLOURS = 6  # questions with a colour of their own
DRAWN = 300  # points: beyond that some, evenly by size


@lru_cache(maxsize=64)
def ground(peers: Peers) -> tuple[Plot, str, int]:
    """Return what the pictures of all these values share: axes, band, line and points; and how many points were drawn."""
    n, y = peers.n, peers.estimate
    plot = _plot(n, y)
    grid = np.geomspace(plot.low, plot.high, 40)
    parts, band, model = [plot.axes(headed(peers.what), share=peers.share)], peers.band(grid), peers.line(grid)
    if band is not None:
        lower, upper = band
        there = list(zip(grid, upper, strict=True)) + list(zip(grid[::-1], lower[::-1], strict=True))
        parts.insert(0, curve([(plot.x(a), plot.y(b)) for a, b in there], "band", closed=True))
    points = _points(plot, n, y)
    parts.append(dots(points, "dots"))
    if model is not None:
        parts.append(curve([(plot.x(a), plot.y(b)) for a, b in zip(grid, model, strict=True)], "model"))
    return plot, "".join(parts), len(points)


def peer_chart(place: Standing) -> str:
    """Return the picture of one value among its peers."""
    peers, row = place.peers, place.row
    plot, under, drawn = ground(peers)
    x, y = plot.x(float(peers.n[row])), plot.y(float(peers.estimate[row]))
    own = []
    if np.isfinite(peers.low[row]):
        own.append(line(x, plot.y(float(peers.low[row])), x, plot.y(float(peers.high[row])), "own"))
    own.append(f'<circle class="ring" cx="{x:.1f}" cy="{y:.1f}" r="6"/>')
    right = x > (plot.left + plot.right) / 2
    own.append(text(x + (-11 if right else 11), y + 4, "this paper", "here", "end" if right else "start"))
    some = f" ({drawn} of {len(peers.n):,} are drawn)" if drawn < len(peers.n) else ""
    label = (
        f"{headed(peers.what)} of {peers.says(row)} at n = {peers.n[row]:,.0f} among {counted(place.others, 'peer')}{some}. {place.words}"
    )
    return picture(plot.height, label, under + "".join(own))


def whole_chart(fit: Fit) -> tuple[str, list[tuple[str, str]]]:
    """Return the picture of all values of a metric, each question that has peers enough with its own colour and line; and what the colours are."""
    n, y = fit.sample.column("n"), fit.sample.column("estimate")
    plot = _plot(n, y)
    told = sorted((p for p in fit.peers if p.intercept is not None and len(p.n) >= LEAST), key=lambda p: (-len(p.n), p.task or ""))[
        :COLOURS
    ]
    parts, key = [plot.axes(headed(fit.what), share=fit.share)], []
    others = [p for p in fit.peers if p not in told]
    for kind, group in (("other", others), *((f"kind{i}", [p]) for i, p in enumerate(told))):
        if group:
            sizes, values = (np.concatenate([getattr(p, name) for p in group]) for name in ("n", "estimate"))
            parts.append(dots(_points(plot, sizes, values), f"dots {kind}"))
            key.append((kind, _group_words(group[0], fit, len(sizes)) if kind != "other" else _other_words(told, len(sizes))))
    for i, peers in enumerate(told):
        grid = np.geomspace(peers.n.min(), peers.n.max(), 40)
        parts.append(curve([(plot.x(a), plot.y(b)) for a, b in zip(grid, peers.line(grid), strict=True)], f"model kind{i}"))
    label = f"{headed(fit.what)} of {counted(len(n), 'study', 'studies')} against sample size from {n.min():,.0f} to {n.max():,.0f}"
    return picture(plot.height, label, "".join(parts)), sorted(key, key=lambda k: k[0] == "other")


def _group_words(peers: Peers, fit: Fit, k: int) -> str:
    return f"{peers.task or headed(fit.what)} ({counted(k, 'value')}), with the primary model's line"


def _other_words(told: list[Peers], k: int) -> str:
    return f"questions of fewer than {LEAST} values ({counted(k, 'value')})" if told else counted(k, "value")


def _plot(n: Floats, y: Floats) -> Plot:
    low, high = max(1.0, float(n.min()) / 1.25), float(n.max()) * 1.25
    return Plot(low, max(high, low * 4), max(0.0, float(y.min()) - 0.04), min(1.0, float(y.max()) + 0.04))


def _points(plot: Plot, n: Floats, y: Floats) -> list[tuple[float, float]]:
    order = np.lexsort((y, n))
    chosen = order if len(order) <= DRAWN else order[np.unique(np.linspace(0, len(order) - 1, DRAWN).astype(int))]
    return [(plot.x(float(n[i])), plot.y(float(y[i]))) for i in chosen]


def key_words(peers: Peers) -> list[tuple[str, str]]:
    """Return what the marks of the picture are: how each looks, and its words."""
    drawn = ground(peers)[2]
    some = f" ({drawn} of {len(peers.n):,} drawn)" if drawn < len(peers.n) else ""
    found = [("ring", "this paper" + (", with its 95 % Wilson interval" if peers.counts else "")), ("dots", f"peers{some}")]
    if peers.intercept is not None:
        found.append(("model", "the report's primary model for this question"))
    if peers.counts and peers.intercept is not None:
        found.append(("band", "95 % of what sampling alone would scatter around it"))
    return found
