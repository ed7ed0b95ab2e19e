"""Asking services with manners: limits, time-outs, retries with growing pauses, and no answer accepted that isn't what was asked."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, TypeVar

from miner.errors import HarvestError, ParseError, ServiceError
from miner.harvest.services import Service, user_agent
from miner.progress import duration

if TYPE_CHECKING:
    import requests

    from miner.harvest.rawstore import RawStore

T = TypeVar("T")
TIMEOUT = (15.0, 120.0)  # seconds to connect, and between two packets
MAX_BYTES = 512 << 20
MAX_TRIES = 9
MAX_PAUSE = 120.0
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_SECRET = frozenset({"api_key", "email", "tool"})


class BudgetSpentError(HarvestError):
    """The run has asked as often, or taken as long, as it was allowed to; what remains waits for the next run."""


class RefusedError(HarvestError):
    """The service refuses the request itself: asking again will not help. ``status`` is its HTTP status."""

    def __init__(self, what: str, *, where: str, status: int) -> None:
        super().__init__(what, where=where, hint="correct the query or the address")
        self.status = status


@dataclass(slots=True)
class Budget:
    """How many requests and seconds a run may take; None is without limit."""

    requests: int | None = None
    seconds: float | None = None
    asked: int = 0
    started: float = field(default_factory=time.monotonic)

    def spend(self) -> None:
        """Count one request.

        Raises
        ------
        BudgetSpentError
            If it is one too many, or too late.
        """
        if self.requests is not None and self.asked >= self.requests:
            raise BudgetSpentError(f"the run's budget of {self.requests} requests is spent", hint="run again to go on")
        if self.seconds is not None and time.monotonic() - self.started >= self.seconds:
            raise BudgetSpentError(f"the run's budget of {self.seconds:g} seconds is spent", hint="run again to go on")
        self.asked += 1


@dataclass(frozen=True, slots=True)
class Limits:
    """What one answer may take: seconds to connect and between two packets, bytes, seconds in all (None is without limit), and whether it may redirect."""

    timeout: tuple[float, float] = TIMEOUT
    most: int = MAX_BYTES
    seconds: float | None = None
    redirects: bool = True


ORDINARY = Limits()


@dataclass(frozen=True, slots=True)
class Fetched:
    """A response that was kept: what was asked (without secrets), and the SHA-256 and length of the answer.

    ``kind`` is ``records``, or ``count`` where it was asked only to plan.
    """

    request: str
    sha256: str
    size: int
    at: str
    kind: str = "records"


class Http:
    """A session over all services.

    Parameters
    ----------
    contact : str or None
        The e-mail address in the User-Agent.
    raw : RawStore
        Where each accepted response is kept.
    budget : Budget, optional
        What the run may spend.
    say : callable, optional
        Told of each retry.
    limits : Limits, optional
        What one answer may take.
    """

    def __init__(
        self,
        contact: str | None,
        raw: RawStore,
        budget: Budget | None = None,
        say: Callable[[str], None] | None = None,
        seed: int | None = None,
        limits: Limits = ORDINARY,
    ) -> None:
        self.contact, self.raw, self.budget, self.limits = contact, raw, budget or Budget(), limits
        self.log: list[Fetched] = []
        self.retries = 0
        self._say = say or (lambda _: None)
        self._random = random.Random(seed)  # noqa: S311 -- jitter, not a secret
        self._session: requests.Session | None = None

    def fetch(
        self,
        service: Service,
        url: str,
        parse: Callable[[bytes, str], T],
        *,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None,
        json: Mapping[str, Any] | None = None,
        auth: Callable[[requests.PreparedRequest], requests.PreparedRequest] | None = None,
        kind: str = "records",
        tries: int = MAX_TRIES,
    ) -> T:
        """Ask, and ask again until the answer is what was asked.

        Parameters
        ----------
        service : Service
            Whose limit holds.
        url : str
        parse : callable
            Takes the response's bytes and their SHA-256, returns what it says, and raises ParseError where it is not what was asked.
        params, data : mapping, optional
            Query parameters; form fields, which make it a POST.
        json : mapping, optional
            A body of JSON, which makes it a POST too; it is not logged.
        auth : callable, optional
            Puts a key into the request.
        kind : str
            What the answer is for: ``records``, or ``count``.
        tries : int
            How often at most.

        Raises
        ------
        ServiceError
            If no try succeeded; the message holds the last reason.
        RefusedError
            If the service refuses the request itself.
        BudgetSpentError
            If the run's budget is spent.
        """
        reason, asked = "", {"params": params, "data": data, "json": json, "auth": auth}
        for attempt in range(tries):
            self.retries += attempt > 0
            self.budget.spend()
            try:
                content, after = self._ask(service, url, asked)
                if isinstance(content, bytes):
                    # Parsed before it is kept: pages of errors are no evidence. The checksum is that of the bytes either way.
                    return self._accept(content, parse, url, {**(params or {}), **(data or {})}, kind)
                reason = content
            except (ServiceError, ParseError) as error:
                reason, after = str(error.what), None
            if attempt + 1 == tries:
                if after is not None:
                    service.limiter.pause(min(after, 3600.0))
            else:
                self._pause(service, attempt, after, f"{service.name}: {reason}; trying again {{}} ({attempt + 2} of {tries})")
        raise ServiceError(f"no usable answer in {tries} tries; the last: {reason}", where=_where(url), hint="run again later to go on")

    def _accept(self, content: bytes, parse: Callable[[bytes, str], T], url: str, asked: Mapping[str, str], kind: str) -> T:
        import hashlib

        parsed = parse(content, hashlib.sha256(content).hexdigest())
        sha256 = self.raw.put(content)
        request = "&".join(f"{k}={v}" for k, v in sorted(asked.items()) if k not in _SECRET)
        self.log.append(Fetched(f"{url}?{request}", sha256, len(content), datetime.now(UTC).isoformat(timespec="seconds"), kind))
        return parsed

    def _ask(self, service: Service, url: str, asked: Mapping[str, Any]) -> tuple[bytes | str, float | None]:
        """Return the body, or the reason why there is none with the seconds that the service asks to wait."""
        import requests

        if self._session is None:
            self._session = requests.Session()
            self._session.headers["User-Agent"] = user_agent(self.contact)
        method, limits = "POST" if asked["data"] or asked["json"] else "GET", self.limits
        try:
            with service.limiter.turn():
                begun = time.monotonic()
                with self._session.request(
                    method, url, **asked, timeout=limits.timeout, allow_redirects=limits.redirects, stream=True
                ) as response:
                    body = _body(response, limits, begun)
        except requests.exceptions.RequestException as error:
            return f"the connection failed: {_reason(error)}", None
        if response.status_code == 200:
            return body, None
        after = _retry_after(response.headers.get("Retry-After"))
        if response.status_code in _PASSING:
            return f"HTTP {response.status_code}", after
        raise RefusedError(f"HTTP {response.status_code}: {_words(body)}", where=_where(url), status=response.status_code)

    def _pause(self, service: Service, attempt: int, after: float | None, words: str) -> None:
        """Say what is waited for, at once, and wait."""
        if after is not None:
            self._say(words.format(f"in {duration(min(after, 3600.0))}, as it asks"))
            service.limiter.pause(min(after, 3600.0))  # all jobs of this machine wait
            return
        seconds = min(service.patience * 2**attempt, MAX_PAUSE) * self._random.uniform(0.5, 1.0)
        self._say(words.format(f"in {duration(seconds)}" if seconds >= 1 else "at once"))
        time.sleep(seconds)


def _reason(error: Exception) -> str:
    """Return what the system says of a connection that failed, from the innermost error."""
    inner: BaseException | None = error
    known = {ConnectionRefusedError: "refused", ConnectionResetError: "reset", TimeoutError: "no answer in time"}
    while inner is not None:
        for kind, words in known.items():
            if isinstance(inner, kind):
                return words
        causes = [a for a in (*inner.args, getattr(inner, "reason", None)) if isinstance(a, BaseException)]
        inner = inner.__cause__ or inner.__context__ or (causes[0] if causes else None)
    return type(error).__name__


def _body(response: requests.Response, limits: Limits, begun: float) -> bytes:
    parts, size = [], 0
    for part in response.iter_content(1 << 16) if limits.seconds is None else _as_it_comes(response):
        size += len(part)
        if size > limits.most:
            raise ServiceError(f"an answer of more than {limits.most >> 20} MB", where=_where(response.url))
        if limits.seconds is not None and time.monotonic() - begun > limits.seconds:
            raise ServiceError(f"no whole answer in {limits.seconds:g} s", where=_where(response.url))
        parts.append(part)
    return b"".join(parts)


def _as_it_comes(response: requests.Response) -> Iterator[bytes]:
    """Yield what has come, however little: who drips bytes keeps a reader of whole blocks for ever."""
    import requests
    import urllib3

    try:
        while part := response.raw.read1(1 << 16, decode_content=True):
            yield part
    except urllib3.exceptions.HTTPError as error:
        raise requests.exceptions.ConnectionError(error) from error


def _retry_after(value: str | None) -> float | None:
    if not value:
        return None
    if value.strip().isdecimal():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None


def _words(body: bytes) -> str:
    import re

    text = re.sub(r"<[^>]*>", " ", body[:2000].decode(errors="replace"))
    return " ".join(text.split())[:200] or "without a word"


def _where(url: str) -> str:
    return url.partition("?")[0]
