"""The pooled value of accuracies."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from miner.meta.analysis.evidence import FEW
from miner.meta.analysis.record import Record
from miner.meta.analysis.references import cite
from miner.meta.analysis.rows import Row
from miner.say import num

if TYPE_CHECKING:
    from miner.meta.analysis.sample import Sample

ALIKE = 1.05  # a prediction interval no wider than so many times the interval of the mean adds nothing to it


def pooled_words(sample: Sample) -> str:
    """Say what the values come to together, where a new study would be expected, and how much of the variance is more than sampling."""
    found = sample.pooled
    where = f"is {sample.show(found.value)} (95 % interval {sample.span(found.low, found.high)})"
    if found.k == 1:
        return f"The one {sample.what} {where}. {heterogeneity_words(found.I2)}"
    new = f"; {expected}" if (expected := new_study_words(sample)) else ""
    return (
        f"The pooled {sample.what}{', all tasks together,' if sample.several_tasks else ''} {where}{new}. {heterogeneity_words(found.I2)}"
    )


def new_study_words(sample: Sample) -> str:
    """Say where the true value of a new study would be expected, and how far that is to be trusted; nothing for fewer than three values.

    As wide as the interval of the mean, or from few values, a prediction interval promises more than it knows (Deeks, Higgins & Altman, Cochrane
    Handbook, 10.10.4.3; Riley, Higgins & Deeks 2011).
    """
    found = sample.pooled
    if not np.isfinite(found.new_low):
        return ""
    said = f"the true {sample.what} of a new study like these would be expected between {sample.between(found.new_low, found.new_high)}"
    if found.new_high - found.new_low <= ALIKE * (found.high - found.low):
        return f"{said}, which is hardly wider than the interval of the mean, since the variance between studies is estimated as next to zero, and may be too narrow"
    return f"{said}, though {found.k} values give but a rough idea of it" if found.k < FEW else said


def heterogeneity_words(i2: float) -> str:
    """Say what I² says, and what one value cannot.

    Examples
    --------
    >>> heterogeneity_words(61.2)
    'Weighing studies by their precision, 61 % of the variance is more than sampling error (I²).'
    >>> heterogeneity_words(float("nan"))
    'One study tells neither how much studies differ nor where a new one would be expected.'
    """
    if math.isnan(i2):
        return "One study tells neither how much studies differ nor where a new one would be expected."
    return f"Weighing studies by their precision, {num(i2, '.0f')} % of the variance is more than sampling error (I²)."


def _pooled_row(sample: Sample) -> Row:
    found = sample.pooled
    ends = (float(sample.back_transformed(found.low)), float(sample.back_transformed(found.high)))
    numbers = {
        "logit": found.value,
        "tau2": found.tau2,
        "estimate": float(sample.back_transformed(found.value)),
        "ci": ends,
        "I2": found.I2,
    }
    return Row(
        "",
        sample.k,
        sample.show(found.value),
        sample.span(found.low, found.high),
        words=pooled_words(sample),
        warnings=found.warnings,
        numbers=numbers,
    )


def _score_row(sample: Sample) -> Row:
    return replace(_pooled_row(sample), k=sample.weighted.k)


RECORDS = (
    Record(
        "pooled", "Pooled value, binomial mixed model", "accuracies", _pooled_row, 100,
        "Values were pooled by a binomial generalised linear mixed model with a logit link, with random effects of rows and, where a paper reported several values, of papers; the pooled value is that of the typical study",
        "Studies are a sample of those that could be done; their true values are normal on the logit.",
        cite("Stijnen et al., 2010", "Higgins & Thompson, 2002"), tasks="together",
    ),
    Record(
        "pooled-scores", "Pooled value, random effects", "scores", _score_row, 100,
        "Values whose precision is known were pooled by restricted maximum likelihood{scaled}",
        "Studies are a sample of those that could be done; their true values are normal on the models' scale.",
        cite("Viechtbauer, 2005", "Knapp & Hartung, 2003", "Higgins & Thompson, 2002"), tasks="together",
    ),
)  # fmt: skip
