"""Extraction: abstracts a second on one core, as ratios to peers measured in the same run, and quality beside a plain-regex baseline."""

from __future__ import annotations

import gzip
import json
import os
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

SHARED = Path(os.environ.get("MINER_SHARED", Path(__file__).resolve().parents[3] / "shared"))
ABSTRACTS = 4_000
SLOW_ABSTRACTS = 400
FEW_ABSTRACTS = 24  # for the peer with a pattern for each of the sixteen thousand phrases, two or three a second
FLOOR = 7.0
GROWTH = 1.3


def abstracts(limit: int = ABSTRACTS) -> list[str]:
    """Return titles and abstracts of the update file, in its order."""
    from lxml import etree

    texts: list[str] = []
    with gzip.open(SHARED / "corpus" / "pubmed21n1298.xml.gz") as file:
        for _, record in etree.iterparse(file, tag="PubmedArticle", resolve_entities=False, no_network=True):
            parts = ["".join(a.itertext()) for a in record.findall(".//Abstract/AbstractText")]
            if parts:
                texts.append("".join(record.find(".//ArticleTitle").itertext()) + "\n" + "\n".join(parts))
            record.clear()
            if len(texts) == limit:
                break
    return texts


def rate(function: Callable[[str], Any], texts: Sequence[str], *, rounds: int = 3) -> float:
    """Return texts a second of processor time, the best of some rounds, after one round that warms caches."""
    for text in texts:
        function(text)
    best = float("inf")
    for _ in range(rounds):
        begin = time.process_time()
        for text in texts:
            function(text)
        best = min(best, time.process_time() - begin)
    return len(texts) / best


def naive(patterns: Sequence[tuple[str, list[dict[str, Any]]]]) -> Callable[[str], Any]:
    """Return what one would write first: tokenise the whole abstract with spaCy, run every pattern with one Matcher."""
    import spacy
    from spacy.matcher import Matcher

    nlp = spacy.blank("en")
    matcher = Matcher(nlp.vocab)
    for index, (name, pattern) in enumerate(patterns):
        matcher.add(f"{name} {index}", [pattern])
    return lambda text: matcher(nlp(text))


def patterns_of(rules: Any) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return a rule set as Matcher patterns.

    Patterns are as they stand. The single words of a term list are one ``IN`` pattern for each value, phrases one pattern each. A
    component stands for one pattern: a number, up to six words, one of its trigger words.
    """
    from miner.extract.tokens import tokenise

    patterns: list[tuple[str, list[dict[str, Any]]]] = []
    for rule in rules:
        patterns += [(rule.id, p.match) for p in (*rule.patterns, *rule.suppress)]
        if rule.spec.component:
            patterns.append((rule.id, [{"LIKE_NUM": True}, {"OP": "{0,6}"}, {"LOWER": {"IN": [t for t in rule.triggers if " " not in t]}}]))
        for value, phrases in rule.spec.terms.items():
            tokens = [tokenise(p.lower())[0] for p in phrases]
            if singles := [t[0] for t in tokens if len(t) == 1]:
                patterns.append((f"{rule.id} {value}", [{"LOWER": {"IN": singles}}]))
            patterns += [(f"{rule.id} {value}", [{"LOWER": t} for t in many]) for many in tokens if len(many) > 1]
    if any(rule.spec.labels for rule in rules):
        patterns += _words_of_the_lexicon()
    return patterns


def _words_of_the_lexicon() -> list[tuple[str, list[dict[str, Any]]]]:
    """Return the words that rules of labels look for: one ``IN`` pattern for the single words of a value, one for each phrase."""
    from miner.vocabulary.lexicon import lexicon

    singles: dict[str, list[str]] = {}
    patterns: list[tuple[str, list[dict[str, Any]]]] = []
    open_: list[tuple[tuple[str, ...], dict[Any, Any]]] = [((), lexicon().tree)]
    while open_:
        key, node = open_.pop()
        for name in {f"{term.kind} {term.value}" for term in node.get(None, [])}:
            if len(key) == 1:
                singles.setdefault(name, []).append(key[0])
            else:
                patterns.append((name, [{"LOWER": word} for word in key]))
        open_ += [((*key, word), below) for word, below in node.items() if word is not None]
    return [*patterns, *((name, [{"LOWER": {"IN": words}}]) for name, words in singles.items())]


def fifty(folder: Path) -> Any:
    """Write and load fifty rules of one pattern: a number, up to three words, one of a few nouns."""
    from miner.extract.api import load_rules

    nouns = (  # noqa: SIM905 -- a list of fifty strings hides what they are
        "patients subjects participants controls women men children adults cases volunteers images scans samples lesions nodules tumors eyes cells mice rats "
        "genes proteins features variables years months weeks days hours minutes mg ml mm cm studies trials articles models methods hospitals centers countries "
        "species strains isolates sequences regions groups times items"
    ).split()
    for noun in nouns[:50]:
        place = folder / noun
        place.mkdir(parents=True)
        (place / "rule.toml").write_text(
            f'id = "r_{noun}"\nversion = "1.0.0"\nkind = "count"\nnumber = true\nexamples = ["none"]\n[[pattern]]\nname = "number noun"\n'
            f'match = [{{ LIKE_NUM = true }}, {{ IS_ALPHA = true, OP = "{{0,3}}" }}, {{ LOWER = "{noun}" }}]\n'
        )
    return load_rules([folder], built_in=False)


def growth(folder: Path, texts: Sequence[str]) -> dict[str, float]:
    """Return texts a second with 50 and with 500 rules of which the same ten ever fire, and the ratio of the costs."""
    from miner.extract.api import Extractor, load_rules

    rates = {}
    for count in (50, 500):
        for i in range(count):
            noun = (
                ("patients", "images", "years", "cells", "mg", "studies", "samples", "genes", "days", "women")[i] if i < 10 else f"zebra{i}"
            )
            place = folder / str(count) / f"r{i}"
            place.mkdir(parents=True)
            (place / "rule.toml").write_text(
                f'id = "r{i}"\nversion = "1.0.0"\nkind = "count"\nnumber = true\nexamples = ["none"]\n[[pattern]]\nname = "number noun"\n'
                f'match = [{{ LIKE_NUM = true }}, {{ IS_ALPHA = true, OP = "{{0,3}}" }}, {{ LOWER = "{noun}" }}]\n'
            )
        rates[count] = rate(Extractor(load_rules([folder / str(count)], built_in=False)).extract, texts, rounds=2)
    return {"rules_50": round(rates[50]), "rules_500": round(rates[500]), "cost_ratio": round(rates[50] / rates[500], 2)}


def quality() -> dict[str, Any]:
    """Return the gold's figures for our rules and for plain regular expressions."""
    from miner.extract.api import Extractor, load_rules
    from miner.extract.scoring import read_gold, score

    spec = spec_from_file_location("plain_regex", Path(__file__).with_name("plain_regex.py"))
    assert spec is not None
    assert spec.loader is not None
    plain_regex = module_from_spec(spec)
    spec.loader.exec_module(plain_regex)
    gold = read_gold(SHARED / "gold" / "dev.jsonl")
    extractor = Extractor(load_rules())
    return {
        "rules": score(gold, {i: [x.to_label() for x in extractor.extract(r["text"])] for i, r in gold.items()}),
        "plain_regex": score(gold, {i: plain_regex.extract(r["text"]) for i, r in gold.items()}),
    }


