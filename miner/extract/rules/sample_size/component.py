"""Sample sizes: which numbers count units of data, what they count, which part of the data, and whose."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from spacy.language import Language

from miner.extract.sentence import DocumentText, Found, Sentence, sentence_of

from . import document as whole
from .groups import group_reason, is_world
from .nouns import Lexicon, Noun, is_name
from .roles import Mention, attach, mentions

if TYPE_CHECKING:
    from spacy.tokens import Doc

    from miner.extract.rule import Rule

_MOST = 8_000_000_000
# How far a unit is looked for that no noun beside the number tells: as long as sentences that people write.
_REACH = 80


@dataclass(slots=True)
class Count:
    """A number that may count units: its token, the last token of its noun phrase, and what is known of it."""

    token: int
    last: int
    unit: str | None
    form: str
    noun: str = ""
    role: str | None = None
    own: bool = True
    reason: str = ""
    code: bool = False
    parts: dict[str, bool] = field(default_factory=dict)


class SampleSize:
    """The component: reads a sentence at a time, and the document at its end."""

    def __init__(self) -> None:
        self.lexicon = Lexicon({})

    def configure(self, rule: Rule) -> None:
        """Take the rule's lists of nouns."""
        self.lexicon = Lexicon(rule.spec.lists)

    def __call__(self, doc: Doc) -> Doc:
        """Find the counts of one sentence."""
        sentence = sentence_of(doc)
        parts = mentions(sentence)
        counts = self._counts(sentence, parts)
        self._siblings(sentence, counts)
        counts = [c for c in counts if c.unit is not None or c.form != "bare"]
        counts.sort(key=lambda c: c.token)
        roles = attach(sentence, [(c.token, c.last) for c in counts], parts)
        for position, count in enumerate(counts):
            count.role, how = roles.get(count.token, (None, ""))
            count.own = not is_world(sentence, count.token, count.last)
            reason = "listed" if count.reason else group_reason(sentence, counts, position)
            if reason is not None and (
                count.role is None or reason in {"fraction", "subset"} or (count.form == "sibling" and how == "front")
            ):
                count.role, count.reason = "group", reason
            self._emit(sentence, count)
        return doc

    def finish(self, document: DocumentText, found: list[Found]) -> list[Found]:
        """Settle what one sentence cannot tell: units of bare counts, groups of a total named elsewhere."""
        return whole.settle(document, found)

    def _emit(self, sentence: Sentence, count: Count) -> None:
        number = sentence.numbers[count.token]
        fields = {"unit": count.unit or "", "role": count.role or "", "own": count.own}
        sentence.found.append(Found(number.start, number.end, int(number.value), fields, pattern=count.form))
        whole.remember(sentence, number, count.reason, count.noun, count.unit)

    def _reject(self, sentence: Sentence, token: int, why: str) -> None:
        number = sentence.numbers[token]
        sentence.found.append(Found(number.start, number.end, int(number.value), pattern="number", suppressed=why))

    def _counts(self, sentence: Sentence, parts: list[Mention]) -> list[Count]:
        counts: list[Count] = []
        taken: set[int] = set()  # the denominators of fractions, counted with their numerators
        lower = sentence.lower
        for token, number in sentence.numbers.items():
            if not number.is_count or not 1 <= number.value <= _MOST or number.value != int(number.value):
                continue
            if token in taken:
                continue
            if (fraction := self._fraction(sentence, token)) is not None:
                counts += fraction
                taken.update(c.token for c in fraction)
                continue
            sized = _is_sized(sentence, token)
            why = None if sized else is_name(sentence, token)
            if (
                why == "year"
                and isinstance(near := self.lexicon.after(sentence, token), Noun)
                and not near.code
                and near.index <= token + 3
            ):
                why = None
            if why is None and number.value < 2:
                why = "one is no sample"
            if why is not None:
                self._reject(sentence, token, why)
                continue
            noun = self.lexicon.after(sentence, token)
            if isinstance(noun, Noun) and not noun.code:
                counts.append(Count(token, noun.index, noun.unit, "n" if sized else "noun", noun.word))
            elif sized:
                counts += self._sized(sentence, token, sized)
            elif isinstance(noun, str):
                self._reject(sentence, token, noun)
            elif isinstance(noun, Noun) and noun.code:
                counts.append(Count(token, noun.index, None, "bare", noun.word, code=True))
            elif (unit := _after_size_noun(sentence, token, self.lexicon)) is not None:
                counts.append(Count(token, token, unit, "size"))
            elif lower[token - 1 : token] != ["-"]:
                counts.append(Count(token, token, None, "bare"))
                if _is_part(sentence, token, parts):
                    counts[-1].form, counts[-1].unit = "part", whole.last_unit(sentence.document) or self._first_unit(sentence, token)
        return counts

    def _sized(self, sentence: Sentence, token: int, opening: int) -> list[Count]:
        """``(n = 24)``: the unit is that of the noun before the bracket."""
        noun = self.lexicon.before(sentence, opening)
        if isinstance(noun, str):
            self._reject(sentence, token, noun)
            return []
        unit = noun.unit if noun is not None else whole.last_unit(sentence.document) or self._first_unit(sentence, token)
        return [Count(token, token, unit, "n", noun.word if noun is not None else "")]

    def _first_unit(self, sentence: Sentence, token: int) -> str | None:
        """Return the unit of the nearest noun in the sentence, before the number rather than behind it."""
        size = len(sentence.lower)
        for k in [*range(token - 1, max(-1, token - _REACH), -1), *range(token + 1, min(size, token + _REACH))]:
            if (unit := self.lexicon.unit(sentence, k)) is not None and sentence.lower[k] not in {
                "sample",
                "samples",
                "cases",
                "series",
                "pairs",
                "points",
                "studies",
                "trials",
            }:
                return unit
        return None

    def _fraction(self, sentence: Sentence, token: int) -> list[Count] | None:
        """``39 of 791 patients``, ``39/791``, ``39 (5%) of 791``: a group and its total."""
        lower, numbers = sentence.lower, sentence.numbers
        k = token + 1
        if k < len(lower) and lower[k] == "(" and k + 2 < len(lower):
            closing = next((j for j in range(k, min(k + 6, len(lower))) if lower[j] == ")"), None)
            if closing is not None and "%" in lower[k:closing]:
                k = closing + 1
        joint = lower[k] if k < len(lower) else ""
        if joint not in {"of", "/", "out"}:
            return None
        k += 2 if joint == "out" else 1
        if joint != "/":
            while k < len(lower) and lower[k] in {"the", "all", "these", "our", "total", "a", "of"} and k < token + 10:
                k += 1
        if k not in numbers or not numbers[k].is_count or numbers[k].value < numbers[token].value or numbers[k].value < 5:
            return None
        if joint == "/" and not _is_count_ratio(sentence, token, k):
            return None
        noun = self.lexicon.after(sentence, k)
        if isinstance(noun, str):
            return None
        if noun is None or noun.code:
            known = whole.knows(sentence.document, numbers[k].value)
            near = self.lexicon.before(sentence, token)
            if joint == "/" and not known and not (_has_percent(sentence, token, k) or isinstance(near, Noun)):
                return None
            unit = near.unit if isinstance(near, Noun) else self._first_unit(sentence, token)
            if unit is None and not known and not _has_percent(sentence, token, k):
                return None
            noun = Noun(unit or "", k, "")
        denominator = Count(k, noun.index, noun.unit or None, "of", noun.word)
        if _is_correct(sentence, token, k):
            self._reject(sentence, token, "correct predictions")
            return [denominator]
        return [Count(token, token, noun.unit or None, "fraction", noun.word), denominator]

    def _siblings(self, sentence: Sentence, counts: list[Count]) -> None:
        """Give counts without a noun the unit of the count that they are listed with: ``617 AD, 404 MCI and 229 controls``."""
        ordered = sorted(counts, key=lambda c: c.token)
        for position in range(len(ordered) - 2, -1, -1):
            count, following = ordered[position], ordered[position + 1]
            if (
                count.unit is None
                and count.form == "bare"
                and following.unit is not None
                and following.form in {"noun", "sibling", "of"}
                and _listed(sentence, count, following)
            ):
                count.unit, count.form, count.noun = following.unit, "sibling", following.noun
        for earlier, count in zip(ordered, ordered[1:], strict=False):
            if (
                count.unit is None
                and count.form == "bare"
                and earlier.unit is not None
                and earlier.form in {"noun", "sibling", "size", "subset"}
            ):
                if (
                    _joined(sentence, earlier, count)
                    and earlier.unit == "participant"
                    and (_verb_follows(sentence, count) or _in_follows(sentence, count))
                ):
                    count.unit, count.form, count.noun, earlier.reason = earlier.unit, "sibling", earlier.noun, "listed"
                elif _listed(sentence, earlier, count) and (
                    earlier.form == "size" or count.code or _verb_follows(sentence, count) or _in_follows(sentence, count)
                ):
                    count.unit, count.form, count.noun = earlier.unit, earlier.form if earlier.form == "size" else "sibling", earlier.noun
        for count in ordered:
            if count.unit is None and count.form == "bare":
                _as_subset(sentence, count, self._first_unit)
        _breakdown(sentence, ordered, self.lexicon.never)
        run = [c for c in ordered if c.code and c.unit is None]
        if len(run) >= 2 and all(_listed(sentence, a, b) for a, b in zip(run, run[1:], strict=False)):
            for count in run:
                count.unit, count.form = "participant", "sibling"


