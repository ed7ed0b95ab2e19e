"""The numbers that were read in a paper: each with its sentence, how sure it is, what became of it and why."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from miner.web.abstract import Piece, Span, marked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from miner.vocabulary import Vocabulary

MOST = 40  # rows of a page; a full text may give hundreds, which paper.json has
_DONE = {"accept": "accepted", "reject": "rejected", "correct": "corrected"}
_CLAIMS = {"comparator": "of another method", "delta": "a difference", "own": ""}
_UNITS = {"participant": "participants", "image": "images", "sample": "samples", "study": "studies"}
PARTS = {"test": "on test data", "external": "on external data", "validation": "on validation data", "train": "on training data", "cross-validation": "in cross-validation", "whole": "on all data"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Number:
    """One number of a paper.

    Attributes
    ----------
    id, kind : str
        Of its extraction; ``size`` or ``perf``.
    value, what, of : str
        As readers see it, corrected where a reviewer did; what it is; of whom, on which part of the data.
    read : str
        The value as it was read, where a reviewer corrected it.
    chosen : bool
        Whether an effect rests on it.
    certainty : float
    last, state, reason : str
        The last that a reviewer did with it, which holds; what reviewers said; why it was taken, or not.
    where, rule : str
    quote, sentence : str
        As written, and where it stands.
    at : int
        Its place in the sentence; -1 where that is not known.
    document : str
        Which text it stands in; ``abstract`` is the one that the page shows.
    """

    id: str
    kind: str
    value: str
    read: str
    what: str
    of: str
    chosen: bool
    certainty: float
    last: str
    state: str
    reason: str
    where: str
    rule: str
    quote: str
    sentence: str
    at: int
    document: str

    @property
    def rejected(self) -> bool:
        """Whether a reviewer's last word was that it is none."""
        return self.last == "reject"

    @property
    def in_abstract(self) -> bool:
        """Whether its place can be shown on the page."""
        return self.document == "abstract"


@dataclass(frozen=True, slots=True)
class Quoted:
    """A sentence, its numbers marked in it, with all that were read there."""

    pieces: tuple[Piece, ...]
    numbers: tuple[Number, ...]


def numbers_of(rows: Mapping[str, Sequence[dict[str, Any]]], words: Vocabulary) -> tuple[list[Number], int]:
    """Return the numbers of a paper that its page lists, those that effects rest on and those of the abstract first, and how many more there are."""
    used = _used(rows["effects"])
    why = {c["extraction_id"]: c["why"] for c in reversed(rows["candidates"])}
    said: dict[str, list[dict[str, Any]]] = {}
    for decision in rows["decisions"]:
        said.setdefault(decision["extraction_id"], []).append(decision)
    found = [
        _number(
            x,
            used.get(x["extraction_id"], ""),
            why.get(x["extraction_id"]) or _unused(x, rows["extractions"], said),
            said.get(x["extraction_id"], []),
            words,
        )
        for x in rows["extractions"]
        if x["kind"] in {"sample_size", "performance"}
    ]
    if len(found) > MOST:
        first = sorted(range(len(found)), key=lambda i: (not found[i].chosen, not found[i].in_abstract, i))[:MOST]
        return [found[i] for i in sorted(first)], len(found) - MOST
    return found, 0


