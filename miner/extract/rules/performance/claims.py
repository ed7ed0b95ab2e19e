"""Whose performance a value is: the study's own, that of something it is compared with, or a difference of two."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass

from miner.text.edges import at_edges

from .changes import change_claim
from .deltas import mark_deltas
from .foils import is_of_rival, is_other_scale
from .rivals import BASE, HUMAN, RIVAL_NAME
from .sides import EQUALS, SETS_NEAR, alike, of_sets
from .values import Value

_VERSUS = re.compile(
    r"(?:(?-i:\b[vV]s\.?)|\bversus|compared (?:to|with)|in comparison (?:to|with)|as opposed to|rather than|instead of|(?<!greater )(?<!more )(?<!higher )(?<!less )(?<!lower )(?<!better )(?<!other )than)\s+"
    r"(?:(?:an?|the|only|just|about|an AUC of|accuracy of|approximately|~)\s*)*(?:\w+\s+)?(?:of\s+)?$",
    re.IGNORECASE,
)
_VERSUS_OURS = re.compile(r"\b(?:vs\.?|versus|than|compared (?:to|with)) (?:our|ours|the proposed)\b[^.;()\d]{0,20}\(?$")
_BEFORE_OURS = re.compile(r"\)?[^.;()]{0,50}\b(?:vs\.?|versus|than|compared (?:to|with)) (?:our|ours|the proposed)\b[^.;()\d]{0,20}\(?\d")
# ``was 93%, which was higher than 76% of plain films``
_EXCEEDED = re.compile(
    r", (?:which|this|and) (?:was|is) (?:(?:significantly|much|slightly|clearly) )?(?:higher|better|greater|lower|worse) than (?:the )?$"
)
_VERSUS_NEXT = re.compile(r"\b(?:vs\.?|versus|compared (?:to|with))")
_OURS = re.compile(r"\bours\s*[:=(]", re.IGNORECASE)

_CUES = at_edges(
    r"(?P<than>\b(?:(?<!greater )(?<!more )(?<!less )than(?!\s+(?:or equal to\s+)?[\d.~$])|(?<!greater )(?<!less )than(?=\s+(?:that|those|the|[A-Z]))|different from|differ(?:ed|s)? from|(?:comparable|competitive|inferior|superior|equivalent|similar) (?:to|with)(?! (?:an? )?(?:AUCs?|areas?|mean|accurac\w+|sensitivit\w+|specificit\w+)\b)|versus|(?-i:[vV]s\.?)|(?:improvements?|gains?|advantages?) (?:[^.;,()\d]{0,20} )?over|"
    r"compar(?:ed|ing|ison) (?:it |them )?(?:to|with|against)|relative to|over (?:that of|those of|SAM|the (?:baseline|state))|as opposed to|(?<=, )against(?= [\d.])|(?:instead|ahead|short) of|(?:double|triple|twice|half) (?:that|those) of|indistinguishable from|(?:align\w*|in line|on par) with(?= (?:that of|those of|the (?:state|best)|state|previous|prior|reported|existing)))(?=\W|$))"
    r"|(?P<beat>\b(?:outperform(?:s|ed|ing)?|surpass(?:es|ed|ing)?(?!\s+(?:an? |the )?(?:(?:average|mean|overall) )?(?:accurac|dice|AU|F1|sensitiv|specific|precision|recall|\d))|exceed(?:s|ed|ing)?(?=\s+(?:the|that|those|all|other|both|[A-Z]))|beat(?:s|ing)?|outclass\w*)\b)"
    rf"|(?P<human>(?<!-)\b(?:{HUMAN})\b(?!-)(?!['’]? ?(?:level|model|LLM|network|system|classifier|panel|stud|opinion|knowledge|annotat|label|report|diagnos|consensus|agreement|votes? and)))"
    rf"|(?P<base>\b(?:{BASE})\b)"
    r"|(?P<own>\b(?:we\b|our\b(?! (?:previous(?:ly)?|earlier|prior|older|baseline|dataset|data|runs|experiments|results|benchmark|study|cohort)s?\b)|ours\b|proposed|this (?:model|study|method|approach|work|system)|the (?:present|developed|new|novel|combined|final|AI|DL|ML)\b|(?:AI|model|CAD|computer)[- ](?:assisted|aided|assistance)|with (?:the )?(?:AI|assistance|aid)\b|aided with|assisted by|in conjunction with|with the (?:help|aid|support|assistance) of))"
    r"|(?P<machine>\band (?:the|our) (?:algorithm|model|network|system|classifier|tool|software|AI)\b)"
    r"|(?P<participle>,\s*(?:and\s+)?(?:thus |thereby |respectively, )?(?:achiev|yield|reach|obtain|attain|result|demonstrat|provid|deliver|produc|show|record|indicat|giv|correspond)ing\b|,\s*with (?:(?:relatively|significantly|much|slightly|even) )?(?:higher|better|improved|superior)|,\s*with (?:an?|the|AUC|ROC|accurac|area|sensitiv|mean|average)|,\s*(?:particularly|especially|notably|most notably)\b|\bachieving\b(?= (?:an?|the|up|state|\d)))"
    r"|(?P<stop>;|(?<= )- (?=[A-Z][\w-]* ?:)|(?<=\)) with (?=(?:an? )?(?:increased|improved|higher|better|superior)\b)|\bwhereas\b|\bwhile\b|,\s*but\b|\bhowever\b|,\s*and (?=(?:the|our|we|it|its|(?:further )?(?:rises|rose|reaches|reached|achieves|achieved|improves|improved)|(?:was|were) (?:further|even|then)|[A-Z][\w-]+ (?:had|achieved|presented|showed|reached|obtained|yielded))\b)|(?<=\)) and (?=(?:the|with|our)\b)|\bafter\b(?! (?:\d|a ))|\band (?=an? (?:significantly |substantially )?(?:improved|higher|lower|better|superior))|(?P<verb>\band (?=(?:achiev|attain|obtain|yield|reach|deliver|giv|provid|show|produc)(?:e?s|ed|ing)\b)|\band (?=(?:was|were) (?:similar|comparable|consistent|stable)\b)|,\s*(?=(?:achieved|realized|obtained|reached|yielded|attained)\b)))",
    re.IGNORECASE,
)  # fmt: skip
_RESPECTIVELY = re.compile(r"[^.;]{0,120}\brespectively\b", re.IGNORECASE)
_HELPED = re.compile(
    r"(?:AI|model|assist\w*|aid\w*|with|help\w*|support\w*|(?<!accuracy )(?<!AUC )(?<!sensitivity )(?<!specificity )(?<!performance )(?<!values )for|to|from|among|between|by \d+|agreed?|agreement|distinguish\w*|discriminat\w*|separat\w*|differentiat\w*) (?:\w+ ){0,2}$",
    re.IGNORECASE,
)
_JUDGED_BY = re.compile(
    r"(?:label|annotat|rated|review|graded|defin|verif|confirm|provid|written|select|curat|segment|delineat)\w* (?:as \w+ )?(?:manually )?by (?:[\w-]+ ){0,3}$|\bdiagnos[ei]s (?:made )?by (?:[\w-]+ ){0,3}$|\b(?:automat\w+|AI|LLM|artificial|virtual|machine)[ -]$|\b(?:consensus|panel|majority|opinions?|votes?|labels?|ratings?|annotations?) (?:of|by|from|among) (?:[\w-]+ ){0,3}$",
    re.IGNORECASE,
)
_POINTED = re.compile(r"(?:than|over|to|with|from|versus|vs|the|those|by)\W+(?:\w+\W+){0,2}$", re.IGNORECASE)
_WITH = re.compile(
    r"\b(?:with|by (?:achiev|reach|obtain)ing|at) (?:an?|the|test|average|mean|overall|accuracy|AUC|AUROC|sensitivity|area|\d|$)",
    re.IGNORECASE,
)
_NAMES_BEGIN = re.compile(r"(?:\b(?:of|by|for|between|from)|,) ", re.IGNORECASE)
_NAMES = re.compile(
    r"(?:the |two )?(?P<names>[^;.()]{4,150}?)(?: (?:in|on|for|to) [^,;.()]{2,60}?)? (?:was|were|is|are|reached|=) $",
    re.IGNORECASE,
)
_NAME_JOINT = re.compile(r",? and |, | versus | vs\.? ")
_OUR_NAME = re.compile(r"(?:our|ours|the proposed|proposed)\b", re.IGNORECASE)
_AMONG = re.compile(
    r"(?:^|[.:] )(?:across|among|of|for|unlike|while|although|in addition to|building on|beyond|(?:as |when )?compared (?:to|with)|in comparison (?:to|with)|relative to)\b[^,.]*$",
    re.IGNORECASE,
)
_REACH = 420


@dataclass(frozen=True, slots=True)
class _Cue:
    """A word that says whose the values after it are."""

    start: int
    end: int
    kind: str


def claim(text: str, values: list[Value], runs: list[list[Value]], title: str = "") -> None:
    """Set the claim of every value that has a metric."""
    if all(v.metric is None for v in values):
        return
    mark_deltas(text, values)
    patterns: dict[int, list[str]] = {}
    cues = [_Cue(m.start(), m.end(), str(m.lastgroup)) for m in _CUES.finditer(text)]
    earlier: Value | None = None
    for run in runs:
        if run[0].metric is None:
            continue
        levels = [v for v in run if v.claim != "delta"]
        for i, value in enumerate(levels):
            value.claim = _one(text, cues, levels, i, earlier)
            earlier = value
        _align(text, levels, patterns, title)
    _rescale(values)
    for value in values:
        if value.metric is not None and value.claim == "own" and is_of_rival(text, value, title):
            value.claim = "comparator"


def _rescale(values: list[Value]) -> None:
    """Give a rival's value the one metric that is written as it is: ``77.0% accuracy and an AUC of 0.80, compared with 70.9%``."""
    for value in values:
        if value.claim != "comparator" or value.metric is None:
            continue
        own = [v for v in values if v.claim == "own" and v.metric is not None and v.start < value.start]
        if not any(v.metric == value.metric for v in own) or any(
            v.metric == value.metric and _in_percent(v) == _in_percent(value) for v in own
        ):
            continue
        fitting = {v.metric for v in own if _in_percent(v) == _in_percent(value)}
        if len(fitting) == 1 and not any(v.metric in fitting for v in values if v.claim == "comparator"):
            value.metric = fitting.pop()


