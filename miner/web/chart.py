"""Charts of a query's rows as strings of SVG: points, lines or bars over two columns, coloured by a third."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from math import ceil, floor, isfinite, log10
from typing import TYPE_CHECKING, Any

from miner.errors import UsageError
from miner.web.svg import WIDTH, at, curve, dots, line, picture, text

if TYPE_CHECKING:
    import pyarrow as pa

MARKS = ("point", "line", "bar")
MOST = 5_000  # rows that are drawn
_BARS, _KINDS = 40, 6
_LEFT, _RIGHT, _TOP, _BOTTOM, _HEIGHT = 58.0, WIDTH - 14.0, 14.0, 240.0, 300.0


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn: ``x``, ``y`` and ``color`` name columns, ``log`` makes x a log scale."""

    mark: str
    x: str
    y: str
    color: str = ""
    log: bool = False

    @classmethod
    def of(cls, asked: dict[str, Any]) -> Chart | None:
        """Return the chart that a query's head or an address asks for, None where no columns are named.

        Examples
        --------
        >>> Chart.of({"mark": "bar", "x": "year", "y": "papers"}), Chart.of({})
        (Chart(mark='bar', x='year', y='papers', color='', log=False), None)
        """
        x, y, color = (str(asked.get(k) or "") for k in ("x", "y", "color"))
        mark = str(asked.get("mark") or "point")
        return (
            cls(mark if mark in MARKS else "point", x, y, color, str(asked.get("log", "")).lower() in {"1", "true", "on"})
            if x and y
            else None
        )


@dataclass(frozen=True, slots=True)
class Drawn:
    """A chart as SVG, with the kinds of its colours in their order, and what was left out."""

    svg: str
    kinds: list[str]
    note: str


def draw(table: pa.Table, chart: Chart) -> Drawn:
    """Draw rows.

    Raises
    ------
    UsageError
        If a column is not there, or its values cannot be drawn.

    Examples
    --------
    >>> import pyarrow as pa
    >>> drawn = draw(pa.table({"n": [10, 100], "auc": [0.9, 0.8], "on": ["MRI", "EEG"]}), Chart("point", "n", "auc", "on", True))
    >>> drawn.kinds, drawn.svg.count('class="mark')
    (['MRI', 'EEG'], 2)
    """
    for name in (chart.x, chart.y, *([chart.color] if chart.color else [])):
        if name not in table.column_names:
            raise UsageError(f"there is no column {name!r}", where="chart", hint=f"there are: {', '.join(table.column_names)}")
    shown = table.slice(0, MOST)
    colors = [str(v) for v in shown[chart.color].to_pylist()] if chart.color else [""] * shown.num_rows
    rows = zip(shown[chart.x].to_pylist(), shown[chart.y].to_pylist(), colors, strict=True)
    whole = [(x, number, c) for x, y, c in rows if x is not None and (number := _number(y)) is not None]
    words = chart.mark == "bar" or any(_number(x) is None for x, *_ in whole)
    across: _Scale | _Steps = (
        _Steps(_steps([x for x, *_ in whole]))
        if words
        else _Scale.over([n for x, *_ in whole if (n := _number(x)) is not None and (n > 0 or not chart.log)], _LEFT, _RIGHT, log=chart.log)
    )
    places = [(p, y, c) for x, y, c in whole if (p := across.place(x)) is not None]
    if not places:
        raise UsageError("there is nothing to draw", where="chart", hint=f"{chart.y} must have numbers, and {chart.x} values")
    values = [y for _, y, _ in places]
    up = _Scale.over([*values, 0.0] if chart.mark == "bar" else values, _BOTTOM, _TOP)
    kinds = list(dict.fromkeys(c for *_, c in places))
    named = kinds[: _KINDS if len(kinds) <= _KINDS else _KINDS - 1]
    marks = []
    for kind in [*named, *([None] if len(kinds) > len(named) else [])]:
        points = [(p, up.at(y)) for p, y, c in places if (c not in named if kind is None else c == kind)]
        look = f"mark kind{named.index(kind)}" if kind is not None else "mark other"
        marks.append(_marks(points, chart.mark, look, across, up, (named.index(kind), len(named)) if kind is not None else (0, 1)))
    left = table.num_rows - len(places)
    note = f"{left:,} of {table.num_rows:,} rows are not drawn: values are missing, or there are too many." if left else ""
    label = f"{chart.y} by {chart.x}: {len(places):,} values, {min(values):g} to {max(values):g}"
    legend = ([*named, "others"] if len(kinds) > len(named) else named) if chart.color else []
    return Drawn(picture(_HEIGHT, label, _axes(across, up, chart) + "".join(marks)), legend, note)


