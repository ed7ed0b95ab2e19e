"""Which numbers of a sentence can state a performance, with the interval and spread that belong to each."""

from __future__ import annotations

import re
from dataclasses import dataclass

from miner.text.numbers import Number

from .intervals import attach, end_of, is_level

_OTHER_BEFORE = re.compile(
    r"(?:\b(?:[pPqQ]['’]?s?(?:[- ]?(?:values?|trend|adj\w*))?|OR|HR|RR|aOR|aHR|IRR|SMD|MD|SHR|LR[+-]|PLR|NLR|DOR|r|R|rs|r2|r\^2|rho|ρ|SE|SD|IQR|CV|n|N|d|g|t|z|F|Z|T|df|k|α|β|χ2|I2|λ|γ|gamma|sigma|tau|τ)"
    r"|odds|significance(?: level)?|alpha|power|learning rate|response rates?|participation rates?|mean age|"
    r"slope|intercept|log-?rank|weights?|dropout(?: rates?)?|step|dose|volume|probabilit(?:y|ies)|kernel|ratios?|IC50|concentrations?|std)"
    r"\s*(?:\([^()]*\))?\s*(?:values?)?\s*(?:(?:for|per) \w+)?\s*[\[(]?\s*(?:of|was|were|is|are|at|:|=|<|>|≤|≥|,|<=|>=|= ?<|equal to|less than|equals|ranging from|ranged from|between|up to)?\s*[<>≤≥=]?\s*-?\s*$"
    r"|\bage[sd]? (?:of |was |at |= ?|between )?$|±\s?\(?$"
    r"|\b(?:thresholds?|cut-?offs?)(?: (?:points?|values?|scores?|levels?))*\s?[(\[]?\s?(?:of|at|=|:|>|<|≥|≤|,|to|set (?:at|to))?\s?[≥>≤<]?\s?$"
    r"|(?<!for the )(?<!for an )(?<!the optimal )(?<!at the )(?<!at this )(?<!with this )\b(?:thresholds?|cut-?offs?)(?: (?:points?|values?))? (?:was|were|is|are) $"
    r"|\bat (?:an? )?IoU (?:threshold )?(?:=|of|>|≥|≥ ?)? ?$|probability(?: \w+)? (?:higher|greater|lower|less|more) than $"
    r"|(?:[=(\[:,] ?|\b(?:was|were|of|is|are|to|and|from) )-$"
)
# What happened to people is no performance, unless it is what was predicted: ``the AUC for mortality was 0.8``.
_OUTCOME_BEFORE = re.compile(
    r"(?P<what>(?:\b(?:for|of|in|on|predict\w*|forecast\w*) (?:[\w-]+ ){0,3})?)\b(?:prevalence|incidence|mortality|survival|recurrence|remission)(?: rates?)?\s*(?:\([^()]*\))?\s*[\[(]?\s*(?:of|was|were|is|are|at|:|=|<|>|≤|≥|,|ranging from|ranged from|between)?\s*$"
)
_P_LIST = re.compile(r"\b[pP]['’]?s?\b(?:[- ]?values?)?(?:\s?(?:for|of)\s\w+)?\s*(?:[=<>≤≥]{1,2}|less than|were|was|of)\s*(?:[\d.]+\s*(?:,|and|to|-)?\s*(?:and\s*)?[<>=≤≥]?\s*)*$")
# ``reduces FLOPs by 90%``, ``a 50% lower cost``: changes of what is no performance.
_COSTS = (
    r"FLOPs|G?FLOPS|parameters?|latency|memory|VRAM|computation(?:al)?|costs?|runtime|run-?time|time|times|storage|energy|tokens?|consumption|size|speed|throughput|footprint|dose|doses|workload|burden|usage|"
    r"annotations?|iterations?|failures?|visits?|hallucinations?|bias|variance|noise|uncertainty|risk|length|distance|emissions?|overhead|complexity|gap|false positives|errors"
)
_COST_BEFORE = re.compile(rf"\b(?:{_COSTS})\b(?:\s?\([^()]*\))?(?:\s\w+){{0,3}}?\s(?:by|of|to)\s(?:up to |about |approximately |around |nearly |over |more than |an average of |~ ?|at least )?(?:[\d.]+ ?%?(?:,|-| to| and|, and) ?)*$", re.IGNORECASE)
_COST_AFTER = re.compile(
    rf"\s?%?\s(?:\w+ly )?(?:reductions?|decreases?|drops?|savings?|reduced|fewer|less|lower|faster|smaller|cheaper|shorter|improvements?|increases?|gains?|more|higher)\s(?:(?:in|of)\s)?(?:the\s)?(?:\w+\s){{0,2}}(?:{_COSTS}|features|compounds|variables|weights|images|patients|inference|questions|queries|instances)\b"
    rf"|\s?%?\s(?:faster|fewer|cheaper|(?:model |parameter |memory |cost |time |bias |dose |noise |token )(?:size |usage |cost )?(?:reduction|savings?))\b"
    rf"|\s?%?\s(?:of\s)?(?:the\s|its\s|all\s)?(?:labell?ed|annotated|training|trainable|available|unlabell?ed|missing|randomly|original|total)\b"
    rf"|\s?%?\s(?:labels|data|dataset|noise|dropout|threshold|prevalence|probability|confidence|edges|completeness|dose|risk)\b",
    re.IGNORECASE,
)  # fmt: skip
_UNIT_AFTER = re.compile(
    r"\s?-?(?:mm|cm|km|kg|mg|g|µ?m|nm|ms|s|sec|seconds?|min|mins|minutes?|hours?|h|days?|weeks?|months?|years?|yrs?|Hz|kHz|MHz|mL|ml|dB|°|fold|folds|times|x|×|GB|MB|fps|mmHg|T|Tesla|Gy|V|eV|kcal|mmol|log10|units?|degrees?|deg|points? (?:on|out)|"
    r"images?|patients?|participants?|subjects?|cases?|samples?|studies|articles?|features?|genes?|models?|classes|datasets?|epochs?|layers?|centers?|sites?|controls?|women|men|children|nodules|lesions|swallows)\b"
    r"(?!\s*(?:sensitivity|specificity|recall|accuracy|classification|AUC|detection))"
)
# A whole number states a score only behind such words: ``Task 1`` and ``Figure 2`` are names.
_INTEGER_BEFORE = re.compile(
    r"(?:\b(?:of|was|were|is|are|be|to|and|or|from|between|reach\w*|over|above|at|approximately|about|than|by|an?|both|respectively|nearly|only|almost|accurac(?:y|ies)|AUCs?|AUROCs?|sensitivit\w+|specificit\w+|precision|recall|scores?|dice|F1|PPV|NPV|"
    r"values?|kappa|BLEU(?:-\d)?)|[=:(,\[/≥>≤<~±+-])\s*$", re.IGNORECASE
)
_PARAMETER = re.compile(r"(?<![\w.])[a-z]{1,12}\s?=\s?$")
_PART = re.compile(r"-(?:,|\s|(?:year|month|week|day|hour|fold)s?\b)(?!\d)")
_COMPOUND = re.compile(r"-(?!fold)[A-Za-z]|(?:st|nd|rd|th)\b|[:x×]\d")
_OF_PEOPLE = re.compile(
    r"\s?%?\)?\s+(?:of\s+|were\s+|was\s+)?(?:all\s+|the\s+|these\s+|those\s+|total\s+|our\s+)*(?:(?!for\b|in\b|on\b|and\b|with\b|across\b|to\b|from\b|at\b|by\b|vs)\w+\s+){0,2}(?:patients|participants|subjects|individuals|people|women|men|male|males|female|females|boys|girls|children|adults|respondents|students|"
    r"variance|variability|variation|data|dataset|training|samples|population|cohort|total|time|tumou?rs|lesions|deaths|articles|papers|studies|recipients|eyes|transcripts|genes|compounds|features|molecules|variants)\b"
)
_JUDGED = re.compile(r"correct|accura|sensitiv|recall|identif|detect|classif|recogni", re.IGNORECASE)
_SHARE_BEFORE = re.compile(r"(?<![\d.%] )(?<![\d.%])(?<!of )(?<!/)\b\d[\d,]* \($|\d[kKM]/$")
_SHARE_AFTER = re.compile(r" \(\d[\d.]* ?%\)")
_SLASH_AFTER = re.compile(r"\s?/\s?\d")
_OF_AFTER = re.compile(r"\s(?:out )?of (?:the )?\d+\b(?!\s?%|\.\d)")
# ``90/85/80%`` are three scores; ``39/791`` is a share of cases.
_SCORES_SLASHED = re.compile(r"(?<![\d.])\d{2}(?:\s?/\s?\d{2})+\s?%")
_OF_BEFORE = re.compile(r"\d\s(?:out )?of (?:the )?$|\d\s?/\s?$")


