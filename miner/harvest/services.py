"""The services: their addresses, their limits, and who we say we are."""

from __future__ import annotations

import os
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from miner import __version__
from miner.errors import ConfigError
from miner.harvest.throttle import Limiter

ARXIV_INTERVAL = 3.0  # seconds: arXiv's terms of use, over API, OAI-PMH and downloads together


def arxiv_url() -> str:
    """Address of arXiv's search API."""
    return os.environ.get("MINER_ARXIV_URL", "https://export.arxiv.org/api/query").rstrip("/?")


def arxiv_oai_url() -> str:
    """Address of arXiv's OAI-PMH interface."""
    return os.environ.get("MINER_ARXIV_OAI_URL", "https://oaipmh.arxiv.org/oai").rstrip("/?")


def arxiv_pdf_url() -> str:
    """Address under which arXiv's PDFs lie: ``MINER_ARXIV_PDF_URL``, else beside the search API.

    Examples
    --------
    >>> arxiv_pdf_url()  # doctest: +SKIP
    'https://export.arxiv.org/pdf'
    """
    named = os.environ.get("MINER_ARXIV_PDF_URL")
    if named:
        return named.rstrip("/")
    parts = urlsplit(arxiv_url())
    return f"{parts.scheme}://{parts.netloc}{parts.path.removesuffix('/api/query').rstrip('/')}/pdf"


def eutils_url() -> str:
    """Address of NCBI's E-utilities."""
    return os.environ.get("MINER_EUTILS_URL", "https://eutils.ncbi.nlm.nih.gov/entrez/eutils").rstrip("/")


def europepmc_url() -> str:
    """Address of Europe PMC's RESTful service."""
    return os.environ.get("MINER_EUROPEPMC_URL", "https://www.ebi.ac.uk/europepmc/webservices/rest").rstrip("/")


def openalex_url() -> str:
    """Address of OpenAlex."""
    return os.environ.get("MINER_OPENALEX_URL", "https://api.openalex.org").rstrip("/")


def pmc_url() -> str:
    """Address of PMC's public bucket."""
    return os.environ.get("MINER_PMC_URL", "https://pmc-oa-opendata.s3.amazonaws.com").rstrip("/")


def is_loopback(url: str) -> bool:
    """Whether an address is on this machine.

    Examples
    --------
    >>> is_loopback("http://127.0.0.1:8099/oai"), is_loopback("https://arxiv.org"), is_loopback("http://localhost.example.org")
    (True, False, False)
    """
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def arxiv_interval(url: str) -> float:
    """Return the seconds between requests to arXiv; fewer than 3 only where the host is this machine.

    Raises
    ------
    ConfigError
        If ``MINER_ARXIV_INTERVAL`` is no number.
    """
    text = os.environ.get("MINER_ARXIV_INTERVAL")
    if not text:
        return ARXIV_INTERVAL
    try:
        asked = float(text)
    except ValueError:
        raise ConfigError(f"not a number of seconds: {text!r}", where="MINER_ARXIV_INTERVAL", hint="for example 3") from None
    if not asked >= 0:
        raise ConfigError(f"not a number of seconds: {text!r}", where="MINER_ARXIV_INTERVAL", hint="for example 3")
    return asked if is_loopback(url) else max(asked, ARXIV_INTERVAL)


@dataclass(frozen=True, slots=True)
class Service:
    """A service: its limiter, and the seconds that a first retry waits."""

    name: str
    limiter: Limiter
    patience: float


def arxiv_service(url: str) -> Service:
    """Return arXiv as a service; search API, OAI-PMH and downloads share one limit."""
    host = urlsplit(url).netloc if is_loopback(url) else "arxiv.org"
    interval = arxiv_interval(url)
    return Service("arxiv", Limiter(f"arxiv-{host}", 1, interval), min(max(interval, 0.05), ARXIV_INTERVAL))


def ncbi_service(url: str) -> Service:
    """Return NCBI as a service: 3 requests a second, 10 with a key in ``NCBI_API_KEY``."""
    return Service("ncbi", Limiter(f"ncbi-{urlsplit(url).netloc}", 10 if ncbi_key() else 3, 1.02), 0.5)


def ncbi_key() -> str | None:
    """Return NCBI's key, from the environment only."""
    return os.environ.get("NCBI_API_KEY") or None


def ncbi_identity(url: str, contact: str | None) -> dict[str, str]:
    """Return the parameters that tell NCBI who asks.

    Raises
    ------
    ConfigError
        If there is no address of contact; NCBI wants one, to write before it blocks. A service on this machine needs none.
    """
    if contact is None and not is_loopback(url):
        raise ConfigError(
            "NCBI asks for an e-mail address with each request",
            where="contact",
            hint="keep one in miner.toml: miner init --contact you@example.org; or export MINER_CONTACT=you@example.org",
        )
    key = ncbi_key()
    return {"tool": "miner", "email": contact or "miner@localhost", **({"api_key": key} if key else {})}


def service(name: str, url: str, number: int, seconds: float = 1.0) -> Service:
    """Return a service that takes ``number`` requests in ``seconds``."""
    return Service(name, Limiter(f"{name}-{urlsplit(url).netloc}", number, seconds), 0.1 if is_loopback(url) else 0.5)


def openalex_key(url: str) -> str | None:
    """Return OpenAlex's key, from the environment only.

    Raises
    ------
    ConfigError
        If there is none; OpenAlex wants one since February 2026. A service on this machine needs none.
    """
    key = os.environ.get("OPENALEX_API_KEY") or os.environ.get("OPENALEX_KEY") or None
    if key is None and not is_loopback(url):
        raise ConfigError("OpenAlex asks for a key", where="OPENALEX_API_KEY", hint="get one at openalex.org, and export it")
    return key


def user_agent(contact: str | None) -> str:
    """Return what we call ourselves."""
    return f"miner/{__version__} (literature mining" + (f"; mailto:{contact})" if contact else ")")
