"""Figures for narrow screens, and colours that can be seen in both schemes."""

from __future__ import annotations

import re

import numpy as np
import pytest

from miner.report import figures, narrow
from miner.resources import resource
from tests.report.example import GOLDEN


def _width(svg: str) -> float:
    return float(re.search(r'viewBox="0 0 ([\d.]+)', svg)[1]) / 72  # type: ignore[index]


def test_every_figure_of_a_report_has_a_narrow_drawing() -> None:
    page = GOLDEN.read_text(encoding="utf-8")
    names = re.findall(r'<figure data-name="([^"]+)"(?! class="twice")', page)
    assert page.count('class="twice"') >= 10
    assert names == []
    drawn = re.findall(r'<div class="narrow">(<svg.*?</svg>)', page, re.DOTALL)
    assert max(map(_width, drawn)) <= narrow.WIDTH + 0.01


def test_axes_side_by_side_come_below_each_other_with_one_legend() -> None:
    with figures.drawn_twice() as small, figures.axes(9.6, 4.0, columns=2, sharey=True) as (figure, made):
        for ax in np.ravel(made):
            ax.plot([0, 1], [0, 1], label="a line")
            ax.set_yticks([0, 1], ["none of what was asked for in the protocol", "all"])
        np.ravel(made)[0].legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
        wide = figures.svg(figure, "two", "Two", "Two lines.")
        tops = [ax.get_position().y1 for ax in np.ravel(made)]
    assert _width(wide) > 9
    assert _width(small[wide]) == pytest.approx(narrow.WIDTH, abs=0.01)
    assert tops[1] < tops[0] - 0.3
    assert small[wide].count("a line") == 1
    assert small[wide].count("none of what was asked for") == 0  # in lines
    ids = re.findall(r' id="([^"]+)"', small[wide])
    assert all(name.startswith("two-narrow-") for name in ids)
    assert set(re.findall(r'url\(#([^)]+)\)|href="#([^"]+)"', small[wide])) <= {(i, "") for i in ids} | {("", i) for i in ids}


def test_a_figure_drawn_once_or_by_nobody_asked_is_not_drawn_again() -> None:
    with figures.drawn_twice() as small, figures.axes() as (figure, ax):
        ax.plot([0, 1], [0, 1])
        figures.svg(figure, "one", "One", "One line.", once=True)
    assert small == {}


@pytest.mark.parametrize("scheme", ["light", "dark", "print"])
def test_marks_have_contrast_on_the_page(scheme: str) -> None:
    """3 to 1 at least (WCAG 2.2, 1.4.11)."""
    parts = re.split(r"prefers-color-scheme: dark|@media print", resource("reports", "templates", "style.css").read_text(encoding="utf-8"))
    light, dark, paper = (dict(re.findall(r"--(f-c\d|card): (#[0-9a-fA-F]{6})", part)) for part in parts[:3])
    usual = {"card": "#ffffff"} | {f"f-c{i}": color for i, color in enumerate(figures.PALETTE)}
    shown = {"light": {**usual, **light}, "dark": {**usual, **light, **dark}, "print": {**usual, **light, **paper, "card": "#ffffff"}}[
        scheme
    ]
    ground = _luminance(shown.pop("card"))
    for color in shown.values():
        low, high = sorted((_luminance(color), ground))
        assert (high + 0.05) / (low + 0.05) >= 3, color


def _luminance(color: str) -> float:
    values = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (v / 12.92 if v <= 0.03928 else ((v + 0.055) / 1.055) ** 2.4 for v in values)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