# What was set in advance, chance, and the ends of a scale.
_SET_BEFORE = re.compile(
    r"(?:\b(?:criteri\w+|targets?|requir\w+|recommended|accept(?:ed|able)|minimum|pre-?specified|pre-?defined|goal|WHO|chance(?: level)?|random (?:guess\w*|chance|baseline)|considered|defined as|suggest\w* that an?)\b[^.;]{0,40}?[>≥<≤]=? ?"
    r"|\b(?:thresholds?|cut-?offs?)\b(?:(?!sensitiv|specific|accura|AUC|precision|recall|PPV)[^,;:()]){0,70}(?:≥|>|≤|<|than|equal to|of|at) ?"
    r"|\b(?:chance|chance level|random guess\w*|random chance)(?: level)? ?(?:\(|of |at |= ?|: ?))$"
    r"|\b(?:recommended|requir\w+|targets?|WHO|pre-?specified|pre-?defined|goals?|should|must|needs?)\b(?:(?!achiev|reach|was|were)[^.;]){0,60}?\b(?:at least|more than|over|above|exceeding|minimum of|greater than|of) ?$",
    re.IGNORECASE,
)
_SET_AFTER = re.compile(
    r"\s?%?\s?(?:\)\s?)?(?:as (?:an? |the )?(?:\w+ ){0,3}(?:cut-?offs?|thresholds?)\b|(?:or|and) (?:more|above|greater|higher|over|less|lower)\s(?:\w+ ){0,2}(?:considered|defined|regarded|taken|indicat\w+|interpreted|deemed)|p-values?\b|\((?:random|perfect|chance|no discrimination)|\s?(?:chance|threshold|cut-?off)\b)",
    re.IGNORECASE,
)


