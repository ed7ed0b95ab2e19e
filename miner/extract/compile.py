"""One rule made ready to run: its Matcher, the window its patterns need, and its component."""

from __future__ import annotations

import hashlib
import importlib.util
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from miner.errors import RuleError
from miner.extract.rule import PatternSpec, Rule
from miner.extract.sentence import Found, Match, Sentence

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.matcher import Matcher
    from spacy.tokens import Doc

_BOUNDS = re.compile(r"\{(\d*),?(\d*)\}")
# Suppressors' names stand behind this mark in a rule's one Matcher.
_SUPPRESS = "-"


@dataclass(slots=True)
class CompiledRule:
    """A rule with its Matcher and component.

    ``reach`` is the length in tokens of the longest match its patterns can have; None where there is no bound. A window of that many
    tokens on either side of a trigger holds every match that contains the trigger.
    """

    rule: Rule
    matcher: Matcher | None
    suppressor: Matcher | None
    reach: int | None
    specs: dict[str, PatternSpec]
    component: Callable[[Doc], Doc] | None
    triggers: tuple[str, ...]
    terms: list[tuple[str | None, list[str]]]

    def phrases(self) -> Iterator[str]:
        """All phrases that wake the rule."""
        yield from self.triggers
        for _, phrases in self.terms:
            yield from phrases

    def match(self, sentence: Sentence, *, whole: bool) -> None:
        """Run the patterns around the sentence's triggers (or on the ``whole`` of it) into ``sentence.matches``."""
        if self.matcher is None:
            return
        doc = sentence.doc
        if whole or self.reach is None or len(doc) <= 2 * self.reach:
            windows = [(0, len(doc))]
        else:
            windows = _windows(sentence.triggers, self.reach - 1, len(doc))
        strings = doc.vocab.strings
        seen = set()
        for start, end in windows:
            for key, first, last in self.matcher(doc if end - start == len(doc) else doc[start:end]):
                seen.add((start + first, start + last, strings[key]))
        order = list(self.specs)
        sentence.matches = [Match(name, s, e) for s, e, name in sorted(seen, key=lambda m: (m[0], -m[1], order.index(m[2])))]

    def candidates(self, sentence: Sentence) -> None:
        """Turn matches into candidates, and mark those that a suppressor covers."""
        for match in sentence.matches:
            if (found := self._candidate(match, sentence)) is not None:
                sentence.found.append(found)
        if self.suppressor is None or not sentence.found:
            return
        for key, first, last in self.suppressor(sentence.doc):
            start, end = sentence.starts[first], sentence.ends[last - 1]
            name = sentence.doc.vocab.strings[key].removeprefix(_SUPPRESS)
            for found in sentence.found:
                if found.suppressed is None and found.start < end and start < found.end:
                    found.suppressed = name

    def _candidate(self, match: Match, sentence: Sentence) -> Found | None:
        spec = self.specs[match.pattern]
        number = next((sentence.numbers[i] for i in range(match.start, match.end) if i in sentence.numbers), None)
        if "{number}" in spec.value and number is None:
            return None
        start, end = sentence.starts[match.start], sentence.ends[match.end - 1]
        value: Any
        if spec.value == "{number}" and number is not None:
            value = number.value
        else:
            written = "" if number is None else f"{number.value:g}"
            value = spec.value.replace("{number}", written).replace("{text}", sentence.text[start:end])
        span = spec.span or ("number" if spec.value == "{number}" else "match")
        if span == "number" and number is not None:
            start, end = number.start, number.end
        return Found(start, end, value, dict(spec.fields), spec.score, spec.name)


def _windows(triggers: list[tuple[int, int]], reach: int, length: int) -> list[tuple[int, int]]:
    """Return the windows around triggers, those that touch joined."""
    windows: list[tuple[int, int]] = []
    for start, end in sorted(triggers):
        low, high = max(0, start - reach), min(length, end + reach)
        if windows and low <= windows[-1][1]:
            windows[-1] = (windows[-1][0], max(high, windows[-1][1]))
        else:
            windows.append((low, high))
    return windows


def compile_rule(rule: Rule, nlp: Language) -> CompiledRule:
    """Compile one rule for a vocabulary.

    Raises
    ------
    RuleError
        If spaCy refuses a pattern, or the component cannot be loaded.
    """
    matcher = _matcher(rule, rule.patterns, nlp, "")
    suppressor = _matcher(rule, rule.suppress, nlp, _SUPPRESS)
    lengths = [_longest(p) for p in rule.patterns]
    reach = None if None in lengths else max((n for n in lengths if n is not None), default=0)
    terms: list[tuple[str | None, list[str]]] = [(value, list(phrases)) for value, phrases in rule.spec.terms.items()]
    return CompiledRule(rule, matcher, suppressor, reach, {p.name: p for p in rule.patterns}, _component(rule, nlp), rule.triggers, terms)


def _matcher(rule: Rule, patterns: tuple[PatternSpec, ...], nlp: Language, mark: str) -> Matcher | None:
    from spacy.matcher import Matcher

    if not patterns:
        return None
    matcher = Matcher(nlp.vocab, validate=True)
    for pattern in patterns:
        try:
            matcher.add(mark + pattern.name, [pattern.match])
        except Exception as error:
            message = " ".join(str(error).split())
            raise RuleError(
                f"spaCy refuses pattern {pattern.name!r}: {message}",
                where=str(rule.folder / "rule.toml"),
                hint="spaCy's Matcher pattern format",
            ) from error
    return matcher


def _longest(pattern: PatternSpec) -> int | None:
    """Return the number of tokens of the longest match that a pattern can have, or None where there is no bound."""
    length = 0
    for token in pattern.match:
        op = str(token.get("OP", "1"))
        if op in {"*", "+"}:
            return None
        if bounds := _BOUNDS.fullmatch(op):
            if "," in op and not bounds[2]:
                return None
            length += int(bounds[2] or bounds[1])
        else:
            length += 1
    return length


def _component(rule: Rule, nlp: Language) -> Callable[[Doc], Doc] | None:
    if not rule.spec.component or not rule.spec.factory:
        return None
    path = rule.folder / rule.spec.component
    where = str(path)
    # A name of its own for each file and content, so that rules of two workspaces live side by side.
    name = f"miner_rule_{hashlib.sha256(f'{path}{rule.sha256}'.encode()).hexdigest()[:16]}"
    try:
        if name not in sys.modules:
            spec = importlib.util.spec_from_file_location(name, path, submodule_search_locations=[str(rule.folder)])
            if spec is None or spec.loader is None:
                raise RuleError("it is not a Python file", where=where)  # noqa: TRY301 -- one place turns all failures into RuleError
            module = importlib.util.module_from_spec(spec)
            sys.modules[name] = module
            spec.loader.exec_module(module)
        component: Callable[[Doc], Doc] = nlp.create_pipe(rule.spec.factory)
        if (configure := getattr(component, "configure", None)) is not None:
            configure(rule)
    except RuleError:
        raise
    except Exception as error:
        sys.modules.pop(name, None)
        raise RuleError(
            f"the component cannot be made: {type(error).__name__}: {' '.join(str(error).split())}",
            where=where,
            hint="it must register the factory that rule.toml names",
        ) from error
    return component
