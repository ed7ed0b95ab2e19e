"""The first page of a site: the question, and the doors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miner.store.reports import defined_jobs

if TYPE_CHECKING:
    from miner.web.place import Site


def write_home(site: Site) -> None:
    """Write ``index.html``."""
    jobs = defined_jobs(site.con)
    questions = [(name, question) for name, (question, _) in jobs.items() if site.job in {None, name}]
    site.write(
        "index.html", site.shell.page("home.html", "index.html", title=site.shell.name, questions=questions, papers=len(site.papers))
    )
