"""What speaks for and against a value being a label: where it is mentioned, beside which words, and what else is mentioned."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable

from miner.extract.labels.reading import Mention, Reading
from miner.vocabulary.lexicon import Lexicon

_SENTENCE = frozenset({"others", "plan", "negation", "vital", "reference", "compared", "own", "aim", "people", "others_name"})


def candidates(reading: Reading, kind: str, roles: list[str], clue: list[set[str]], lexicon: Lexicon) -> dict[str, set[str]]:
    """Return the features of each value of a kind that the document mentions."""
    mentions = [m for m in reading.mentions.get(kind, ()) if not _in_name(m, reading)]
    values: dict[str, list[Mention]] = {}
    for m in mentions:
        values.setdefault(m.value, []).append(m)
    values = {v: ms for v, ms in values.items() if not all(m.weak for m in ms)}
    found: dict[str, set[str]] = {}
    near = reading.mentions.get("clue", []) + (reading.mentions.get("question", []) if kind == "condition" else [])
    near.sort(key=lambda m: m.first)
    firsts = [m.first for m in near]
    for order, (value, here) in enumerate(values.items()):
        features = found[value] = {"bias"}
        for m in here:
            features.add(f"in {roles[m.sentence]}")
            features.update(f"sentence {c}" for c in clue[m.sentence] & _SENTENCE)
            features.update(_beside(m, near, firsts))
        known = lexicon.values[kind].get(value)
        general = known is not None and known.general
        places = {roles[m.sentence] for m in here}
        holds = {
            "only background": places <= {"background"},
            "only margins": places <= {"background", "conclusions"},
            "twice": len(here) > 1,
            "often": len(here) > 3,
            "first": order == 0,
            "alone": len(values) == 1,
            "finer there": any(value in lexicon.above(kind, other) for other in values if other != value),
            "general": general,
            "general among others": general and len(values) > 1,
        }
        features.update(name for name, true in holds.items() if true)
    if found and kind == "condition":
        most = max(len(ms) for ms in values.values())
        for value, ms in values.items():
            if len(ms) == most:
                found[value].add("most")
    return found


def support_weak(reading: Reading) -> None:
    """Let the names of data sets that are words too count beside a word for data, or beside another set."""
    mentions = reading.mentions.get("dataset")
    if not mentions or not any(m.weak for m in mentions):
        return
    sets = {m.first for m in reading.mentions.get("clue", ()) if m.value == "set"}
    firm = [m for m in mentions if not m.weak]

    def supported(m: Mention) -> bool:
        near = any(i in sets for i in range(m.first - 4, m.last + 4))
        return near or any(abs(o.first - m.first) < 4 and o is not m for o in firm)

    reading.mentions["dataset"] = [
        Mention(m.kind, m.value, m.first, m.last, m.sentence) if m.weak and supported(m) else m for m in mentions
    ]


def _in_name(mention: Mention, reading: Reading) -> bool:
    """Whether a mention lies inside the name of a data set."""
    return mention.kind in {"condition", "modality"} and any(
        d.first <= mention.first and mention.last <= d.last for d in reading.mentions.get("dataset", ())
    )


def _beside(m: Mention, near: list[Mention], firsts: list[int]) -> Iterable[str]:
    """Yield the clues within four words before and three behind."""
    at = bisect_left(firsts, m.first - 4)
    while at < len(near) and near[at].first <= m.last + 3:
        other = near[at]
        at += 1
        if other.sentence != m.sentence:
            continue
        if other.last <= m.first:
            yield f"behind {other.kind if other.kind == 'question' else other.value}"
        elif other.first >= m.last and other.first <= m.last + 2:
            yield f"before {other.kind if other.kind == 'question' else other.value}"