def _used(effects: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Return why each extraction was taken, for those that an effect rests on."""
    used: dict[str, str] = {}
    for e in effects:
        left_out = f"; left out of analyses: {e['excluded']}" if e["excluded"] else ""
        used.setdefault(e["performance_extraction_id"] or "", f"taken: {e['decided']}{left_out}")
        for size in [e["sample_size_extraction_id"], *(e["on"] or [])]:
            if size:
                used.setdefault(size, f"the n of {e['name'] or e['metric']}".replace("_", " ") + (f": {e['n_why']}" if e["n_why"] else ""))
    return used


def _number(x: dict[str, Any], used: str, why: str, said: list[dict[str, Any]], words: Vocabulary) -> Number:
    size = x["kind"] == "sample_size"
    says = _says(x, words)
    last: Mapping[str, Any] = said[-1] if said else {"action": ""}
    # A corrected value has no interval: that belongs to the value as it was read.
    written = says(x["value"]) if size else with_interval(x["value"], x["ci_low"], x["ci_high"], says)
    corrected = says(last["corrected"]) if last["action"] == "correct" and last["corrected"] is not None else ""
    return Number(
        id=x["extraction_id"],
        kind="size" if size else "perf",
        value=corrected or written,
        read=written if corrected else "",
        what=_UNITS.get(x["unit"], "units") if size else words.label(x["metric"] or "", x["name"]),
        of=_role(x) if size else _of(x),
        chosen=bool(used),
        certainty=x["score"],
        last=last["action"],
        state=state_of(said, says),
        reason=used or why,
        where=_where(x),
        rule=f"{x['rule_id']} {x['rule_version']}",
        quote=x["quote"],
        sentence=x["sentence"] or x["quote"],
        at=_place(x),
        document=x["document"],
    )


def by_sentence(numbers: Sequence[Number]) -> list[Quoted]:
    """Return the numbers with their sentences, each sentence once for those that follow each other in it."""
    return [
        Quoted(marked(sentence, [Span(n.at, n.at + len(n.quote), n.id, n.kind) for n in group if n.at >= 0]), tuple(group))
        for (sentence, _), group in ((key, list(g)) for key, g in groupby(numbers, key=lambda n: (n.sentence, n.document)))
    ]


def _says(x: dict[str, Any], words: Vocabulary) -> Callable[[float], str]:
    """Return what writes the values of a number's kind."""
    if x["kind"] == "sample_size":
        return lambda value: f"{value:,.0f}"
    return lambda value: words.says(value, x["metric"] or "", x["name"])


def with_interval(value: float, low: float | None, high: float | None, says: Callable[[float], str]) -> str:
    """Write a performance with its interval, the sign of per cent once.

    Examples
    --------
    >>> with_interval(0.799, 0.7, 0.85, "{:.3f}".format), with_interval(0.8, 0.7, 0.9, "{:.0%}".format), with_interval(0.8, None, None, "{:.0%}".format)
    ('0.799 (0.700 to 0.850)', '80% (70% to 90%)', '80%')
    """
    text = says(value)
    return f"{text} ({says(low).removesuffix(' %')} to {says(high)})" if low is not None and high is not None else text


def _role(x: dict[str, Any]) -> str:
    return (x["role"] or "role not told") + ("" if x["own"] is not False else ", not the study's own")


def _of(x: dict[str, Any]) -> str:
    on = f"on {x['n']:,} {_UNITS.get(x['n_unit'], 'units')}" if x["n"] is not None else ""
    parts = [
        _CLAIMS.get(x["claim"] or "", x["claim"] or ""),
        PARTS.get(x["part"] or "", ""),
        on,
        x["scope"] if x["scope"] not in {None, "overall"} else "",
    ]
    return ", ".join(p for p in parts if p)


def _unused(x: dict[str, Any], others: Sequence[dict[str, Any]], said: Mapping[str, Sequence[dict[str, Any]]]) -> str:
    """Say why no effect rests on a number."""
    if x["extraction_id"] in said and said[x["extraction_id"]][-1]["action"] == "reject":
        return "not taken: a reviewer rejected it"
    if x["kind"] == "sample_size":
        if x["own"] is False:
            return "another study's"
        measured = [said.get(o["extraction_id"], []) for o in others if o["kind"] == "performance" and o["n"] == x["value"]]
        if not measured:
            return "no performance was measured on it, as far as the text tells"
        out = all(decisions and decisions[-1]["action"] == "reject" for decisions in measured)
        return f"what was measured on it was {'rejected by a reviewer' if out else 'not taken'}"
    return {"comparator": "not taken: another method's", "delta": "not taken: a difference of two"}.get(x["claim"] or "", "not taken")


def _where(x: dict[str, Any]) -> str:
    if x["document"] == "abstract":
        return "abstract"
    named = [x["section"] or "full text", f"p. {x['page']}" if x["page"] else ""]
    return ", ".join(n for n in named if n)


def _place(x: dict[str, Any]) -> int:
    sentence, quote = x["sentence"] or x["quote"], x["quote"]
    return int(x["at"]) if "at" in x else sentence.find(quote) if sentence.count(quote) == 1 else -1


def place_in_sentences(extractions: Sequence[dict[str, Any]], text: str) -> None:
    """Note ``at``, where each number of the abstract's document stands in its sentence."""
    for x in extractions:
        sentence, start = x["sentence"] or "", x["start"]
        if x["document"] == "abstract" and sentence and text[start : x["end"]] == x["quote"]:
            begin = text.rfind(sentence, 0, start + len(sentence))
            if 0 <= begin <= start and x["end"] <= begin + len(sentence):
                x["at"] = start - begin


def state_of(said: Sequence[dict[str, Any]], says: Callable[[float], str]) -> str:
    """Say what reviewers decided on a number, whose values ``says`` writes.

    Examples
    --------
    >>> state_of([], str)
    'unreviewed'
    >>> state_of([{"action": "correct", "corrected": 0.78, "reviewer": "AB", "note": None}], "{:.1%}".format)
    'corrected to 78.0% by AB'
    """
    if not said:
        return "unreviewed"
    words = [_decided(d, says) for d in said]
    return ("conflict: " if len({(d["action"], d["corrected"]) for d in said}) > 1 else "") + "; ".join(words)


def _decided(d: dict[str, Any], says: Callable[[float], str]) -> str:
    value = d["corrected"]
    to = "" if value is None or d["action"] != "correct" else f" to {says(value)}"
    return f"{_DONE.get(d['action'], d['action'])}{to} by {d['reviewer']}" + (f" ({d['note']})" if d["note"] else "")
