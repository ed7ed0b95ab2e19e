"""What is new, for people and programs: as text, Markdown, JSON, and an Atom feed."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

from miner.digits import STORED, significant
from miner.errors import UsageError
from miner.export.references import one_line, page_of
from miner.say import counted

if TYPE_CHECKING:
    from miner.store.news import News

_ATOM = "http://www.w3.org/2005/Atom"


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


def _share(value: float | None) -> str:
    return "–" if value is None else f"{significant(value, STORED):.6g}"


def _effect(e: dict[str, Any]) -> str:
    text = f"{e['metric']} {_share(e['estimate'])}" + (f", n = {e['n']:,}" if e["n"] is not None else ", n not told")
    if "was_estimate" in e:
        text += f" (was {_share(e['was_estimate'])}" + (f", n = {e['was_n']:,})" if e["was_n"] is not None else ", n not told)")
    return text + (f", {e['task']}" if e["task"] else "")


def _sections(news: News) -> list[tuple[str, list[tuple[str, str | None, list[str]]]]]:
    """Return headings with their entries: a title, an address, and lines."""
    found: list[tuple[str, list[tuple[str, str | None, list[str]]]]] = []
    verdicts = [
        (f"{job}, {metric}", None, [f"{now}" + (f" (was: {before})" if before else "")])
        for job, metrics in news.verdicts.items()
        for metric, (before, now) in metrics.items()
    ]
    new = {p["paper_id"] for p in news.papers}
    others = list(dict.fromkeys(e["paper_id"] for e in news.effects if e["paper_id"] not in new))
    for title, entries in (
        ("Verdicts that changed", verdicts),
        (
            "New records",
            [
                (_title(p), page_of(p["doi"], p["arxiv_id"], p["pmid"]), [_where(p), *_effects(news.effects, p["paper_id"])])
                for p in news.papers
            ],
        ),
        ("New effects of records that were there", [_known(news.effects, i) for i in others]),
        ("Effects that changed", [(_title(e), None, [_effect(e)]) for e in news.changed_effects]),
        ("Effects that are gone", [(_title(e), None, [_effect(e)]) for e in news.gone_effects]),
        ("Records that are gone", [(_title(p), page_of(p["doi"], p["arxiv_id"], p["pmid"]), [_where(p)]) for p in news.gone_papers]),
    ):
        if entries:
            found.append((title, [(t, link, [x for x in lines if x]) for t, link, lines in entries]))
    return found


def _title(row: dict[str, Any]) -> str:
    return one_line(row.get("title")) or row["paper_id"] or "no title"


def _where(p: dict[str, Any]) -> str:
    return ", ".join(one_line(str(x)) for x in (p["venue"], p["year"], p["paper_id"]) if x)


def _effects(effects: list[dict[str, Any]], paper_id: str | None) -> list[str]:
    return [_effect(e) for e in effects if e["paper_id"] == paper_id]


def _known(effects: list[dict[str, Any]], paper_id: str | None) -> tuple[str, None, list[str]]:
    first = next(e for e in effects if e["paper_id"] == paper_id)
    return _title(first), None, [*([paper_id] if paper_id else []), *_effects(effects, paper_id)]


def to_text(news: News) -> str:
    """Return the news as plain text of lines of 78 characters at most, as the body of an e-mail has them."""
    out = [heading(news), ""]
    for title, entries in _sections(news):
        out += [title, "-" * len(title), ""]
        for name, link, lines in entries:
            out += textwrap.wrap(name, 76, break_long_words=False, initial_indent="* ", subsequent_indent="  ")
            for line in lines:
                out += textwrap.wrap(line, 72, break_long_words=False, initial_indent="    ", subsequent_indent="    ")
            out += [f"    {link}"] if link else []
        out.append("")
    return "\n".join(out).rstrip() + "\n"


def _escaped(text: str) -> str:
    return "".join(f"\\{c}" if c in "\\`*_[]<>#|" else c for c in text)


def to_markdown(news: News) -> str:
    """Return the news as Markdown."""
    out = [f"# {_escaped(heading(news))}", ""]
    for title, entries in _sections(news):
        out += [f"## {title}", ""]
        for name, link, lines in entries:
            out.append(f"- [{_escaped(name)}]({link})" if link else f"- {_escaped(name)}")
            out += [f"  - {_escaped(line)}" for line in lines]
        out.append("")
    return "\n".join(out).rstrip() + "\n"


def to_atom(news: News, title: str = "miner") -> str:
    """Return the news as an Atom feed (RFC 4287): an entry a new record, and one a record that was there and has new effects.

    The same record has the same identifier in every feed, so that readers show it once.
    """
    from lxml import etree

    named = one_line(f"{title}: {news.job}" if news.job else title)
    updated = _time(news.until if news.until[:4].isdigit() else "")
    feed = etree.Element(f"{{{_ATOM}}}feed", nsmap={None: _ATOM})  # type: ignore[dict-item] # its stubs know no default namespace

    def put(parent: etree._Element, tag: str, text: str | None = None, **attributes: str) -> etree._Element:
        child = etree.SubElement(parent, f"{{{_ATOM}}}{tag}", attributes)
        child.text = text
        return child

    for tag, text in (("title", named), ("id", _identifier(named)), ("updated", updated)):
        put(feed, tag, text)
    put(put(feed, "author"), "name", "miner")
    for kind, part in (("", "New records"), ("#effects", "New effects of records that were there")):
        for (name, link, lines), row in zip(dict(_sections(news)).get(part, []), _rows(news, kind), strict=True):
            entry = put(feed, "entry")
            for tag, text in (("title", name), ("id", _identifier(f"{row['paper_id']}{kind}")), ("updated", _time(row["first_seen"]))):
                put(entry, tag, text)
            if link:
                put(entry, "link", href=link)
            put(entry, "content", "\n".join([*lines, *([one_line(row["abstract"])] if row.get("abstract") else [])]), type="text")
    return etree.tostring(feed, xml_declaration=True, encoding="utf-8", pretty_print=True).decode()


def _rows(news: News, kind: str) -> list[dict[str, Any]]:
    if not kind:
        return news.papers
    new = {p["paper_id"] for p in news.papers}
    return list({e["paper_id"]: e for e in reversed(news.effects) if e["paper_id"] not in new}.values())[::-1]


def _identifier(name: str) -> str:
    return f"urn:uuid:{uuid5(NAMESPACE_URL, f'miner:{name}')}"


def _time(text: str | None) -> str:
    """Return a time as Atom wants it."""
    if not text:
        return "1970-01-01T00:00:00+00:00"
    return f"{text[:10]}T{text[11:19] or '00:00:00'}+00:00"


def to_json(news: News) -> str:
    """Return the news as JSON."""
    return json.dumps(significant(news.to_dict(), STORED), ensure_ascii=False, indent=2, default=str) + "\n"


FORMS: dict[str, Callable[[News], str]] = {"text": to_text, "json": to_json, "md": to_markdown, "atom": to_atom}


def render_news(news: News, form: str) -> str:
    """Return the news in one of ``FORMS``.

    Raises
    ------
    UsageError
        If there is no such form.
    """
    if form not in FORMS:
        raise UsageError(f"there is no format {form!r}", where="--format", hint=f"there are: {', '.join(FORMS)}")
    return FORMS[form](news)
