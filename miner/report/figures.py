"""Figures as SVG: the same data give the same bytes; every figure has a title and a description for those who cannot see it."""

from __future__ import annotations

import io
import re
import textwrap
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from html import escape, unescape
from typing import TYPE_CHECKING, Any, Literal

from miner.digits import significant
from miner.report import narrow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

# Okabe & Ito (2008), grey in place of their yellow, which white paper swallows: told apart with any colour vision, and by lightness in print.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000", "#8A8F98")
# Ink, secondary ink, grid lines and bands: the page's dark theme gives these and the palette other values (see _THEME).
INK, SOFT, GRID, BAND = "#222222", "#6b7280", "#e3e6ea", "#e9edf2"
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
_STYLE: Any = {
    "svg.hashsalt": "miner",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 10,
    "text.parse_math": False,  # a dollar sign in a title is a dollar sign
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.edgecolor": SOFT,
    "axes.linewidth": 0.8,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.major.size": 3,
    "ytick.major.size": 0,
    "xtick.minor.size": 0,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.grid": True,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "axes.axisbelow": True,
    "legend.fontsize": 9,
    "legend.labelcolor": INK,
    "legend.handletextpad": 0.4,
    "legend.frameon": False,
    "figure.constrained_layout.use": True,
}


_THEME = {
    **{color.lower(): f"--f-c{i}" for i, color in enumerate(PALETTE)},
    INK: "--f-ink", "#000000": "--f-ink", SOFT: "--f-soft", GRID: "--f-grid", BAND: "--f-band",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Recorded:
    """A figure as files hold it: SVG with fixed colours on white, and PNG at print resolution."""

    name: str
    title: str
    description: str
    svg: bytes = field(repr=False)
    png: bytes = field(repr=False)


_RECORDER: ContextVar[tuple[list[Recorded], int] | None] = ContextVar("recorder", default=None)


@contextmanager
def recording(dpi: int = 0) -> Iterator[list[Recorded]]:
    """Keep every figure that is drawn within, in order; with ``dpi`` also as PNG of that resolution."""
    made: list[Recorded] = []
    token = _RECORDER.set((made, dpi))
    try:
        yield made
    finally:
        _RECORDER.reset(token)


_SMALL: ContextVar[dict[str, str] | None] = ContextVar("small", default=None)
_LARGE = 150_000  # characters: a figure of more is not drawn twice, but scrolls on a narrow screen


@contextmanager
def drawn_twice() -> Iterator[dict[str, str]]:
    """Draw every figure within once more for a narrow screen; that is found by the drawing for a wide one."""
    made: dict[str, str] = {}
    token = _SMALL.set(made)
    try:
        yield made
    finally:
        _SMALL.reset(token)


_PLACE = "effect-at:"
_IMAGE, _GROUP = 'role="img"', 'role="group"'
_LINKED = re.compile(rf'<a xlink:href="{_PLACE}([^"]*)" target="_blank">(.*?)</a>', re.DOTALL)


def place_of(effect_id: str) -> str:
    """Return what stands for the address of an effect until it is known (see :func:`linked`)."""
    return _PLACE + effect_id


def linked(svg: str, links: Mapping[str, tuple[str, str]]) -> str:
    """Let the points of effects in a figure lead to addresses, ``(address, words)`` by effect; those without one are no links."""
    head, body = _linked(svg, links).split(">", 1)
    # What holds links is no image, whose parts nobody could reach.
    return f"{head.replace(_IMAGE, _GROUP) if '<a ' in body else head}>{body}"


def _linked(text: str, links: Mapping[str, tuple[str, str]]) -> str:
    """Put the addresses of effects into a figure. The table of studies leads there by keyboard."""

    def link(found: re.Match[str]) -> str:
        known = links.get(unescape(found[1]))
        return (
            found[2]
            if known is None
            else f'<a href="{escape(known[0])}" tabindex="-1"><title>{escape(known[1])}</title>{found[2].strip()}</a>'
        )

    return _LINKED.sub(link, text)


@contextmanager
def axes(width: float = 9.0, height: float = 4.6, columns: int = 1, rows: int = 1, **options: Any) -> Iterator[tuple[Figure, Any]]:
    """Give a figure and its axes (an array, where there are several) in the report's style; matplotlib's global state is not changed."""
    import warnings

    import matplotlib as mpl

    mpl.use("svg", force=False)
    from matplotlib.figure import Figure as Canvas

    with mpl.rc_context(_STYLE), warnings.catch_warnings():
        # Scripts that the font lacks are written by the reader's own fonts: the SVG holds text.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        warnings.filterwarnings("ignore", message="Matplotlib currently does not support")
        figure = Canvas(figsize=(width, height))
        made = figure.subplots(rows, columns, squeeze=rows == columns == 1, **options)
        yield figure, made


@contextmanager
def facets(names: Iterable[str], height: float, **options: Any) -> Iterator[tuple[Figure, dict[str, Axes]]]:
    """Give a figure with one axes for each name, which is its title, two in a row, all on one y axis."""
    import numpy as np

    titles = list(names)
    columns = min(2, len(titles))
    rows = -(-len(titles) // columns)
    with axes(7.2, height, columns=columns, rows=rows, sharey=True, **options) as (figure, made):
        each = list(np.ravel(made))
        for ax in each[len(titles) :]:
            ax.set_visible(False)
        for ax, title in zip(each, titles, strict=False):
            ax.set_title(title, fontsize=10)
        yield figure, dict(zip(titles, each, strict=False))


def svg(figure: Figure, name: str, title: str, description: str, *, again: bool = False, once: bool = False) -> str:
    """Return the figure as an SVG element with ``title`` and ``desc``, whose points are still to be :func:`linked`; ``name`` makes its identifiers unique in the page.

    ``again`` says that it is another drawing of a figure that is there, which is not kept as a file; ``once`` that its drawing for a narrow screen is another.
    """
    text = _element(figure, name, title, description, again=again)
    small = None if again or once or len(text) > _LARGE else _SMALL.get()
    if small is not None:
        narrow.reflow(figure)
        small[text] = narrow.without_names(_element(figure, f"{name}-narrow", title, description, again=True))
    return text


def _element(figure: Figure, name: str, title: str, description: str, *, again: bool) -> str:
    _round(figure)
    raw = _drawn(figure, "svg", facecolor="none")
    recorder = None if again else _RECORDER.get()
    if recorder is not None:
        made, dpi = recorder
        whole = _drawn(figure, "svg", facecolor="white").decode()
        head, body = _linked(_same_bytes(whole[whole.index("<svg") :]), {}).split(">", 1)
        words = f"<title>{escape(title)}</title><desc>{escape(description)}</desc>"
        png = _drawn(figure, "png", facecolor="white", dpi=dpi) if dpi else b""
        made.append(Recorded(name, title, description, f"{head}>{words}{body}".encode(), png))
    text = raw.decode()
    text = _same_bytes(text[text.index("<svg") :])
    # Identifiers are unique within a figure only; a page has several.
    text = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', text)
    text = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", text)
    text = re.sub(r'xlink:href="#([^"]+)"', rf'xlink:href="#{name}-\1"', text)
    # Colours become the theme's, with themselves where there is none.
    text = re.sub(r"\b(fill|stroke): (#[0-9a-f]{6})", _themed, text)
    # What matplotlib says of all strokes stands in the page's style sheet: the page's policy lets no other in.
    text = re.sub(r"<metadata>.*?</metadata>|<style[^>]*>.*?</style>", "", text, flags=re.DOTALL)
    head, body = text.split(">", 1)
    # A figure is never drawn so large that its text is larger than the page's.
    wide = f' style="max-width: {1.4 * 72 * float(figure.get_figwidth()):.0f}px"'
    head = re.sub(r'\s(width|height)="[^"]*"', "", head) + wide
    words = f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-desc">{escape(description)}</desc>'
    return f'{head} {_IMAGE} aria-labelledby="{name}-title {name}-desc">{words}{body}'.strip()


def _same_bytes(text: str) -> str:
    """Return SVG of matplotlib's whose coordinates and identifiers are the same on every processor.

    Coordinates are rounded to a thousandth of a point, which nobody sees; what matplotlib writes has six decimals, so that a value which
    lies on an edge, as those of ticks and pages do, lies on it exactly. Identifiers are hashes of coordinates in all their bits: they are
    numbered instead.
    """
    text = re.sub(r"<[^>]*>", lambda tag: re.sub(r"-?\d*\.\d{4,}", _coordinate, tag[0]), text)
    numbered: dict[str, str] = {}
    for old in re.findall(r'\bid="([^"]*[0-9a-f]{10})"', text):
        numbered.setdefault(old, f"{old[:-10]}s{len(numbered)}")
    return re.sub(r'(?<=[#"])[\w-]*[0-9a-f]{10}(?=[)"])', lambda found: numbered.get(found[0], found[0]), text)


def _coordinate(found: re.Match[str]) -> str:
    return str(round(float(found[0]), 3) + 0.0).removesuffix(".0")


def _round(figure: Figure) -> None:
    """Round all that is drawn to the digits that every processor agrees on: pixels and dashes hang on far smaller differences."""
    from matplotlib.collections import LineCollection, PolyCollection
    from matplotlib.patches import Rectangle

    for ax in figure.axes:
        ax.set_xlim(significant(ax.get_xlim()))
        ax.set_ylim(significant(ax.get_ylim()))
        for line in ax.lines:
            line.set_data(*(_rounded(side) for side in line.get_data(orig=False)))
        for collection in ax.collections:
            collection.set_offsets(_rounded(collection.get_offsets()))
            if isinstance(collection, PolyCollection | LineCollection):
                for path in collection.get_paths():
                    path.vertices = _rounded(path.vertices)
        for patch in (p for p in ax.patches if isinstance(p, Rectangle)):
            patch.set_bounds(*significant(patch.get_bbox().bounds))
        for text in ax.texts:
            text.set_position(significant(text.get_position()))


def _rounded(values: Any) -> Any:
    """Round an array; where it is masked it stays so."""
    import numpy as np

    return np.ma.masked_array(significant(np.ma.getdata(values)), np.ma.getmask(values))


def _drawn(figure: Figure, form: str, **options: Any) -> bytes:
    import matplotlib as mpl

    sink = io.BytesIO()
    metadata = {"Date": None, "Creator": None} if form == "svg" else {"Software": None}
    with mpl.rc_context(_STYLE):
        figure.savefig(sink, format=form, metadata=metadata, **options)
    return sink.getvalue()


def _themed(match: re.Match[str]) -> str:
    variable = _THEME.get(match[2])
    return f"{match[1]}: var({variable}, {match[2]})" if variable else match[0]


def sample_size_axis(ax: Axes, side: Literal["x", "y"] = "x") -> None:
    """Make an axis a sample size on a log scale with plain numbers."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    ax.set(**{f"{side}scale": "log", f"{side}label": "Sample size (log scale)"})
    axis = ax.xaxis if side == "x" else ax.yaxis
    axis.set_major_locator(LogLocator(base=10, subs=(1, 3)))
    axis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:,.0f}"))
    axis.set_minor_formatter(NullFormatter())
    if side == "x":
        ax.grid(visible=False, axis="x")


def year_axis(ax: Axes) -> None:
    """Make the x axis a year of publication."""
    whole_numbers(ax.xaxis)
    ax.set_xlabel("Year of publication")


def whole_numbers(axis: Axis) -> None:
    """Write whole numbers only at an axis."""
    locator: Any = axis.get_major_locator()
    locator.set_params(integer=True)


NARROW = narrow.WIDTH


def legend_below(ax: Axes) -> None:
    """Put the legend below the axes, for narrow figures; all markers of one size."""
    narrow.same_sizes(ax.figure.legend(*_own_first(ax, 52), loc="outside lower left", ncols=1, fontsize=8, borderaxespad=0.2))


def legend_of_points(ax: Axes) -> None:
    """Put the legend to the right of the axes, points first, all markers of one size; points and a line of one label are one entry."""
    narrow.same_sizes(ax.legend(*_own_first(ax, 34), loc="center left", bbox_to_anchor=(1.01, 0.5)))


def _own_first(ax: Axes, wide: int) -> tuple[list[Any], list[str]]:
    """Return what a legend shows, points first, with its labels in lines of at most so many characters."""
    from matplotlib.collections import PathCollection

    entries: dict[str, list[Any]] = {}
    for handle, label in zip(*ax.get_legend_handles_labels(), strict=True):
        entries.setdefault(label, []).append(handle)
    order = sorted(entries, key=lambda label: not any(isinstance(h, PathCollection) for h in entries[label]))
    handles = [entries[label][0] if len(entries[label]) == 1 else tuple(entries[label]) for label in order]
    return handles, ["\n".join(textwrap.wrap(label, wide)) for label in order]


def legend_under(ax: Axes, columns: int = 2) -> None:
    """Put the legend under the axis, where no point can lie."""
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=columns, fontsize=8, columnspacing=1.0)


def legend_beside(ax: Axes) -> None:
    """Put the legend to the right of the axes."""
    ax.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))


def points_axis(ax: Axes, label: str) -> None:
    """Make the x axis a change in percentage points, with a line at none."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    ax.xaxis.set_major_locator(MaxNLocator(5))
    ax.axvline(0, color=SOFT, lw=1, zorder=1)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:+g}".replace("+0", "0").replace("-", "−")))
    ax.set_xlabel(label)
    ax.grid(visible=False, axis="y")


def percent_axis(ax: Axes, label: str) -> None:
    """Make the y axis a proportion, written in per cent."""
    from matplotlib.ticker import FuncFormatter

    ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{significant(100 * v):.0f} %"))
    ax.set_ylabel(label)
