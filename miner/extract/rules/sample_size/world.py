"""Whether a count speaks of the world rather than of the study."""

from __future__ import annotations

from miner.extract.sentence import Sentence

_WORLD = frozenset(["worldwide", "globally", "annually", "yearly", "world", "global", "americans", "mortality", "prevalence", "incidence"])
_WORLD_VERB = frozenset(
    [
        "affects",
        "affecting",
        "affect",
        "affected",
        "kills",
        "killing",
        "causes",
        "causing",
        "suffer",
        "estimated",
        "caused",
        "claims",
        "born",
        "live",
        "living",
        "infected",
        "infecting",
    ]
)


def is_world(sentence: Sentence, token: int, last: int) -> bool:
    """Whether a count speaks of the world: affects 300 million people, 1.5 million deaths each year."""
    lower = sentence.lower
    value = sentence.numbers[token].value
    before, behind = lower[max(0, token - 6) : token], lower[last + 1 : last + 9]
    if value < 10_000 and sentence.section not in {"background", "aim"}:
        return False
    ours = not {"we", "our"}.isdisjoint(lower)
    if set(before) & _WORLD_VERB or (set(behind) & _WORLD and not ours) or "worldwide" in lower or "globally" in lower:
        return value >= 1000
    if "infected" in behind[:3] and value >= 100_000 and not ours:
        return True
    if behind[:2] in (["each", "year"], ["per", "year"], ["every", "year"], ["a", "year"], ["are", "diagnosed"], ["are", "living"]):
        return True
    return sentence.section == "background" and value >= 100_000 and not set(lower) & {"we", "our", "this"}
