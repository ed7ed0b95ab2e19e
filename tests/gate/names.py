"""What labels name, in the words of the vocabulary: readers write ``optical coherence tomography`` where the vocabulary says ``OCT``, and mean one thing."""

from __future__ import annotations

from miner.text.words import phrase
from miner.vocabulary.lexicon import Lexicon

_TARGETS = ("condition", "target", "event")


def named(kind: str, value: str, lexicon: Lexicon) -> str:
    """Return a label's value as the vocabulary calls it; as it stands where the vocabulary has no such writing.

    Examples
    --------
    >>> from miner.vocabulary.lexicon import lexicon
    >>> named("modality", "optical coherence tomography", lexicon()), named("task", "prognosis: mortality in hepatocellular carcinoma", lexicon())
    ('OCT', 'prognosis: death in liver cancer')
    """
    if kind != "task":
        return _value(value, (kind,), lexicon)
    question, colon, rest = value.partition(": ")
    target, _, comparator = rest.partition(" vs ")
    event, _, population = target.partition(" in ")
    if question == "prognosis" and population:
        target = f"{_value(event, ('event', 'condition', 'target'), lexicon)} in {_value(population, _TARGETS, lexicon)}"
    else:
        target = _value(target, ("event", *_TARGETS) if question == "prognosis" else _TARGETS, lexicon)
    against = f" vs {comparator if comparator == 'healthy' else _value(comparator, _TARGETS, lexicon)}" if comparator else ""
    return f"{question}{colon}{target}{against}"


def _value(written: str, kinds: tuple[str, ...], lexicon: Lexicon) -> str:
    node = lexicon.tree
    if not written or any(written in lexicon.values[kind] for kind in kinds):
        return written
    for word in phrase(written):
        if word not in node:
            return written
        node = node[word]
    meant = [term.value for kind in kinds for term in node.get(None, ()) if term.kind == kind]
    return meant[0] if meant else written
