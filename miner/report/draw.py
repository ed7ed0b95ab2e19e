"""What is drawn in the figures of all values and in those task by task: points, bands, funnels and new bests; how they look is given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from miner.report import figures

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from miner.meta.sensitivity.noise import Records


def points(ax: Axes, x: Any, y: Any, area: Any, *, ids: Any = None, many: bool = False, **look: Any) -> None:
    """Draw points without edges, which lead to the effects ``ids``; ``many`` are small ones, in a picture within the figure, and lead nowhere."""
    urls = None if ids is None or many else [figures.place_of(i) for i in ids]
    ax.scatter(x, y, s=7 if many else area, linewidths=0, rasterized=many, urls=urls, **look)


def band(ax: Axes, x: Any, lower: Any, upper: Any, ends: tuple[float, float] = (0.0, 1.0), **look: Any) -> None:
    """Fill what lies between two curves and within ``ends``."""
    ax.fill_between(x, np.clip(lower, *ends), np.clip(upper, *ends), lw=0, **look)


def sampling_noise(ax: Axes, p: float, sizes: tuple[float, float], *, around: float | None = None, **look: Any) -> None:
    """Fill where 95 % of proportions lie whose true value is ``p``, over sample sizes from one to another; ``around`` shifts the band."""
    n = np.geomspace(*sizes, 200)
    half, middle = 1.96 * np.sqrt(p * (1 - p) / n), p if around is None else around
    band(ax, n, middle - half, middle + half, **look)


def limits(ax: Axes, lower: Any, upper: Any, at: Any, color: str, label: str = "_nolegend_") -> None:
    """Draw the two sides of a funnel, dashed."""
    ax.plot(lower, at, color=color, lw=1, ls="--", label=label)
    ax.plot(upper, at, color=color, lw=1, ls="--", label="_nolegend_")


def funnel(ax: Axes, x: Any, y: Any, center: float, area: float, *, line: str, **look: Any) -> None:
    """Draw the points of a funnel and the line of their pooled value."""
    ax.axvline(center, color=line, lw=1.2)
    points(ax, x, y, area, **look)


def funnel_axes(on_error: Axes, on_size: Axes, error: str, size: str) -> None:
    """Make the y axes of a pair of funnels: the standard error, small ones on top, and the sample size."""
    on_error.invert_yaxis()
    on_error.set_ylabel(error)
    on_size.set_yscale("log")
    on_size.yaxis.set_major_formatter(lambda v, _: f"{v:,.0f}")
    on_size.set_ylabel(size)


def new_bests(ax: Axes, found: Records, *, chosen: Any = slice(None), bounded: bool = False, **look: Any) -> None:
    """Draw new bests (those that are ``chosen``) by year with their 95 % intervals, which ``bounded`` ends at 0 and 1."""
    acc = found.acc[chosen]
    half = 1.96 * np.sqrt(acc * (1 - acc) / found.n[chosen])
    bars = np.array([np.minimum(half, acc), np.minimum(half, 1 - acc)]) if bounded else half
    ax.errorbar(found.year[chosen], acc, yerr=bars, **look)
