"""``miner rules explain``: how a text is read, sentence by sentence, and on what each performance was measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from miner.cli.common import JsonOption, WorkspaceOption, tell, write_json
from miner.cli.extract import RulesOption, own_rules

if TYPE_CHECKING:
    from miner.rules import SentenceTrace


def explain(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="A sentence or an abstract.")],
    rules: RulesOption = None,
    rule: Annotated[list[str] | None, typer.Option("--rule", metavar="ID", help="Only this rule; may be repeated.")] = None,
    as_json: JsonOption = False,
    where: WorkspaceOption = None,
) -> None:
    """Show how the rules read a text: sentence, screen, triggers, patterns, values, what suppressed a candidate, and how each performance came to its n.

    Example: miner rules explain "We enrolled 120 patients and reached an accuracy of 91%."
    """
    from miner.rules import Extractor, chosen, load_rules, ranked

    found = Extractor(chosen(load_rules(rules or (), also=own_rules(where)), *(rule or ()))).explain(text)
    relation = [ranked(t) for t in found.relation]
    if as_json:
        write_json(
            {
                "labels": [x.to_label() for x in found.labels],
                "sentences": [_trace_dict(t) for t in found.sentences],
                "spans": [{**s._asdict(), "quote": text[s.start : s.end]} for s in found.spans],
                "relation": relation,
            }
        )
        return
    lines = [line for t in found.sentences for line in _trace_lines(t)]
    lines += [
        *(["spans:"] if found.spans else []),
        *(f"  {s.start}:{s.end} {text[s.start : s.end]!r} {s.kind} = {s.value}{'' if s.sure else ' (unsure)'}" for s in found.spans),
    ]
    lines.append(f"labels: {len(found.labels)}")
    for x in found.labels:
        fields = " ".join(f"{k}={v}" for k, v in x.fields.items() if v is not None)
        lines.append(
            f"  {x.evidence.start}:{x.evidence.end} {x.evidence.quote!r} {x.kind} = {x.value!r} {fields} [{x.rule_id} {x.rule_version}]"
        )
    tell("\n".join([*lines, *(line for t in relation for line in _relation_lines(t))]))


def _relation_lines(told: dict[str, Any]) -> list[str]:
    """Return what a performance may have been measured on, the likeliest first, with the features that speak for it and their weights."""
    lines = [f"on what {told['quote']!r} was measured: part {told['part'] or 'untold'}"]
    for x in told["candidates"]:
        said = ", ".join(f"{name} {w:+.2f}" for name, w in x["features"].items())
        lines.append(f"  {_n(x['n'])} ({x['kind']}) {x['probability']:.2f}: {said}")
    return lines


def _n(n: int | None) -> str:
    return "not told" if n is None else f"n = {n:,}"


def _seen(t: SentenceTrace) -> list[str]:
    names = (("digits", t.screen.digits), ("number words", t.screen.number_words), ("a trigger beside a number", t.screen.number_trigger))
    return [name for name, seen in (*names, ("a trigger", t.screen.other_trigger)) if seen]


def _trace_lines(t: SentenceTrace) -> list[str]:
    section = f" ({t.section})" if t.section else ""
    verdict = "passes" if t.screen.passes else "stops here"
    lines = [f"sentence{section}: {t.sentence}", f"  screen: {', '.join(_seen(t)) or 'nothing'}: {verdict}"]
    for r in t.rules:
        lines.append(f"  rule {r.rule}: triggers {', '.join(map(repr, r.triggers)) or 'none'}")
        lines += [f"    pattern {name!r} matches {quote!r}" for name, quote in r.matches]
        for f in r.found:
            fields = " ".join(f"{k}={v}" for k, v in f.fields.items() if v is not None and v != "")
            quote = t.sentence[f.start : f.end] if len(t.sentence) >= f.end else ""
            if f.suppressed is not None:
                lines.append(f"    {quote!r} ({f.pattern}) suppressed: {f.suppressed}")
            else:
                lines.append(f"    {quote!r} ({f.pattern}) = {f.value!r} {fields}".rstrip())
    return lines


def _trace_dict(t: SentenceTrace) -> dict[str, Any]:
    return {
        "sentence": t.sentence,
        "section": t.section,
        "screen": {"passes": t.screen.passes, "seen": _seen(t)},
        "tokens": t.tokens,
        "rules": [
            {
                "rule": r.rule,
                "triggers": r.triggers,
                "matches": [{"pattern": name, "text": quote} for name, quote in r.matches],
                "candidates": [
                    {
                        "quote": t.sentence[f.start : f.end],
                        "pattern": f.pattern,
                        "value": f.value,
                        "fields": f.fields,
                        "suppressed": f.suppressed,
                    }
                    for f in r.found
                ],
            }
            for r in t.rules
        ],
    }
