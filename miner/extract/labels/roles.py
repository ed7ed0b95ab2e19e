"""What each sentence of an abstract does: tells why, what for, how, what came out, or what follows."""

from __future__ import annotations

from miner.extract.labels.reading import Reading

# A text without a title, of at most so many sentences, is all that there is: each sentence stands for the whole.
_BRIEF = 4
_DIGITS = frozenset("0123456789")


def clues(reading: Reading) -> list[set[str]]:
    """Return the clues that stand in each sentence."""
    found: list[set[str]] = [set() for _ in reading.bounds]
    for mention in reading.mentions.get("clue", ()):
        found[mention.sentence].add(mention.value)
    return found


def roles(reading: Reading, clue: list[set[str]]) -> list[str]:
    """Return the role of each sentence: ``title``, ``background``, ``aim``, ``methods``, ``results`` or ``conclusions``.

    Printed section labels decide where there are any; else the first words about the study itself end the background.
    """
    spans = reading.document.sentences
    sections = [s.section for s in spans]
    if "title" not in sections and len(sections) <= _BRIEF:
        return ["background" if _aside(c) else "title" for c in clue]
    structured = any(s in ("methods", "results") for s in sections)
    by_sentence: list[str] = []
    own = False
    for index, section in enumerate(sections):
        here = clue[index]
        own = own or (section != "title" and bool(here & {"own", "aim"}))
        if section == "title":
            by_sentence.append("title")
        elif structured and section:
            by_sentence.append("aim" if section == "background" and "aim" in here else section)
        elif not own:
            by_sentence.append("background")
        elif index >= len(sections) - 2 and here & {"concluding", "plan"} and "aim" not in here:
            by_sentence.append("conclusions")
        elif "result" in here and _digit(reading, index):
            by_sentence.append("results")
        elif here & {"aim", "own"} and not here & {"concluding"} and "aim" in here:
            by_sentence.append("aim")
        elif index == len(sections) - 1 and "concluding" in here:
            by_sentence.append("conclusions")
        else:
            by_sentence.append("methods")
    return by_sentence


def _aside(clue: set[str]) -> bool:
    """Whether a sentence tells of others, of plans, or why something matters, and of nothing that was measured."""
    return bool(clue & {"vital", "others", "plan"}) and not clue & {"own", "aim", "performance"}


def _digit(reading: Reading, index: int) -> bool:
    span = reading.document.sentences[index]
    return not _DIGITS.isdisjoint(reading.document.text[span.start : span.end])
