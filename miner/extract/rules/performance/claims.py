"""Whose performance a value is: the study's own, that of something it is compared with, or a difference of two."""

from __future__ import annotations

import re

from .values import Value

_CHANGE = r"(?:improv\w+|increas\w+|gain\w*|enhanc\w+|boost\w*|rais\w+|rose|outperform\w*|surpass\w*|exceed\w*|better|higher|lower|reduc\w+|decreas\w+|drop\w*|declin\w+|differ\w*|superior|advanc\w+|grew|elevat\w+|fell)"
_BY = re.compile(
    rf"{_CHANGE}[^.;]{{0,120}}?\bby\s+(?:up to|about|approximately|around|nearly|almost|over|more than|at least|as much as|an average of|an additional|a margin of|\w+ly|~|≈|>|an?)?\s*(?:[\d.]+\s?%?\s*(?:,|and|to|-|/|,\s*and)\s*)*$",
    re.IGNORECASE,
)
_CHANGE_OF = re.compile(
    r"(?:improvements?|increases?|gains?|reductions?|decreases?|drops?|differences?|boosts?|declines?|enhancements?|margins?|uplift)\b[^.;,]{0,60}?\b(?:of|by|=|was|were|:)\s+(?:up to|about|approximately|around|nearly|almost|over|more than|at least|as much as|an average of|~|≈|>)?\s*(?:[\d.]+\s?%?\s*(?:,|and|to|-|,\s*and)\s*)*$",
    re.IGNORECASE,
)
_CHANGE_AFTER = re.compile(
    r"\s*(?:%|percent)?\s*-?\s*(?:absolute |relative |percentage |average |mean |overall |significant |accuracy |AUC |AUROC |F1 |F1-score |Dice |DSC |score |IoU |mIoU |sensitivity |specificity |recall |precision |performance |points? |in )*(?:points?|pp|improvements?|increases?|gains?|higher|lower|better|reductions?|decreases?|drops?|declines?|boosts?|differences?|superior|more accurate|advantage|increments?|enhancements?)\b",
    re.IGNORECASE,
)
_DELTA = re.compile(r"(?:Δ|delta|∆)\s*\w*\s*(?:=|of|:)?\s*[+-]?\s*$", re.IGNORECASE)
_FROM_TO = re.compile(
    r"(?:improv|increas|rais|rose|boost|enhanc|elevat|went|grew|gain|upgrad|jump)[^.;]{0,140}?(?<!ranging )(?<!ranged )(?<!range )\bfrom\s+(?:an?\s+(?:\w+\s+){0,2}of\s+|about |approximately |around )?$",
    re.IGNORECASE,
)
_VERSUS = re.compile(
    r"(?:\bvs\.?|\bversus|compared (?:to|with)|as opposed to|rather than|against|than)\s+(?:an?\s+|the\s+|only\s+|just\s+|about\s+)*(?:\w+\s+){0,1}(?:of\s+)?$",
    re.IGNORECASE,
)

_HUMAN = (
    r"radiologists?|clinicians?|physicians?|doctors?|dermatologists?|pathologists?|ophthalmologists?|experts?|humans?|human readers?|readers?|surgeons?|cardiologists?|endoscopists?|nurses?|residents?|sonographers?|observers?|neurologists?|"
    r"psychiatrists?|practitioners?|specialists?|graders?|dentists?|oncologists?|urologists?|gastroenterologists?|hepatologists?|raters?|technicians?|pediatricians?|trainees"
)
_BASE = (
    r"baselines?(?! (?:characteristic|data|MRI|feature|clinical|variable|and|CT|visit|score|value|demographic))|conventional|traditional(?:ly)?|existing|previous(?:ly)?|prior|state[- ]of[- ]the[- ]art(?! (?:performance|results?|accurac|AUC|segmentation|F1|Dice|scores?))|SOTA(?! (?:performance|results?))|competing|competitors?|standard (?:methods?|models?|approach\w*|care|scores?|criteria)|routine (?:care|practice)|"
    r"other (?:\w+ ){0,2}(?:models?|methods?|classifiers?|algorithms?|approaches|techniques|tools|networks)|(?:manual|visual) (?:assessment|inspection|reading|scoring|interpretation|review)|without (?:the )?(?:AI|assistance|aid|augmentation|model)|unaided|unassisted"
)
_CUES = re.compile(
    rf"(?P<than>\b(?:than(?!\s+(?:or equal to\s+)?[\d.])|different from|differ(?:ed|s)? from|comparable (?:to|with)|similar to|equivalent to|inferior to|versus|vs\.?|compared (?:to|with)|in comparison (?:to|with)|relative to|outperform\w*|surpass\w*|superior to|exceed(?:s|ed|ing)?(?=\s+(?:the|that|those|all|other|both|[A-Z]))|over (?:the|that of|those of)|as opposed to|against)\b)"
    rf"|(?P<human>\b(?:{_HUMAN})\b(?!-)(?!['’]? ?(?:level|annotat|label|report|diagnos|consensus)))"
    rf"|(?P<base>\b(?:{_BASE})\b)"
    r"|(?P<own>\b(?:we\b|our\b|ours\b|proposed|this (?:model|study|method|approach|work|system)|the (?:present|developed|new|novel|combined|final|best|AI|DL|deep learning|ML|CNN)\b|(?:AI|model|CAD|computer)[- ](?:assisted|aided)|with (?:the )?(?:AI|assistance|aid|model)\b))"
    r"|(?P<participle>,\s*(?:and\s+)?(?:achiev|yield|reach|obtain|attain|result|demonstrat|provid|deliver|produc|show|record)ing\b|,\s*with (?:an?|the|AUC|accurac|area|sensitiv|mean|average))"
    r"|(?P<stop>[;]|\bwhereas\b|\bwhile\b|,\s*but\b|\bhowever\b|,\s*and (?=(?:the|our|we|it)\b)|\bafter\b)",
    re.IGNORECASE,
)  # fmt: skip
_RESPECTIVELY = re.compile(r"[^.;]{0,120}\brespectively\b", re.IGNORECASE)