_VERBS = frozenset(
    [
        "had",
        "have",
        "were",
        "was",
        "developed",
        "died",
        "experienced",
        "received",
        "underwent",
        "showed",
        "presented",
        "relapsed",
        "progressed",
        "met",
        "survived",
        "met",
        "completed",
        "did",
        "with",
        "without",
        "who",
    ]
)


def _breakdown(sentence: Sentence, ordered: list[Count], never: frozenset[str]) -> None:
    """``120 patients (60 AD, 40 MCI, 20 others)``: bare counts behind a count are its groups if a word opens a list or they add up to it."""
    for position, whole_count in enumerate(ordered):
        if whole_count.unit is None or whole_count.form not in {"noun", "n", "size", "of"}:
            continue
        run = []
        for c in ordered[position + 1 :]:
            if c.unit is not None or c.form != "bare":
                break
            run.append(c)
        total = sentence.numbers[whole_count.token].value
        values = [sentence.numbers[c.token].value for c in run]
        exact = next((k for k in range(2, len(run) + 1) if sum(values[:k]) == total), 0)
        opened = _opened(sentence, whole_count, run[0]) if run and values[0] < total else False
        for k, c in enumerate(run):
            following = sentence.lower[c.token + 1 : c.token + 2]
            worded = bool(following) and (following[0][0].isalpha() or following[0] in {"(", ",", ")"}) and following[0] not in never
            if k < exact or (opened and worded and sum(values[: k + 1]) <= total):
                c.unit, c.form, c.noun = whole_count.unit, "subset", whole_count.noun
            else:
                break