def _in_percent(value: Value) -> bool:
    return value.number.kind == "percent" or value.number.value > 1


def _one(text: str, cues: list[_Cue], run: list[Value], i: int, earlier: Value | None) -> str:
    """Return the claim of one value of a run: by the words beside it, else by the last cue before it."""
    value = run[i]
    begin = max(0, value.start - _REACH)
    before = text[begin : value.start]
    if stated := change_claim(text, run, i, before) or _set_beside(text, run, i, before, earlier):
        return stated
    state, how = _state(text, cues, value.start)
    if state == "comparator" and any(c.kind == "beat" and _AT_A_TASK.match(text, c.end, value.start) for c in cues):
        return "own"
    if state == "comparator" and how in _COMPARING:
        cue = max((c for c in cues if c.end <= value.start and c.kind in _COMPARING), key=lambda c: c.end)
        if _TERMS.search(text, cue.end, value.start):
            return "own"
        alike = _AS_GOOD.match(text, cue.start) is not None  # the rival is named to tell what it reached
        return "comparator" if alike and value.how == "name after" else _in_bracket(text, run, i, earlier)
    if state == "comparator" and how == "human" and _HELP_BEHIND.match(text, value.end):
        return "own"
    return state


# ``radiologists reached 81%, and 88% with AI assistance``
_HELP_BEHIND = re.compile(
    r"[%)\]\s]{0,4}(?:when )?(?:with|using|(?:aided|assisted|supported) by) (?:the |our )?(?:(?:help|aid|assistance|support) of )?(?:the )?"
    r"(?:AI|assist\w*|aid|model|CAD|deep|computer|algorithm|tool|system|software|support)\b",
    re.IGNORECASE,
)


