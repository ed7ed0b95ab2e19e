"""Figures once more for a narrow screen: the axes one below the other, the legend under them, long words in lines."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

WIDTH = 4.3  # inches: what a telephone shows without making the text smaller
_LEAST, _ACROSS, _LINE = 2.2, 52, 0.17  # inches of an axes' height, characters of 8 points across the figure, inches of a line of them
_BESIDE = 24  # characters of the labels to the left of the axes


def reflow(figure: Figure) -> None:
    """Lay a figure out anew for a width of ``WIDTH``."""
    stood = [ax for ax in figure.axes if ax.get_visible() and ax.get_subplotspec() is not None]
    height = _stack(figure, stood)
    lines = _legend(figure)
    height = max(height, sum(_wrap(ax) for ax in stood))
    figure.set_size_inches(WIDTH, height + _LINE * lines)


def without_names(svg: str) -> str:
    """Return a drawing without the names of parts that nothing refers to, comments and indents, which nobody sees."""
    used = set(re.findall(r"#([\w-]+)", svg)) | set(" ".join(re.findall(r'aria-labelledby="([^"]*)"', svg)).split())
    svg = re.sub(r' id="([^"]*)"', lambda found: found[0] if found[1] in used else "", svg)
    return re.sub(r"\n\s+", "\n", re.sub(r"<!--.*?-->\s*", "", svg, flags=re.DOTALL))


def _stack(figure: Figure, stood: list[Axes]) -> float:
    """Put axes that stand side by side one below the other; return how high they are together, in inches."""
    grid: Any = stood[0].get_subplotspec().get_gridspec()  # type: ignore[union-attr]
    if grid.ncols == 1:
        return float(figure.get_figheight())
    anew = figure.add_gridspec(len(stood), 1)
    for i, ax in enumerate(stood):
        ax.set_subplotspec(anew[i])
        ax.tick_params(labelleft=True)
    return len(stood) * max(_LEAST, 0.75 * float(figure.get_figheight()) / int(grid.nrows))


def _legend(figure: Figure) -> int:
    """Gather the legends in one below all axes; return how many lines it has."""
    known: dict[str, Any] = {}
    for ax in figure.axes:
        known.update({label: handle for handle, label in zip(*ax.get_legend_handles_labels(), strict=True)})
    shown: dict[str, Any] = {}
    for legend in [*(found for ax in figure.axes if (found := ax.get_legend())), *figure.legends]:
        for own, words in zip(legend.legend_handles, legend.get_texts(), strict=True):
            label = words.get_text().replace("\n", " ")
            shown.setdefault(label, known.get(label, own))
        legend.remove()
    if not shown:
        return 0
    labels = ["\n".join(textwrap.wrap(label, _ACROSS)) for label in shown]
    made = figure.legend(list(shown.values()), labels, loc="outside lower left", ncols=1, fontsize=8, borderaxespad=0.2)
    same_sizes(made)
    return sum(1 + label.count("\n") for label in labels)


def same_sizes(legend: Any) -> None:
    """Make all points of a legend of one size."""
    from matplotlib.collections import PathCollection

    for points in legend.findobj(PathCollection):
        points.set_sizes([42])


def _wrap(ax: Axes) -> float:
    """Write long words in lines; return the inches that the names to the left of the axes take."""
    named = _named(ax.yaxis)
    ax.set_title("\n".join(textwrap.wrap(ax.get_title(loc="left"), 44)), loc="left", fontsize=10)
    ax.set_xlabel("\n".join(textwrap.wrap(ax.get_xlabel(), _BESIDE if named else _ACROSS)))
    ax.set_ylabel("\n".join(textwrap.wrap(ax.get_ylabel(), 32)))
    if _named(ax.xaxis):
        _wrap_ticks(ax.xaxis, _ACROSS // max(1, len(ax.get_xticks())))
    return len(ax.get_yticks()) * _LINE * _wrap_ticks(ax.yaxis, _BESIDE) + 0.8 if named else 0.0


def _named(axis: Axis) -> bool:
    """Whether names stand at an axis, not numbers."""
    from matplotlib.ticker import FixedLocator

    return isinstance(axis.get_major_locator(), FixedLocator) and any(c.isalpha() for t in axis.get_ticklabels() for c in t.get_text())


def _wrap_ticks(axis: Axis, wide: int) -> int:
    """Write the names at an axis in lines; return how many the longest takes."""
    before = axis.get_ticklabels()
    names = ["\n".join(textwrap.wrap(t.get_text(), wide)) for t in before]
    weights = [t.get_fontweight() for t in before]
    axis.set_ticks(list(axis.get_majorticklocs()), names, fontsize=8)
    for tick, weight in zip(axis.get_ticklabels(), weights, strict=True):
        tick.set_fontweight(weight)
    return max(1 + name.count("\n") for name in names)
