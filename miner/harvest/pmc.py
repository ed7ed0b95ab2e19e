"""Full texts of PMC as JATS: from the public bucket, a folder an article version, or from a local copy of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from miner.errors import ParseError, UsageError
from miner.harvest.answers import parse_answer
from miner.harvest.http import Http, RefusedError
from miner.harvest.services import pmc_url, service

_S3 = "{http://s3.amazonaws.com/doc/2006-03-01/}"
_PMCID = re.compile(r"(?:PMC)?(\d{1,10})$", re.I)
_LICENCE = "{http://www.w3.org/1999/xlink}href"


@dataclass(frozen=True, slots=True)
class PmcArticle:
    """One version of an article: its JATS, and the licence that stands in it."""

    pmcid: str
    version: int
    content: bytes
    sha256: str
    license: str | None

    @property
    def name(self) -> str:
        """The file's name in the bucket, such as ``PMC123.1.xml``."""
        return f"{self.pmcid}.{self.version}.xml"


def as_pmcid(value: str) -> str:
    """Return an identifier as ``PMC<number>``.

    Raises
    ------
    UsageError
        If it is none; what goes into an address or a path is checked.

    Examples
    --------
    >>> as_pmcid("pmc0123"), as_pmcid("77")
    ('PMC123', 'PMC77')
    """
    match = _PMCID.fullmatch(value.strip())
    if not match:
        raise UsageError(f"not a PMC identifier: {value!r}", hint="for example PMC1234567")
    return f"PMC{int(match[1])}"


class PmcBucket:
    """PMC's public bucket ``pmc-oa-opendata``, or what speaks its protocol (S3's ListObjectsV2).

    Parameters
    ----------
    http : Http
    """

    def __init__(self, http: Http) -> None:
        self.http, self.url = http, pmc_url()
        self.service = service("pmc", self.url, 10)

    def versions(self, pmcid: str) -> list[int]:
        """Return the versions of an article that are there, in order; none where it is not open."""
        name = as_pmcid(pmcid)
        asked = {"list-type": "2", "prefix": f"{name}.", "delimiter": "/"}

        def parse(content: bytes, _: str) -> list[int]:
            root = parse_answer(content, "a list of the bucket")
            if root.tag != f"{_S3}ListBucketResult":
                raise ParseError(f"a document <{root.tag}> instead of a list of the bucket")
            folders = [e.text or "" for e in root.iterfind(f"{_S3}CommonPrefixes/{_S3}Prefix")]
            return sorted(int(m[1]) for f in folders if (m := re.fullmatch(rf"{name}\.(\d{{1,4}})/", f)))

        return self.http.fetch(self.service, f"{self.url}/", parse, params=asked, kind="count")

    def fetch(self, pmcid: str) -> PmcArticle | None:
        """Return the last version of an article, or None where it has no JATS here.

        Raises
        ------
        ServiceError
            If the bucket gives no usable answer.
        """
        name = as_pmcid(pmcid)
        for version in reversed(self.versions(name)):
            url = f"{self.url}/{name}.{version}/{name}.{version}.xml"
            try:
                return self.http.fetch(self.service, url, lambda c, s, v=version: read_article(c, s, name, v))  # type: ignore[misc]
            except RefusedError as error:
                if error.status not in {403, 404}:
                    raise
        return None


def read_article(content: bytes, sha256: str, pmcid: str, version: int) -> PmcArticle:
    """Return an article, once it is seen to be JATS.

    Raises
    ------
    ParseError
        If it is not.
    """
    root = parse_answer(content, "an article in JATS")
    article = root if root.tag == "article" else root.find("article")
    if article is None:
        raise ParseError(f"a document <{root.tag}> instead of an article in JATS")
    licence = article.find(".//permissions/license")
    href = licence.get(_LICENCE) if licence is not None else None
    return PmcArticle(pmcid, version, content, sha256, href or (licence.get("license-type") if licence is not None else None))


def local_article(folder: Path, pmcid: str) -> Path | None:
    """Return the file of an article's last version in a local copy of the bucket, or of PMC's older packages.

    It looks for ``PMC1.2/PMC1.2.xml``, ``PMC1.2.xml``, ``PMC1.xml`` and ``PMC1.nxml``.
    """
    name = as_pmcid(pmcid)
    found: list[tuple[int, Path]] = []
    for path in [*folder.glob(f"{name}.*/{name}.*.xml"), *folder.glob(f"{name}.*.xml")]:
        match = re.fullmatch(rf"{name}\.(\d{{1,4}})\.xml", path.name)
        if match:
            found.append((int(match[1]), path))
    if found:
        return max(found)[1]
    plain = (p for p in (folder / f"{name}.xml", folder / f"{name}.nxml") if p.is_file())
    return next(plain, None)