def _set_beside(text: str, run: list[Value], i: int, before: str, earlier: Value | None) -> str:
    """Return the claim of a value that ``ours``, ``vs.`` or ``compared with`` sets beside another; empty where none does."""
    value = run[i]
    if "urs" in before[-60:] and _OURS.search(before[-60:]):
        return "own" if re.search(r"\bours\s*[:=(]\s*$", before, re.IGNORECASE) else "comparator"
    if earlier is not None and earlier.metric == value.metric and _EXCEEDED.search(before[-60:]):
        return "comparator"
    if _VERSUS_OURS.search(before[-40:]):
        return "own"
    if _BEFORE_OURS.match(text, value.end):
        return "comparator"
    if _VERSUS.search(before[-70:]):
        return (
            earlier.claim
            if earlier is not None
            and (alike(text, earlier) or of_sets(text, earlier, value) or EQUALS.search(text, max(0, earlier.start - 110), earlier.start))
            else "comparator"
        )
    if i + 1 < len(run) and _VERSUS_NEXT.search(text[value.end : run[i + 1].start]):
        return "comparator" if alike(text, value) == "human" else "own"
    return ""


def _in_bracket(text: str, run: list[Value], i: int, earlier: Value | None) -> str:
    """Return the claim of a value behind a comparison: that of the rival, unless a bracket gives the subject's."""
    bracket = re.search(r"(?P<object>[\w-]+) [(\[](?P<name>[^()\[\]\d]{0,30})$", text[max(0, run[0].start - 60) : run[0].start])
    if bracket is not None and len(run) > 1 and _enumerates(text, run):
        return "own" if i == 0 else "comparator"
    if len(run) > 1:
        return "comparator"
    # ``better than the junior readers (AUC: 0.85)``: many objects have not one value.
    many = bracket is not None and bracket["name"] and _MANY.fullmatch(bracket["object"])
    return "own" if many or _lists_metrics(text, run[0], earlier) else "comparator"


