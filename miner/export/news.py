"""What is new, for people and programs: as text, Markdown, JSON, and an Atom feed."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from miner.digits import STORED, significant
from miner.errors import UsageError
from miner.export.references import one_line, page_of
from miner.say import counted
from miner.settings import suggest
from miner.vocabulary import vocabulary

if TYPE_CHECKING:
    from miner.store.news import News
    from miner.vocabulary import Vocabulary

_ATOM = "http://www.w3.org/2005/Atom"
NOBODY = "miner.invalid"  # names things where no host was given: a name that nobody can hold (RFC 2606)
_SINCE = "2026"  # a year in which who uses a host's name held it, as tag URIs want one


def heading(news: News) -> str:
    """Return what is new in one line.

    Examples
    --------
    >>> from miner.store.news import News
    >>> heading(News("2026-01-01", "2026-02-01", "ad", papers=[{}, {}]))
    '2 new records, 0 new effects of ad since 2026-01-01'
    """
    parts = [counted(len(news.papers), "new record"), counted(len(news.effects), "new effect")]
    extra = ((news.gone_papers, "record gone", "records gone"), (news.gone_effects, "effect gone", "effects gone"), (news.changed_effects, "effect changed", "effects changed"))  # fmt: skip
    parts += [counted(len(rows), one, many) for rows, one, many in extra if rows]
    if news.verdicts:
        parts.append(counted(sum(map(len, news.verdicts.values())), "verdict changed", "verdicts changed"))
    since = "" if news.since.startswith("0001") else f" since {news.since[:19].replace('T', ' ')}"
    return ", ".join(parts) + (f" of {news.job}" if news.job else "") + since


def _effect(e: dict[str, Any], words: Vocabulary) -> str:
    now, before = _values(e, words)
    text = f"{words.label(e['metric'], e.get('name'))} {now}" + _size(e["n"])
    if "was_estimate" in e:
        text += f" (was {before}{_size(e['was_n'])})"
    return text + (f", {e['task']}" if e["task"] else "")


def _size(n: int | None) -> str:
    return ", n not told" if n is None else f", n = {n:,}"


def _values(e: dict[str, Any], words: Vocabulary) -> tuple[str, str]:
    """Return an effect's value and the one before, with digits enough to tell them apart."""
    now, before = e["estimate"], e.get("was_estimate")
    for digits in range(4):
        told, was = ("–" if v is None else words.says(v, e["metric"], e.get("name"), digits) for v in (now, before))
        if told != was or now == before:
            break
    return told, was


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that is new: its title, the address of its record, lines on it, whose paper it is, and what a feed knows it again by.

    ``when`` is when it came; empty where the snapshot does not say. ``abstract`` is that of a new record.
    """

    title: str
    link: str | None
    lines: tuple[str, ...]
    id: str
    paper_id: str | None = None
    when: str = ""
    abstract: str = ""


def sections(news: News, words: Vocabulary | None = None) -> list[tuple[str, list[Entry]]]:
    """Return what is new by kind, with headings: what the text, the feed and the page of a site are all written from.

    ``words`` are how metrics are called; by default the vocabulary that ships with miner.
    """
    words = words or vocabulary()
    new = {p["paper_id"] for p in news.papers}
    others: dict[str, list[dict[str, Any]]] = {}
    for e in news.effects:
        if e["paper_id"] not in new:  # a review's own table names studies that are no records here
            others.setdefault(e["paper_id"] or _title(e), []).append(e)
    found = (
        ("Verdicts that changed", _verdicts(news, words)),
        ("New records", [_record(p, f"paper/{p['paper_id']}", _effects(news.effects, p["paper_id"], words)) for p in news.papers]),
        ("New effects of records that were there", [_known(name, rows, words) for name, rows in others.items()]),
        ("Effects that changed", [_of_effect(e, f"changed/{e['effect_id']}/{news.at}", words) for e in news.changed_effects]),
        ("Effects that are gone", [_of_effect(e, f"gone/{e['effect_id']}/{news.at}", words) for e in news.gone_effects]),
        ("Records that are gone", [_record(p, f"gone/{p['paper_id']}/{news.at}") for p in news.gone_papers]),
    )
    return [(title, entries) for title, entries in found if entries]


def _verdicts(news: News, words: Vocabulary) -> list[Entry]:
    return [
        Entry(
            f"{job}, {words.label(metric)}",
            None,
            (f"{now}" + (f" (was: {before})" if before else ""),),
            f"verdict/{job}/{metric}/{news.at}",
        )
        for job, metrics in news.verdicts.items()
        for metric, (before, now) in metrics.items()
    ]


def _title(row: dict[str, Any]) -> str:
    return one_line(row.get("title")) or row["paper_id"] or "no title"


def _record(p: dict[str, Any], name: str, lines: list[str] | None = None) -> Entry:
    where = ", ".join(one_line(str(x)) for x in (p["venue"], p["year"], p["paper_id"]) if x)
    link = page_of(p["doi"], p["arxiv_id"], p["pmid"])
    said = tuple(x for x in (where, *(lines or [])) if x)
    return Entry(_title(p), link, said, name, p["paper_id"], p["first_seen"] or "", one_line(p.get("abstract")))


def _effects(effects: list[dict[str, Any]], paper_id: str | None, words: Vocabulary) -> list[str]:
    return [_effect(e, words) for e in effects if e["paper_id"] == paper_id]


def _known(name: str, effects: list[dict[str, Any]], words: Vocabulary) -> Entry:
    paper_id = effects[0]["paper_id"]
    lines = tuple(x for x in (paper_id, *(_effect(e, words) for e in effects)) if x)
    which = sha256(" ".join(sorted(e["effect_id"] for e in effects)).encode()).hexdigest()[:12]
    when = max((e["first_seen"] or "" for e in effects), default="")
    return Entry(_title(effects[0]), None, lines, f"effects/{name}/{which}", paper_id, when)


def _of_effect(e: dict[str, Any], name: str, words: Vocabulary) -> Entry:
    return Entry(_title(e), None, (_effect(e, words),), name, e["paper_id"])


def to_text(news: News, words: Vocabulary | None = None) -> str:
    """Return the news as plain text of lines of 78 characters at most, as the body of an e-mail has them; ``words`` as in :func:`sections`."""
    out = [heading(news), ""]
    for title, entries in sections(news, words):
        out += [title, "-" * len(title), ""]
        for e in entries:
            out += textwrap.wrap(e.title, 76, break_long_words=False, initial_indent="* ", subsequent_indent="  ")
            for line in e.lines:
                out += textwrap.wrap(line, 72, break_long_words=False, initial_indent="    ", subsequent_indent="    ")
            out += [f"    {e.link}"] if e.link else []
        out.append("")
    return "\n".join(out).rstrip() + "\n"


def _escaped(text: str) -> str:
    return "".join(f"\\{c}" if c in "\\`*_[]<>#|" else c for c in text)


def to_markdown(news: News, words: Vocabulary | None = None) -> str:
    """Return the news as Markdown; ``words`` as in :func:`sections`."""
    out = [f"# {_escaped(heading(news))}", ""]
    for title, entries in sections(news, words):
        out += [f"## {title}", ""]
        for e in entries:
            out.append(f"- [{_escaped(e.title)}]({e.link})" if e.link else f"- {_escaped(e.title)}")
            out += [f"  - {_escaped(line)}" for line in e.lines]
        out.append("")
    return "\n".join(out).rstrip() + "\n"


def to_atom(
    news: News,
    words: Vocabulary | None = None,
    *,
    title: str = "miner",
    authority: str = NOBODY,
    links: Callable[[Entry], str | None] = lambda entry: entry.link,
    alternate: str | None = None,
    itself: str | None = None,
) -> str:
    """Return the news as an Atom feed (RFC 4287): an entry for each record, change and verdict, by ``tag:`` URIs (RFC 4151), with the snapshot's times.

    The same record has the same identifier in every feed of the same authority, so that readers show it once.

    Parameters
    ----------
    news : News
    words : Vocabulary, optional
        As in :func:`sections`.
    title : str
        What the feed is called; the job's name is added.
    authority : str
        The host in whose name things are named.
    links : callable
        Where an entry leads; by default to its record's page.
    alternate, itself : str, optional
        Where the same stands as a page, and where the feed lies.
    """
    from lxml import etree

    named = one_line(f"{title}: {news.job}" if news.job else title)
    feed = etree.Element(f"{{{_ATOM}}}feed", nsmap={None: _ATOM})  # type: ignore[dict-item] # its stubs know no default namespace

    def put(parent: etree._Element, tag: str, text: str | None = None, **attributes: str) -> etree._Element:
        child = etree.SubElement(parent, f"{{{_ATOM}}}{tag}", attributes)
        child.text = text
        return child

    for tag, text in (("title", named), ("id", _tag(authority, f"feed/{news.job or ''}")), ("updated", _time(news.at))):
        put(feed, tag, text)
    for rel, address in (("alternate", alternate), ("self", itself)):
        if address:
            put(feed, "link", rel=rel, href=address)
    put(put(feed, "author"), "name", "miner")
    for kind, entries in sections(news, words):
        for e in entries:
            entry = put(feed, "entry")
            for tag, text in (("title", e.title), ("id", _tag(authority, e.id)), ("updated", _time(e.when or news.at))):
                put(entry, tag, text)
            put(entry, "category", term=kind)
            if address := links(e):
                put(entry, "link", href=address)
            put(entry, "content", "\n".join([*e.lines, *([e.abstract] if e.abstract else [])]), type="text")
    return etree.tostring(feed, xml_declaration=True, encoding="utf-8", pretty_print=True).decode()


def _tag(authority: str, name: str) -> str:
    return f"tag:{authority},{_SINCE}:{quote(name, safe='/:;=,@')}"


def _time(text: str | None) -> str:
    """Return a time as Atom wants it."""
    if not text:
        return "1970-01-01T00:00:00+00:00"
    return f"{text[:10]}T{text[11:19] or '00:00:00'}+00:00"


def to_json(news: News, words: Vocabulary | None = None) -> str:
    """Return the news as JSON: values and names as the database has them."""
    del words
    return json.dumps(significant(news.to_dict(), STORED), ensure_ascii=False, indent=2, default=str) + "\n"


FORMS: dict[str, Callable[[News, Vocabulary | None], str]] = {"text": to_text, "json": to_json, "md": to_markdown, "atom": to_atom}


def render_news(news: News, form: str, words: Vocabulary | None = None) -> str:
    """Return the news in one of ``FORMS``; ``words`` as in :func:`sections`.

    Raises
    ------
    UsageError
        If there is no such form.
    """
    if form not in FORMS:
        raise UsageError(f"there is no format {form!r}", where="--format", hint=suggest(form, FORMS, all_too=True))
    return FORMS[form](news, words)
