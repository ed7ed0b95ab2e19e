"""PubMed's dates: calendar dates, seasons and the free text of MedlineDate."""

from __future__ import annotations

import re
from functools import lru_cache

_MONTHS = {m: i for i, m in enumerate(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1)}
_YEAR = re.compile(r"(?<!\d)(1[5-9]\d\d|20\d\d)(?!\d)")
_MEDLINE = re.compile(r"\s*(?:1[5-9]|20)\d\d\s+([A-Za-z]{3})[a-z]*(?:\s+(\d{1,2}))?(?![a-z\d])")


@lru_cache(maxsize=4096)
def iso_date(year: str | None, month: str | None = None, day: str | None = None) -> str | None:
    """Return an ISO 8601 date, cut where a part is missing or makes no sense.

    Examples
    --------
    >>> iso_date("2021", "Jun", "7"), iso_date("2021", "13"), iso_date("in press")
    ('2021-06-07', '2021', None)
    """
    match = _YEAR.search(year or "")
    if not match:
        return None
    if not month:
        return match[1]
    month = month.strip()
    number = int(month) if month.isdecimal() else _MONTHS.get(month[:3].lower(), 0)
    if not 1 <= number <= 12:
        return match[1]
    date = f"{match[1]}-{number:02d}"
    if day and day.strip().isdecimal() and 1 <= int(day) <= 31:
        date += f"-{int(day):02d}"
    return date


@lru_cache(maxsize=4096)
def medline_date(text: str) -> str | None:
    """Return the first date that a MedlineDate names, as precise as is certain.

    Examples
    --------
    >>> medline_date("2020 Dec-2021 Jan"), medline_date("2021 3rd Quarter"), medline_date("Winter 1998")
    ('2020-12', '2021', '1998')
    """
    match = _MEDLINE.match(text)
    year = _YEAR.search(text)
    if not year:
        return None
    return iso_date(year[1], match[1], match[2]) if match else year[1]


@lru_cache(maxsize=4096)
def earliest(first: str | None, second: str | None) -> str | None:
    """Return the earlier of two dates of any precision; of dates that agree as far as both go, the more precise.

    Examples
    --------
    >>> earliest("2020", "2019-12-20"), earliest("2020", "2020-03-05")
    ('2019-12-20', '2020-03-05')
    """
    if not first or not second:
        return first or second
    common = min(len(first), len(second))
    if first[:common] == second[:common]:
        return max(first, second, key=len)
    return min(first, second)
