"""Numbers that state no performance: other quantities, units, counts, shares, and what was set in advance."""

from __future__ import annotations

import re

from miner.text.edges import at_edges
from miner.text.numbers import Number

from .intervals import is_level
from .metrics import find_metrics
from .settings import is_set

_OTHER_BEFORE = at_edges(
    r"(?:\|rho\||\b(?:[pPqQ]['’]?s?(?:[- ]?(?:values?|trend|interaction|heterogeneity|adj\w*))?|OR|HR|RR|aOR|aHR|IRR|SMD|MD|SHR|r|R|rs|r2|r 2|r\^2|rho|ρ|pc|ρc|SE|SD|RSDs?|IQR|[Ii]nterquartile range|CV|n|N|d|g|t|z|F|Z|T|df|k|α|β|χ2|χ²|I2|I²|I\^2|λ|γ|gamma|sigma|tau|τ)"
    r"|(?P<noun>temperatures?(?: tuning)?|odds|significance(?: level)?|alpha|(?<!predictive )(?<!discriminative )(?<!discriminatory )(?<!diagnostic )(?<!discrimination )(?<!prediction )power|learning rate|response rates?|participation rates?|mean age|"
    r"slope|intercept|log-?rank|weights?|dropout(?: rates?)?|step|dose|volume|probabilit(?:y|ies)|kernel|(?<!likelihood )ratios?|IC50|concentrations?|std|standard (?:deviations?|errors?)|variances?))"
    r"\s*(?:\([^()]*\))?\s*(?:values?)?\s*(?:(?:for|per) \w+)?\s*[\[(]?\s*(?:of|was|were|is|are|at|:|=|<|>|≤|≥|,|<=|>=|= ?<|equal to|less than|equals|ranging from|ranged from|between|up to)?\s*[<>≤≥=]?\s*-?\s*$"
    r"|\bage[sd]? (?:of |was |at |= ?|between )?$|±\s?\(?$"
    r"|\b(?:thresholds?|cut-?offs?)(?: (?:points?|values?|scores?|levels?))*\s?[(\[]?\s?(?:of|at|=|:|>|<|≥|≤|,|to|set (?:at|to))?\s?[≥>≤<]?\s?$"
    r"|(?<!for the )(?<!for an )(?<!the optimal )(?<!at the )(?<!at this )(?<!with this )\b(?:thresholds?|cut-?offs?)(?: (?:points?|values?))? (?:was|were|is|are) $"
    r"|\bat (?:an? )?IoU ?(?:threshold )?(?:=|of|>|≥|≥ ?)? ?$|\b(?:over|under)estimat\w+ [^.;]{0,40}\bby (?:[\d.]+ ?%?(?:,|-| to| and|, and) ?)*$|\b(?:percentile|threshold|parameter|frequency) range (?:between|from|of) $|probability(?: \w+)? (?:higher|greater|lower|less|more) than $"
    r"|\bconfidence(?: scores?| levels?)? (?:\$?\\geq?\$? ?|≥ ?|> ?|above |over |of at least )$|\bat an? (?:summed|total|sum|risk|cumulative|composite|prognostic) scores? of $|\bsensitivity \(<$|\+ specificity\)? - $|\bfactors? (?:of|between|ranging from|from) $"
    r"|(?:[=(\[:,] ?|\b(?:was|were|of|is|are|to|and|from) )-$"
)
# ``the AUC of tumour volume was 0.82``
_METRIC_OF = re.compile(
    r"(?:accurac\w+|AUCs?|AUROCs?|curves?|sensitivit\w+|specificit\w+|precision|recall|F1|C-index|concordance index|statistic|predictive values?|that|those)(?: \([^()\d]*\))?(?: value)? (?:of|for|using|with|by) [^.;,:\d]{0,50}$"
)
# What happened to people is no performance, unless it is what was predicted: ``the AUC for mortality was 0.8``.
_OUTCOME_BEFORE = re.compile(
    r"(?P<what>(?:\b(?:for|of|in|on|predict\w*|forecast\w*) (?:[\w.,-]+ ){0,8})?)\b(?:prevalence|incidence|mortality|survival|recurrence|remission)(?: rates?)?\s*(?:\([^()]*\))?\s*[\[(]?\s*(?:of|was|were|is|are|at|:|=|<|>|≤|≥|,|ranging from|ranged from|between)?\s*$"
)
_P_LIST = at_edges(
    r"\b(?:[pP] ?)?FDR(?:[- ](?:corrected|adjusted))?(?: [pPqQ])?(?:[- ]?values?)? ?[<≤] ?$|\b[pP]['’]?s?\b(?:[- ]?values?)?(?:\s?(?:for|of)\s\w+)?\s*(?:[=<>≤≥]{1,2}|less than|were|was|of)\s*(?:[\d.]+\s*(?:,|and|to|-)?\s*(?:and\s*)?[<>=≤≥]?\s*)*$"
)
# ``accuracy for thresholds 0.3, 0.5 and 0.7``, ``thresholded at 0.5``
_CUTOFFS = at_edges(
    r"\b(?:thresholds|cut-?offs|(?:threshold|cut-?off) (?:points|values|scores|levels)|thresholded)(?: (?:of|at|from|between|in|were|are))?\s?[:=(]?\s?"
    r"(?:\d*\.?\d+\s?%?\s?(?:,|to|and|or|-|, and|, or)\s?)*$",
    re.IGNORECASE,
)
# ``reduces FLOPs by 90%``, ``a 50% lower cost``: changes of what is no performance.
_COSTS = (
    r"FLOPs|G?FLOPS|parameters?|latency|memory|VRAM|computation(?:al)?|costs?|runtime|run-?time|time|times|storage|energy|tokens?|consumption|size|speed|throughput|footprint|dose|doses|workload|burden|usage|"
    r"annotations?|iterations?|failures?|visits?|hallucinations?(?! rates?)|bias|variance|noise|uncertainty|risk|length|distance|emissions?|overhead|complexity|efficiency|gap|false positives|errors"
)
_AT_CUTOFF = re.compile(
    r"\b(?:at|on|for|with|using|by|under) (?:an? |the |this |that |its |each )?(?:[\w-]+ ){0,3}(?:thresholds?|cut-?offs?)(?: (?:points?|values?))? (?:was|were|is|are) $"
)
# ``reduces fabrication by 84%``: of what is named, not of a metric.
_REDUCED = re.compile(
    r"\b(?:reduc|cut|lower|decreas|shrink|sav|shorten|slash|trim)\w*\s(?:the |its |their )?(?!error\b)(?:(?!accura|errors? rate|AU[CR]|sens|spec|precision|recall|F1|dice|perform|misclass|[\w-]*rate|IoU|mIoU|DSC|mDice|hallucination|score|ECE|brier|kappa|mAP|BLEU|[WCE]ER|"
    r"by\b|and\b|from\b|to\b|in\b|on\b|for\b|at\b|of\b|with\b|when\b|the\b|\w+ly\b|further\b|while\b|false|calibration|gap)[\w-]+ ){1,5}(?:by|from|to) (?:up to |about |approximately |around |nearly |over |more than |an average of |~ ?|at least )?(?:[\d.]+ ?%?(?:,|-| to| and|, and) ?(?:(?:[A-Z][\w-]* ){1,4}by (?:up to )?)?)*$",
    re.IGNORECASE,
)
_COST_BEFORE = at_edges(
    rf"\b(?:{_COSTS}) (?:increas|grow|ris|decreas|dropp|fall|shrink)ing (?:by )?(?:[\d.]+ ?%?-{{1,2}})?$|\b(?:{_COSTS})\b(?:\s[\w-]+){{0,12}}?\s(?:could|can|may|might|would) (?:be )?(?:reduced|decreased|lowered|cut)\sby (?:up to |about )?$|\b(?:{_COSTS})\b(?:\s?\([^()]*\))?(?:\s\w+){{0,3}}?\s(?:by|of|to)\s(?:up to |about |approximately |around |nearly |over |more than |an average of |~ ?|at least )?(?:[\d.]+ ?%?(?:,|-| to| and|, and) ?)*$",
    re.IGNORECASE,
)
COST_AFTER = re.compile(
    rf"\s?%?\s(?:\w+ly )?(?:reductions?|decreases?|drops?|savings?|reduced|fewer|less|lower|faster|smaller|cheaper|shorter|improvements?|increases?|gains?|more|higher)\s(?:(?:in|of)\s)?(?:the\s)?(?:\w+\s){{0,2}}(?:{_COSTS}|features|compounds|variables|weights|images|patients|inference|questions|queries|instances)\b"
    rf"|\s?%?\s(?:faster|fewer|cheaper|(?:model |parameter |memory |cost |time |bias |dose |noise |token )(?:size |usage |cost )?(?:reduction|savings?))\b"
    rf"|\s?%?(?:\s\(or (?:fewer|less|more)\))?\s(?:of\s)?(?:the\s|its\s|all\s)?(?:labell?ed|annotated|training|trainable|available|unlabell?ed|missing|randomly|original|total)\b"
    rf"|\s?%?\sof\s(?:the\s|its\s|all\s)?(?:\w+\s){{0,2}}(?:parameters|weights|tokens|compute|budget|memory|costs?)\b"
    rf"|\s?%?\s(?:labels|data|dataset|features|noise|dropout|threshold|prevalence|probability|confidence|edges|completeness|dose|risk)\b",
    re.IGNORECASE,
)  # fmt: skip
UNIT_AFTER = re.compile(
    r"\s{0,2}\$?~?-?(?:mm|cm|km|kg|mg|g|µ?m|nm|ms|s|sec|seconds?|min|mins|minutes?|hours?|h|days?|weeks?|months?|years?|yrs?|Hz|kHz|MHz|mL|ml|dB|°|fold|folds|times|x|×|GB|MB|fps|mmHg|T|Tesla|Gy|HU|px|pixels?|voxels?|mGy|cGy|kPa|mV|mA|kDa|[npµu]g/m?[lL]|m?mol/[lL]|I?U/m?[lLg]|nM|mM|µM|[mk]?Wh|events?/h|V|eV|kcal|mmol|log10|units?|degrees?|deg|points? out of|FPs?(?:/\w+)?|false positives)\b"
    r"(?!\s*(?:sensitivity|specificity|recall|accuracy|classification|AUC|detection))"
)
THINGS_AFTER = re.compile(
    r"\s?-?(?:TPs?|TNs?|FPs?|FNs?|(?:true|false)[- ](?:positives?|negatives?)|images?|patients?|participants?|subjects?|cases?|samples?|studies|articles?|features?|genes?|models?|classes|datasets?|epochs?|layers?|centers?|sites?|controls?|women|men|children|nodules|lesions|swallows)\b"
    r"(?!\s*(?:sensitivity|specificity|recall|accuracy|classification|AUC|detection))"
)
_SE_BEFORE = re.compile(r"\bSE\s*(?:[=:(]|of)\s*$")
_SP = re.compile(r"\bS[Pp]\b")
# A whole number states a score only behind such words: ``Task 1`` and ``Figure 2`` are names.
_INTEGER_BEFORE = re.compile(
    r"(?:\b(?:of|was|were|is|are|be|within|to|and|or|from|between|reach\w*|over|above|at|approximately|about|than|by|an?|(?:achiev|obtain|yield|attain|deliver)\w*|both|respectively|nearly|only|almost|accurac(?:y|ies)|AUCs?|AUROCs?|sensitivit\w+|specificit\w+|precision|recall|scores?|dice|F1|PPV|NPV|"
    r"values?|kappa|BLEU(?:-\d)?)|[=:(,\[/≥>≤<~±+-])\s*$",
    re.IGNORECASE,
)
_BEGINS_RANGE = re.compile(r"\s?-{1,2}\s?\d{1,2}(?:\.\d+)?\s?%")
_PARAMETER = re.compile(r"(?<![\w.])[a-z]{1,12}\s?=\s?$")
_PART = re.compile(r"-(?:,|\s|(?:year|month|week|day|hour|fold)s?\b)(?!\d)")
_COMPOUND = re.compile(r"-(?!fold)[A-Za-z]|(?:st|nd|rd|th)\b|[:x×]\d")
_OF_PEOPLE = re.compile(
    r"\s?%?\)?\s+(?:of\s+|were\s+|was\s+)?(?:all\s+|the\s+|these\s+|those\s+|total\s+|our\s+)*(?:(?!for\b|in\b|on\b|and\b|with\b|across\b|to\b|from\b|at\b|by\b|vs)\w+\s+){0,2}(?:patients|participants|subjects|individuals|people|women|men|male|males|female|females|boys|girls|children|adults|respondents|students|"
    r"variance|variability|variation|data|dataset|training|samples|population|cohort|total|time|tumou?rs|lesions|deaths|articles|papers|studies|recipients|eyes|transcripts|genes|compounds|features|molecules|variants)\b"
)
_JUDGED = re.compile(r"correct|accura|agree|sensitiv|recall|identif|detect|classif|recogni", re.IGNORECASE)
_SHARE_BEFORE = re.compile(r"(?<![\d.%] )(?<![\w.%-])(?<!of )(?<!/)\d[\d,]* \($|\d[kKM]/$")
_SHARE_AFTER = re.compile(r" \(\d[\d.]* ?%\)")
_SLASH_AFTER = re.compile(r"\s?/\s?\d")
_OF_AFTER = re.compile(r"\s(?:out )?of (?:the )?\d+\b(?!\s?%|\.\d)")
_OF_BEFORE = re.compile(r"\d\s(?:out )?of (?:the )?$|\d\s?/\s?$")
_SHARE_CLOSED = re.compile(r"%\)")
_THINGS = re.compile(r" (?:different|various|distinct)\b")
# What was set in advance, chance, and the ends of a scale.
_SET_BEFORE = at_edges(
    r"(?:\bthreshold probabilit\w+[^.;]{0,60}\brange of (?:\d+ ?%? to )?|\b(?:criteri\w+|benchmark of|targets?|requir(?:es?|ed|ing)|recommended|accept(?:ed|able)|minimum|pre-?specified|pre-?defined|goal|WHO|(?<!above )(?<!than )chance(?: level)?|random (?:guess\w*|chance|baseline)|considered|defined as|suggest\w* that an?)\b[^.;]{0,40}?[>≥<≤]=? ?"
    r"|\b(?:thresholds?|cut-?offs?)\b(?:(?!sensitiv|specific|accura|AUC|precision|recall|PPV)[^,;:()]){0,70}(?:≥|>|≤|<|than|equal to|of|at) ?"
    r"|\btarget (?:sensitivity|specificity|accuracy|AUC|recall|precision) (?:was|of|is|=) |\bnull (?:hypothesis|model|distribution)\b[^.;]{0,40}\s?[=:] ?|\b(?:maxim\w+|optim\w+|peaked|highest) at (?:an? |the )?[≥>]=? ?|\b(?<!above )(?<!than )(?<!over )(?<!exceeding )(?:chance|chance level|random guess\w*|random chance)(?: level)? ?(?:\(|of |at |= ?|: ?))$"
    r"|\b(?:recommended|requir(?:es?|ed|ing)|targets?|WHO|pre-?specified|pre-?defined|goals?|should|must|needs?)\b(?:(?!achiev|reach|was|were)[^.;]){0,60}?\b(?:at least|more than|over|above|exceeding|minimum of|greater than|of) ?$",
    re.IGNORECASE,
)
_SET_AFTER = re.compile(
    r"\s?%?\s?(?:\)\s?)?(?:(?:[\w-]+ ){0,3}as (?:an? |the )?(?:\w+ ){0,3}(?:cut-?offs?|thresholds?)\b|(?:was|were) the (?:best|optimal) (?:cut-?off|threshold)|(?:was|were) (?:adopted|chosen|selected|set|used as)\b|(?:or|and) (?:more|above|greater|higher|over|less|lower)\s(?:\w+ ){0,2}(?:considered|defined|regarded|taken|indicat\w+|interpreted|deemed)|p-values?\b|\((?:random(?! forest)|perfect|chance|no discrimination)(?![^()]*\d)|\s?(?:chance|threshold|cut-?off)\b)",
    re.IGNORECASE,
)


