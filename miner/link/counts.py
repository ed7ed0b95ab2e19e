"""A check that costs nothing: a share of n units, times n, must be a whole number of units.

Brown NJL, Heathers JAJ. The GRIM test: a simple technique detects numerous anomalies in the reporting of results in psychology. Social
Psychological and Personality Science 2017;8:363-369. There it is asked of means of whole numbers; a share of units is such a mean.
"""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from miner.types import Effect, Extraction
    from miner.vocabulary import Vocabulary

_NUMBER = re.compile(r"(?P<whole>\d*)(?:[.,·](?P<decimals>\d+))?")
# A mean over folds, seeds or classes is no count of units; nor is a value that is said to be about so much.
_MEAN = re.compile(
    r"±|\b(?:mean|average[ds]?|averaging|median|macro|weighted|folds?|seeds?|runs?|repetitions?|repeated|bootstrap\w*|resampl\w*|iterations?)\b",
    re.IGNORECASE,
)
_ROUGHLY = re.compile(
    r"(?:[<>≤≥~≈]|\b(?:over|above|below|under|than|at (?:least|most)|up to|about|approximately|around|nearly|almost|roughly|exceed\w*|as high as))\s*$",
    re.IGNORECASE,
)
_FOLDS = frozenset({"cross-validation"})
_ONE_BY_ONE = re.compile(r"leave[- ]one|jack-?knife|\bLOO", re.IGNORECASE)


def nearest_count(estimate: float, n: int, half: float) -> tuple[int, bool]:
    """Return the count that is nearest to a share of ``n``, and whether its share rounds to the one that is printed.

    Parameters
    ----------
    estimate : float
        The share, from 0 to 1.
    n : int
        The number of units.
    half : float
        Half a unit of the last digit printed: 0.0005 for 0.845 or 84.5 %.

    Examples
    --------
    >>> nearest_count(0.845, 200, 0.0005), nearest_count(0.847, 200, 0.0005)
    ((169, True), (169, False))
    """
    count = math.floor(estimate * n + 0.5)
    return count, abs(count / n - estimate) <= half * (1 + 1e-9)


def half_unit(quote: str, estimate: float) -> float | None:
    """Return half a unit of the last digit of a number as printed, on the scale of the estimate; None where it is no such number.

    Examples
    --------
    >>> half_unit("84.5", 0.845), half_unit(".85", 0.85), half_unit("eighty", 0.8)
    (0.0005, 0.005, None)
    """
    match = _NUMBER.fullmatch(quote.strip())
    if match is None or not (match["whole"] or match["decimals"]):
        return None
    printed = float(f"{match['whole'] or '0'}.{match['decimals'] or '0'}")
    unit = 0.5 * 10.0 ** -len(match["decimals"] or "")
    for scale in (1.0, 100.0):
        if math.isclose(printed / scale, estimate, rel_tol=1e-9, abs_tol=1e-12):
            return float(f"{unit / scale:.12g}")
    return None


def with_count(effect: Effect, found: Mapping[str, Extraction], words: Vocabulary) -> Effect:
    """Return an effect with ``consistent`` and ``nearest_count``, where these can be asked.

    They can for an accuracy or error rate on one set of ``n`` units, and for a share of a part of the units where its sentence writes its
    denominator; not for means over folds, seeds or classes, and not for areas, F1 and the like, which are no shares.

    Parameters
    ----------
    effect : Effect
    found : mapping of str to Extraction
        The paper's extractions by identifier; the effect's own is looked up in it.
    words : Vocabulary
        Says what a metric is a share of.
    """
    x = found.get(effect.performance_extraction_id or "")
    if x is None or not effect.n or not 0 <= effect.estimate <= 1:
        return effect
    half = half_unit(x.evidence.quote, effect.estimate)
    sentence = x.evidence.sentence or ""
    if half is None or x.fields.get("sd") is not None or not _is_count_of_n(effect, sentence, words) or _is_rough(x):
        return effect
    count, fits = nearest_count(effect.estimate, effect.n, half)
    return replace(effect, consistent=fits, nearest_count=count)


def _is_count_of_n(effect: Effect, sentence: str, words: Vocabulary) -> bool:
    known = words.metric(effect.name or effect.metric)
    share_of = known.share_of if known else "none"
    if share_of == "none":
        return False
    written = re.search(rf"(?<![\d.,])\d[\d,]*\s*(?:/|of(?: the)?)\s*{effect.n}(?![\d,.]*\d)", sentence.replace("\u2009", "")) is not None
    if share_of != "all units" or written:
        return written
    return _MEAN.search(sentence) is None and (effect.part not in _FOLDS or _ONE_BY_ONE.search(sentence) is not None)


def _is_rough(x: Extraction) -> bool:
    sentence, quote = x.evidence.sentence or "", x.evidence.quote
    at = sentence.find(quote)
    return at > 0 and _ROUGHLY.search(sentence, max(0, at - 24), at) is not None
