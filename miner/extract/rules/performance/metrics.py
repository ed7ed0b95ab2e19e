"""Where a sentence names metrics, and quantities that are none: by the names of the vocabulary, and by what the sentence says of whom they judge."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from miner.extract.names import NameFinder, name_finder
from miner.text.patterns import load_patterns
from miner.vocabulary import vocabulary

_PATTERNS = load_patterns(Path(__file__).with_suffix(".toml"))
_SAME = _PATTERNS["same"]
_CONTINUES = _PATTERNS["continues"]
_UNKNOWN = _PATTERNS["unknown"]
_MACHINE = _PATTERNS["machine"]
_HUMANS_AGREE = _PATTERNS["humans_agree"]
_WITH_MACHINE = _PATTERNS["with_machine"]
_PROCEDURE = _PATTERNS["procedure"]

_NO_SCORES = {"OR", "HR", "RR", "SD", "SE", "IQR", "CI", "BMI", "CV", "MD", "SMD", "DOR", "PLR", "NLR", "ICC"}
_AGREES = re.compile(r".*(?:agreement|consistency|concordance)", re.IGNORECASE)
_STRANGER = re.compile(r"(?: \([^()\d]{1,20}\))?, (?P<name>[a-z]{4,16})(?:, and |, | and )")
_NO_NAMES = {
    "however",
    "although",
    "while",
    "whereas",
    "achieving",
    "including",
    "showing",
    "reaching",
    "yielding",
    "then",
    "with",
    "which",
    "respectively",
    "both",
    "where",
    "namely",
    "thus",
    "having",
    "such",
}


@dataclass(frozen=True, slots=True)
class Mention:
    """One metric as the sentence names it (the name and its abbreviation in brackets are one mention).

    ``metric`` is its name in the vocabulary (``other`` for a score that it doesn't know), None for a quantity that is no performance (R²,
    RMSE, a correlation): its values are none either.
    ``weak`` names count only where the number stands beside them.
    """

    start: int
    end: int
    metric: str | None
    weak: bool = False


def find_metrics(
    text: str, coined: dict[str, str] | None = None, finder: NameFinder | None = None, foreign: frozenset[str] = frozenset()
) -> list[Mention]:
    """Return the quantities that a sentence names, in order.

    Parameters
    ----------
    text : str
    coined : dict of str to str, optional
        Abbreviations that the document introduced, with their metrics.
    finder : NameFinder, optional
        Knows the names; those of the vocabulary that ships with miner by default.
    foreign : frozenset of str
        Abbreviations that mean something else in this document.
    """
    found = [
        Mention(n.start, n.end, n.metric, n.weak)
        for n in (finder or name_finder(vocabulary())).find(text)
        if not foreign or text[n.start : n.end] not in foreign
    ]
    for name, metric in (coined or {}).items():
        taken = [(m.start, m.end) for m in found]
        found += [Mention(m.start(), m.end(), metric) for m in re.finditer(rf"\b{re.escape(name)}s?\b", text)
                  if not any(a < m.end() and m.start() < b for a, b in taken)]  # fmt: skip
    taken = [(m.start, m.end) for m in found]
    for match in _UNKNOWN.finditer(text):
        if match["name"] not in _NO_SCORES and not any(a < match.end("name") and match.start("name") < b for a, b in taken):
            found.append(
                Mention(match.start("name"), match.end("name"), None if match["high"] and not match["sign"] else _kind_of(match["name"]))
            )
    found.sort(key=lambda f: f.start)
    if _HUMANS_AGREE.search(text):
        found = [
            Mention(f.start, f.end, None, f.weak)
            if f.metric in {"kappa", "dice"}
            and _HUMANS_AGREE.search(text, max(0, f.start - 120), _name_ends(text, f.end))
            and not _WITH_MACHINE.search(text, max(0, f.start - 160), f.end + 80)
            else f
            for f in found
        ]
    if not _MACHINE.search(text) or any(f.metric is None and "orrelation" in text[f.start : f.end] for f in found):
        found = [
            Mention(
                f.start,
                f.end,
                None if f.metric in {"accuracy", "consistency"} and _AGREES.match(text, f.start, f.end) else f.metric,
                f.weak,
            )
            for f in found
        ]
    if _PROCEDURE.search(text):
        found = [Mention(f.start, f.end, None if "uccess" in text[f.start : f.end] else f.metric, f.weak) for f in found]
    return _merged(text, found)


def _name_ends(text: str, end: int) -> int:
    """Return where the words behind a name end that may say whose it is: at the next number, or 50 characters on."""
    number = _DIGIT.search(text, end, end + 50)
    return number.start() if number else end + 50


_DIGIT = re.compile(r"\d")
_INTRODUCED = re.compile(r"\((?P<abbreviation>[A-Z][A-Za-z]{1,5})s?\)")


def coined_names(text: str, finder: NameFinder | None = None) -> dict[str, str]:
    """Return the abbreviations that a document introduces behind a metric's name: ``overall accuracy (OA)``.

    Examples
    --------
    >>> coined_names("the classification success rate (CSR) and the area under the curve (AUC)")
    {'CSR': 'accuracy'}
    """
    names: dict[str, str] = {}
    finder = finder or name_finder(vocabulary())
    for match in _INTRODUCED.finditer(text):
        word = match["abbreviation"]
        if any((n.start, n.end) == (0, len(word)) for n in finder.find(word)):
            continue
        before = text[max(0, match.start() - 60) : match.start()].rstrip()
        last = next(iter(reversed(finder.find(before))), None)
        # The letters must come from the name: ``accuracy (SVM)`` introduces no metric.
        if last is not None and last.metric is not None and last.end == len(before) and _spells(word, before):
            names[word] = last.metric
    return names


def foreign_names(text: str, finder: NameFinder | None = None) -> frozenset[str]:
    """Return the abbreviations that look like a metric's and that the document introduces for something else.

    Examples
    --------
    >>> sorted(foreign_names("the anterior cingulate cortex (ACC) and the overall accuracy (OA); the sentences (SEN)"))
    ['ACC', 'SEN']
    """
    finder = finder or name_finder(vocabulary())
    found = set()
    for match in _INTRODUCED.finditer(text):
        word = match["abbreviation"]
        meant = finder.find(word)
        before = text[max(0, match.start() - 60) : match.start()].rstrip()
        if [(n.start, n.end) for n in meant] != [(0, len(word))] or not _spells(word, before):
            continue
        names = finder.find(before)
        if not any(n.end == len(before) for n in names) and _beginning(word, before):
            found.add(word)
    return frozenset(found)


def _beginning(word: str, before: str) -> bool:
    """Whether an abbreviation begins where the words before it do: each of its letters a word, or its first three a word's."""
    words = re.findall(r"[A-Za-z]+", before)
    letters = word.lower()
    initials = "".join(w[0].lower() for w in words[-len(letters) :])
    return initials == letters or (bool(words) and words[-1].lower().startswith(letters[:3]))


