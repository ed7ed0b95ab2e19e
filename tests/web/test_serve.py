"""``miner serve`` as a real process: who is let in, who is not, and what becomes of those who are rude."""

from __future__ import annotations

import concurrent.futures
import socket
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from miner.errors import UsageError
from miner.web.serve.server import WAITING
from miner.workspace import Workspace
from tests.web.serving import Served, serving


@pytest.fixture(scope="module", autouse=True)
def slow(served: Served) -> Iterator[list[socket.socket]]:
    """Connect a hundred clients that say nothing, or half of what they have to, while all else is tested."""
    opened = [socket.create_connection(("127.0.0.1", served.port)) for _ in range(100)]
    for one in opened[:50]:
        one.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1")
    yield opened
    for one in opened:
        one.close()


def test_pages_are_those_of_the_site(served: Served, site: Path) -> None:
    for path in ["papers/index.html", "changes.html", "changes.atom", "data/explorer.js", "data/rows-000.js", "papers/list/2020.html"]:
        got = served.ask(f"/{path}")
        ours = (site / path).read_text().replace("</nav>", "").replace("\n", "")
        assert got.status == 200
        # But for the doors to what only a server has, they are the same bytes.
        without = got.text.replace('<li><a href="../sql">SQL</a></li>\n', "").replace('<li><a href="../../sql">SQL</a></li>\n', "")
        without = without.replace('<li><a href="sql">SQL</a></li>\n', "").replace("</nav>", "").replace("\n", "")
        assert without == ours, path


def test_papers_and_their_data_are_there(served: Served, site: Path) -> None:
    page = next((site / "papers").glob("*/*.json"))
    path = page.relative_to(site).as_posix()
    assert served.ask(f"/{path}").body == page.read_bytes()
    got = served.ask(f"/{path.replace('.json', '.html')}")
    assert got.status == 200
    assert "The numbers read" in got.text
    assert "frame-ancestors 'none'" in got.headers["content-security-policy"]


def test_a_token_becomes_a_cookie_that_scripts_and_other_sites_do_not_get(served: Served) -> None:
    got = served.ask(f"/papers/index.html?token={served.token}&x=1", Cookie=None)
    assert (got.status, got.headers["location"]) == (303, "/papers/index.html?x=1")
    assert "HttpOnly" in got.headers["set-cookie"]
    assert "SameSite=strict" in got.headers["set-cookie"]
    assert served.ask(f"//evil.example/?token={served.token}", Cookie=None).headers["location"] == "/evil.example/"


@pytest.mark.parametrize(
    "path", ["/", "/sql?sql=select+1", "/papers/index.html", "/?token=wrong", "/?token=", "/sql?sql=select+1&format=csv"]
)
def test_without_a_token_nothing_is_told(served: Served, path: str) -> None:
    for cookie in (None, "miner=1", f"miner-{served.port}=1.2.3.4", f"miner-{served.port}=", f"{served.cookie}0", "\xff;;=,"):
        got = served.ask(path, Cookie=cookie)
        assert got.status == 401
        assert "papers" not in got.text
        assert "snapshot" not in got.text.lower()


@pytest.mark.parametrize(
    "host", ["rebound.example", "rebound.example:{port}", "127.0.0.1", "127.0.0.1:1", "10.0.0.1:{port}", "localhost.evil:{port}", ""]
)
def test_another_host_is_refused(served: Served, host: str) -> None:
    assert served.ask("/", Host=host.format(port=served.port)).status == 421


def test_names_of_this_machine_are_answered(served: Served) -> None:
    for host in (f"localhost:{served.port}", f"127.0.0.1:{served.port}", f"LOCALHOST:{served.port}"):
        assert served.ask("/papers/index.html", Host=host).status == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1:1", "http://localhost:{port}", "null", "", None])
def test_another_origin_writes_nothing(served: Served, demo: Workspace, origin: str | None) -> None:
    values = {"csrf": served.csrf(), "name": "stolen", "summary": "x", "sql": "SELECT 1"}
    got = served.send("/sql/save", values, Origin=origin.format(port=served.port) if origin else origin)
    assert got.status == 403
    assert not (demo.root / "queries" / "stolen.sql").exists()


@pytest.mark.parametrize("headers", [{"Sec_Fetch_Site": "cross-site"}, {"Sec_Fetch_Site": "same-site", "Sec_Fetch_Mode": "no-cors"}])
def test_pages_of_other_sites_read_nothing(served: Served, headers: dict[str, str]) -> None:
    assert served.ask("/data/explorer.js", **headers).status == 403


@pytest.mark.parametrize("token", ["", "0" * 64, "é"])
def test_a_form_of_another_session_writes_nothing(served: Served, demo: Workspace, token: str) -> None:
    got = served.send("/sql/save", {"csrf": token, "name": "forged", "summary": "x", "sql": "SELECT 1"})
    assert got.status == 403
    assert not (demo.root / "queries" / "forged.sql").exists()


