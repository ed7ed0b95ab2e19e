"""Whether a report that lies there is what the snapshot gives today."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Literal

from miner.errors import UsageError

Verdict = Literal["same", "versions", "differs"]


def compare(there: bytes, now: bytes) -> Verdict:
    """Compare two reports.

    Returns
    -------
    str
        ``same``: the same bytes. ``versions``: other versions of packages made them, which may move a figure's lines by less than can be seen,
        but every word, number and table is the same. ``differs``: anything else.

    Examples
    --------
    >>> compare(b"<p>1</p>", b"<p>1</p>"), compare(b"<p>1</p>", b"<p>2</p>")
    ('same', 'differs')
    """
    if there == now:
        return "same"
    old, new = there.decode("utf-8", "replace"), now.decode("utf-8", "replace")
    if _volatile(old) == _volatile(new):
        return "differs"
    return "versions" if words(old) == words(new) else "differs"


def words(page: str) -> str:
    """Return what a page says: its text without figures, scripts and versions."""
    page = re.sub(r"<(dd|meta)[^>]* data-volatile[^>]*>[^<]*", "", page)
    page = re.sub(r"<(svg|script|style)\b.*?</\1>", "", page, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def _volatile(page: str) -> list[str]:
    return re.findall(r"<(?:dd|meta)[^>]* data-volatile[^>]*>[^<]*", page)


def report_request(page: bytes, where: str) -> tuple[str, str | None, bool]:
    """Return what a page says it was made of: the report's name, the job, and whether it has interactive figures.

    Raises
    ------
    UsageError
        If it does not say.
    """
    found = re.search(rb'<meta name="miner-report" content="([^"]*)">', page)
    if found is None:
        raise UsageError("this is no report of miner", where=where, hint="name a page that miner report wrote")
    content = json.loads(unescape(found[1].decode()))
    return content["report"], content["job"], content["interactive"]
