"""Sample sizes: which numbers count units of data, what they count, which part of the data, and whose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spacy.language import Language

from miner.extract.sentence import DocumentText, Found, Sentence, sentence_of

from . import document as counts_so_far
from .aside import is_aside, is_rate
from .behind import noun_before
from .between import share_follows
from .brackets import opening_at
from .built import is_built_on, is_checked_on
from .conflicts import in_own_bracket, is_group, lists_people, of_people
from .counted import Count
from .enrolled import only_asked
from .forms import (
    after_size_noun,
    find_denominator,
    has_percent,
    is_correct,
    is_count_ratio,
    is_left_out,
    is_part,
    is_set_of,
    is_sex_letter,
    is_sex_named,
    is_sexes,
    is_sized,
    of_class,
    slashed,
    written_value,
)
from .frames import end_of_holding, head_of, is_condition, is_prediction, is_supposed
from .groups import group_reason
from .imaged import sum_up
from .lists import ADJECTIVES, siblings
from .names import is_name
from .nouns import Lexicon, Noun
from .parts import Mention, mentions
from .roles import assign_roles
from .sized import is_labelled, share_units
from .world import is_world

if TYPE_CHECKING:
    from spacy.tokens import Doc

    from miner.extract.rule import Rule

_MOST = 8_000_000_000
_CORRECT = "correct predictions"

# How far a unit is looked for that no noun beside the number tells: as long as sentences that people write.
_REACH = 80

# What the members of a class are called by: with a size in a bracket, it counts them.
_CLASSES = frozenset(
    [
        "patterns",
        "types",
        "grades",
        "stages",
        "diseases",
        "disorders",
        "subtypes",
        "diagnoses",
        "conditions",
        "complications",
        "symptoms",
        "phenotypes",
        "scores",
        "levels",
        "values",
        "outcomes",
    ]
)

_MANY_COMPARED = 100

_FURTHER = frozenset(["additional", "further", "other", "new", "separate", "unseen"])
_MEASURED = frozenset(
    ["years", "months", "weeks", "days", "hours", "minutes", "year", "month", "week", "day", "g", "kg", "mg", "mm", "cm", "ml", "degrees", "times"]
)  # fmt: skip


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
        siblings(sentence, counts, self._first_unit, self.lexicon.never)
        counts = [c for c in counts if (c.unit is not None or c.form != "bare") and not self._of_others(sentence, c)]
        counts.sort(key=lambda c: c.token)
        of_people(sentence, counts)
        sum_up(sentence, counts)
        roles = assign_roles(sentence, [(c.token, c.last) for c in counts], parts)
        in_own_bracket(sentence, counts, roles)
        asked = only_asked(sentence, counts)
        for position, count in enumerate(counts):
            if count.token in asked:
                self._reject(sentence, count.token, "those who were not all used")
                continue
            count.role, how = roles.get(count.token, (None, ""))
            count.role = count.role or None
            if how == "joined" and count.role is None and not any(m.role in {"test", "external"} for m in parts):
                counts_so_far.remember_joined(sentence, sentence.numbers[count.token])
            if (
                count.role is None
                and is_checked_on(sentence, count.last)
                and not _FURTHER.isdisjoint(sentence.lower[count.token + 1 : count.last])
            ):
                count.role = "test"  # 70 additional curves were used to test it
            count.own = not is_world(sentence, count.token, count.last)
            reason = ("class" if count.reason == "class" else "listed") if count.reason else group_reason(sentence, counts, position)
            if reason is None and how in {"front", "beside", "several"} and lists_people(sentence, counts, roles, position):
                reason = "listed"
            if reason == "listed" and count.form == "noun" and how == "" and _is_before_part(counts, roles, position):
                reason = None  # validated by turns on 900 films, and 200 films were kept for testing
            if count.token in asked.values() and count.role is None:
                count.role = "total"
            elif reason is not None and is_group(sentence, counts, roles, position, reason):
                count.role, count.reason = "group", reason
            self._emit(sentence, count)
        return doc

    def finish(self, document: DocumentText, found: list[Found]) -> list[Found]:
        """Settle what one sentence cannot tell: units of bare counts, groups of a total named elsewhere."""
        return counts_so_far.complete_counts(document, found)

    def _emit(self, sentence: Sentence, count: Count) -> None:
        number = sentence.numbers[count.token]
        fields = {"unit": count.unit or "", "role": count.role or "", "own": count.own}
        value, end = written_value(sentence, count.token)
        sentence.found.append(Found(number.start, end, value, fields, pattern=count.form))
        checked = not count.role and is_checked_on(sentence, count.last)
        built = not count.role and not checked and is_built_on(sentence, count.token, count.last)
        counts_so_far.remember_count(sentence, number, count.unit, built=built, checked=checked)

    def _reject(self, sentence: Sentence, token: int, why: str) -> None:
        number = sentence.numbers[token]
        sentence.found.append(Found(number.start, number.end, int(number.value), pattern="number", suppressed=why))

    def _counts(self, sentence: Sentence, parts: list[Mention]) -> list[Count]:
        counts: list[Count] = []
        for token, number in sentence.numbers.items():
            # A fraction's denominator comes with its numerator.
            if (
                number.is_count
                and 1 <= number.value <= _MOST
                and number.value == int(number.value)
                and token not in {c.token for c in counts[-4:]}
            ):
                together = self._together(sentence, token, parts, counts)
                counts += self._alone(sentence, token, parts, counts) if together is None else together
        return self._in_lists(sentence, counts)

    def _in_lists(self, sentence: Sentence, counts: list[Count]) -> list[Count]:
        """Settle the units of sizes that are listed, and reject those listed with what is no unit."""
        if not any(c.form == "n" for c in counts):
            return counts
        rejected = {f.start for f in sentence.found if f.suppressed is not None and f.suppressed.startswith("counts ")}
        sizes = [k for k, number in sentence.numbers.items() if number.start in rejected and is_sized(sentence, k)]
        barred = share_units(sentence, counts, sizes, self.lexicon)
        for token in barred:
            self._reject(sentence, token, "listed with what is no unit")
        return [c for c in counts if c.token not in barred]

    def _together(self, sentence: Sentence, token: int, parts: list[Mention], counts: list[Count]) -> list[Count] | None:
        """Read counts that a slash or an "of" binds: ``136/16``, ``20/5/20 patients``, ``39 of 791``; None where there is none."""
        if is_sexes(sentence, token) and sentence.lower[token + 1 : token + 2] == ["/"] and token + 2 in sentence.numbers:
            return [Count(k, k, "participant", "share") for k in (token, token + 2)]
        if is_sex_named(sentence, token):
            return [Count(token, token, "participant", "share")]
        if is_sex_letter(sentence, token):
            return [Count(token, token + 1, "participant", "share")]
        run = slashed(sentence, token)
        if run and sum(sentence.numbers[k].value for k in run) in {10, 100}:
            self._reject(sentence, token, "a share of a split")
            return []
        if parts and run and run[0] == token:
            noun = self.lexicon.after(sentence, run[-1])
            if isinstance(noun, Noun) and not noun.code:
                return [Count(k, k if k != run[-1] else noun.index, noun.unit, "noun", noun.word) for k in run]
        return self._fraction(sentence, token, counts)

    def _alone(self, sentence: Sentence, token: int, parts: list[Mention], counts: list[Count]) -> list[Count]:
        """Read one number by what stands around it."""
        sized = is_sized(sentence, token)
        why = self._no_count(sentence, token, sized=bool(sized))
        noun = self.lexicon.after(sentence, token) if why is None else None
        counted = isinstance(noun, Noun) and not noun.code
        if isinstance(noun, Noun) and counted and not sized and is_aside(sentence, token, noun):
            why = "too few to be data"
        if isinstance(noun, Noun) and counted and is_rate(sentence, noun.index):
            why = "a rate"
        if isinstance(noun, Noun) and counted and why is None:
            why = is_supposed(sentence, token, noun.index)
        if isinstance(noun, str) and (held_unit := self._held_as(sentence, token, noun, parts)) is not None:
            return [Count(token, held_unit, "sample", "noun", sentence.lower[held_unit])]
        if isinstance(noun, str) and not sized and (_is_named_by(sentence, token, noun, parts) or not is_part(sentence, token, parts)):
            why = noun
        if why is not None:
            self._reject(sentence, token, why)
            return []
        if isinstance(noun, Noun) and counted:
            return [Count(token, noun.index, noun.unit, "n" if sized else "noun", noun.word)]
        if sized:
            return self._sized(sentence, token, sized, next((c.unit for c in reversed(counts) if c.unit), None))
        if isinstance(noun, Noun):
            return [Count(token, noun.index, None, "bare", noun.word, code=True)]
        if (last := end_of_holding(sentence, token, self.lexicon.never)) is not None:
            return [Count(token, last, "sample", "noun", sentence.lower[last])]
        if (unit := after_size_noun(sentence, token, self.lexicon)) is not None:
            return [Count(token, token, unit, "size")]
        if is_part(sentence, token, parts):
            last = next((m.end - 1 for m in parts if m.start == token + 1), token)
            earlier = next((c.unit for c in reversed(counts) if c.unit), None)
            return [Count(token, last, earlier or counts_so_far.last_unit(sentence.document) or self._first_unit(sentence, token), "part")]
        return [Count(token, token, None, "bare")] if sentence.lower[token - 1 : token] != ["-"] else []

    def _held_as(self, sentence: Sentence, token: int, why: str, parts: list[Mention]) -> int | None:
        """Return the noun's token where a set holds what is no unit otherwise, or where what is none stands behind the phrase only."""
        set_of = is_set_of(sentence, token, why, parts)
        if set_of is not None or is_sized(sentence, token):
            return set_of
        last = end_of_holding(sentence, token, self.lexicon.never)
        return last if last is not None and sentence.lower[last + 1 : last + 2] in ([","], ["."], [";"]) else None

    def _no_count(self, sentence: Sentence, token: int, *, sized: bool) -> str | None:
        """Return why a number counts nothing, whatever stands behind it: a name, a date, one, what was left out; or None."""
        why = is_condition(sentence.lower, token) if sized else is_name(sentence, token)
        if why == "year":
            near = self.lexicon.after(sentence, token)
            reach = 5 if sentence.lower[token - 1 : token] == ["of"] else 3
            why = None if isinstance(near, Noun) and not near.code and near.index <= token + reach else why
        if why is None and is_prediction(sentence.lower, token):
            why = "right or wrong predictions"
        if why is None and sentence.numbers[token].value < 2 and not (sized and _is_listed_size(sentence, token)):
            why = "one is no sample"
        return why or is_left_out(sentence, token)

    def _sized(self, sentence: Sentence, token: int, opening: int, earlier: str | None) -> list[Count]:
        """``(n = 24)``: the unit is that of the noun before the bracket, else that of the count before it."""
        labelled = is_labelled(sentence, token, opening)
        if (last := self._head_of_size(sentence, token)) is not None:
            return [Count(token, last, "sample", "n", sentence.lower[last])]
        noun = noun_before(self.lexicon, sentence, opening)
        if isinstance(noun, str) and (labelled or (earlier and noun.removeprefix("counts ") in _CLASSES)):
            noun = None  # normal (n = 24), other diseases (n = 8)
        if isinstance(noun, str):
            self._reject(sentence, token, noun)
            return []
        if noun is not None and noun.code and noun.word in ADJECTIVES and (earlier or counts_so_far.last_unit(sentence.document)):
            noun = None  # tumour group (n = 24), normal group (n = 8) of samples
        unit = noun.unit if noun is not None else earlier or counts_so_far.last_unit(sentence.document) or self._first_unit(sentence, token)
        if unit == "study" and self._studies_before(sentence, token):
            unit = "participant"  # eleven studies were included (n = 4200)
        return [Count(token, token, unit, "n", noun.word if noun is not None else "")]

    def _head_of_size(self, sentence: Sentence, token: int) -> int | None:
        """Return the token of the noun of any name behind a size that stands in no bracket: trained on n = 900 transcriptome profiles."""
        if opening_at(sentence.lower, token) is not None or sentence.numbers[token].value < _MANY_COMPARED:
            return None
        head = head_of(sentence, token, self.lexicon.never)
        return head if head is not None and head > token + 1 else None

    def _studies_before(self, sentence: Sentence, token: int) -> bool:
        """Whether far fewer studies are counted just before: what the size counts is those who took part in them."""
        k = next((k for k in range(token - 1, max(-1, token - 20), -1) if k in sentence.numbers), None)
        noun = self.lexicon.after(sentence, k) if k is not None else None
        return isinstance(noun, Noun) and noun.unit == "study" and sentence.numbers[token].value > 5 * sentence.numbers[k or 0].value

    def _of_others(self, sentence: Sentence, count: Count) -> bool:
        """Whether a subset is one of things that are no units: 94 loci, of which 90 are new; 26 of these features."""
        if count.form != "subset":
            return False
        behind = sentence.lower[count.token + 1 : count.token + 5]
        if behind[:1] == ["of"] and any(w in self.lexicon.never for w in behind[1:]):
            return True
        earlier = max(
            (
                k
                for k in sentence.numbers
                if k < count.token and sentence.numbers[k].is_count and sentence.numbers[k].value > 1 and not self._of_time(sentence, k)
            ),
            default=None,
        )
        first = next((k for k in range(4) if k in sentence.numbers), None)
        if (
            first is not None
            and first < count.token
            and sentence.lower[0] in {"of", "among"}
            and isinstance(self.lexicon.after(sentence, first), str)
        ):
            return True  # of the 24 drugs, 15 were …
        return (
            not {"which", "these", "those", "them"}.isdisjoint(sentence.lower[max(0, count.token - 2) : count.token + 3])
            and earlier is not None
            and isinstance(self.lexicon.after(sentence, earlier), str)
        )

    def _of_time(self, sentence: Sentence, token: int) -> bool:
        noun = self.lexicon.after(sentence, token)
        return isinstance(noun, str) and noun.removeprefix("counts ") in _MEASURED

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

    def _fraction(self, sentence: Sentence, token: int, counts: list[Count]) -> list[Count] | None:
        """``39 of 791 patients``, ``39/791``, ``39 (5%) of 791``: a group and its total."""
        lower, numbers = sentence.lower, sentence.numbers
        if token and lower[token - 1] in {"day", "week", "month", "year", "hour", "cycle", "phase", "grade"}:
            return None
        k, joint = find_denominator(lower, token)
        if not joint and (apart := self._out_of(sentence, token)) is not None:
            return apart
        if k not in numbers or not numbers[k].is_count or numbers[k].value < numbers[token].value or numbers[k].value < 5:
            return None
        if joint == "/" and not is_count_ratio(sentence, token, k):
            return None
        noun = self.lexicon.after(sentence, k)
        if isinstance(noun, Noun) and noun.word == "comparisons" and numbers[k].value < _MANY_COMPARED:
            noun = "counts comparisons"
        if isinstance(noun, str):
            self._reject(sentence, token, noun)
            self._reject(sentence, k, noun)
            return []
        if noun is None and joint != "/" and (why := self._named_later(sentence, k)) is not None:
            self._reject(sentence, token, why)
            self._reject(sentence, k, why)
            return []
        again = noun is None and share_follows(sentence, k) and any(f.suppressed == _CORRECT for f in sentence.found)
        if again and counts:  # 30 of 34 (88%), 25 of 28 (89%): what was said of the first
            noun = Noun(counts[-1].unit or "", k, "")
        elif noun is None or noun.code:
            noun = self._unnamed(sentence, token, k, joint)
        if noun is None:
            return None
        denominator = Count(k, noun.index, noun.unit or None, "of", noun.word)
        if again or is_correct(sentence, token, k):
            self._reject(sentence, token, _CORRECT)
            denominator.reason = "class" if of_class(sentence, token) else ""
            return [denominator]
        return [Count(token, token, noun.unit or None, "fraction", noun.word), denominator]

    def _out_of(self, sentence: Sentence, token: int) -> list[Count] | None:
        """``31 malignant lesions out of 45``: a group, its noun, and the total."""
        if "out" not in sentence.lower[token + 1 : token + 8]:
            return None
        noun = self.lexicon.after(sentence, token)
        if not isinstance(noun, Noun) or noun.code or sentence.lower[noun.index + 1 : noun.index + 3] != ["out", "of"]:
            return None
        k = noun.index + 3
        while sentence.lower[k : k + 1] in (["the"], ["a"], ["total"], ["of"], ["all"]):
            k += 1
        if k not in sentence.numbers or not sentence.numbers[k].is_count or sentence.numbers[k].value < sentence.numbers[token].value:
            return None
        return [Count(token, noun.index, noun.unit, "fraction", noun.word), Count(k, k, noun.unit, "of", noun.word)]

    def _named_later(self, sentence: Sentence, number: int) -> str | None:
        """Return why a fraction's noun, told at the end of a list, is no unit: 4 of 7 public and 3 of 5 private tasks."""
        later = next((j for j in range(number + 1, min(number + 8, len(sentence.lower))) if j in sentence.numbers), None)
        if later is None or not {"and", ","} & set(sentence.lower[number + 1 : later]):
            return None
        last = later + 2 if sentence.lower[later + 1 : later + 2] == ["of"] and later + 2 in sentence.numbers else later
        noun = self.lexicon.after(sentence, last)
        return noun if isinstance(noun, str) else None

    def _unnamed(self, sentence: Sentence, token: int, whole_token: int, joint: str) -> Noun | None:
        """Return what a fraction without a noun counts, if anything says that it counts: a percentage, a total told before."""
        known = counts_so_far.was_counted(sentence.document, sentence.numbers[whole_token].value)
        percent = has_percent(sentence, token, whole_token)
        near = self._behind_bracket(sentence, whole_token) or noun_before(self.lexicon, sentence, token)
        if joint == "/" and not (known or percent or isinstance(near, Noun)):
            return None
        again = self._unit_before(sentence, whole_token) or counts_so_far.unit_of(sentence.document, sentence.numbers[whole_token].value)
        unit = again or (near.unit if isinstance(near, Noun) else self._first_unit(sentence, token))
        return Noun(unit or "", whole_token, "") if unit is not None or known or percent else None

    def _unit_before(self, sentence: Sentence, token: int) -> str | None:
        """Return what the sentence counted as many of before."""
        for k, number in sentence.numbers.items():
            if k < token and number.value == sentence.numbers[token].value and isinstance(noun := self.lexicon.after(sentence, k), Noun):
                return noun.unit or None
        return None

    def _behind_bracket(self, sentence: Sentence, token: int) -> Noun | None:
        """Return the people that a bracket with a share speaks of: 7.5% (120/1,600) of the women."""
        k = token + 1
        if sentence.lower[k : k + 2] != [")", "of"]:
            return None
        k += 2
        while sentence.lower[k : k + 1] in (["the"], ["all"], ["these"], ["our"]):
            k += 1
        for j in range(k, min(k + 3, len(sentence.lower))):
            if (unit := self.lexicon.unit(sentence, j)) in {"participant", "image"}:
                return Noun(unit or "", j, sentence.lower[j])
        return None


def _is_before_part(counts: list[Count], roles: dict[int, tuple[str, str]], position: int) -> bool:
    """Whether the next count is told of as a part by words of its own behind it, and this one stands in no list of groups."""
    if position and counts[position - 1].role == "group":
        return False
    return position + 1 < len(counts) and roles.get(counts[position + 1].token, ("", ""))[1] == "behind"


def _is_named_by(sentence: Sentence, token: int, why: str, parts: list[Mention]) -> bool:
    """Whether the part named behind a number only describes what is no unit: 900 training runs."""
    return any(m.start == token + 1 and f"counts {''.join(sentence.lower[m.end : m.end + 1])}" == why for m in parts)


def _is_listed_size(sentence: Sentence, token: int) -> bool:
    """Whether ``n = 1`` stands in a sentence with other sizes, and so is that of a group."""
    return any(k != token and sentence.numbers[k].is_count and is_sized(sentence, k) for k in sentence.numbers)


@Language.factory("miner_sample_size")
def create(nlp: Language, name: str) -> SampleSize:  # noqa: ARG001 -- spaCy's signature
    """Make the component."""
    return SampleSize()