def test_get_writes_nothing(served: Served, demo: Workspace) -> None:
    assert served.ask(f"/sql/save?csrf={served.csrf()}&name=got&summary=x&sql=SELECT+1").status in {404, 405}
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
        assert served.ask("/", method).status == 405
    assert not (demo.root / "queries" / "got.sql").exists()


@pytest.mark.parametrize(
    "path",
    [
        "/../miner.toml", "/..%2fminer.toml", "/%2e%2e/%2e%2e/etc/passwd", "/assets/../shell.py", "/assets/..%2f..%2fshell.py", "/assets//etc/passwd",
        "/data/../../../etc/passwd", "/papers/..%5c..%5cetc", "/papers/list/..%2f..%2fsite.json", "/%00", "/reports/../../miner.toml", "/papers/list/%2e%2e.html",
    ],
)  # fmt: skip
def test_paths_lead_nowhere_else(served: Served, path: str) -> None:
    got = served.ask(path)
    assert got.status == 404
    assert "[contact]" not in got.text
    assert "root:" not in got.text


def test_100_mb_are_not_taken(served: Served) -> None:
    size = 100_000_000
    began = time.monotonic()
    assert served.ask("/sql/save", "POST", b"", Origin=served.address, Content_Length=str(size)).status == 413
    # Without a word on its length, in chunks.
    with socket.create_connection(("127.0.0.1", served.port)) as raw:
        head = f"POST /sql/save HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\nOrigin: {served.address}\r\nCookie: {served.cookie}\r\nTransfer-Encoding: chunked\r\n\r\n"
        raw.sendall(head.encode())
        sent, chunk = 0, b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
        try:
            while sent < size:
                raw.sendall(chunk)
                sent += 0x10000
            answer = raw.recv(100)
        except (ConnectionResetError, BrokenPipeError):
            answer = b"HTTP/1.1 413"
    assert answer.startswith(b"HTTP/1.1 413")
    assert sent < size
    assert time.monotonic() - began < 15
    assert served.ask("/changes.atom").status == 200


def test_500_requests_at_once_are_all_answered(served: Served) -> None:
    paths = ["/papers/index.html", "/changes.html", "/data/explorer.js", "/assets/site.css", "/nowhere"]
    wanted = {p: served.ask(p) for p in paths}
    with concurrent.futures.ThreadPoolExecutor(500) as pool:
        got = list(pool.map(lambda i: (paths[i % 5], served.ask(paths[i % 5])), range(500)))
    assert [p for p, answer in got if (answer.status, answer.body) != (wanted[p].status, wanted[p].body)] == []


def test_a_head_without_end_is_refused(served: Served) -> None:
    with socket.create_connection(("127.0.0.1", served.port)) as raw:
        raw.settimeout(10)
        try:
            raw.sendall(b"GET / HTTP/1.1\r\nX: " + b"a" * 300_000)
            assert raw.recv(12) == b"HTTP/1.1 400"
        except ConnectionResetError:
            pass
    assert served.ask("/changes.atom").status == 200


def test_beyond_this_machine_only_named_users_with_a_warning(demo: Workspace, capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("argon2")
    with pytest.raises(UsageError, match="only named users"):
        demo.serve(host="0.0.0.0", port=0)
    with pytest.raises(UsageError, match="shorter than"):
        demo.add_user("ada", "short")
    file = demo.add_user("ada", "correct horse battery")
    try:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert "correct horse" not in file.read_text()
        with serving(demo.root, "--host", "0.0.0.0") as server:
            assert "not encrypted" in capfd.readouterr().err
            assert server.token == ""
            assert server.ask("/papers/index.html").headers["location"] == "/login"
            assert server.ask("/", Host=f"rebound.example:{server.port}").status == 421
            assert server.send("/login", {"name": "ada", "password": "wrong horse battery"}).status == 403
            assert server.send("/login", {"name": "eve", "password": "nobody's password"}).status == 403
            assert server.send("/login", {"name": "ada", "password": "correct horse battery"}, Origin="https://evil.example").status == 403
            got = server.send("/login", {"name": "ada", "password": "correct horse battery"})
            assert got.status == 303
            server.cookie = got.headers["set-cookie"].partition(";")[0]
            assert server.ask("/changes.html").status == 200
            tries = [server.send("/login", {"name": "ada", "password": "wrong horse battery"}).status for _ in range(6)]
            assert tries[-1] == 429
            assert server.send("/login", {"name": "ada", "password": "correct horse battery"}).status == 429
    finally:
        file.unlink()


def test_a_port_that_is_taken_is_told(demo: Workspace, served: Served) -> None:
    with pytest.raises(UsageError, match="cannot listen there"):
        demo.serve(port=served.port)


def test_a_crawl_may_publish_meanwhile(served: Served, demo: Workspace) -> None:
    from miner.jobs.lock import writing

    before = served.ask("/changes.html")
    with writing(demo.settings):  # the lock of a crawl
        assert served.ask("/sql?sql=select+count(*)+from+v_paper").status == 200
        assert served.ask("/changes.html").body == before.body


def test_slow_clients_are_let_go(slow: list[socket.socket]) -> None:
    for one in slow:
        one.settimeout(WAITING + 5)
        assert one.recv(10) == b""  # closed, without a word
