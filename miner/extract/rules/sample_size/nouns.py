"""Which unit a number counts: the walk from the number through its noun phrase."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from miner.extract.sentence import Sentence

from .abbreviated import abbreviated
from .brackets import closing_of
from .imaged import is_imaged, unit_beside
from .names import like_year

# Where a noun phrase that begins with a number ends.
STOP = frozenset(
    ["is", "are", "was", "were", "be", "been", "being", "has", "have", "had", "do", "does", "did", "will", "would", "can", "could", "may", "might", "must", "should", "shall", "who", "whom", "whose", "which", "that", "where", "when", "while", "because", "if", "then", "than", "as", "at", "by", "for", "from", "in", "into", "on", "onto", "over", "under", "with", "within", "without", "after", "before", "during", "between", "among", "through", "via", "per", "using", "used", "achieved", "showed", "demonstrated", "underwent", "received", "developed", "died", "experienced", "participated", "completed", "met", "reported", "included", "comprised", "contained", "to", "not", "but", "so", "however", "there", "we", "they", "it", "its", "their", "our", "this", "these", "those"]
)  # fmt: skip
# Nouns that hand on to what stands behind their "of": pairs of images, sets of records.
_CARRIERS = frozenset(
    ["pairs", "sets", "series", "groups", "collections", "sequences", "types", "hundreds", "thousands", "millions", "each", "cases", "batches", "samples"]
)  # fmt: skip
_LONGEST = 15


@dataclass(frozen=True, slots=True)
class Noun:
    """A noun that is counted: its unit, its token, whether it is a class label, and whether a better one may follow (``loose``)."""

    unit: str
    index: int
    word: str
    code: bool = False
    loose: bool = False


# Nouns only where what stands before allows: data points, but five points; hospital stays, but the share of findings stays.
_VERBS_TOO = frozenset(["points", "stays", "falls"])
# The phrase ends here.
_END = Noun("", -1, "")
# A 200-image development set, a 90-patient cohort.
_PREFIXED = {"image": "image", "scan": "image", "slice": "image", "patient": "participant", "subject": "participant", "participant": "participant",
             "person": "participant", "sample": "sample", "sentence": "sample", "document": "sample", "lesion": "sample",
             "record": "sample", "example": "sample", "question": "sample", "case": "sample", "report": "sample", "item": "sample", "query": "sample", "sequence": "sample", "video": "image", "specimen": "sample"}  # fmt: skip
_MARKS = frozenset(["-", "/", "'", '"', "'s", "&", "+"])


class Lexicon:
    """Units by noun, from the rule's lists.

    Parameters
    ----------
    lists : mapping of str to sequence of str
        ``people``, ``images``, ``samples``, ``studies``, ``codes`` and ``never``.
    """

    def __init__(self, lists: Mapping[str, Sequence[str]]) -> None:
        self.units: dict[str, str] = {}
        for name, unit in (("samples", "sample"), ("studies", "study"), ("images", "image"), ("people", "participant")):
            self.units.update(dict.fromkeys(lists.get(name, []), unit))
        self.codes = frozenset(lists.get("codes", []))
        self.never = frozenset(lists.get("never", []))

    def unit(self, sentence: Sentence, index: int) -> str | None:
        """Return the unit of the noun at a token; hyphenated nouns (``new-borns``, ``X-rays``) count by their last part."""
        word = sentence.lower[index]
        if (
            word in _VERBS_TOO
            and index
            and (sentence.lower[index - 1] != "data" if word == "points" else sentence.lower[index - 1][-1] == "s")
        ):
            return None
        unit = self.units.get(word) or (abbreviated(sentence.document, sentence.words[index], self.units) if word[-1:] == "s" else None)
        if unit is None and word[-1:] == "s" and word not in self.never:
            unit = "sample" if word.endswith(_OPERATIONS) else "image" if word.endswith(_PICTURES) else None
        if unit is None and index >= 2 and sentence.lower[index - 1] == "-":
            unit = self.units.get(f"{sentence.lower[index - 2]}-{word}")
            if unit is None and word in {"borns", "offs"}:
                unit = "participant"
            if unit is None and word in {"rays", "ray"} and sentence.lower[index - 2] == "x":
                unit = "image"
        return unit

    def after(self, sentence: Sentence, number: int) -> Noun | str | None:
        """Return the noun that the number at token ``number`` counts, a reason why it counts no unit, or None if no noun is near."""
        index, passed, size = number + 1, 0, len(sentence.lower)
        fallback: Noun | None = None
        while index < size and passed < _LONGEST:
            ahead = self._skip(sentence, index, number)
            if ahead is None:
                break
            if ahead > index:
                passed += ahead - index if sentence.lower[index] != "(" else 0
                index = ahead
                continue
            read = self._read(sentence, index, number)
            if isinstance(read, str) or read is _END:
                return read if isinstance(read, str) else fallback
            if read is not None and not read.loose:
                return read
            if read is not None and (fallback is None or fallback.code):
                fallback, index = read, max(index, read.index) if not read.code else index
            index += 1
            passed += 1
        return fallback

    def _skip(self, sentence: Sentence, index: int, number: int) -> int | None:
        """Return where the phrase goes on behind a bracket, a measure or an "of" that hands on; else ``index``; None at its end."""
        lower, size = sentence.lower, len(sentence.lower)
        word = lower[index]
        if word == "(":
            closing = closing_of(lower, index)
            return None if closing is None or closing + 1 >= size else closing + 1
        if index in sentence.numbers:
            # A measure inside the phrase (1,000 10-second strips, 12-lead); anything else begins something new.
            if lower[index + 1 : index + 3] == ["-", "to"] and index + 3 in sentence.numbers:
                return index + 3  # 60 12- to 14-month-old infants
            inside = index + 1 < size and (lower[index + 1] == "-" or lower[index + 1] in self.never)
            return index + 2 if inside else None
        if word == "of" and index > number + 1 and lower[index - 1] != "-":
            return index + 1 if lower[index - 1] in _CARRIERS or lower[index - 1] == "each" else None
        return index

    def _read(self, sentence: Sentence, index: int, number: int) -> Noun | str | None:
        """Read one word of the phrase: the noun counted, a reason, ``_END`` where the phrase ends, or None to go on."""
        word = sentence.lower[index]
        if not word[0].isalnum() or word in {"and", "or"} or (word in {"to", "of"} and sentence.lower[index - 1] == "-"):
            return self._mark(sentence, index, number)
        if word in {"a", "an", "the"} and sentence.words[index] == word and sentence.lower[index - 1] == ")":
            return _END  # 115 (34%) an open biopsy
        if word.endswith("ed") and sentence.lower[index - 1] == ")" and sentence.lower[index + 1 : index + 2] in _OBJECTS:
            return _END  # 171 (92%) filled out the scale
        if word == "seeds" and sentence.lower[index - 1] == "random":
            return "counts seeds"
        return self._word(sentence, index, number)

    def _word(self, sentence: Sentence, index: int, number: int) -> Noun | str | None:
        """Read a word that is no mark, as `_read` does."""
        word = sentence.lower[index]
        if (unit := self.unit(sentence, index)) is not None:
            return None if _hyphen_follows(sentence, index) else self._settle(sentence, index, number, unit)
        if word in _PARTICIPLES and index == number + 1 and index + 1 < len(sentence.lower) and self.unit(sentence, index + 1) is not None:
            return None  # 14 included studies
        if word in _SINGULAR and index <= number + 2 and _ends_phrase(sentence, index):
            return Noun("participant", index, word)
        # ms is a time, MS a disease.
        if word in _MEASURES and index == number + 1 and (word in {"kb", "gb"} or not sentence.words[index].isupper()):
            return f"counts {word}"
        if len(word) == 1 and sentence.lower[index + 1 : index + 2] == ["."] and index + 2 < len(sentence.lower):
            return None  # U.S. adults
        if word in {"regions", "areas", "volumes"} and sentence.lower[index + 1 : index + 3] == ["of", "interest"]:
            return Noun("sample", index + 2, word)
        if word == "experienced" and index == number + 1 and _is_reader_near(sentence, index):
            return None
        if word in {"disease", "disorder", "syndrome"} and sentence.numbers[number].value >= _FEW_ILL and self._heads(sentence, index):
            return Noun("participant", index, word, code=True, loose=True)  # 72 Crohn's disease: those who have it
        if word in self.never or f"{word}s" in self.never or word.endswith(_READERS):
            return self._barred(sentence, index, number)
        if word in {"positives", "negatives"} and sentence.lower[index - 1] in {"true", "false"}:
            return "counts predictions"
        if word in self.codes:
            return Noun("participant", index, word, code=True, loose=True)
        return _END if word in STOP and not _hyphen_follows(sentence, index) else None  # 12 in-hospital deaths

    def _mark(self, sentence: Sentence, index: int, number: int) -> Noun | str | None:
        """Read a mark or a joint within the phrase, as `_read` does a word."""
        word = sentence.lower[index]
        if word == "," and sentence.lower[index - 1] == ")":
            return _END  # 6/38 (16%), and antibodies in …
        if word == "-" and index == number + 1 and sentence.lower[index + 1 : index + 2] and sentence.lower[index + 1] in _PREFIXED:
            return Noun(_PREFIXED[sentence.lower[index + 1]], index + 1, sentence.lower[index + 1])
        if word == "-" and index == number + 1 and sentence.numbers[number].value >= _MANY_SETS and self._is_corpus_of(sentence, index + 1):
            return Noun("sample", index + 1, sentence.lower[index + 1])
        if (
            word == ":"
            and sentence.ends[index - 1] == sentence.starts[index]
            and sentence.starts[index + 1 : index + 2] == [sentence.ends[index]]
        ):
            return None  # protein:ligand pairs
        if word in _MARKS:
            return "compound" if index == number + 1 and word not in {"'", '"', "+"} else None
        if word in {"and", "to", "of"} and sentence.lower[index - 1] == "-" == sentence.lower[min(index + 1, len(sentence.lower) - 1)]:
            return None  # head-and-neck scans
        if word in {",", "and", "or"}:
            return None if self._goes_on(sentence, index, number) else _END
        if not word[0].isalnum():
            initial = (
                word == "." and sentence.lower[index - 1].split(".")[-1].isalpha() and len(sentence.lower[index - 1].split(".")[-1]) == 1
            )
            return None if initial else _END  # A. baumannii, U.S. adults
        return None

    def _is_corpus_of(self, sentence: Sentence, index: int) -> bool:
        """Whether a data set is named by how many things it holds: a 1,800-haiku corpus."""
        lower = sentence.lower
        holder = next((k for k in range(index + 1, min(index + 5, len(lower))) if lower[k] in _HOLDERS), None)
        if (
            holder is None
            or not lower[index : index + 1]
            or not lower[index][0].isalpha()
            or not _JOINS.isdisjoint(lower[index + 1 : holder])
        ):
            return False
        return lower[index] not in self.never and f"{lower[index]}s" not in self.never

    def _barred(self, sentence: Sentence, index: int, number: int) -> Noun | str | None:
        """Read a noun that counts no data, unless there are so many that they are the data after all."""
        word, value = sentence.lower[index], sentence.numbers[number]
        if (word in _CLINICIANS or word.endswith(_READERS)) and value.value >= _MANY_READERS and not _ASKED.isdisjoint(sentence.lower):
            return Noun("participant", index, word)
        if (
            word in {"sets", "datasets"}
            and value.value >= _MANY_SETS
            and value.is_count
            and self._heads(sentence, index)
            and not like_year(value)
        ):
            return Noun("sample", index, word)
        behind = sentence.lower[index + 1 : index + 3]
        if word in _SPOTS and value.value >= _FEW_SPOTS and behind[:1] in (["were"], ["was"]) and not _MARKED.isdisjoint(behind):
            return Noun("sample", index, word)
        asking = not _ASKING.isdisjoint(sentence.lower[number + 1 : index])
        if word == "items" and value.value >= (_MANY_ITEMS if asking else _MANY_BARE_ITEMS) and not like_year(value):
            return Noun("sample", index, word)
        if word in _PLACES and value.value >= _MANY_SETS and sentence.lower[number - 1] not in {"from", "in", "across", "at", "within"}:
            return Noun("sample", index, word)
        if word in _CORPORA and value.value >= 1000 and index > number + 1 and not like_year(value):
            return Noun("sample", index, word)
        return f"counts {word}" if self._heads(sentence, index) else None

    def _goes_on(self, sentence: Sentence, index: int, number: int) -> bool:
        """Whether a comma or an "and" joins words of one phrase: old and young patients."""
        lower, follows = sentence.lower, index + 1
        if (
            index == number + 1
            or follows >= len(lower)
            or follows in sentence.numbers
            or not lower[follows][0].isalpha()
            or lower[follows] in STOP
        ):
            return False
        if lower[index - 1] not in self.codes or lower[index] == "or" or self.unit(sentence, follows) is not None:
            return True
        # benign and malignant lesions: two labels of what is counted together
        return lower[follows] in self.codes and any(
            self.unit(sentence, k) is not None for k in range(follows + 1, min(follows + 4, len(lower)))
        )

    def _settle(self, sentence: Sentence, index: int, number: int, unit: str) -> Noun | str:
        """Return the last noun of a compound; in small numbers it may only describe what is counted."""
        lower, noun = sentence.lower, self._last(sentence, index, unit)
        other = "image" if is_imaged(sentence, number, noun.index) else unit_beside(lower, noun.index, self.units)
        if other is not None:
            return replace(noun, unit=other)
        if noun.word == "cases" and (_MADE & set(lower[number + 1 : index]) or "benchmark" in lower[max(0, number - 10) : number]):
            noun = replace(noun, unit="sample")
        if sentence.numbers[number].value >= _FEW:
            return noun
        return replace(noun, loose=True) if _is_attribute(sentence, noun.index) else self._headed(sentence, noun)

    def _headed(self, sentence: Sentence, noun: Noun) -> Noun | str:
        """Return the noun, unless it belongs to one behind it that is no unit: two image datasets, three patient groups."""
        following = sentence.lower[noun.index + 1] if noun.index + 1 < len(sentence.lower) else ""
        heads = not noun.word.endswith("s") and following.endswith("s") and following in self.never and following not in _SHORT
        return f"counts {following}" if heads else noun

    def _heads(self, sentence: Sentence, index: int) -> bool:
        """Whether the noun at ``index`` ends its phrase: what follows is no further word of the phrase."""
        lower = sentence.lower
        if index + 1 >= len(lower):
            return True
        following = lower[index + 1]
        if self.unit(sentence, index + 1) is not None:
            return False
        if following == "-":
            return False
        if following == "(" and (closing := closing_of(lower, index + 1)) is not None and lower[closing + 1 : closing + 2] == ["-"]:
            return False  # visual field (VF)-OCT pairs
        return (
            not following[0].isalpha()
            or following in STOP
            or following in {"and", "or", "of"}
            or len(sentence.words[index]) < 3
            or sentence.lower[index].endswith("s")
        )

    def _last(self, sentence: Sentence, index: int, unit: str) -> Noun:
        """Follow compounds to their last noun: patient records, ECG recordings, image pairs."""
        lower = sentence.lower
        while index + 1 < len(lower):
            following = self.unit(sentence, index + 1)
            if following is None and lower[index + 1] == "of" and lower[index] in _CARRIERS:
                ahead = next((k for k in range(index + 2, min(index + 11, len(lower))) if self.unit(sentence, k) is not None), None)
                if ahead is not None and not any(lower[k] in STOP or k in sentence.numbers for k in range(index + 2, ahead)):
                    unit, index = self.unit(sentence, ahead) or unit, ahead
                    continue
                break
            if following is None:
                break
            unit, index = following, index + 1
        return Noun(unit, index, lower[index])


def _hyphen_follows(sentence: Sentence, index: int) -> bool:
    """Whether the word is the first of a compound: biopsy-proven, patient-level."""
    k = index + 1
    return (
        k + 1 < len(sentence.lower)
        and sentence.lower[k] == "-"
        and sentence.ends[index] == sentence.starts[k]
        and sentence.lower[k + 1][0].isalpha()
    )


def _is_reader_near(sentence: Sentence, index: int) -> bool:
    """Whether those who read and rate follow soon: three experienced radiologists."""
    return any(
        w in _CLINICIANS or w in {"readers", "raters", "experts"} or w.endswith(_READERS) for w in sentence.lower[index + 1 : index + 4]
    )


def _is_attribute(sentence: Sentence, index: int) -> bool:
    """Whether a unit in the singular only describes the noun behind it: 26 blood cell traits."""
    following = sentence.lower[index + 1] if index + 1 < len(sentence.lower) else "."
    return (
        not sentence.lower[index].endswith("s")
        and following[0].isalpha()
        and following not in STOP
        and following not in {"and", "or", "of"}
    )


def _ends_phrase(sentence: Sentence, index: int) -> bool:
    """Whether no further word of a noun phrase follows."""
    following = sentence.lower[index + 1] if index + 1 < len(sentence.lower) else "."
    return (not following[0].isalnum() and following not in {"-", "/", "'s", "'"}) or following in STOP or following in {"and", "or"}


# Operations, growths and pictures by their endings: pancreatectomies, arthroscopies, sarcomas; pCXRs, CTAs, angiographies.
_OPERATIONS = ("ectomies", "plasties", "otomies", "ostomies", "scopies", "omas")
_PICTURES = ("cxrs", "ctas", "mras", "angiographies", "radiographies", "wsis")

# People in the singular (49 male, 399 385 patient).
_SINGULAR = frozenset(["male", "female", "patient", "participant", "subject"])
# A number before one of these is a measure, whatever follows: 100 kb windows.
_MEASURES = frozenset(["kb", "mbp", "mb", "gb", "khz", "mhz", "hz", "mm", "cm", "nm", "mg", "kg", "ml", "ms", "s", "cc", "min", "µm", "um"])
_PARTICIPLES = frozenset(["included", "reported", "developed", "used", "received", "underwent"])
# Those who read, rate and annotate: neuroradiologists, ophthalmologists.
_CLINICIANS = frozenset(["physicians", "clinicians", "doctors", "practitioners", "surgeons", "pharmacists", "dentists", "providers"])
_FEW_ILL = 5
_OBJECTS = (["out"], ["the"], ["a"], ["an"], ["no"], ["all"], ["both"])
_MANY_SETS = 100  # so many sets or places are no sources of data, but what was analysed
_HOLDERS = frozenset(["corpus", "dataset", "database", "benchmark", "collection", "library", "cohort"])
_JOINS = frozenset([",", ".", ";", "(", "and", "or", "of", "in", "for", "with"])
_FEW_SPOTS, _SPOTS = 10, frozenset(["areas", "regions", "sites", "positions", "locations"])
_MARKED = frozenset(["detected", "annotated", "segmented", "delineated", "labelled", "labeled", "classified", "biopsied"])
_MANY_ITEMS, _MANY_BARE_ITEMS = 20, 200
_ASKING = frozenset(["choice", "multiple-choice", "question", "exam", "examination", "benchmark"])
_PLACES = frozenset(["locations", "municipalities", "counties", "districts", "tracts", "neighborhoods", "neighbourhoods"])
_MANY_READERS = 100  # so many don't read a set: where they were asked, they are the data
_ASKED = frozenset(["included", "survey", "surveyed", "participated", "responded", "questionnaire", "enrolled"])
_READERS = ("ologists", "iatrists")
# Cases of these kinds are no people.
_MADE = frozenset(
    ["synthetic", "simulated", "virtual", "artificial", "cytology", "violence", "nonviolence", "court", "legal", "fraud", "vignette", "standardized-patient"]
)  # fmt: skip
# Sets, groups and the like are counted in such numbers.
_FEW = 50
_SHORT = frozenset(["s", "hrs", "yrs", "mins", "ms"])
_CORPORA = frozenset(["dataset", "corpus", "benchmark", "database", "repository"])
