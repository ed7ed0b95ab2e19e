"""The pages of papers, each with its data beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miner.store.site.papers import papers_say
from miner.web.pages import Known, read_pages
from miner.web.peers import by_effect
from miner.web.shell import plain
from miner.web.view import as_data, view

if TYPE_CHECKING:
    from collections.abc import Sequence

    from miner.web.place import Site


def write_papers(site: Site, papers: Sequence[str] | None = None, known: Known | None = None) -> None:
    """Write the page of each paper, and its data beside it; with ``papers`` of these alone, by what :func:`known_of` gave."""
    known = known or known_of(site)
    snapshot = site.shell.snapshot
    for page in read_pages(site.con, site.papers if papers is None else tuple(papers), known):
        title = plain(page.record["title"]) or page.id
        site.write(
            page.path,
            site.shell.page("paper.html", page.path, title=title, page=view(page, snapshot), reported=site.reported.get(page.id, [])),
        )
        site.write(page.path.removesuffix("html") + "json", as_data(page, snapshot))


def known_of(site: Site) -> Known:
    """Return what is the same for all papers of a site."""
    words = site.words
    says = {
        row["paper_id"]: f"{words.says(row['estimate'], row['metric'], row['name'])} {words.label(row['metric'], row['name'])}"
        + (f", n = {row['n']:,}" if row["n"] else "")
        for row in papers_say(site.con)
    }
    return Known(site.pages, by_effect(site.fits), says, words)