_FROM_ZERO = re.compile(r"\s?(?:-|to)\s?(?:\d{1,2}(?:\.\d+)?\s?%|0?\.\d+)")


_CLOCK = re.compile(r"\d:$")
_BEYOND_ONE = re.compile(r"\s?%?\s?-{1,2}\s?1[0-9]{2}(?:\.\d+)?\s?%(?<!100%)(?<!100 %)")


def reject(text: str, number: Number) -> str | None:
    """Return why a number states no performance by its own form and the words beside it, or None where it may state one."""
    if number.kind == "words" or number.value < 0 or number.value > 300 or (number.value > 100 and number.kind != "percent"):
        return "no bounded score"
    if number.value == 0 and number.kind == "integer" and not _FROM_ZERO.match(text, number.end):
        return "no bounded score"
    if is_level(text, number):
        return "level of an interval"
    before = text[max(0, number.start - 80) : number.start]
    if _CLOCK.search(before[-3:]):
        return "a time or a ratio"
    if _BEYOND_ONE.match(text, number.end):
        return "a range beyond one"
    return _other_quantity(text, number, before) or (
        _share(text, number, before) if number.kind == "percent" else _count(text, number, before)
    )


_P_LAST = re.compile(r"(?:,| and) +(?:and +)?(?:the +)?[pPqQ][- ]*values? +(?:was|were|of) +$")