_INTERVAL_WORDS = re.compile(
    r"confidence|credible|intervals?|CIs?|CrIs?|C\.I\.|bootstrap\w*|two-sided|percent|ranging|range|from|with|between|of|to|SD|SE|mean|standard|deviation|conservative|and|was|is", re.IGNORECASE
)
_OTHER_WORDS = re.compile(r"[A-Za-z]{2}")


@dataclass(slots=True)
class Value:
    """One number that may state a performance. ``fraction`` is what it says as a fraction."""

    number: Number
    fraction: float
    low: float | None = None
    high: float | None = None
    sd: float | None = None
    end: int = 0  # where its interval or spread ends
    metric: str | None = None
    claim: str = "own"
    how: str = ""
    in_percent: bool = False  # its spread or interval has the sign
    signed: bool = False  # written with a plus: a difference

    @property
    def start(self) -> int:
        """Where the number begins."""
        return self.number.start

    @property
    def percent(self) -> bool:
        """Whether it is written in per cent."""
        return self.number.kind == "percent" or self.in_percent

    @property
    def bare(self) -> bool:
        """Whether it is a number above 1 without a per cent sign."""
        return not self.percent and self.number.value > 1

    @property
    def scorelike(self) -> bool:
        """Whether its form is that of a score: a fraction with decimals, or a percentage."""
        return self.percent or (self.number.decimals > 0 and self.number.value <= 1) or self.sd is not None


def fraction_of(number: Number, *, percent: bool | None = None) -> float:
    """Return what a number says as a fraction: 94.2 % and 94.2 are 0.942, 0.93 is 0.93."""
    in_percent = number.kind == "percent" or number.value > 1 if percent is None else percent
    return round(number.value / 100, 10) if in_percent else number.value


def find_values(text: str, numbers: list[Number]) -> tuple[list[Value], list[tuple[Number, str]]]:
    """Return the candidates with their intervals, and the numbers that are none with the reason."""
    rejected: list[tuple[Number, str]] = []
    attached = attach(text, numbers)
    slashed = [m.span() for m in _SCORES_SLASHED.finditer(text)]
    values: list[Value] = []
    foreign_end = -1
    listed = _listed_foreign(text, numbers)
    for number in numbers:
        if number.start in listed:
            rejected.append((number, "another quantity"))
            continue
        spread = attached.spreads.get(number.start)
        if spread is not None and _UNIT_AFTER.match(text, spread.end):
            rejected.append((number, "has a unit"))
            continue
        reason = attached.inner.get(number.start) or (
            None if any(a <= number.start < b for a, b in slashed) else _no_performance(text, number)
        )
        if reason is None and foreign_end >= 0 and _RANGE.fullmatch(text, foreign_end, number.start):
            reason = "another quantity"
        if reason:
            rejected.append((number, reason))
            foreign_end = number.end if reason == "another quantity" else -1
            continue
        foreign_end = -1
        values.append(_value(text, number, attached.bounds.get(number.start), spread))
    return values, rejected


