"""A new job file that asks one question and nothing else: no task, no publication of others, every paper that fits."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from miner.errors import UsageError
from miner.settings import as_toml

_PATTERN = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_FILLING = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "by",
        "can",
        "do",
        "does",
        "for",
        "from",
        "has",
        "have",
        "how",
        "in",
        "is",
        "it",
        "its",
        "many",
        "much",
        "of",
        "on",
        "or",
        "than",
        "that",
        "the",
        "their",
        "they",
        "to",
        "was",
        "what",
        "when",
        "where",
        "which",
        "whether",
        "who",
        "why",
        "with",
        "depend",
        "depends",
        "reported",
        "report",
        "larger",
        "smaller",
        "papers",
        "studies",
    ]
)


def job_name(question: str) -> str:
    """Return a name for the job of a question, of its first words that say something.

    Examples
    --------
    >>> job_name("Does the accuracy of grading gliomas depend on sample size?"), job_name("?")
    ('accuracy-grading-gliomas-sample', 'question')
    """
    plain = unicodedata.normalize("NFKD", question).encode("ascii", "ignore").decode().lower()
    words = [w for w in re.findall(r"[a-z0-9]+", plain) if w not in _FILLING]
    return "-".join(words[:4])[:64].strip("-") or "question"


def neutral_job(name: str, question: str, queries: Sequence[tuple[str, str]], metrics: Sequence[str], options: Mapping[str, str]) -> str:
    """Return the text of a job file.

    Parameters
    ----------
    name, question : str
        As in the file.
    queries : sequence of (str, str)
        Sources, each with its query.
    metrics : sequence of str
        Metrics by the vocabulary's names.
    options : mapping of str to str
        ``since`` (a day), ``schedule`` (a cron line) and ``report``, where they are given.

    Raises
    ------
    UsageError
        If the name is none, or there is no question.
    """
    if not _PATTERN.fullmatch(name):
        raise UsageError(f"{name!r} is no name of a job", where="name", hint="small letters, digits and hyphens")
    if not question.strip():
        raise UsageError("the question is empty", where="question", hint="say in words what the report shall answer")
    lines = [f"name = {as_toml(name)}", f"question = {as_toml(question.strip())}"]
    schedule = options.get("schedule")
    lines += [
        f"schedule = {as_toml(schedule)}" if schedule else '# schedule = "0 6 * * 1"    # every Monday at six: see miner schedule',
        "",
    ]
    for source, query in queries:
        lines += ["[[harvest]]", f"source = {as_toml(source)}", f"query = {as_toml(query)}"]
        lines += [f"since = {as_toml(options['since'])}" if options.get("since") else '# since = "2015-01-01"', ""]
    if not queries:
        lines += ["# What is crawled: one table a source, in the source's own syntax (miner harvest --list).", "# [[harvest]]"]
        lines += [
            '# source = "pubmed"',
            '# query = "glioma[tiab] AND radiomics[tiab]"',
            f"# since = {as_toml(options.get('since') or '2015-01-01')}",
            "",
        ]
    lines += [
        "[effects]",
        f"metrics = [{', '.join(map(as_toml, metrics))}]",
        "# Every task is in. To take some only, name them; what that leaves out is counted in the report:",
        '# tasks = ["diagnosis: gout vs healthy"]',
        "",
        "[report]",
        f"name = {as_toml(options.get('report') or 'accuracy-vs-sample-size')}",
    ]
    return "\n".join(lines) + "\n"