def _marks(points: list[tuple[float, float]], mark: str, look: str, across: _Scale | _Steps, up: _Scale, place: tuple[int, int]) -> str:
    if mark == "point":
        return dots(points, look)
    if mark == "line":
        return curve(sorted(points), f"{look} line")
    wide = across.step if isinstance(across, _Steps) else 8.0
    thin, base = 0.8 * wide / place[1], up.at(0.0)
    corners = [(x - 0.4 * wide + place[0] * thin, y) for x, y in points]
    return f'<path class="{look} bar" d="{"".join(f"M{at(x)} {at(base)}V{at(y)}h{at(thin)}V{at(base)}Z" for x, y in corners)}"/>'


def _axes(across: _Scale | _Steps, up: _Scale, chart: Chart) -> str:
    parts = []
    for value in up.ticks():
        parts += [line(_LEFT, up.at(value), _RIGHT, up.at(value), "grid"), text(_LEFT - 6, up.at(value) + 4, _short(value), "", "end")]
    for place, word in across.labels():
        parts += [line(place, _BOTTOM, place, _BOTTOM + 4, "grid"), text(place, _BOTTOM + 17, word, "", "middle")]
    scale = " (log scale)" if chart.log and isinstance(across, _Scale) else ""
    parts += [text((_LEFT + _RIGHT) / 2, _BOTTOM + 38, f"{chart.y} by {chart.x}{scale}", "soft", "middle")]
    return "".join(parts)


@dataclass(frozen=True, slots=True)
class _Scale:
    """Numbers from ``low`` to ``high`` as places from ``start`` to ``end``."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    @classmethod
    def over(cls, values: list[float], start: float, end: float, *, log: bool = False) -> _Scale:
        low, high = (min(values), max(values)) if values else (0.0, 1.0)
        if log:
            low, high = 10 ** floor(log10(low)) if values else 1.0, 10 ** ceil(log10(high)) if values else 10.0
        if low == high:
            low, high = (low / 10, high * 10) if log else (low - (abs(low) or 1) / 2, high + (abs(high) or 1) / 2)
        room = 0.0 if log or 0.0 in {low, high} else 0.04 * (high - low)
        return cls(low - room, high + (0.0 if log else 0.04 * (high - low)), start, end, log)

    def at(self, value: float) -> float:
        low, high, here = (log10(self.low), log10(self.high), log10(value)) if self.log else (self.low, self.high, value)
        return self.start + (here - low) / (high - low) * (self.end - self.start)

    def place(self, value: Any) -> float | None:
        number = _number(value)
        return None if number is None or (self.log and number <= 0) else self.at(number)

    def ticks(self) -> list[float]:
        if self.log:
            powers = range(round(log10(self.low)), round(log10(self.high)) + 1)
            return [10.0**p for p in powers][:: max(1, ceil(len(powers) / 7))]
        rough = (self.high - self.low) / 6
        size = 10.0 ** floor(log10(rough))
        step = next(m * size for m in (1, 2, 5, 10) if m * size >= rough)
        return [round(i * step, 12) for i in range(ceil(self.low / step), floor(self.high / step) + 1)]

    def labels(self) -> list[tuple[float, str]]:
        return [(self.at(v), _short(v)) for v in self.ticks()]


@dataclass(frozen=True, slots=True)
class _Steps:
    """Words side by side."""

    words: list[str]

    @property
    def step(self) -> float:
        return (_RIGHT - _LEFT) / max(1, len(self.words))

    def place(self, value: Any) -> float | None:
        word = _word(value)
        return _LEFT + (self.words.index(word) + 0.5) * self.step if word in self.words else None

    def labels(self) -> list[tuple[float, str]]:
        every = max(1, ceil(58 / self.step))
        letters = max(4, int(self.step * every / 7))
        return [
            (_LEFT + (i + 0.5) * self.step, word if len(word) <= letters else word[: letters - 1] + "…")
            for i, word in enumerate(self.words)
            if i % every == 0
        ]


def _steps(values: list[Any]) -> list[str]:
    """Return what stands side by side: numbers and days in their order, words as they come; so many as are drawn."""
    found = dict.fromkeys(values)
    ordered = sorted(found, key=lambda v: _number(v) or 0.0) if all(_number(v) is not None for v in found) else list(found)
    return [_word(v) for v in ordered[:_BARS]]


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, datetime):
        return value.year + (value.timetuple().tm_yday - 1) / 365.25
    if isinstance(value, date):
        return value.year + (value.timetuple().tm_yday - 1) / 365.25
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if isfinite(number) and not isinstance(value, str) else None


def _word(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _short(value: float) -> str:
    """Write a tick.

    Examples
    --------
    >>> _short(2015.0), _short(0.85), _short(1200000.0)
    ('2015', '0.85', '1.2e+06')
    """
    return f"{value:.0f}" if value == int(value) and abs(value) < 1e5 else f"{value:.4g}"