_AS_GOOD = re.compile(r"(?:comparable|competitive|similar|equivalent)\b", re.IGNORECASE)
_OPENED = re.compile(r"(?P<object>[\w-]+) [(\[][^()\[\]]{0,120}$")
# ``other models (accuracy: 91%, sensitivity: 88%``: the metrics of one subject.
_METRICS_ONLY = re.compile(r"[(\[](?:[A-Za-z][\w -]{1,24}(?::|=| of) ?[\d.]+ ?%?[,;] (?:and )?)+[A-Za-z][\w -]{1,24}(?::|=| of) ?$")


def _lists_metrics(text: str, value: Value, earlier: Value | None) -> bool:
    """Whether a value stands in the bracket of many with its metric, and no value before that bracket."""
    opened = _OPENED.search(text, max(0, value.start - 150), value.start)
    if opened is None or not _MANY.fullmatch(opened["object"]):
        return False
    if value.how == "name after":
        return earlier is None or earlier.start > opened.start()
    return value.how == "name before" and _METRICS_ONLY.search(text, opened.start(), value.start) is not None


_MANY = re.compile(r"models|variants|methods|approaches|algorithms|classifiers|baselines|\w*ologists|clinicians|readers|physicians|experts")


def _enumerates(text: str, run: list[Value]) -> bool:
    """``X had higher recall than Y and Z (0.8, 0.6 and 0.5, respectively)``: the first value is that of the subject."""
    return _RESPECTIVELY.match(text, run[-1].end) is not None


def _align(text: str, run: list[Value], patterns: dict[int, list[str]], title: str) -> None:
    """Set the claims of lists whose order names who is who (``surgeons and the network was 75% and 84%``), and of lists of the same length after such a one."""
    n = len(run)
    if n < 2:
        return
    ahead = text[max(0, run[0].start - 190) : run[0].start]
    for opening in _NAMES_BEGIN.finditer(ahead):
        match = _NAMES.match(ahead, opening.end())
        names = _NAME_JOINT.split(match["names"]) if match else []
        ours = [_OUR_NAME.match(name) is not None for name in names]
        foils = (
            [not our for our in ours]
            if sum(ours) == 1
            else [RIVAL_NAME.search(name) is not None or is_other_scale(name, title) for name in names]
        )
        if len(names) == n and any(foils) and not all(foils):
            for value, is_foil in zip(run, foils, strict=True):
                value.claim = "comparator" if is_foil else "own"
    claims = [v.claim for v in run]
    if claims[0] == "own" and set(claims[1:]) == {"comparator"} and _enumerates(text, run):
        patterns[n] = claims
    elif n in patterns and _enumerates(text, run):
        for value, known in zip(run, patterns[n], strict=True):
            value.claim = known