_OPENERS = frozenset(
    ["(", "[", ":", "including", "comprising", "consisting", "whom", "which", "comprised", "consisted", "i.e", "namely", "divided"]
)


def _opened(sentence: Sentence, earlier: Count, count: Count) -> bool:
    between = sentence.lower[earlier.last + 1 : count.token]
    return (
        len(between) <= 10
        and bool(set(between) & _OPENERS)
        and ")" not in between
        and "aged" not in between
        and "age" not in between
        and "mean" not in between
        and "median" not in between
    )


def _joined(sentence: Sentence, earlier: Count, count: Count) -> bool:
    """``24 patients were in coma and 13 in recovery``: joined by what stands just before the second."""
    return sentence.lower[count.token - 1] in {"and", ",", "while", "whereas", ";"} and count.token - earlier.last <= 16


def _verb_follows(sentence: Sentence, count: Count) -> bool:
    following = sentence.lower[count.token + 1 : count.token + 2]
    return bool(following) and following[0] in _VERBS


def _in_follows(sentence: Sentence, count: Count) -> bool:
    return sentence.lower[count.token + 1 : count.token + 2] in (["in"], ["with"], ["without"], ["from"], ["for"])


def _as_subset(sentence: Sentence, count: Count, unit_of: object) -> None:
    """``of whom 45 were women``, ``18 had cancer``: people of the sentence or the document."""
    lower = sentence.lower
    before = lower[max(0, count.token - 3) : count.token]
    if (
        before[-1:] in (["whom"], ["which"], ["these"], ["them"])
        or before[-2:]
        in (
            ["whom", ","],
            ["these", ","],
            ["these", "only"],
            ["them", ","],
        )
        or (
            _verb_follows(sentence, count)
            and sentence.numbers[count.token].value >= 3
            and (count.token == 0 or before[-1:] in ([","], ["and"], [":"], [";"], ["while"], ["whereas"]))
        )
    ):
        count.form = "subset"
    if count.form == "subset":
        count.unit = unit_of(sentence, count.token)  # type: ignore[operator]


def _listed(sentence: Sentence, first: Count, second: Count) -> bool:
    """Whether two counts stand in one list: separators and short descriptions between them, no verb."""
    between = sentence.lower[first.last + 1 : second.token]
    if len(between) > 12 or not between:
        return False
    if not set(between) & {",", "and", "or", "versus", "vs", "plus", "/", ";", "&"}:
        return False
    return not set(between) & {
        "were",
        "was",
        "is",
        "are",
        "using",
        "by",
        "from",
        "of",
        "while",
        "had",
        "have",
        "than",
        "p",
        "=",
        "which",
        "that",
        "achieved",
    }