_RANGE = re.compile(r"\s?%?\s?(?:-|to|and)\s?-?")


_LISTED = re.compile(r"\s?%?(?:,| and|, and|,? or|-| to) ?")


def _listed_foreign(text: str, numbers: list[Number]) -> set[int]:
    """``1%, 5% and 10% labelled data``: what stands behind the last number of a list holds for all of it."""
    found: set[int] = set()
    for before, number in zip(reversed(numbers[:-1]), reversed(numbers), strict=False):
        held = number.start in found or (not is_level(text, number) and _COST_AFTER.match(text, number.end) is not None)
        if held and number.kind == "percent" and _LISTED.fullmatch(text, before.end, number.start):
            found.add(before.start)
    return found


def _value(text: str, number: Number, bounds: tuple[Number, Number] | None, spread: Number | None) -> Value:
    in_percent = number.kind == "percent" or number.value > 1 or (spread is not None and spread.kind == "percent")
    if bounds is not None and bounds[1].kind == "percent":
        in_percent = True
    value = Value(number, fraction_of(number, percent=in_percent), end=end_of(text, number.start, number.end))
    value.in_percent = in_percent and (spread is not None or bounds is not None)
    value.signed = text[max(0, number.start - 2) : number.start].strip().endswith("+") and not text[: number.start].rstrip(" +").endswith("/")
    if spread is not None:
        value.sd = fraction_of(spread, percent=in_percent)
        value.end = end_of(text, number.start, spread.end)
    if bounds is not None:
        low, high = bounds
        scaled = in_percent and (high.value > 1 or high.kind == "percent")
        value.low = fraction_of(low, percent=scaled or high.value > 1)
        value.high = fraction_of(high, percent=scaled or high.value > 1)
        if not _OTHER_WORDS.search(_INTERVAL_WORDS.sub("", text[number.end : low.start])):
            value.end = max(value.end, end_of(text, number.start, high.end))
    return value


def _no_performance(text: str, number: Number) -> str | None:
    if number.kind == "words" or number.value < 0 or number.value > 300 or (number.value > 100 and number.kind != "percent"):
        return "no bounded score"
    if number.value == 0 and number.kind == "integer":
        return "no bounded score"
    if is_level(text, number):
        return "level of an interval"
    before = text[max(0, number.start - 80) : number.start]
    if number.kind != "percent" and re.match(r" (?:different|various|distinct)\b", text[number.end : number.end + 12]):
        return "count of things"
    if _P_LIST.search(before) or _OTHER_BEFORE.search(before[-60:]) or _COST_BEFORE.search(before) or _COST_AFTER.match(text, number.end):
        return "another quantity"
    if (outcome := _OUTCOME_BEFORE.search(before)) is not None and not outcome["what"]:
        return "another quantity"
    if _SET_BEFORE.search(before) or _SET_AFTER.match(text, number.end):
        return "set in advance"
    if number.kind == "percent":
        judged = _JUDGED.search(text, max(0, number.start - 40), number.end + 60)
        if _SHARE_BEFORE.search(before) and not _JUDGED.search(before[-45:]) and re.match(r"%\) [a-z]|%\)", text[number.end :]):
            return "share of a count"
        return "share of people" if _OF_PEOPLE.match(text, number.end) and not judged else None
    if _UNIT_AFTER.match(text, number.end) or _PART.match(text, number.end):
        return "has a unit"
    if number.kind == "integer":
        if not _INTEGER_BEFORE.search(before):
            return "part of a name"
        if _PARAMETER.search(before) and not _JUDGED.search(before[-16:]):
            return "another quantity"
        if _COMPOUND.match(text, number.end) or before.endswith(("#", "@")):
            return "part of a name"
        if _SHARE_AFTER.match(text, number.end):
            return "count of a total"
        if _SLASH_AFTER.match(text, number.end):
            return "count of a total"
        if _OF_AFTER.match(text, number.end):
            return "count of a total"
        if _OF_BEFORE.search(before):
            return "total of a count"
    return None
