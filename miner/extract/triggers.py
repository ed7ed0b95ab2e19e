"""What a rule's patterns are with its lists filled in, and the words that wake it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from miner.errors import RuleError

if TYPE_CHECKING:
    from miner.extract.rule import PatternSpec, RuleSpec


def with_lists(pattern: PatternSpec, lists: Mapping[str, list[str]], where: str) -> PatternSpec:
    """Fill in ``"@name"`` lists and lower what stands under LOWER."""

    def fill(key: str, value: Any) -> Any:
        if isinstance(value, str) and value.startswith("@"):
            if value[1:] not in lists:
                raise RuleError(
                    f"pattern {pattern.name!r} names the list {value!r}, which is not there",
                    where=where,
                    hint=f"add {value[1:]} to [lists]",
                )
            value = lists[value[1:]]
        if key == "LOWER" and isinstance(value, str):
            return value.lower()
        if isinstance(value, list) and key == "LOWER":
            return [v.lower() for v in value]
        return {k: fill(key if k in {"IN", "NOT_IN"} else k, v) for k, v in value.items()} if isinstance(value, dict) else value

    match = [{key.upper(): fill(key.upper(), value) for key, value in token.items()} for token in pattern.match]
    return pattern.model_copy(update={"match": match})


def expand(words: Sequence[str], lists: Mapping[str, list[str]], where: str) -> list[str]:
    """Put the words of a list where a trigger says ``"@name"``; ``"@metrics"`` are the names of metrics that folders of rules add."""
    expanded: list[str] = []
    for word in words:
        if not word.startswith("@"):
            expanded.append(word)
        elif word[1:] in lists:
            expanded += lists[word[1:]]
        else:
            raise RuleError(f"triggers name the list {word!r}, which is not there", where=where, hint=f"add {word[1:]} to [lists]")
    return expanded


def is_mandatory(token: Mapping[str, Any]) -> bool:
    """Tell whether a token of a pattern must be there."""
    return token.get("OP", "1") not in {"?", "*", "!"} and not str(token.get("OP", "1")).startswith(("{,", "{0"))


def is_number(token: Mapping[str, Any]) -> bool:
    """Tell whether a token of a pattern must be a number."""
    return token.get("LIKE_NUM") is True or token.get("IS_DIGIT") is True


def _literals(token: Mapping[str, Any]) -> list[str]:
    """Return the words one of which the token must be, or an empty list where any will do."""
    for key in ("LOWER", "ORTH", "TEXT"):
        value = token.get(key)
        if isinstance(value, str):
            return [value.lower()]
        if isinstance(value, dict) and "IN" in value:
            return [str(v).lower() for v in value["IN"]]
    return []


def triggers_of(spec: RuleSpec, patterns: Sequence[PatternSpec], where: str) -> tuple[str, ...]:
    """Return the rule's triggers: those it names, else a set of words of which each pattern must hold one."""
    named = {t.lower() for t in spec.triggers}
    derived: set[str] = set()
    for pattern in patterns:
        sets = [words for token in pattern.match if is_mandatory(token) and (words := _literals(token))]
        if not sets:
            raise RuleError(
                f"pattern {pattern.name!r} has no word that must be there, so the engine cannot know when to try it",
                where=where,
                hint="give one token LOWER or LOWER.IN and no OP that makes it optional",
            )
        if named:
            if not any(set(words) <= named for words in sets):
                raise RuleError(
                    f"pattern {pattern.name!r} can match without any trigger",
                    where=where,
                    hint="add its words to triggers, or drop triggers",
                )
        else:
            # Words are better triggers than marks such as "=" or "(", which stand everywhere.
            derived.update(min(sets, key=_as_trigger))
    if spec.component and not patterns and not named:
        raise RuleError("a component without patterns needs triggers", where=where, hint="name the words that wake it")
    return tuple(sorted(named or derived))


def _as_trigger(words: Iterable[str]) -> tuple[bool, int]:
    return not any(w.isalnum() for w in words), sum(1 for _ in words)