# How all that _COST_BEFORE and _SET_BEFORE match ends: looked at first, because it is seen at once.
_COST_ENDS = re.compile(r"(?:ing|by|of|to|about|approximately|around|nearly|over|than|least|and|[~,-])\s?$", re.IGNORECASE)
_SET_ENDS = re.compile(r"(?:[<>≤≥=:(]|than|to|of|at|was|is|least|over|above|exceeding)\s?$", re.IGNORECASE)
_TAIL = 16


def _other_quantity(text: str, number: Number, before: str) -> str | None:
    if _SE_BEFORE.search(before) and _SP.search(text):
        return None  # ``SE = 0.9, SP = 0.8``: sensitivity and specificity
    if _REDUCED.search(before) or (number.decimals == 0 and _marked(before)):
        return "another quantity"
    if is_set(text, number, before):
        return "a setting or a statistic"
    other = _OTHER_BEFORE.search(before, max(0, len(before) - 60)) if not _AT_CUTOFF.search(before) else None
    if other is not None and other["noun"] and _METRIC_OF.search(text, max(0, number.start - 140), number.start - len(other.group())):
        other = None
    if "respectively" in text and _P_LAST.search(before):
        return None  # ``the sensitivity, the AUC and the p value were 0.83, 0.84 and 0.001, respectively``
    if (
        _P_LIST.search(before)
        or _CUTOFFS.search(before)
        or other is not None
        or _ends(before, _COST_ENDS, _COST_BEFORE)
        or COST_AFTER.match(text, number.end)
    ):
        return "another quantity"
    if (outcome := _OUTCOME_BEFORE.search(before)) is not None and not outcome["what"]:
        return "another quantity"
    return "set in advance" if _ends(before, _SET_ENDS, _SET_BEFORE) or _SET_AFTER.match(text, number.end) else None


