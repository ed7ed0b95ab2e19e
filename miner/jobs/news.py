"""What is new in a workspace: since a run or a day, or between two snapshots, with the verdicts that changed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from miner.errors import UsageError
from miner.extract.rule import rule_vocabulary
from miner.jobs.publishing import newest_first
from miner.jobs.summary import verdict
from miner.store.connect import open_reader
from miner.store.news import News, compare, read_news
from miner.store.reports import defined_jobs
from miner.store.runs import summary_before

if TYPE_CHECKING:
    import duckdb

    from miner.config import Workspace
    from miner.vocabulary import Vocabulary


def news_of(workspace: Workspace, since: str | None = None, job: str | None = None, snapshot: Path | None = None) -> News:
    """Return what came into a snapshot, the published one by default, since a run, a day or a time, and the verdicts that it changed.

    A verdict before is that of the last run until then; where nothing is new, none is computed.
    """
    words = rule_vocabulary([workspace.rules])
    with open_reader(snapshot or workspace.current) as con:
        news = read_news(con, since, job)
        if news.effects:
            for name, metrics in _jobs(con, job).items():
                before = summary_before(con, name, news.since).get("verdicts", {})
                now = {m: verdict(con, name, m, words) for m in metrics if m in before}
                _changed(news, name, before, now)
    return news


def difference(workspace: Workspace, before: str, now: str | None = None, job: str | None = None) -> News:
    """Return what one snapshot has that another has not, what it lacks, and the verdicts that differ.

    Parameters
    ----------
    workspace : Workspace
    before, now : str
        Names in ``data/snapshots``, or the first letters of them, or files; ``now`` is the published one by default.
    job : str, optional
        Whose records.

    Raises
    ------
    UsageError
        If there is no such snapshot.
    """
    words = rule_vocabulary([workspace.rules])
    old, new = _snapshot(workspace, before), _snapshot(workspace, now) if now else workspace.current
    with open_reader(old) as earlier, open_reader(new) as later:
        news = compare(earlier, later, job)
        news.since, news.until = old.stem, new.resolve().stem
        if news.effects or news.gone_effects or news.changed_effects:
            for name, metrics in _jobs(later, job).items():
                known = _jobs(earlier, name) if name in defined_jobs(earlier) else {}
                was = {m: verdict(earlier, name, m, words) for m in known.get(name, ()) if m in metrics}
                _changed(news, name, was, {m: verdict(later, name, m, words) for m in metrics})
    return news


def _jobs(con: duckdb.DuckDBPyConnection, job: str | None) -> dict[str, list[str]]:
    """Return the metrics of each job."""
    return {n: list(d.get("effects", {}).get("metrics", ["accuracy"])) for n, (_, d) in defined_jobs(con).items() if job in {None, n}}


def _changed(news: News, job: str, before: dict[str, str], now: dict[str, str]) -> None:
    differ = {m: (before.get(m), v) for m, v in now.items() if before.get(m) != v}
    if differ:
        news.verdicts[job] = differ


def _snapshot(workspace: Workspace, name: str) -> Path:
    if Path(name).is_file():
        return Path(name)
    newest = newest_first(workspace.snapshots)
    there = [p for p in newest if p.name.startswith(name)]
    if len(there) != 1:
        known = ", ".join(p.stem for p in newest) or "none"
        raise UsageError(
            f"there {'is no snapshot' if not there else 'are several snapshots'} {name!r}",
            hint=f"the latest first: {known}; or name a file",
        )
    return there[0]


def told_by_run(
    con: duckdb.DuckDBPyConnection, run_id: str, job: str, summary: dict[str, Any], most: int = 100, words: Vocabulary | None = None
) -> dict[str, Any]:
    """Return what a run brought, for the command that a job's ``notify`` names: the news as data, cut at ``most`` rows each, and as text.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
    run_id, job : str
    summary : dict
        What the run's summary says: its verdicts that changed.
    most : int
        Records and effects that are given as data; the text names them all.
    words : Vocabulary, optional
        How metrics are called; the one that ships with miner by default.
    """
    from miner.export.news import heading, to_text

    news = read_news(con, run_id, job)
    changed = summary.get("changed_verdicts", {})
    if changed:
        news.verdicts[job] = {m: (before, now) for m, (before, now) in changed.items()}
    text, subject = to_text(news, words), heading(news)
    news.papers, news.effects = news.papers[:most], news.effects[:most]
    return {**news.to_dict(), "subject": subject, "text": text}
