"""Words that restrict a value to some of the data: an age, a size, a time, one sex, or whatever no sentence with sizes speaks of."""

from __future__ import annotations

import re

from miner.extract.relation.nouns import singular
from miner.text.edges import at_edges
from miner.vocabulary.phrases import Phrases

_WHO = (
    r"(?:patients|people|participants|women|men|children|adults|samples|animals|documents|images|lesions|nodules|tumou?rs|cases|subjects|individuals|those|notes"
    r"|questions|records|reports|eyes)"
)
# For patients aged 60 or older, highest in research, when comparing two classes, in 3 of the tasks, > 2 cm, at 5 years.
_SOME = at_edges(
    rf"(?P<people>\b(?:for|in|among|on|within)\s+(?:the\s+)?(?:[\w-]+ ){{0,3}}{_WHO}\s+"
    r"(?:aged|older|younger|smaller|larger|with|without|exceeding|who|whose|between|above|below|under|over|at|treated|from)\b)"
    r"|(?P<extreme>\b(?:highest|lowest|best|worst) (?:in|for|on)\b|\b(?:in|for) (?:high|low|mild|moderate|severe|early|late|symptomatic|asymptomatic)\b)"
    r"|(?P<compared>\b(?:when|by) (?:directly )?comparing\b|\bagainst the \w+)"
    r"|(?P<counted>\bin (?:\d+|two|three|four|five|six|seven|eight|nine|ten) (?:out )?of (?:the |\d)|\bin \d+(?:\.\d+)?% of\b)"
    r"|(?P<subgroup>\bsubgroup\b|\bsubset of\b|\bin the [\w-]+ (?:subgroup|category)\b|\bcategory \d)"
    r"|(?P<bounded>[≤≥<>]\s?\d+(?:\.\d+)? ?(?:years|cm|mm|months|weeks))"
    r"|(?P<time>\b(?:at|within|after) \d+[- ](?:years?|months?|weeks?|days?)\b)",
    re.IGNORECASE,
)
_ONE, _OTHER = r"(?:women|females|girls)", r"(?:men|males|boys)"
_SEXES = re.compile(rf"\b(?:in|for|among) (?:{_ONE}\b[^;]{{0,60}}\b{_OTHER}|{_OTHER}\b[^;]{{0,60}}\b{_ONE})\b")
# In cases with high acuity; for documents exceeding a length
_WHOM = re.compile(
    r"\b(?:in|for|among|on|within|across|at|of) (?:the |all |our |these |those )?(?P<ahead>(?:[a-z][\w-]* ){0,4}?)(?P<unit>[a-z]+)\b"
    r"(?: (?:(?:with|who|whose|without|aged|older|younger|at|between|over|under|above|below|exceeding|having|from) )?(?P<behind>(?:[\w-]+ ?){0,4}))?",
    re.IGNORECASE,
)
_LETTERS = re.compile("[a-z]{3,}")


def restrictions(text: str, start: int, end: int, *stretches: tuple[int, int]) -> list[str]:
    """Return how the words of stretches of a sentence restrict a value to some of the data: the names of the forms.

    Examples
    --------
    >>> text = "the AUC was 0.8 in patients older than 60 years"
    >>> restrictions(text, 0, len(text), (0, len(text))), restrictions(text, 0, len(text), (0, 15))
    (['people'], [])
    """
    found = {str(m.lastgroup) for low, high in stretches for m in _SOME.finditer(text, low, high)}
    if _SEXES.search(text, start, end) is not None:
        found.add("sexes")
    return sorted(found)


def new_words(text: str, start: int, end: int, known: Phrases, size_words: frozenset[str]) -> int:
    """Return how many words say in a stretch on which units a value is, and are not among ``size_words``, which stand beside sizes.

    Examples
    --------
    >>> from miner.vocabulary import vocabulary
    >>> from miner.vocabulary.phrases import phrases
    >>> text = "the sensitivity in cases with high acuity was 76%"
    >>> words = phrases(vocabulary())
    >>> new_words(text, 0, len(text), words, frozenset()), new_words(text, 0, len(text), words, frozenset({"acuity", "high"}))
    (1, 0)
    """
    most = 0
    for match in _WHOM.finditer(text, start, end):
        if singular(match["unit"].lower()) in known.people or match["unit"].lower() in known.units:
            words = {singular(w) for w in _LETTERS.findall(f"{match['ahead']} {match['behind'] or ''}".lower())}
            most = max(most, len(words - known.plain - known.ends - size_words))
    return most
