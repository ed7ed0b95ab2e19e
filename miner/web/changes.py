"""What changed, as a page and as a feed: the same news that ``miner new`` and ``miner diff`` tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from miner.errors import UsageError
from miner.export.news import NOBODY, Entry, heading, sections, to_atom
from miner.jobs.news import difference, news_of
from miner.store.news import News
from miner.store.snapshot import file_of
from miner.web.place import paper_path

if TYPE_CHECKING:
    from miner.web.place import Site

PAGE, FEED = "changes.html", "changes.atom"
LINES = 12  # of an entry on the page: a record has them all
MOST = 200  # entries of a kind on the page; the feed has as many of each
FEW = 20  # where all is new, which is no news: Papers has them all


@dataclass(frozen=True, slots=True)
class Shown:
    """A kind of news as the page has it: the entries that are shown with the addresses of their pages, and how many there are."""

    title: str
    entries: list[tuple[Entry, str]]
    number: int


def write_changes(site: Site) -> None:
    """Write ``changes.html`` and ``changes.atom``."""
    news = _news(site)
    whole = not site.before and len(news.papers) >= len(site.papers) > 0
    most = FEW if whole else MOST
    shown = [Shown(title, [(e, _page(site, e)) for e in entries[:most]], len(entries)) for title, entries in sections(news, site.words)]
    first = not site.before and news.since.startswith("0001")
    said = f"All is new: no run and no snapshot came before. {heading(news)}." if first else heading(news)
    values = {
        "title": "What changed",
        "said": said,
        "parts": shown,
        "since": news.since,
        "at": news.at,
        "before": site.before,
        "feed": FEED,
        "first": first,
        "whole": whole,
        "most": LINES,
    }
    site.write(PAGE, site.shell.page("changes.html", PAGE, **values))
    site.write(FEED, _feed(site, news))


def _news(site: Site) -> News:
    """Return the news against the snapshot before, where one is named, else since the last run began."""
    snapshot = file_of(site.con)
    if site.before:
        return difference(site.workspace, site.before, str(snapshot), site.job)
    return news_of(site.workspace, None, site.job, snapshot) if site.papers else News("", "", site.job)


def _page(site: Site, entry: Entry) -> str:
    return paper_path(entry.paper_id) if entry.paper_id in site.pages else ""


def _feed(site: Site, news: News) -> str:
    for rows in (news.papers, news.effects, news.changed_effects, news.gone_effects, news.gone_papers):
        del rows[MOST:]
    base = f"{site.address.rstrip('/')}/" if site.address else ""
    return to_atom(
        news,
        site.words,
        title=site.shell.name if site.shell.name != site.job else "miner",
        authority=urlsplit(site.address).hostname or NOBODY if site.address else NOBODY,
        links=lambda e: f"{base}{_page(site, e)}" if _page(site, e) else e.link,
        alternate=f"{base}{PAGE}",
        itself=f"{base}{FEED}" if base else None,
    )


def checked_address(address: str | None) -> str | None:
    """Return the address at which a site will be served.

    Raises
    ------
    UsageError
        If it is none.
    """
    if address is None:
        return None
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise UsageError(f"it is {address!r}", where="address", hint="give where the site will be served: https://host/folder")
    return address
