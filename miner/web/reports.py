"""The reports in a site: each job's, whose points and rows lead to the pages of papers, and which papers stand in which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from miner.report.build import DEFAULT, draw_report, render_in_site
from miner.web.place import paper_path

if TYPE_CHECKING:
    from miner.web.place import Site


def reports_of(jobs: Sequence[str], job: str | None) -> tuple[tuple[str, str | None], ...]:
    """Return where the reports of a site lie and the job that each is on: all jobs', or that of ``job``; without jobs one on everything.

    Examples
    --------
    >>> reports_of(["alzheimer", "glioma"], None), reports_of([], None)
    ((('reports/alzheimer.html', 'alzheimer'), ('reports/glioma.html', 'glioma')), (('reports/accuracy-vs-sample-size.html', None),))
    """
    chosen: list[str | None] = [job] if job else list(jobs) or [None]
    return tuple((f"reports/{on or DEFAULT}.html", on) for on in chosen)


def write_reports(site: Site) -> None:
    """Write the reports, and note in ``site.reported`` which effects of which papers stand in them."""
    there = frozenset(site.papers)

    def page_of(paper_id: str) -> str | None:
        return f"../{paper_path(paper_id)}" if paper_id in there else None

    for path, job in site.reports:
        doors = [(door.label, f"../{door.path}", door.path == path) for door in site.shell.doors]
        bar = [(site.shell.name, "../index.html", False), *doors]
        drawn = site.drawn.get(job) or draw_report(site.workspace, job=job, snapshot=site.source)
        title, rows, content = render_in_site(drawn, pages=page_of, bar=bar)
        site.write(path, content)
        for row in rows:
            site.reported.setdefault(row["paper_id"], []).append((title, path, row["effect_id"]))
