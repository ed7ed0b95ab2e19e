"""Those who were asked, screened or enrolled, where the sentence says how many of them were used."""

from __future__ import annotations

from itertools import pairwise

from miner.extract.sentence import Sentence

from .between import is_of
from .counted import Count

_ASKED = frozenset(
    ["screened", "invited", "approached", "contacted", "assessed", "enrolled", "recruited", "registered", "identified", "retrieved", "eligible", "referred"]
)  # fmt: skip
_USED = frozenset(["included", "analysed", "analyzed"])
_PAPERS = frozenset(["records", "articles", "citations", "abstracts", "titles", "references", "papers", "studies", "publications", "hits"])
_AGREED = frozenset(
    [
        "and",
        "were",
        "was",
        "consented",
        "agreed",
        "enrolled",
        "recruited",
        "eligible",
        "finally",
        "ultimately",
        "then",
        "subsequently",
        "patients",
        "participants",
    ]
)
_REACH = 14
_PARTS = frozenset(["training", "validation", "test", "testing", "derivation", "development", "group", "arm", "groups", "model", "models"])


def only_asked(sentence: Sentence, counts: list[Count]) -> dict[int, int]:
    """Return the counts of those who were only asked, each with that of those who were used: of 900 women invited, 700 were included in the analysis.

    Parameters
    ----------
    sentence : Sentence
        The sentence.
    counts : list of Count
        Its counts in order.

    Returns
    -------
    dict of int to int
        Token of the larger count to token of the smaller.
    """
    if _USED.isdisjoint(sentence.lower):
        return {}
    return {
        a.token: b.token
        for a, b in pairwise(counts)
        if _fewer(sentence, a, b) and _is_asked(sentence.lower, a, b) and _is_used(sentence, b)
    }


def _fewer(sentence: Sentence, first: Count, second: Count) -> bool:
    """Whether the second count may be of some of the first."""
    papers = first.noun in _PAPERS and second.unit == "study"
    alike = first.unit == second.unit and first.unit in {"participant", "study"}
    return (alike or papers) and sentence.numbers[second.token].value < sentence.numbers[first.token].value


def _is_asked(lower: list[str], first: Count, second: Count) -> bool:
    """Whether the first count is told of as those from whom some were taken."""
    between = lower[first.last + 1 : second.token]
    if "(" in between or ";" in between:
        return False
    papers = first.noun in _PAPERS and lower[first.token - 1] == "from"
    if (papers or is_of(lower, first)) and (between[-1:] == [","] or "excluded" in between[-3:]):
        return first.noun in _PAPERS or len(between) > 1 or first.form != "of"
    passive = next((k for k, w in enumerate(between) if w in {"were", "was"}), None)
    return passive is not None and passive <= 1 and not _ASKED.isdisjoint(between[passive + 1 : passive + 3]) and "which" not in between


def _is_used(sentence: Sentence, count: Count) -> bool:
    """Whether the count is said to be those who were included or analysed, all of them."""
    behind = sentence.lower[count.last + 1 : count.last + _REACH]
    at = next((k for k in range(1, len(behind)) if behind[k] in _USED and not {"were", "was"}.isdisjoint(behind[max(0, k - 4) : k])), None)
    link = set(behind[: at or 0])
    if at is None or any(count.last < k <= count.last + at for k in sentence.numbers) or {",", ";", "("} & link:
        return False
    if "and" in link and not link <= _AGREED:
        return False
    return _PARTS.isdisjoint(behind[at : at + 6])