def _ends(before: str, ends: re.Pattern[str], whole: re.Pattern[str]) -> bool:
    return ends.search(before, max(0, len(before) - _TAIL)) is not None and whole.search(before) is not None


_MARK_OF = re.compile(r"\b(?P<name>[A-Z][A-Za-z-]+) scores? (?:of|between|from|≥|>|<|≤|above|below) (?:\d+ ?%?-)?$")


def _marked(before: str) -> bool:
    """Whether a number is, as in ``a Brock score of 5-65%``, a mark on a clinical scale that bears a name, which is no metric's."""
    mark = _MARK_OF.search(before)
    return mark is not None and not find_metrics(mark["name"] + " score") and mark["name"] not in _GENERAL


_GENERAL = {"Mean", "The", "Average", "Overall", "Final", "Best", "Composite", "Total", "Matching", "Macro", "Micro"}


# ``108 (90%) were detected by the algorithm``, ``detected 45 of 50 nodules (90%)``: how many of those there were it found.
FOUND_BY = re.compile(
    r"\s?%\)? (?:of [^.;]{3,40} )?(?:was|were) (?:correctly )?(?:detected|identified|found|recogni[sz]ed|flagged) by (?:the |our )?(?:[\w-]+ ){0,2}(?:algorithm|model|network|system|AI|software|CAD|classifier|tool)\b",
    re.IGNORECASE,
)
FOUND_OF = re.compile(
    r"\b(?:algorithm|model|network|system|AI|software|CAD|classifier|tool) (?:correctly )?(?:detected|identified|found|recogni[sz]ed|flagged) \d+ (?:out )?of (?:the )?\d+ (?:[\w-]+ ){1,4}\($",
    re.IGNORECASE,
)


