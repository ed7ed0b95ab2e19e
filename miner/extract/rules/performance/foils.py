"""Methods that serve as foils: a study named after one method reports others beside it."""

from __future__ import annotations

import re
from pathlib import Path

from miner.text.patterns import load_patterns

from .values import Value

_PATTERNS = load_patterns(Path(__file__).with_suffix(".toml"))
_SCALE_BESIDE = _PATTERNS["scale_beside"]
_SCALE_AFTER = _PATTERNS["scale_after"]
_RUNNER_UP = _PATTERNS["runner_up"]
_EQUALS = _PATTERNS["equals"]
_BEATEN = _PATTERNS["beaten"]
_WORSE = _PATTERNS["worse"]
_LABEL = _PATTERNS["label"]
_SCALE = _PATTERNS["scale"]

_FAMILIES: tuple[tuple[str, str], ...] = (
    ("boosting", r"XGBoost|XGB|LightGBM|LGBM|CatBoost|AdaBoost|gradient[- ]boost\w*|GBM|GBDT|extreme gradient boosting"),
    ("forest", r"random[- ]forests?|RF|bagging"),
    ("vector", r"support[- ]vector[- ]machines?|SVMs?|SVC"),
    ("regression", r"logistic[- ]regressions?|LR|LASSO|elastic net"),
    ("cox", r"Cox|CoxPH|CPH"),
    ("tree", r"decision[- ]trees?|DT|CART"),
    ("neighbours", r"k-?nearest[- ]neighbou?rs?|k-?NN"),
    ("bayes", r"na[iï]ve[- ]bayes\w*|NB"),
    ("network", r"deep[- ]learning|neural[- ]networks?|CNNs?|DNNs?|ANNs?|DCNN|MLPs?|transformers?|U-?Net|LSTM|BERT"),
)  # fmt: skip
_VERSUS = re.compile(r"\s?%?(?:\s?\([^()]*\))? (?:vs\.?|versus|compared)\b")
_OWN = re.compile(r"\b(?:our|proposed|hybrid|combin\w+|developed|we)\b", re.IGNORECASE)
_ANY = re.compile(r"(?<![A-Za-z-])(?:" + "|".join(f"(?P<{name}>{pattern})" for name, pattern in _FAMILIES) + r")(?![A-Za-z])")
_ANY_CASE = re.compile(_ANY.pattern, re.IGNORECASE)


def _is_beaten(text: str, value: Value) -> bool:
    """Whether a value bears the name of one that the sentence says was beaten."""
    label = _LABEL.search(text, max(0, value.start - 40), value.start)
    if label is None:
        return False
    return any(label["name"] in re.split(r", and |, | and | or ", match["names"]) for match in _BEATEN.finditer(text, 0, value.start))


def is_of_rival(text: str, value: Value, title: str) -> bool:
    """Whether a value is that of another method than the one that the title names, where the sentence sets the two side by side."""
    if _is_beaten(text, value) or _WORSE.search(text, max(0, value.start - 160), value.start):
        return True
    if not _EQUALS.search(title) and _RUNNER_UP.search(text, 0, value.start):
        return True
    if (
        _VERSUS.match(text, value.end) is None
        and (scale := _SCALE_BESIDE.search(text, max(0, value.start - 90), value.start) or _SCALE_AFTER.match(text, value.end)) is not None
    ):
        return scale["name"] not in title
    named = {str(m.lastgroup) for m in _ANY_CASE.finditer(title)}
    if len(named) != 1 or not title:
        return False
    found = [(m.start(), str(m.lastgroup)) for m in _finditer(text)]
    here = [name for start, name in found if value.start - 120 < start < value.start]
    nearby = {name for start, name in found if value.start - 45 < start < value.start}
    if nearby & named or _OWN.search(text[max(0, value.start - 120) : value.start]):
        return False
    listed = [start for start, name in found if name in named and start < value.start]
    if listed and not re.search(r"\d", text[listed[-1] : value.start]):
        return False
    return bool(here) and here[-1] not in named and any(name in named for _, name in found)


def is_other_scale(name: str, title: str) -> bool:
    """Whether a name is that of a scale of practice which the title does not name."""
    return _SCALE.fullmatch(name) is not None and name not in title


def _finditer(text: str) -> list[re.Match[str]]:
    return [m for m in _ANY_CASE.finditer(text) if len(m.group()) > 3 or m.group().isupper() or m.group() == "kNN"]
