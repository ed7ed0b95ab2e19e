"""The pages of papers, and their plain list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miner.store.site.papers import listed_papers
from miner.web.place import paper_path

if TYPE_CHECKING:
    from miner.web.place import Site


def write_list(site: Site) -> None:
    """Write ``papers/index.html``: all papers that have a page."""
    rows = [{**row, "page": paper_path(row["paper_id"]).removeprefix("papers/")} for row in listed_papers(site.con, site.papers)]
    site.write("papers/index.html", site.shell.page("papers.html", "papers/index.html", title="Papers", rows=rows))