def _share(text: str, number: Number, before: str) -> str | None:
    if FOUND_BY.match(text, number.end) or FOUND_OF.search(before):
        return None
    if _SHARE_BEFORE.search(before) and not _JUDGED.search(before[-45:]) and _SHARE_CLOSED.match(text, number.end):
        return "share of a count"
    judged = _JUDGED.search(text, max(0, number.start - 40), number.end + 60)
    return "share of people" if _OF_PEOPLE.match(text, number.end) and not judged else None


_VERSION = re.compile(
    r"\b(?:GPT|Gemini|Claude|Llama|LLaMA|Qwen|Sonnet|Opus|Haiku|Phi|Gemma|Mistral|Mixtral|DeepSeek|Grok|Kimi|GLM|YOLO\w{0,3}|[vV]ersion|Python|Flash|InternVL|Granite|Nova|MedGemma|Yi|R)[- ]?[vV]?$"
)


def _count(text: str, number: Number, before: str) -> str | None:
    if _VERSION.search(before[-12:]):
        return "part of a name"
    if number.decimals == 0 and THINGS_AFTER.match(text, number.end):
        return "count of things"
    if (
        UNIT_AFTER.match(text, number.end)
        or _unit_of_range(text, number)
        or _UNIT_PAST_BRACKET.match(text, number.end)
        or _PART.match(text, number.end)
        or _THINGS.match(text, number.end)
    ):
        return "has a unit"
    return _whole(text, number, before) if number.kind == "integer" else None


