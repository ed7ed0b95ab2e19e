"""Which numbers of a sentence can state a performance, with the interval and spread that belong to each."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from miner.text.numbers import Number, find_intervals, find_plus_minus

_CI_AFTER = re.compile(
    r"\s?(?:%|percent)?\s?-?\s?(?:\(?C[rI]*I?s?\b|CI|confidence|credib|prediction interval|uncertainty|bootstrap|level)", re.IGNORECASE
)
_FOREIGN_BEFORE = re.compile(
    r"(?:\b[pP]\b\s?-?\s?(?:values?|trend)?|\b[qQ]\b|\b(?:OR|HR|RR|aOR|aHR|IRR|SMD|MD|SHR|PR|LR[+-]?|PLR|NLR|DOR|r|R|rs|r2|R2|R\^2|R²|rho|ρ|ICC|RMSE|MAE|MSE|SE|SD|IQR|CV|n|N|d|g|t|z|F|df|k|α|β|χ2)\b"
    r"|odds ratios?|hazard ratios?|risk ratios?|likelihood ratios?|relative risks?|correlations?(?: coefficients?)?|coefficients? of (?:determination|variation)|pearson'?s?(?: \w+)?|spearman'?s?(?: \w+)?|intraclass \w+(?: \w+)?"
    r"|thresholds?|cut-?offs?(?: \w+)?|cut-off points?|cutoff points?|significance(?: level)?|alpha|power|learning rate|prevalence|incidence|mortality(?: rates?)?|survival(?: rates?)?|response rates?|participation rates?|mean age|aged?|"
    r"calibration (?:slope|intercept|error)|slope|intercept|log-?rank|ratio|weights?|dropout(?: rates?)?|step|dose|volume)"
    r"\s*(?:\([^()]*\))?\s*(?:values?)?\s*(?:for \w+)?\s*[\[(]?\s*(?:of|was|were|is|are|at|:|=|<|>|≤|≥|,|<=|>=|= ?<|equal to)?\s*[<>≤≥=]?\s*$"
)
_PVALUE = re.compile(r"\b[pP]\b(?:[- ]?values?)?(?:\s?(?:for|of)\s\w+)?\s*[=<>≤≥]{1,2}\s*(?:[\d.]+\s*(?:,|and)\s*)*$")
_UNIT_AFTER = re.compile(
    r"\s?-?(?:mm|cm|km|kg|mg|g|µ?m|nm|ms|s|sec|seconds?|min|minutes?|hours?|h|days?|weeks?|months?|years?|yrs?|Hz|kHz|MHz|mL|ml|dB|°|fold|folds|times|x|×|GB|MB|fps|mmHg|T|Tesla|Gy|"
    r"images?|patients?|participants?|subjects?|cases?|samples?|studies|articles?|features?|genes?|models?|classes|datasets?|epochs?|layers?|centers?|sites?|controls?|women|men|children)\b(?!\s*(?:sensitivity|specificity))"
)
_OF_PEOPLE = re.compile(
    r"\s?%?\s+(?:of\s+)?(?:all\s+|the\s+|these\s+|those\s+|total\s+|our\s+)*(?:\w+\s+){0,2}(?:patients|participants|subjects|individuals|people|women|men|children|adults|respondents|students|"
    r"variance|variability|variation|data|dataset|training|samples|population|cohort|total|time|tumou?rs|lesions|deaths|articles|papers|studies)\b"
)


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
    notes: list[str] = field(default_factory=list)

    @property
    def start(self) -> int:
        """Where the number begins."""
        return self.number.start

    @property
    def percent(self) -> bool:
        """Whether it is written in per cent."""
        return self.number.kind == "percent"


def fraction_of(number: Number, *, percent: bool | None = None) -> float:
    """Return what a number says as a fraction: 94.2 % and 94.2 are 0.942, 0.93 is 0.93."""
    in_percent = number.kind == "percent" or number.value > 1 if percent is None else percent
    return round(number.value / 100, 10) if in_percent else number.value


def find_values(text: str, numbers: list[Number]) -> tuple[list[Value], list[tuple[Number, str]]]:
    """Return the candidates with their intervals, and the numbers that are none with the reason."""
    rejected: list[tuple[Number, str]] = []
    bounds = _bounds(text, numbers)
    spreads = {p.centre.start: p.spread for p in find_plus_minus(text, numbers)}
    inner = {n.start for low, high in bounds.values() for n in (low, high)} | {s.start for s in spreads.values()}
    values: list[Value] = []
    for number in numbers:
        reason = _not_performance(text, number) if number.start not in inner else "bound of an interval, or spread"
        if reason:
            rejected.append((number, reason))
            continue
        value = Value(number, fraction_of(number), end=_after(text, number))
        if number.start in spreads:
            spread = spreads[number.start]
            in_percent = value.percent or spread.kind == "percent" or number.value > 1
            value.fraction = fraction_of(number, percent=in_percent)
            value.sd = fraction_of(spread, percent=in_percent)
            value.end = _closed(text, number.end, _after(text, spread))
        if number.start in bounds:
            low, high = bounds[number.start]
            in_percent = value.percent or number.value > 1 or high.kind == "percent"
            value.low, value.high = fraction_of(low, percent=_scaled(low, in_percent)), fraction_of(high, percent=_scaled(high, in_percent))
            value.end = _closed(text, number.end, _after(text, high))
        values.append(value)
    return values, rejected


def _closed(text: str, start: int, end: int) -> int:
    """Return the end of what begins at ``start``, with the bracket that it opened."""
    inside = text[start:end]
    if inside.count("(") > inside.count(")") or inside.count("[") > inside.count("]"):
        match = re.compile(r"[^()\[\]]{0,40}[)\]]{1,2}").match(text, end)
        return match.end() if match else end
    return end


def _scaled(bound: Number, in_percent: bool) -> bool:
    return bound.kind == "percent" or (in_percent and bound.value > 1) or bound.value > 1


def _after(text: str, number: Number) -> int:
    match = re.compile(r"\s?(?:%|percent\b|per cent\b)").match(text, number.end)
    return match.end() if match else number.end


# ``84.3 % [102/121; 95 % CI 76.7-89.8]``, ``88 ± 2 (95 % CI …)``: numbers between an estimate and its interval.
_COUNTS = re.compile(r"\d\s?/\s?\d|±")

_LEAD = re.compile(
    r"\s?(?:%|percent)?\s*[;,]?\s*(?:[(\[]\s*)?(?:\d+\s?/\s?\d+\s*[;,)\]]?\s*[;,(\[]?\s*)?(?:(?:with|at)\s+(?:a|an)?\s*)?(?:(?:95|90|99|97\.5)\s?%?\s*-?\s*)?(?:two-sided\s+|bootstrap(?:ped)?\s+)?(?:CIs?|CrIs?|C\.I\.|confidence intervals?|credible intervals?|uncertainty intervals?)?(?:\s*[(\[]CIs?[)\]]\s*interval)?"
    r"\s*(?:[(\[]\s*(?:95\s?%\s*)?(?:CIs?|CrIs?|C\.I\.)\s*[)\]])?\s*(?:of|is|was|:|=|,|;|from|between|ranging from)?\s*[(\[]?\s*"
)


def _bounds(text: str, numbers: list[Number]) -> dict[int, tuple[Number, Number]]:
    """Return for the start of an estimate the bounds of the interval that follows it."""
    found: dict[int, tuple[Number, Number]] = {}
    by_start = {n.start: i for i, n in enumerate(numbers)}
    for interval in find_intervals(text, numbers):
        i = by_start[interval.low.start] - 1
        # ``95%`` of ``95% CI`` is no estimate; a spread is not either.
        while i >= 0 and (_CI_AFTER.match(text, numbers[i].end) or _COUNTS.search(text[max(0, numbers[i].start - 3) : numbers[i].end + 3])):
            i -= 1
        if i < 0:
            continue
        estimate = numbers[i]
        low, high = _same_scale(estimate, interval.low, interval.high)
        if not (low - 1e-9 <= estimate.value * (1 if estimate.kind != "percent" else 1) <= high + 1e-9):
            continue
        if not (interval.stated or interval.bracketed):
            continue
        gap = text[estimate.end : interval.low.start]
        if _LEAD.fullmatch(text, estimate.end, interval.low.start) or (
            interval.stated
            and len(gap) < 60
            and not re.search(r"[a-z]{4,}", re.sub(r"(?i)confidence|interval|credible|range|bootstrap|sided|with|from", "", gap))
        ):
            found.setdefault(estimate.start, (interval.low, interval.high))
    return found


def _same_scale(estimate: Number, low: Number, high: Number) -> tuple[float, float]:
    factor = 1.0
    if estimate.kind == "percent" and high.kind != "percent" and high.value <= 1 < estimate.value:
        factor = 100.0
    elif estimate.kind != "percent" and estimate.value <= 1 and high.value > 1:
        factor = 0.01
    return low.value * factor, high.value * factor


def _not_performance(text: str, number: Number) -> str | None:
    if number.kind == "words" or number.value < 0 or number.value > 100 or (number.value == 0 and number.kind == "integer"):
        return "no bounded score"
    before = text[max(0, number.start - 60) : number.start]
    if _CI_AFTER.match(text, number.end):
        return "confidence level"
    if _PVALUE.search(before) or _FOREIGN_BEFORE.search(before):
        return "another quantity"
    if number.kind != "percent" and _UNIT_AFTER.match(text, number.end):
        return "has a unit"
    if re.match(r"\s?/\s?\d", text[number.end :]) and number.kind == "integer":
        return "count of a total"
    if re.search(r"\d\s?/\s?$", before) and number.kind == "integer":
        return "total of a count"
    if (
        number.kind == "percent"
        and _OF_PEOPLE.match(text, number.end)
        and not re.search(r"correct|accura|sensitiv|recall|identif|detect", text[max(0, number.start - 40) : number.end + 60])
    ):
        return "share of people"
    return None
