"""Small figures as strings of SVG: colours come from the style sheet, numbers are rounded, so that the same data give the same bytes."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from math import ceil, floor, log10

WIDTH = 480  # of a figure's own units: text of 12 stays legible on a telephone, where it is drawn at three quarters


def at(value: float) -> str:
    """Write a coordinate to a tenth of a unit.

    Examples
    --------
    >>> at(12.04), at(12.96), at(-0.01)
    ('12', '13', '0')
    """
    written = f"{value:.1f}".removesuffix(".0")
    return "0" if written == "-0" else written


def text(x: float, y: float, words: str, kind: str = "", anchor: str = "") -> str:
    """Return a text."""
    look = (f' class="{kind}"' if kind else "") + (f' text-anchor="{anchor}"' if anchor else "")
    return f'<text x="{at(x)}" y="{at(y)}"{look}>{escape(words)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """Return a straight line."""
    return f'<path class="{kind}" d="M{at(x1)} {at(y1)}L{at(x2)} {at(y2)}"/>'


def dots(points: list[tuple[float, float]], kind: str) -> str:
    """Return points as one path of round strokes without length: a tenth of the bytes that circles take."""
    return f'<path class="{kind}" d="{"".join(f"M{at(x)} {at(y)}h0" for x, y in points)}"/>' if points else ""


def curve(points: list[tuple[float, float]], kind: str, *, closed: bool = False) -> str:
    """Return a line through points, or with ``closed`` the area within them."""
    return f'<path class="{kind}" d="M{"L".join(f"{at(x)} {at(y)}" for x, y in points)}{"Z" if closed else ""}"/>'


def picture(height: float, label: str, inner: str, *, linked: bool = False) -> str:
    """Return a figure with what it says for those who do not see it; ``linked`` where there are links in it."""
    return f'<svg viewBox="0 0 {WIDTH} {at(height)}" role="{"group" if linked else "img"}" aria-label="{escape(label)}">{inner}</svg>'


@dataclass(frozen=True)
class Plot:
    """Axes: sample sizes on a log scale to the right, values from 0 to 1 upwards."""

    low: float
    high: float
    bottom: float
    top: float
    height: float = 280.0
    left: float = 52.0
    right: float = WIDTH - 22.0
    up: float = 12.0
    down: float = field(default=240.0)

    def x(self, n: float) -> float:
        """Return where a size lies."""
        return self.left + (log10(n) - log10(self.low)) / (log10(self.high) - log10(self.low)) * (self.right - self.left)

    def y(self, share: float) -> float:
        """Return where a share lies; beyond the axis at its end."""
        inside = min(max(share, self.bottom), self.top)
        return self.down - (inside - self.bottom) / (self.top - self.bottom) * (self.down - self.up)

    def axes(self, vertical: str, *, share: bool = True) -> str:
        """Draw grid, ticks and names; values that are no ``share`` of units are written as numbers."""
        parts = []
        for value in shares(self.bottom, self.top):
            parts += [
                line(self.left, self.y(value), self.right, self.y(value), "grid"),
                text(self.left - 6, self.y(value) + 4, f"{100 * value:.0f} %" if share else f"{value:.2f}", "", "end"),
            ]
        for n in sizes(self.low, self.high):
            parts += [line(self.x(n), self.up, self.x(n), self.down, "grid"), text(self.x(n), self.down + 17, f"{n:,}", "", "middle")]
        parts += [text((self.left + self.right) / 2, self.down + 35, f"{vertical}, by sample size n (log scale)", "soft", "middle")]
        return "".join(parts)


def sizes(low: float, high: float) -> list[int]:
    """Return ticks of a log axis: powers of ten, with what lies between them where they are few.

    Examples
    --------
    >>> sizes(20, 900), sizes(5, 90_000)
    ([20, 50, 100, 200, 500], [10, 100, 1000, 10000])
    """
    powers = range(floor(log10(low)), ceil(log10(high)) + 1)
    tens = [10**p for p in powers if low <= 10**p <= high]
    if len(tens) >= 4:
        return tens
    return [m * 10**p for p in powers for m in (1, 2, 5) if low <= m * 10**p <= high]


def shares(bottom: float, top: float) -> list[float]:
    """Return ticks of an axis of shares.

    Examples
    --------
    >>> shares(0.58, 1.0)
    [0.6, 0.7, 0.8, 0.9, 1.0]
    """
    step = next(s for s in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5) if (top - bottom) / s <= 6)
    return [round(i * step, 2) for i in range(ceil(bottom / step - 1e-9), floor(top / step + 1e-9) + 1)]