def _unit_of_range(text: str, number: Number) -> bool:
    """``10-45x``: the unit behind the range holds for both ends."""
    other = _RANGE_END.match(text, number.end)
    return other is not None and UNIT_AFTER.match(text, other.end()) is not None


# ``0.52 (0.39) ml/min``
_UNIT_PAST_BRACKET = re.compile(r"(?: \([\d.]+)?\) ?(?:m[lL]|mm|cm|ms|mg|kg|s|Hz)\b")
_RANGE_END = re.compile(r"\s?(?:-{1,2}|to)\s?\d[\d.]*")


# ``predicts with high accuracy 11 single locations``
_NAMED_JUST = re.compile(r"(?:accurac(?:y|ies)|sensitivit\w+|specificit\w+|precision|recall) $")
_COUNTED = re.compile(
    r" (?!and|or|vs|versus|to|with|for|in|on|at|percent|points?|respectively|compared|while|when|using|from|by|as|over|under|which|that|whereas|but)[a-z]{3,}\b"
)


def _whole(text: str, number: Number, before: str) -> str | None:
    if number.value < 10 and before.endswith("(") and text[number.end : number.end + 1] == ")":
        return "an enumerator"
    if _BEGINS_RANGE.match(text, number.end) and before[-1:] in {" ", "(", "[", "~"}:
        return None
    if not _INTEGER_BEFORE.search(before) or _COMPOUND.match(text, number.end):
        return "part of a name"
    if _NAMED_JUST.search(before) and _COUNTED.match(text, number.end):
        return "count of things"
    if _PARAMETER.search(before) and not _JUDGED.search(before[-16:]):
        return "another quantity"
    if _SHARE_AFTER.match(text, number.end) or _SLASH_AFTER.match(text, number.end) or _OF_AFTER.match(text, number.end):
        return "count of a total"
    return "total of a count" if _OF_BEFORE.search(before) else None