def run() -> dict[str, Any]:
    """Measure; needs the shared test input."""
    import tempfile

    from miner.extract.api import Extractor, load_rules

    texts = abstracts()
    slow = texts[:SLOW_ABSTRACTS]
    rules = load_rules()
    ours = rate(Extractor(rules).extract, texts, rounds=2)
    patterns = patterns_of(rules)
    theirs = rate(naive(patterns), texts[:FEW_ABSTRACTS], rounds=1)
    with tempfile.TemporaryDirectory() as folder:
        simple = fifty(Path(folder) / "rules")
        # The same texts for both, and turn by turn: a busy machine slows both alike.
        both = texts[: 2 * SLOW_ABSTRACTS]
        fast, plain = Extractor(simple).extract, naive([(r.id, p.match) for r in simple for p in r.patterns])
        turns = [(rate(fast, both, rounds=1), rate(plain, both, rounds=1)) for _ in range(3)]
        simple_ours, simple_theirs = (sorted(turn)[1] for turn in zip(*turns, strict=True))
        grown = growth(Path(folder) / "grown", texts[: 2 * SLOW_ABSTRACTS])
    peers: dict[str, float] = {"spacy.blank tokeniser alone": rate(naive([]), slow, rounds=1)}
    if find_spec("quantulum3") is not None:
        from quantulum3 import parser

        few = slow[:40]
        peers["quantulum3"] = rate(parser.parse, few, rounds=1)
    return {
        "what": "extraction, abstracts a second on one core",
        "abstracts": len(texts),
        "characters": round(sum(map(len, texts)) / len(texts)),
        "built_in_rules": {
            "rules": len(rules),
            "patterns": len(patterns),
            "ours": round(ours),
            "tokenise_all_and_match": round(theirs, 1),
            "ratio": round(ours / theirs, 1),
        },
        "fifty_patterns": {
            "ours": round(simple_ours),
            "tokenise_all_and_match": round(simple_theirs),
            "ratio": round(simple_ours / simple_theirs, 1),
        },
        "growth": grown,
        "peers": {name: round(value, 1) for name, value in peers.items()},
        "floor": FLOOR,
        "passes": ours / theirs >= FLOOR and simple_ours / simple_theirs >= FLOOR and grown["cost_ratio"] <= GROWTH,
        "quality": quality(),
    }


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))