def claim(text: str, values: list[Value], runs: list[list[Value]]) -> None:
    """Set the claim of every value that has a metric."""
    for run in runs:
        for i, value in enumerate(run):
            if value.metric is None:
                continue
            value.claim = _one(text, run, i)


def _one(text: str, run: list[Value], i: int) -> str:
    value = run[i]
    before, after = text[: value.start], text[value.end :].lstrip(")] ")
    if i and run[i - 1].claim == "delta" and not re.search(r"\bto\b|from", text[run[i - 1].end : value.start]):
        return "delta"
    if _BY.search(before) or _CHANGE_OF.search(before) or _DELTA.search(before) or _CHANGE_AFTER.match(after):
        return "delta"
    if i + 1 < len(run) and re.search(r"\b(?:vs\.?|versus|compared (?:to|with))", text[value.end : run[i + 1].start]):
        return "own"
    if re.search(r"\bours\s*[:=(]", text[max(0, value.start - 60) : value.start], re.IGNORECASE):
        return "own" if re.search(r"\bours\s*[:=(]\s*$", before, re.IGNORECASE) else "comparator"
    if _FROM_TO.search(before) and i + 1 < len(run) + 1 and re.match(r"\s*(?:\([^()]*\)|\[[^\]]*\])?\s*to\b", after):
        return "comparator"
    if (
        i
        and run[i - 1].claim == "comparator"
        and _FROM_TO.search(text[: run[i - 1].start])
        and re.search(r"\bto\b", text[run[i - 1].end : value.start])
    ):
        return "own"
    if _VERSUS.search(before):
        return "comparator"
    state, how = _state(text, value.start)
    if state == "comparator" and how == "than" and i == 0 and len(run) > 1 and _RESPECTIVELY.match(text, run[-1].end):
        return "own"
    return state


def _state(text: str, position: int) -> tuple[str, str]:
    """Return the claim that the words before a position set, and the last cue that set it."""
    state, how = "own", ""
    for cue in _CUES.finditer(text, 0, position):
        kind = str(cue.lastgroup)
        if kind == "than":
            # ``Compared with others, our model …``: the comparison ends at its comma.
            if cue.start() < 3 or re.search(r"(?:^|[:.]\s*)$", text[: cue.start()]):
                comma = text.find(",", cue.end())
                if 0 <= comma < position:
                    continue
            state, how = "comparator", "than"
        elif kind in {"human", "base"}:
            if (
                kind == "human"
                and re.search(
                    r"(?:AI|model|assist|aid|with|help|support|for|to|from|among)\W+(?:\w+\W+){0,2}$",
                    text[max(0, cue.start() - 30) : cue.start()],
                    re.IGNORECASE,
                )
                and how != "than"
            ):
                continue
            if (
                how == "own"
                and kind == "base"
                and not re.search(
                    r"(?:than|over|to|with|from|versus|vs|the)\W+(?:\w+\W+){0,2}$", text[max(0, cue.start() - 30) : cue.start()]
                )
            ):
                continue
            state, how = "comparator", kind
        elif kind == "own":
            if how == "than" and re.search(r"\b(?:than|to|with|over|outperform\w*)\W+$", text[max(0, cue.start() - 14) : cue.start()]):
                continue
            state, how = "own", "own"
        else:
            state, how = "own", kind
    return state, how