def _is_part(sentence: Sentence, token: int, parts: list[Mention]) -> bool:
    """``(2442 in training and 3651 in external validation)``: a bare number and, at once, its part of the data."""
    lower = sentence.lower
    if sentence.numbers[token].value < 5:
        return False
    if any(m.start == token + 1 for m in parts) and (lower[token - 1] in {"(", ",", "and", ";", "into"} or not token):
        return True
    if any(m.end == token - 1 for m in parts) and lower[token - 1] in {":", "=", ","} and lower[token + 1 : token + 2] != ["-"]:
        return True
    if lower[token + 1 : token + 2] not in (["in"], ["for"], ["as"]):
        return False
    k = token + 3 if lower[token + 2 : token + 3] in (["the"], ["our"], ["an"], ["a"]) else token + 2
    return any(m.start == k for m in parts)


def _is_sized(sentence: Sentence, token: int) -> int:
    """Return the token of the bracket (or of ``n``) where the number stands behind ``n =``, else 0."""
    lower = sentence.lower
    if token >= 2 and lower[token - 1] in {"=", ":"} and lower[token - 2] in {"n", "ns", "no", "number"}:
        opening = token - 2
    elif token >= 3 and lower[token - 1] in {"~", "≈", ">", "≥"} and lower[token - 2] == "=" and lower[token - 3] == "n":
        opening = token - 3
    else:
        return 0
    for k in range(opening - 1, max(-1, opening - 8), -1):
        if lower[k] in {"(", "["}:
            return k
        if lower[k] in {")", ";"}:
            break
    return max(1, opening)


def _after_size_noun(sentence: Sentence, token: int, lexicon: Lexicon) -> str | None:
    """``a sample size of 120``, ``the number of patients was 45``, ``a cohort of 120``, ``a total of 120``."""
    lower = sentence.lower
    k = token - 1
    if k < 1:
        return None
    if lower[k] in {"(", "["} and lower[token + 1 : token + 2] in ([")"], ["]"]):
        noun = lexicon.before(sentence, k, reach=4)
        return (
            noun.unit if isinstance(noun, Noun) and not noun.code and noun.index == k - 1 and sentence.numbers[token].value >= 10 else None
        )
    while k >= 0 and lower[k] in {
        "of",
        "was",
        "were",
        "is",
        "=",
        ":",
        "to",
        "over",
        "about",
        "approximately",
        "nearly",
        "only",
        "be",
        "than",
        "more",
    }:
        k -= 1
    if k == token - 1:
        return None
    head = lower[k]
    phrase = lower[max(0, k - 6) : k + 1]
    if "number" in phrase or "numbers" in phrase:
        for j in range(k, max(-1, k - 7), -1):
            if (unit := lexicon.unit(sentence, j)) is not None:
                return unit
        return None
    if head == "size" and lower[k - 1 : k] == ["sample"]:
        return "participant"
    if head in {"cohort", "sample", "population"} and lower[token - 1] == "of" and not lower[token + 1 : token + 2] == ["-"]:
        return "participant" if sentence.numbers[token].value >= 10 else None
    return None


def _is_count_ratio(sentence: Sentence, first: int, second: int) -> bool:
    """Whether ``a/b`` can be a share of counts: digits close together, not a date, scale or pair of percentages."""
    a, b = sentence.numbers[first], sentence.numbers[second]
    after = sentence.lower[second + 1 : second + 2]
    before = sentence.lower[first - 1 : first]
    return (
        a.kind == b.kind == "integer"
        and b.start - a.end <= 3
        and b.value >= 10
        and after not in (["/"], ["%"], ["mm"], ["mmhg"])
        and before not in (["/"], ["^"], ["p"])
    )


def _has_percent(sentence: Sentence, first: int, last: int) -> bool:
    near = sentence.lower[max(0, first - 3) : last + 5]
    return "%" in near


def _is_correct(sentence: Sentence, first: int, last: int) -> bool:
    near = sentence.lower[max(0, first - 8) : last + 8]
    return any(
        w
        in {
            "correct",
            "correctly",
            "incorrectly",
            "misclassified",
            "accurately",
            "accuracy",
            "sensitivity",
            "specificity",
            "recall",
            "precision",
            "ppv",
            "npv",
            "agreement",
            "concordance",
            "auc",
        }
        for w in near
    )


@Language.factory("miner_sample_size")
def create(nlp: Language, name: str) -> SampleSize:  # noqa: ARG001 -- spaCy's signature
    """Make the component."""
    return SampleSize()
