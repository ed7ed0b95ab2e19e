"""Annotated example sentences: ``"a mean Dice of <ent metric=dice value=0.91>0.91</ent>"``; without ``<ent>`` nothing may be found."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from miner.errors import RuleError
from miner.types import Extraction

_ENT = re.compile(r"<ent(?P<fields>(?:\s[^<>]*)?)>(?P<text>[^<>]*)</ent>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Expected:
    """What an example says must be found: a span (code points, ``end`` exclusive) and the fields that it names."""

    start: int
    end: int
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Example:
    """An example's plain text and what must be found in it: all that is found, and nothing else."""

    text: str
    expected: tuple[Expected, ...]


def parse_example(annotated: str, *, where: str | None = None) -> Example:
    """Read an annotated example.

    Parameters
    ----------
    annotated : str
        Text with ``<ent field=value …>span</ent>``; a value may be quoted.
    where : str, optional
        The file, for messages.

    Raises
    ------
    RuleError
        If a tag is not closed or a field is not ``name=value``.

    Examples
    --------
    >>> parse_example("in <ent value=12 unit=participant>12</ent> men").expected[0].fields
    {'value': 12, 'unit': 'participant'}
    """
    text = ""
    expected: list[Expected] = []
    position = 0
    for match in _ENT.finditer(annotated):
        text += annotated[position : match.start()]
        expected.append(Expected(len(text), len(text) + len(match["text"]), _fields(match["fields"], annotated, where)))
        text += match["text"]
        position = match.end()
    text += annotated[position:]
    if "<ent" in text or "</ent>" in text:
        raise RuleError(f"an <ent> is not closed, or holds another: {annotated!r}", where=where, hint="write <ent value=12>12</ent>")
    return Example(text, tuple(expected))


def _fields(written: str, annotated: str, where: str | None) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    try:
        parts = shlex.split(written)
    except ValueError as error:
        raise RuleError(f"{error} in {annotated!r}", where=where, hint='close the quotes: task="AD vs HC"') from error
    for part in parts:
        name, equals, value = part.partition("=")
        if not equals or not name:
            raise RuleError(f"{part!r} is not name=value in {annotated!r}", where=where, hint="write <ent value=12>12</ent>")
        fields[name] = _value(value)
    return fields


def _value(written: str) -> Any:
    if written in {"true", "false"}:
        return written == "true"
    if written in {"null", "none"}:
        return None
    for kind in (int, float):
        try:
            return kind(written)
        except ValueError:
            continue
    return written


def compare(example: Example, found: Sequence[Extraction]) -> list[str]:
    """Return what is wrong with ``found`` by the example's word; an empty list if nothing is.

    Parameters
    ----------
    example : Example
        What must be found.
    found : sequence of Extraction
        What the rule found in ``example.text``.

    Returns
    -------
    list of str
        One complaint for each span that is missing, is too many, or has another value in a field that the example names.
    """
    complaints = []
    left = {(e.evidence.start, e.evidence.end): e for e in found}
    for want in example.expected:
        quote = example.text[want.start : want.end]
        got = left.pop((want.start, want.end), None)
        if got is None:
            complaints.append(f"{quote!r} was not found")
            continue
        label = got.to_label()
        for name, value in want.fields.items():
            if not _same(label.get(name), value):
                complaints.append(f"{quote!r}: {name} is {label.get(name)!r}, not {value!r}")
    complaints += [f"{e.evidence.quote!r} was found ({e.kind} {e.value!r}), and should not be" for e in left.values()]
    return complaints


def _same(got: Any, want: Any) -> bool:
    if isinstance(got, bool) or isinstance(want, bool) or got is None or want is None:
        return got is want
    if isinstance(got, (int, float)) and isinstance(want, (int, float)):
        return abs(got - want) <= 1e-9 * max(1.0, abs(want))
    return str(got) == str(want)
