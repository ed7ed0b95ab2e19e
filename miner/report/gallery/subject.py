"""What a panel is drawn from: one metric's effects, with what was computed of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from miner.digits import significant
from miner.errors import MetaError
from miner.meta.analysis.evidence import few_words
from miner.meta.analysis.rows import Analysis, need_counts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from miner.meta.analysis.sample import Sample
    from miner.report.data import ReportData
    from miner.report.definition import Definition

MANY = 2000  # points above which figures hold them as a picture, and bands are not resampled
_CLASS = 100  # characters of a class; figures wrap it
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")


@dataclass(frozen=True)
class Subject:
    """One metric of a report.

    Attributes
    ----------
    metric, what : str
        Its name in the database, and in words.
    analysis : Analysis
    definition : Definition
    data : ReportData
    """

    metric: str
    what: str
    analysis: Analysis = field(repr=False)
    definition: Definition = field(repr=False)
    data: ReportData = field(repr=False)

    @property
    def sample(self) -> Sample:
        """The effects as the models take them."""
        return self.analysis.sample

    @property
    def frame(self) -> pd.DataFrame:
        """Their columns (see :func:`miner.meta.analysis.analyse.prepare`)."""
        return self.sample.frame

    @property
    def k(self) -> int:
        """Number of values."""
        return len(self.frame)

    def fit_for(self, needs: str) -> Subject:
        """Return the subject with the values that a panel can use: all, or those whose precision is known.

        Raises
        ------
        MetaError
            If none can be used, with the reason.
        """
        if self.sample.counts or not needs or self.k == 0:
            return self
        if needs == "counts":
            need_counts(self.sample)
        if not self.sample.logits:
            raise MetaError(f"the {self.what} may be below 0, so it has no logit, on which this is drawn")
        return replace(self, analysis=replace(self.analysis, sample=self.sample.weighted))

    @property
    def group(self) -> str:
        """The column whose classes are told apart."""
        return self.definition.groups[0]

    def groups(self, column: str | None = None, most: int = 8) -> Iterator[tuple[str, pd.DataFrame]]:
        """Give the classes of a column with their rows, the most frequent first; beyond ``most`` they are one."""
        labels = self.labels(column)
        counts = labels.value_counts()
        names = sorted(counts.index, key=lambda t: (-counts[t], t))
        shown = names if len(names) <= most else names[: most - 1]
        for name in shown:
            yield name, self.frame[labels == name]
        if len(shown) < len(names):
            yield "others", self.frame[~labels.isin(shown)]

    def labels(self, column: str | None = None) -> pd.Series:
        """Return each row's class in words."""
        name = column or self.group
        return self.frame[name].map(lambda v: class_of(v, name))

    def few(self) -> str:
        """Return a sentence where there are so few values that tests find little."""
        return few_words(self.k)


def class_of(value: Any, column: str) -> str:
    """Return a cell's class in words; figures leave out names that begin with an underscore, so none does.

    Examples
    --------
    >>> class_of("_a", "task"), class_of(3.0, "grade"), class_of(None, "grade_group")
    ('a', '3', 'no grade group named')
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = "" if value is None or value != value else label_text(str(value), _CLASS).lstrip("_")  # noqa: PLR0124 -- NaN differs from itself
    return text or f"no {column.replace('_', ' ')} named"


def label_text(text: str, most: int = 60) -> str:
    r"""Return a text as figures show it: one line, no characters that steer the writing direction, at most so long.

    Examples
    --------
    >>> label_text("A\u202estudy\nof  all", 20), label_text("A very long title", 9)
    ('Astudy of all', 'A very l…')
    """
    line = " ".join(_UNSEEN.sub(lambda m: " " if m[0] in "\t\n\r" else "", text).split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def study_name(study: Mapping[Any, Any], most: int) -> str:
    """Return what figures call a study: its first author and year, else its title, else its reference, else its identifier.

    Examples
    --------
    >>> study_name({"study_label": "Dunn 2019", "title": "A very long title"}, 40), study_name({"title": "A very long title", "year": 2019.0}, 9)
    ('Dunn 2019', 'A very l… 2019')
    """
    import pandas as pd

    if isinstance(label := study.get("study_label"), str):
        return label_text(label, most)
    named = next((t for t in (study.get("title"), study.get("reference")) if isinstance(t, str) and t.strip()), str(study.get("effect_id")))
    text, year = label_text(named, most), study.get("year")
    return text if pd.isna(year) else f"{text} {year:.0f}"


def rounded(values: Any) -> list[Any]:
    """Return numbers for the page's data: rounded to significant digits, NaN as None."""
    return [v if np.isfinite(v) else None for v in significant(np.asarray(values, dtype=float).ravel().tolist())]
