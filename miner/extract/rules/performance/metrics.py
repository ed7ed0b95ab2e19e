"""The names of metrics, and where a sentence names them."""

from __future__ import annotations

import re
from dataclasses import dataclass

# In order: where two names overlap, the longer one stands; of equal ones, the first.
_NAMES: tuple[tuple[str, str], ...] = (
    ("auprc", r"areas? under (?:the )?(?:precision[- ]recall|PR)(?:[- ]curves?)?|(?:au-?prc?|pr-?auc|auc-?prc?|auc-pr|auprc)s?|mean average precisions?|average precisions?|m?AP@?\S*(?=\s*(?:of|=|:))|\bmAP\b"),
    ("auc", r"areas? under (?:the )?(?:receivers?[- ](?:operating|operator|operation)[- ]characteristics?|ROC|AUC|curves?|receiver operating)(?:[- ](?:curves?|\(ROC\)))*(?: curves?)?"
            r"|(?:m?auroc|auc-?roc|roc-?auc|au-roc|aucs?|c-?statistics?|c-?stats?|aroc)s?(?:-ROC)?|c statistics?"
            r"|(?:receiver operating characteristics?|ROC)(?: curves?)?(?: \(ROC\))?(?: scores?| values?| areas?)"),
    ("c_index", r"(?:concordance|c)[- ]?ind(?:ex|ices|exes)|harrell'?s? (?:c|concordance)(?:[- ]index)?|concordance statistics?"),
    ("balanced_accuracy", r"balanced (?:\w+ )?accurac(?:y|ies)|\bB-?ACC?\b|unweighted average recall"),
    ("accuracy", r"accurac(?:y|ies)|correct(?:ly)? (?:classification|prediction|identification|diagnos\w+|recognition)s?(?: rates?)?|correctly (?:classif|predict|identif|diagnos|recogni|detect|distinguish|discriminat|label)\w*"
                 r"|(?:classification|recognition|identification) rates?|concordant|concordance(?: rates?)?|accurately|accurate(?= in\b| at\b| for\b)|success rates?"),
    ("sensitivity", r"sensitivit(?:y|ies)(?! anal)|recalls?(?! bias)|true[- ]positive rates?|\bTPRs?\b|hit rates?|detection rates?|\bSENS?\b|\bSe\b(?=\s*[=:,(]|\s+of)"),
    ("specificity", r"specificit(?:y|ies)|true[- ]negative rates?|\bTNRs?\b|\bSPEC?\b|\bSp\b(?=\s*[=:,(]|\s+of)"),
    ("precision", r"precisions?(?! (?:medicine|oncology|psychiatry|health|agriculture|nutrition|therap|treatment|public|surgery|care))|positive predicti(?:ve|on) (?:values?|powers?)|\bPPVs?\b"),
    ("npv", r"negative predicti(?:ve|on) (?:values?|powers?)|\bNPVs?\b"),
    ("f1", r"\b(?:macro[- ]|micro[- ]|weighted[- ])?F[- _]?1(?:[- ]?(?:scores?|measures?|values?))?s?\b|\bF[- ]?(?:scores?|measures?|values?)\b"),
    ("dice", r"\b(?:Sørensen[- ])?dice(?:[- ](?:similarity|score|coefficient|index|overlap|coefficients|scores|indices|metric))*(?: coefficients?)?|\bDSCs?\b"),
    ("iou", r"\bm?IoUs?\b|intersection[- ]over[- ]union|jaccard(?:[- ](?:index|similarity|coefficient|score))*"),
    ("kappa", r"(?:cohen'?s? |quadratic[- ]weighted |weighted )?kappas?(?: (?:coefficients?|values?|scores?|statistics?))?|\bQWK\b|κ"),
    ("mcc", r"\bMCCs?\b|matthews'?s? correlation(?: coefficients?)?"),
    ("error_rate", r"(?:classification |prediction |word |equal )?error rates?|misclassification(?: rates?| errors?)?|\bEER\b"),
    ("other", r"false[- ](?:positive|negative|alarm) rates?|\bFPRs?\b|\bFNRs?\b|brier scores?|youden(?:'?s)?(?: (?:index|j))?|net reclassification(?: \w+)?|\bNRI\b|\bIDI\b|g-?means?\b|geometric means?|\bSSIM\b|\bBLEU\b|\bROUGE(?:-\w+)?\b"),
)  # fmt: skip
_ANY = re.compile("|".join(f"(?P<m{i}>{pattern})" for i, (_, pattern) in enumerate(_NAMES)), re.IGNORECASE)
# Abbreviations that are words, or other things, in lower case.
_CAPITALS = {"acc", "bac", "bacc", "sen", "sens", "se", "sp", "spe", "spec", "map", "ap", "eer", "idi", "nri", "dsc", "dscs", "iou"}
_WEAK = re.compile(r"accurate|correct|concordan|success|identification|recognition|detection|hit", re.IGNORECASE)
_ACC = re.compile(r"\bACCs?\b(?!\.)")
_SAME = re.compile(r"[\s(\[,:]*(?:the |or |curve|values?|scores?|, or |i\.e\.,? )*[\s(\[]*")
_CONTINUES = re.compile(
    r"\s*(?:\([^()\d]{0,40}\)|\[[^\]\d]{0,40}\])?\s*\)?(?:,\s*and|,\s*or|,|/|\band\b|\bor\b|&|as well as|\+|-|,?\s*and the)?\s*(?:the |an? |as well as |mean |average |overall |its |their |diagnostic |classification |test |macro |weighted )*\s*\(?"
)


@dataclass(frozen=True, slots=True)
class Mention:
    """One metric as the sentence names it (the name and its abbreviation in brackets are one mention)."""

    start: int
    end: int
    metric: str
    weak: bool = False  # words that name a metric only where the number stands beside them


def find_metrics(text: str) -> list[Mention]:
    """Return the metrics that a sentence names, in order."""
    found: list[Mention] = []
    for match in _ANY.finditer(text):
        word = match.group()
        if not _whole(text, match.start(), match.end()) or (word.lower() in _CAPITALS and word == word.lower()):
            continue
        metric = _NAMES[int(str(match.lastgroup)[1:])][0]
        found.append(Mention(match.start(), match.end(), metric, bool(_WEAK.match(word))))
    found += [Mention(m.start(), m.end(), "accuracy") for m in _ACC.finditer(text) if not any(f.start <= m.start() < f.end for f in found)]
    found.sort(key=lambda f: f.start)
    return _merged(text, found)


def _whole(text: str, start: int, end: int) -> bool:
    return not (start and (text[start - 1].isalnum() or text[start - 1] == "_")) and not (end < len(text) and text[end].isalpha())


def _merged(text: str, found: list[Mention]) -> list[Mention]:
    merged: list[Mention] = []
    for mention in found:
        if merged and merged[-1].metric == mention.metric and _SAME.fullmatch(text, merged[-1].end, mention.start):
            merged[-1] = Mention(merged[-1].start, mention.end, mention.metric, merged[-1].weak and mention.weak)
        else:
            merged.append(mention)
    return merged


def groups(text: str, mentions: list[Mention]) -> list[list[Mention]]:
    """Return mentions in groups: ``accuracy, precision and recall`` is one group of three."""
    found: list[list[Mention]] = []
    for mention in mentions:
        gap = text[found[-1][-1].end : mention.start] if found else ""
        # ``prediction accuracy (AUC = 0.75)``: what a bracket names stands alone.
        if found and not gap.endswith("(") and _CONTINUES.fullmatch(gap):
            found[-1].append(mention)
        else:
            found.append([mention])
    return found