def _spells(word: str, before: str) -> bool:
    """Whether the letters of an abbreviation stand in this order in the words before it, the first at a word's beginning."""
    words, letters = before.lower(), [c.lower() for c in word if c.isupper()]
    starts = [m.start() for m in re.finditer(rf"\b{letters[0]}", words)]
    return any(_in_order(letters, words[start:]) for start in starts[-3:])


def _in_order(letters: list[str], words: str) -> bool:
    rest = iter(words)
    return all(letter in rest for letter in letters)


def _kind_of(name: str) -> str:
    """Return the metric that an abbreviation we do not know is likely to be a kind of."""
    return next((metric for part, metric in _PARTS if part in name.upper()), "other")


_PARTS = (
    ("AURO", "auc"),
    ("AUC", "auc"),
    ("ROC", "auc"),
    ("AUPR", "auprc"),
    ("ACC", "accuracy"),
    ("F1", "f1"),
    ("DICE", "dice"),
    ("DSC", "dice"),
    ("IOU", "iou"),
    ("SEN", "sensitivity"),
    ("SPE", "specificity"),
)


def _merged(text: str, found: list[Mention]) -> list[Mention]:
    merged: list[Mention] = []
    for mention in found:
        if merged and merged[-1].metric == mention.metric and _is_same(text, merged[-1], mention):
            merged[-1] = Mention(merged[-1].start, mention.end, mention.metric, merged[-1].weak and mention.weak)
        elif merged and mention.start < merged[-1].end:
            continue
        else:
            merged.append(mention)
    return [_closed(text, m) for m in merged]


def _is_same(text: str, before: Mention, mention: Mention) -> bool:
    """Whether two names say one thing: a name and its abbreviation, ``the area under the ROC curve (AUC)``."""
    if _SAME.fullmatch(text, before.end, mention.start):
        return True
    closed = _closed(text, before).end
    return before.metric is not None and closed > before.end and _AGAIN.fullmatch(text, closed, mention.start) is not None


def _closed(text: str, mention: Mention) -> Mention:
    """Take what closes a bracket inside a name: ``area under the receiver operating characteristic (ROC) curve``."""
    if text.find("(", mention.start, mention.end) < 0 or text.find(")", text.rfind("(", mention.start, mention.end), mention.end) >= 0:
        return mention
    match = _CLOSES.match(text, mention.end)
    return Mention(mention.start, match.end(), mention.metric, mention.weak) if match else mention


_AGAIN = re.compile(r" \(?(?:of (?:the )?)?")
_CLOSES = re.compile(r"\)(?: (?:curves?|scores?)\b)?")


def groups(text: str, mentions: list[Mention]) -> list[list[Mention]]:
    """Return mentions in groups: ``accuracy, precision and recall`` is one group of three."""
    found: list[list[Mention]] = []
    for mention in mentions:
        gap = text[found[-1][-1].end : mention.start] if found else ""
        if found and (strange := _STRANGER.fullmatch(gap)) and strange["name"] not in _NO_NAMES:
            # ``precision, efficiency, and AUC``: a name we do not know keeps its place in the list.
            at = found[-1][-1].end + strange.start("name")
            found[-1] += [Mention(at, at + len(strange["name"]), "other"), mention]
            continue
        # ``prediction accuracy (AUC = 0.75)``: what a bracket names stands alone.
        unmarked = gap.isspace() and len(found[-1]) > 1  # ``sensitivity, PPV, NPV LR+ and LR-``: a comma left out
        if found and not gap.rstrip().endswith("(") and (gap.strip() or unmarked) and _CONTINUES.fullmatch(gap):
            found[-1].append(mention)
        else:
            found.append([mention])
    return found
