"""Methods that serve as foils: a study named after one method reports others beside it."""

from __future__ import annotations

import re

from .values import Value

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
# Scales of practice: what a new model is set against, unless the title names one.
_SCALES = (
    r"APACHE(?:[- ](?:II|III|IV))?|q?SOFA|NEWS2?|MEWS|PEWS|SAPS(?:[- ](?:II|III))?|SIRS|CURB-?65|GRACE|TIMI|HEART score|HAS-BLED|CHA2DS2-VASc|MELD(?:[- ]Na)?|Child[- ]Pugh|ALBI|FIB-?4|APRI|LACE|EuroSCORE(?:[- ]II)?|STS|Charlson|"
    r"NIHSS|GCS|Framingham|ASCVD|PCE|QRISK\d?|SCORE2|FRAX|Gail|Tyrer[- ]Cuzick|BCRAT|Brock|Mayo Clinic|PanCan|Ranson|BISAP|Wells|PESI|D['’]Amico|TNM|AJCC|FIGO|BCLC|Lung-RADS|PI-RADS|BI-RADS|TI-RADS|Mehran|MMSE|MoCA|GAP|PSI|MNA|ASA"
)
_SCALE_BESIDE = re.compile(
    rf"(?<![\w-])(?<!and )(?<!or )(?<!, )(?<!with )(?<!of )(?<!plus )(?P<name>{_SCALES})(?: (?:risk|clinical))?(?: (?:scores?|scales?|models?|criteria|stag\w+|systems?|ind(?:ex|ices)|class\w*|calculators?|equations?|nomograms?))*(?: alone)?,? ?(?:[(\[:=]|, |had|has|was|achieved|reached|showed|yielded|with)(?:(?!\band\b|\bor\b|\+)[^.;,\d()]){{0,35}}$"
)
_SCALE_AFTER = re.compile(
    rf"\s?%?(?:\s?\([^()]*\))? (?:for|by|with|using|of) (?:the )?(?:\w+ )?(?P<name>{_SCALES})(?![\w-])(?! (?:\w+ )?(?:(?:and|or|with|plus)\b(?! [\d.])|categor))"
)
_VERSUS = re.compile(r"\s?%?(?:\s?\([^()]*\))? (?:vs\.?|versus|compared)\b")
_OWN = re.compile(r"\b(?:our|proposed|hybrid|combin\w+|developed|we)\b", re.IGNORECASE)
_ANY = re.compile(r"(?<![A-Za-z-])(?:" + "|".join(f"(?P<{name}>{pattern})" for name, pattern in _FAMILIES) + r")(?![A-Za-z])")
_ANY_CASE = re.compile(_ANY.pattern, re.IGNORECASE)


# ``had the best accuracy (82%), followed by the tree (77%)``
_RUNNER_UP = re.compile(r"\b(?:best|highest)\b(?:[^.]|\.\d){0,160}? followed by (?:[^.]|\.\d)*$")
_EQUALS = re.compile(r"\bcompar|benchmark|evaluat|assess|versus|\bvs\b|performance of", re.IGNORECASE)


_NAME = r"[A-Z][\w+-]+"
# ``did better than OldScore and CoxNet (DeepNet, 0.61; OldScore, 0.55; CoxNet, 0.59)``
_BEATEN = re.compile(
    rf"\b(?:than|outperform\w*|surpass\w*|superior to|compared (?:to|with)) (?P<names>{_NAME}(?:(?:, | and |, and | or ){_NAME})*)"
)
# ``whereas the clinical model had a lower accuracy (AUC = 0.67)``
_WORSE = re.compile(
    r"(?<!our )(?<!proposed )(?<!combined )\b(?:models?|methods?|signatures?|scores?|algorithms?|classifiers?|approach(?:es)?|networks?) (?:had|showed|achieved|yielded|demonstrated|reached|exhibited) "
    r"(?:an? |the )?(?:(?:significantly|relatively|much|slightly) )?(?:lower|inferior|poorer|worse|weaker)\b[^.;,]{0,60}\((?:[A-Za-z][\w -]{0,12}(?:=|:| of)? ?)?$"
)
_LABEL = re.compile(rf"(?:[(;,] ?|\band )(?P<name>{_NAME})(?:[,:]| ?=)? $")


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
    beside = {name for start, name in found if value.start - 45 < start < value.start}
    if beside & named or _OWN.search(text[max(0, value.start - 120) : value.start]):
        return False
    listed = [start for start, name in found if name in named and start < value.start]
    if listed and not re.search(r"\d", text[listed[-1] : value.start]):
        return False
    return bool(here) and here[-1] not in named and any(name in named for _, name in found)


def is_other_scale(name: str, title: str) -> bool:
    """Whether a name is that of a scale of practice which the title does not name."""
    return _SCALE.fullmatch(name) is not None and name not in title


_SCALE = re.compile(rf"(?:the )?(?:{_SCALES})(?: (?:scores?|scales?|criteria|stage))?")


def _finditer(text: str) -> list[re.Match[str]]:
    return [m for m in _ANY_CASE.finditer(text) if len(m.group()) > 3 or m.group().isupper() or m.group() == "kNN"]
