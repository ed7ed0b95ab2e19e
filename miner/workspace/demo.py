"""The demo: the bundled sample through the whole chain."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from miner.config import init_workspace
from miner.jobs.extracting.extract import extract_pending
from miner.jobs.link import link_all
from miner.jobs.loading.importing import import_file
from miner.jobs.loading.studies import import_facts_table
from miner.jobs.lock import writing
from miner.jobs.publishing import publish
from miner.paths import as_path
from miner.progress import waiting
from miner.report.build import draw_report, write_report
from miner.resources import resource
from miner.store.runs import write_job
from miner.store.status import counted
from miner.web.site import build_site

if TYPE_CHECKING:
    from collections.abc import Callable


JOB = "demo"


QUESTION = "Does the accuracy reported for predicting Alzheimer's disease depend on sample size? (demo on invented papers)"


@dataclass(frozen=True, slots=True)
class DemoReport:
    """What the demo found, and where its report and, if one was asked for, the first page of its site lie."""

    papers: int
    sample_sizes: int
    performances: int
    effects: int
    imported: int
    report: Path
    site: Path | None = None


def run_demo(folder: str | Path, say: Callable[[str], None] = lambda _: None, *, site: bool = False) -> DemoReport:
    """Make a workspace at ``folder``, import the bundled sample, extract, link, publish and report; safe to repeat.

    Parameters
    ----------
    folder : path
        Where.
    say : callable, optional
        Told what is going on; nobody by default.
    site : bool
        Whether to write the site, too: with the report's figures, which are drawn once.

    Raises
    ------
    WorkspaceError
        If no workspace can be made there.
    """
    workspace = init_workspace(as_path("folder", folder))
    with writing(workspace) as con:
        for name in ("pubmed.xml", "arxiv.atom"):
            import_file(con, workspace, resource("reports", "sample", name), job=JOB, say=say)
        imported = import_facts_table(con, resource("reports", "data", "varoquaux2022_studies.csv"))
        extract_pending(con, workspace, say)
        link_all(con, [workspace.rules], say)
        write_job(con, JOB, QUESTION, {"effects": {"metrics": ["accuracy"]}, "invented": True, "name": JOB})
        publish(con, workspace, say)
        counts = counted(con)
    with waiting(say, "making the report"):
        drawn = draw_report(workspace, JOB)
        report = write_report(drawn, workspace.reports)
    pages = None
    if site:
        with waiting(say, "writing the site"):
            pages = build_site(workspace, drawn=[drawn])
    return DemoReport(
        counts["papers"], counts["sample sizes"], counts["performances"], counts["extracted effects"], imported, report, pages
    )
