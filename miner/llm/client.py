"""The client: one question, one answer, over the polite client of the sources, with a key that goes to one host alone."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from miner.errors import ConfigError, EndpointError, ParseError, ServiceError
from miner.harvest.http import Http, Limits, RefusedError
from miner.harvest.services import is_loopback, service

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests

    from miner.config import Endpoint, Workspace
    from miner.harvest.rawstore import RawStore

TRIES = 4
MOST_BYTES = 2 << 20
_PER_SECOND = 10
_HINTS = {
    401: "export the right key as MINER_LLM_KEY",
    403: "export a key as MINER_LLM_KEY that may use this model",
    404: "see to base_url (without /chat/completions) and model in miner.toml",
    400: "see to model and options in miner.toml: the endpoint may not know one of them",
    422: "see to model and options in miner.toml: the endpoint may not know one of them",
}
_REDIRECTED = "name the address that it leads to as base_url, if you trust it: a key follows no redirect"


def endpoint_of(workspace: Workspace) -> Endpoint:
    """Return the endpoint that the workspace names; ``MINER_LLM_URL`` goes before its address.

    Raises
    ------
    ConfigError
        If there is none, or its address is not one that a key and texts may be sent to.
    """
    if workspace.llm is None:
        raise ConfigError(
            "no language model is named",
            where=str(workspace.root / "miner.toml"),
            hint='add: [llm], base_url = "https://…/v1", model = "…"; a key goes into the environment, as MINER_LLM_KEY',
        )
    url = (os.environ.get("MINER_LLM_URL") or workspace.llm.base_url).strip().rstrip("/")
    where = "MINER_LLM_URL" if os.environ.get("MINER_LLM_URL") else f"{workspace.root / 'miner.toml'}, [llm] base_url"
    try:
        parts = urlsplit(url)
        named = parts.hostname and (parts.port or True) and parts.scheme in {"http", "https"}
    except ValueError:
        named = False
    if not named or parts.username is not None or parts.query or parts.fragment:
        raise ConfigError("not the address of an endpoint", where=where, hint="for example https://api.example.org/v1, without a key in it")
    if parts.scheme == "http" and not is_loopback(url):
        raise ConfigError(
            "texts and a key would go over the network in the clear", where=where, hint="use https; http is for this machine alone"
        )
    return replace(workspace.llm, base_url=url)


def _key() -> str | None:
    key = (os.environ.get("MINER_LLM_KEY") or "").strip()
    if key and not (key.isascii() and key.isprintable() and " " not in key):
        raise ConfigError("not a key: it has spaces or characters that no key has", where="MINER_LLM_KEY", hint="export the key alone")
    return key or None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model said, and the checksum of the whole response, under which the raw store has it. ``whole`` is false where it was cut off."""

    text: str
    sha256: str
    whole: bool = True


@dataclass(slots=True)
class Chat:
    """A model that is asked.

    Parameters
    ----------
    endpoint : miner.config.Endpoint
        From :func:`endpoint_of`.
    raw : miner.harvest.rawstore.RawStore
        Where each response is kept.
    say : callable
        Told of each retry.
    """

    endpoint: Endpoint
    raw: RawStore
    say: Callable[[str], None]
    _http: Http = field(init=False)
    _secret: str | None = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Open the session; the key is read once."""
        seconds = float(self.endpoint.timeout)
        limits = Limits((min(15.0, seconds), seconds), MOST_BYTES, seconds, redirects=False)
        self._http, self._secret = Http(None, self.raw, say=self.say, limits=limits), _key()

    def ask(self, system: str, user: str) -> Answer:
        """Ask, and ask again where the endpoint is busy or its answer is none.

        Raises
        ------
        EndpointError
            If it refuses, or gives no answer in so many tries.
        """
        url = f"{self.endpoint.base_url}/chat/completions"
        messages = [{"role": "system", "content": system}, {"role": "user", "content": user}]
        body = {**self.endpoint.options, "model": self.endpoint.model, "messages": messages, "stream": False}
        asked = service("llm", url, _PER_SECOND)
        try:
            return self._http.fetch(asked, url, read_answer, json=body, auth=self._signed, tries=TRIES)
        except RefusedError as error:
            hint = _REDIRECTED if 300 <= error.status < 400 else _HINTS.get(error.status, "see to [llm] in miner.toml")
            raise EndpointError(self._without_key(error.what), where=url, hint=hint) from None
        except ServiceError as error:
            raise EndpointError(self._without_key(error.what), where=url, hint="run again later to go on") from None

    def _signed(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Put the key into a request; without one nothing is sent, also nothing of ``~/.netrc``."""
        if self._secret is not None:
            request.headers["Authorization"] = f"Bearer {self._secret}"
        return request

    def _without_key(self, words: str) -> str:
        return words.replace(self._secret, "…") if self._secret else words


def read_answer(content: bytes, sha256: str) -> Answer:
    """Return what a response says.

    Raises
    ------
    ParseError
        If it is no completion.

    Examples
    --------
    >>> read_answer(b'{"choices": [{"message": {"content": "Yes."}, "finish_reason": "stop"}]}', "ab12").text
    'Yes.'
    """
    try:
        said: Any = json.loads(content)
        choice = said["choices"][0]
        text = choice["message"]["content"]
    except (ValueError, LookupError, TypeError, RecursionError):
        raise ParseError("the answer is no completion of a chat", hint="see to base_url in miner.toml") from None
    if not isinstance(text, str):
        raise ParseError("the answer is no completion of a chat: it has no text", hint="see to base_url in miner.toml")
    return Answer(text, sha256, choice.get("finish_reason") != "length")