def _state(text: str, cues: list[_Cue], position: int) -> tuple[str, str]:
    """Return the claim that the words before a position set, and the last cue that set it."""
    state, how, beaten = "own", "", -1
    for cue in cues[bisect_left(cues, position - _REACH, key=lambda c: c.start) :]:
        if cue.end > position:
            break
        if _closed_bracket(text, cue.start, position) or not _counts(text, cue, position, how):
            continue
        if cue.kind == "than" and how == "human" and _WORSE_THAN.search(text, max(0, cue.start - 8), cue.end):
            state, how = "own", "with"  # ``the experts were inferior to the network (0.89)``
        elif cue.kind in {"than", "beat", "human", "base"}:
            state, how = "comparator", how if cue.kind == "base" and how in _COMPARING else cue.kind
            beaten = cue.end if cue.kind == "beat" else -1 if cue.kind == "than" else beaten
        else:
            state, how = "own", cue.kind
            beaten = beaten if cue.kind == "own" else -1
    if beaten >= 0 and _flips(text[beaten:position]):
        return "own", "with"
    return state, how


_WORSE_THAN = re.compile(r"\b(?:inferior to|(?:lower|worse|poorer) than)\b", re.IGNORECASE)
_COMPARING = {"than", "beat"}
# ``outperforms all others in terms of Dice (0.91)``: what follows is the subject's.
_TERMS = re.compile(
    r"[^()]* (?:in terms of|in metrics|on metrics|with respect to|in both|across (?:all )?metrics)\b(?!.*(?:\bthan\b|compared|versus|\bvs\b))",
    re.IGNORECASE,
)
# ``outperformed pathologists in the differentiation of subtypes (AUC: 0.85``
_AT_A_TASK = re.compile(
    r"[^()]* (?:in|for|on|at) (?:the |both )?(?:\w+ ){0,2}(?:differentiat|classif|predict|detect|diagnos|segment|discriminat|identif|distinguish|recogni)\w*[^()]*\((?![^()]*\b(?:vs|versus)\b)[A-Za-z]"
)
_MEASURED = re.compile(r"\d")
# ``0.87 vs. pneumonia, 0.93 vs. nodules``: of classes
_ITEM_ENDS = re.compile(r"(?: [a-z][\w-]*){1,3}, (?:and )?[\d.]")
_TASK = re.compile(r"\b(?:for|of|between|in|on|classif\w+|distinguish\w+|discriminat\w+|separat\w+)\s(?:the\s)?[A-Za-z][\w+/-]{0,24}\s$")
_OPENS = re.compile(r"(?:^|[:.;]\s*|, )$")
# ``compared with the gold standard (AUC 0.9)``: what is right, not a rival.
_REFERENCE = re.compile(
    r"\s(?:the |a |their )?(?:clinical judg\w+|ground[- ]truth|reference (?:standards?|labels?|diagnos\w+)|gold[- ]standards?|histolog\w+|histopatholog\w+|manual (?:annotations?|segmentations?|labels?|delineations?)|q?(?:RT-)?PCR|expert (?:annotations?|labels?|consensus|segmentations?))\b",
    re.IGNORECASE,
)
# ``higher than that of patients under 50``: the same model on other cases.
_OTHER_CASES = re.compile(
    r"\s(?:that of|those of|in|for|among)\s(?:the )?(?:[\w-]+ ){0,3}(?:patients|women|men|males|females|children|adults|lesions|nodules|tumou?rs|individuals|participants|cases)\b",
    re.IGNORECASE,
)
_EXAMINED = re.compile(r"\b(?:evaluat|benchmark|test|assess|includ|audit|examin|investigat)\w* (?:of )?(?:[\w-]+ ){0,4}$", re.IGNORECASE)
# ``compared with the training set``: the same model on other data.
_OTHER_SET = re.compile(
    r"\s(?:the |its |their )?(?:results? (?:on|in|for|of) )?(?:the )?(?:development|training|derivation|internal|external|validation|original|test|testing|discovery)(?: validation| test)? (?:sets?|cohorts?|data|datasets?|results?|performance)\b",
    re.IGNORECASE,
)
_CONCEDES = re.compile(r"(?:^|[.:;] |, )(?:although|while|though|despite|albeit)\b[^,.;]{0,40}$", re.IGNORECASE)
_OF_OURS = re.compile(r"\b(?:than|to|with|over)\W+$")


