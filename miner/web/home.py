"""The first page of a site: the question, the answer in a sentence, one picture, and the doors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miner.report.gallery.scatter import trend_words
from miner.store.reports import defined_jobs
from miner.store.site.papers import effect_count
from miner.web.peer_chart import whole_chart

if TYPE_CHECKING:
    from miner.web.place import Site


def write_home(site: Site) -> None:
    """Write ``index.html``."""
    jobs = defined_jobs(site.con)
    questions = [question for name, (question, _) in jobs.items() if site.job in {None, name}]
    fit = site.fits[0] if site.fits else None
    answer = (
        trend_words(fit, fit.row, ", the primary analysis")
        if fit
        else "No paper of this snapshot reports a performance with a sample size."
    )
    picture, key = whole_chart(fit) if fit else ("", [])
    site.write(
        "index.html",
        site.shell.page(
            "home.html",
            "index.html",
            title=site.shell.name,
            questions=questions,
            answer=answer,
            picture=picture,
            key=key,
            papers=len(site.papers),
            effects=effect_count(site.con, site.job),
        ),
    )
