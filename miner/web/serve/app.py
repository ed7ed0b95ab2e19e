"""The routes of ``miner serve``: the site, signing in, the SQL page."""

from __future__ import annotations

import mimetypes
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from miner.errors import LockedError, MinerError, StoreError
from miner.web.serve import sql
from miner.web.serve.guard import POLICY, Guard, admit, form_of
from miner.web.serve.live import Live, policy_of
from miner.web.shell import ASSETS, Door, Shell

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp

    from miner.config import Workspace
    from miner.web.serve.access import Access

SQL = Door("SQL", "sql", "Ask the snapshot: views and columns, named queries, tables, charts, files.")
REVIEW = Door("Review", "review", "One value at a time, with its evidence: accept, correct, reject.")
_TOKEN = "Open the address that miner serve printed: it has the token that lets you in."  # noqa: S105 -- a sentence


class Server:
    """What the routes share.

    Parameters
    ----------
    workspace : Workspace
    access : Access
    job : str, optional
        Whose records the pages are on; all by default.
    """

    def __init__(self, workspace: Workspace, access: Access, job: str | None = None, *, review: bool = False) -> None:
        self.workspace, self.access = workspace, access
        self.doors = (SQL, *([REVIEW] if review else []))
        self.live = Live(workspace, job, self.doors, review=review)
        self._assets = {f.relative_to(ASSETS).as_posix(): f for f in ASSETS.rglob("*") if f.suffix in {".js", ".css"}}

    def page(self, template: str, path: str, **values: Any) -> str:
        """Fill a template of a page that has forms."""
        shell = self.live.snapshot().shell
        return shell.page(template, path, **{"policy": POLICY, "referrer": "same-origin", **values})

    def door(self, title: str, *lines: str, login: bool = False) -> str:
        """Return a page of words alone, which needs no snapshot and tells nothing of it."""
        shell = Shell("miner", "none")
        return shell.page("door.html", "door", title=title, lines=lines, login=login, policy=POLICY, referrer="same-origin")

    async def asset(self, request: Request) -> Response:
        """Answer with a style sheet or a script."""
        file = self._assets.get(request.path_params["path"])
        if file is None:
            return self.missing()
        return Response(file.read_bytes(), media_type=_type_of(file.name))

    async def file(self, request: Request) -> Response:
        """Answer with a page or a file of the site."""
        path = request.path_params["path"] or "index.html"
        content = await run_in_threadpool(lambda: self.live.snapshot().read(path))
        if content is None:
            return self.missing()
        answer = Response(content, media_type=_type_of(path))
        if path.endswith(".html"):
            answer.headers["Content-Security-Policy"] = policy_of(content)
        return answer

    async def nothing(self, request: Request) -> Response:  # noqa: ARG002 -- as routes are called
        """Answer browsers that ask for a picture of their own accord."""
        return Response(status_code=204)

    def missing(self) -> Response:
        """Say that there is no such page."""
        return HTMLResponse(self.door("There is no such page", "It may be of a paper that the published snapshot does not have."), 404)

    async def ask(self, request: Request) -> Response:
        """Answer with the SQL page, or the rows as a file."""
        values = dict(request.query_params)
        if "format" in values:
            return await run_in_threadpool(self._rows, values)
        status, shown = await run_in_threadpool(lambda: sql.page_values(self.workspace, self.live.snapshot(), values))
        content = await run_in_threadpool(lambda: self.page("sql.html", "sql", title="SQL", csrf=request.scope["session"].csrf, **shown))
        return HTMLResponse(content, status)

    def _rows(self, values: dict[str, str]) -> Response:
        asked, form = sql.Asked.of(values), values["format"]
        content = sql.as_file(sql.answer(self.workspace, asked), form)
        name = f"{asked.query.name if asked.query else 'answer'}.{form}"
        return Response(content, media_type=sql.FILES[form], headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"})

    async def keep(self, request: Request) -> Response:
        """Keep a query."""
        name = await run_in_threadpool(sql.save, self.workspace, form_of(await request.body()))
        return RedirectResponse(f"/sql?query={quote(name)}", 303)

    async def login(self, request: Request) -> Response:
        """Sign somebody in by name and password."""
        users = self.access.users
        if users is None:
            return self.missing()
        if request.method != "POST":
            return HTMLResponse(self.door("Sign in", login=True))
        form = form_of(await request.body())
        name, password = form.get("name", ""), form.get("password", "")
        if waits := users.waits(name):
            words = f"Too many wrong passwords: wait {waits:.0f} seconds."
            return HTMLResponse(self.door("Sign in", words, login=True), 429, {"Retry-After": f"{waits:.0f}"})
        if not await run_in_threadpool(users.knows, name, password):
            return HTMLResponse(self.door("Sign in", "Name or password are wrong.", login=True), 403)
        answer = RedirectResponse("/", 303)
        admit(answer, self.access, name)
        return answer

    async def logout(self, request: Request) -> Response:  # noqa: ARG002 -- as routes are called
        """Take the session from whoever asks."""
        answer = HTMLResponse(self.door("Signed out", "Close the window, or sign in again."))
        answer.delete_cookie(self.access.cookie, path="/")
        return answer

    async def failed(self, request: Request, error: Exception) -> Response:
        """Tell an error of miner's in its words."""
        assert isinstance(error, MinerError)  # noqa: S101 -- registered for these alone
        status = 503 if isinstance(error, LockedError) else 500 if type(error) is StoreError else 400
        if "json" in request.headers.get("accept", ""):
            import json

            said = {"error": error.what, "where": error.where, "hint": error.hint}
            return Response(json.dumps(said, ensure_ascii=False), status, media_type="application/json")
        lines = [f"{error.where}: {error.what}" if error.where else error.what, *([error.hint] if error.hint else [])]
        return HTMLResponse(self.door("That did not work", *lines), status)

    def routes(self) -> list[Route]:
        """Return the routes, the site's last: they take all that is left."""
        return [
            Route("/assets/{path:path}", self.asset),
            Route("/favicon.ico", self.nothing),
            Route("/login", self.login, methods=["GET", "POST"]),
            Route("/logout", self.logout, methods=["POST"]),
            Route("/sql", self.ask),
            Route("/sql/save", self.keep, methods=["POST"]),
            Route("/{path:path}", self.file),
        ]

    def app(self) -> ASGIApp:
        """Return the whole, behind its guard."""
        inner = Starlette(routes=self.routes(), exception_handlers={MinerError: self.failed})
        return Guard(inner, self.access, lambda: self.door("Not yet", _TOKEN))


def _type_of(name: str) -> str:
    if name.endswith(".atom"):
        return "application/atom+xml"
    return mimetypes.guess_type(name)[0] or "application/octet-stream"