def _counts(text: str, cue: _Cue, position: int, how: str) -> bool:
    """Whether a cue says anything about a position, after the cue ``how``."""
    near = text[max(0, cue.start - 40) : cue.start]
    if cue.kind == "than":
        return _compares(text, cue, position, near)
    if cue.kind == "machine":
        return how == "human"  # ``experts achieved 77% and the algorithm 84%``
    if cue.kind == "verb":
        return how in _COMPARING  # ``outperforms the others and achieves 0.9``
    if cue.kind == "human":
        return not ((how not in _COMPARING and _HELPED.search(near)) or _JUDGED_BY.search(near))
    if cue.kind == "base":
        if text[cue.start] in "sS" and _REACHED.search(near):
            return False
        if how == "own":
            return _POINTED.search(near) is not None
        among = _AMONG.search(text[max(0, cue.start - 90) : cue.start]) and _comparison_end(text, cue.end, position) >= 0
        return how in _COMPARING or not (among or _EXAMINED.search(near))
    return not (cue.kind == "own" and how == "than" and _OF_OURS.search(near))


def _compares(text: str, cue: _Cue, position: int, near: str) -> bool:
    """Whether a comparison sets a rival beside the subject, and still does at a position."""
    if text.startswith((" chance", " the chance"), cue.end):
        return False
    if _OTHER_SET.match(text, cue.end) or _OTHER_CASES.match(text, cue.end) or _REFERENCE.match(text, cue.end):
        return False
    if text[cue.start] in "vV" and _is_of_classes(text, cue, near):
        return False
    # ``Compared with others, our model …``: the comparison ends at its comma.
    begins = not text.startswith("against", cue.start) and (
        cue.start < 3 or _OPENS.search(near) or _CONCEDES.search(text[max(0, cue.start - 60) : cue.start])
    )
    return not (begins and _comparison_end(text, cue.end, position) >= 0)


def _is_of_classes(text: str, cue: _Cue, near: str) -> bool:
    """Whether ``vs.`` stands between two classes or sets rather than two methods: ``AD vs. controls``, ``0.87 vs. pneumonia, 0.93 vs. nodules``."""
    if not _MEASURED.search(near) or _ITEM_ENDS.match(text, cue.end) or SETS_NEAR.search(near):
        return True
    return _TASK.search(near) is not None and not _MEASURED.match(text, cue.end + 1)  # ``… 71%, and for AD vs. MCI it was 80%``


# ``achieves state-of-the-art F1 scores``
_REACHED = re.compile(
    r"\b(?:achiev|reach|attain|yield|obtain|set|deliver|establish|produc)\w* (?:an? |the )?(?:new |overall )?$", re.IGNORECASE
)
_LIST_GOES_ON = re.compile(r", (?:and )?(?:the )?[\w -]{2,45} [(\[]")


def _comparison_end(text: str, start: int, position: int) -> int:
    """Return the comma that ends ``compared with A (0.8), B (0.7), our model``; -1 where there is none before the position."""
    comma = text.find(",", start, position)
    while comma >= 0 and (_goes_on(text, comma) or text.count("(", start, comma) > text.count(")", start, comma)):
        comma = text.find(",", comma + 1, position)
    return comma


def _goes_on(text: str, comma: int) -> bool:
    """Whether a list of rivals goes on behind a comma: another name with its bracket, and no verb behind it."""
    item = _LIST_GOES_ON.match(text, comma) if text[comma - 1] in ")]" else None
    close = text.find(")", item.end()) if item is not None else -1
    return item is not None and not (close >= 0 and _VERB.match(text, close + 1))


_VERB = re.compile(
    r" (?:had|has|was|were|is|are|show|demonstrat|achiev|reach|yield|obtain|perform|significantly|outperform|exhibit|present|provid|gave|display|improv)"
)


def _flips(object_: str) -> bool:
    """``outperformed all other models with an accuracy of 97%``: what follows ``with`` is the subject's."""
    match = next(iter(reversed(list(_WITH.finditer(object_)))), None)
    return match is not None and "only" not in object_[match.start() :] and "(" not in object_[match.start() :]


def _closed_bracket(text: str, cue: int, position: int) -> bool:
    """Whether a cue stands in a bracket that closes before the position."""
    close = text.find(")", cue, position)
    return close >= 0 and "(" not in text[cue:close]
