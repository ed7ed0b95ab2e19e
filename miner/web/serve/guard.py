"""What every request passes first: its host, origin, session, form token and size; and what every answer carries."""

from __future__ import annotations

import asyncio
import hmac
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from miner.web.serve.access import Access

MOST = 1_000_000  # bytes of a request's body
PATIENCE = 20.0  # seconds for a body to come, and for a client to take what is sent
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'"
)
FRAMED = "; frame-ancestors 'none'"  # what a header says beside: in a page it would not count
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Content-Security-Policy": POLICY + FRAMED,
}
_OPEN = ("/login", "/assets/site.css")  # what those see who have not signed in yet


class Refusal(Exception):  # noqa: N818 -- an answer, not an error
    """Says no, with a status and words."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.response = PlainTextResponse(words + "\n", status)


class Guard:
    """Lets those requests through that are ours.

    Parameters
    ----------
    app : ASGI application
        Sees ``scope["session"]``, and the body as it came.
    access : Access
    stranger : callable
        Gives the page for those who have no session.
    """

    def __init__(self, app: ASGIApp, access: Access, stranger: Callable[[], str]) -> None:
        self.app, self.access, self.stranger = app, access, stranger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or let it through."""
        if scope["type"] != "http":
            return
        send = _carrying(_patient(send))
        try:
            headers = Headers(scope=scope)
            self._check(scope, headers)
            answer = self._enter(scope, headers)
            if answer is None and scope["method"] == "POST":
                body = await _body(headers, receive)
                if scope["session"] is not None and scope["path"] != "/login":
                    _check_form(scope, headers, body)
                receive = _again(body)
        except Refusal as refusal:
            answer = refusal.response
            answer.headers["Connection"] = "close"
        await (answer or self.app)(scope, receive, send)

    def _check(self, scope: Scope, headers: Headers) -> None:
        """Refuse what comes from elsewhere: another host, another origin."""
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self.access.host_is_ours(hosts[0]):
            raise Refusal(421, "This server does not answer to that name.")
        if scope["method"] not in {"GET", "HEAD", "POST"}:
            raise Refusal(405, "Only GET, HEAD and POST are answered.")
        navigates = (
            scope["method"] != "POST" and headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
        )
        if headers.get("sec-fetch-site", "none") not in {"same-origin", "none"} and not navigates:
            raise Refusal(403, "Pages of other sites may not ask here.")
        if scope["method"] == "POST" and not self.access.origin_is_ours(headers.get("origin", ""), hosts[0]):
            raise Refusal(403, "Only pages of this server may send something here.")

    def _enter(self, scope: Scope, headers: Headers) -> Response | None:
        """Find the session; return an answer where there is none, or where a token is exchanged for one."""
        scope["session"] = self.access.session("; ".join(headers.getlist("cookie")))
        asked = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        token = dict(asked).get("token")
        if token is not None and scope["method"] == "GET" and self.access.token_is_ours(token):
            rest = [(k, v) for k, v in asked if k != "token"]
            # One slash: two would lead to another host.
            away = quote("/" + scope["path"].lstrip("/\\")) + (f"?{urlencode(rest)}" if rest else "")
            answer = RedirectResponse(away, 303)
            admit(answer, self.access, scope["session"].name if scope["session"] else "")
            return answer
        if scope["session"] is not None or (self.access.users is not None and scope["path"] in _OPEN):
            return None
        if self.access.users is not None and scope["method"] == "GET":
            return RedirectResponse("/login", 303)
        return HTMLResponse(self.stranger(), 401)


def admit(answer: Response, access: Access, name: str) -> None:
    """Give the one who is answered a session under a name."""
    answer.set_cookie(access.cookie, access.sealed(name), httponly=True, samesite="strict", secure=access.secure, path="/")


def _check_form(scope: Scope, headers: Headers, body: bytes) -> None:
    given = headers.get("x-csrf-token") or form_of(body).get("csrf", "")
    if not hmac.compare_digest(given.encode(), scope["session"].csrf.encode()):
        raise Refusal(403, "The form is of another session: open the page again, and send it once more.")


def form_of(body: bytes) -> dict[str, str]:
    """Return the fields of a form; of those of the same name the last."""
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=200))
    except (UnicodeDecodeError, ValueError):
        return {}


async def _body(headers: Headers, receive: Receive) -> bytes:
    told = headers.get("content-length", "0")
    parts, size = [], int(told) if told.isdigit() else 0
    try:
        async with asyncio.timeout(PATIENCE):
            more = size <= MOST
            size = 0 if more else size
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Refusal(400, "The body did not come whole.")
                parts.append(message.get("body", b""))
                size += len(parts[-1])
                more = message.get("more_body", False) and size <= MOST
    except TimeoutError:
        raise Refusal(408, f"The body did not come within {PATIENCE:g} seconds.") from None
    if size > MOST:
        raise Refusal(413, f"More than {MOST:,} bytes are not taken.")
    return b"".join(parts)


def _again(body: bytes) -> Receive:
    """Return what gives the body once more."""
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return messages.pop() if messages else {"type": "http.disconnect"}

    return receive


def _patient(send: Send) -> Send:
    """Return a ``send`` that gives up on a client that takes nothing."""

    async def sending(message: Message) -> None:
        async with asyncio.timeout(PATIENCE):
            await send(message)

    return sending


def _carrying(send: Send) -> Send:
    """Return a ``send`` that adds what every answer carries, where the answer says nothing else."""

    async def sending(message: Any) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return sending
