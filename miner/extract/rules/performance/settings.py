"""Numbers that are set or tested, not reached: parameters of a model, statistics of a test, regions of prediction."""

from __future__ import annotations

import re
from pathlib import Path

from miner.text.numbers import Number
from miner.text.patterns import load_patterns

_PATTERNS = load_patterns(Path(__file__).with_suffix(".toml"))
# ``C = 1.0``, ``a learning rate of 0.01``, ``set to 0.5``
_PARAMETER = _PATTERNS["parameter"]
_C = re.compile(r"\bC\s*=\s*$")
_ABOUT_PARAMETERS = re.compile(r"regulari[sz]|parameter|kernel|penal|SVM|[Ss]upport[- ]vector|gamma|γ|\bcost\b|margin")
# ``t(23) = 0.72``, ``F1,14 = 0.52``, ``F(1, 14) = 0.9``, ``χ2(1) = 0.4``
_STATISTIC = _PATTERNS["statistic"]
# ``F = 3.2; = 0.44``: whose sign was lost.
_NAMELESS = re.compile(
    r"(?:^|[;,(\[])\s*=\s*-?$|\bX\s*=\s*$|\buncorrected\s*[<=]\s*$|\b[Pp]ower(?: values?| levels?)? (?:of|was|were|=|at) (?:at least |about )?$"
)
_REGION = re.compile(r"\s?%? (?:prediction|confidence|credible|tolerance) (?:regions?|ellipses?|contours?|bands?)\b", re.IGNORECASE)
_REGION_BEFORE = re.compile(
    r"\b(?:prediction|confidence|credible|tolerance) (?:regions?|ellipses?|contours?)(?: \([^()\d]*\))?\s*(?:of|was|were|:|=|from|between|,|\()\s*(?:[\d.]+\s?%?\s*(?:-|to|and|,)\s*)?$",
    re.IGNORECASE,
)


def is_set(text: str, number: Number, before: str) -> bool:
    """Whether a number is a parameter's, a statistic's or a region's.

    Parameters
    ----------
    text : str
        The sentence.
    number : Number
    before : str
        What stands before the number.
    """
    if (
        _NAMELESS.search(before)
        or _PARAMETER.search(before)
        or _STATISTIC.search(before)
        or _REGION_BEFORE.search(before)
        or _REGION.match(text, number.end)
    ):
        return True
    # ``C = 0.81`` is a c-statistic, unless the sentence speaks of what is set.
    return _C.search(before) is not None and (not 0.5 <= number.value < 1 or _ABOUT_PARAMETERS.search(text) is not None)
