"""The client of a language model against a server that plays one, with all its faults: none gives a wrong answer, hangs, or carries the key away."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from miner.config import Endpoint, Workspace, init_workspace, load_workspace
from miner.errors import ConfigError, EndpointError, ParseError
from miner.harvest.rawstore import RawStore
from miner.llm import client
from miner.llm.client import Chat, endpoint_of
from miner.llm.summary import read_claims

KEY = "sk-secret-123"


def completion(text: str, finish: str = "stop") -> str:
    return json.dumps({"choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": finish}]})


@pytest.fixture
def chat(httpserver: HTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Chat:
    monkeypatch.setenv("MINER_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("MINER_LLM_KEY", KEY)
    return Chat(Endpoint(httpserver.url_for("/v1"), "tiny", 5.0), RawStore(tmp_path / "raw"), lambda _: None)


def test_what_is_sent_is_the_model_the_messages_and_the_options_with_the_key(chat: Chat, httpserver: HTTPServer, tmp_path: Path) -> None:
    seen: list[tuple[Any, str | None, str | None]] = []

    def answer(request: Request) -> Response:
        seen.append((request.get_json(), request.headers.get("Authorization"), request.headers.get("User-Agent")))
        return Response(completion("Yes."))

    httpserver.expect_request("/v1/chat/completions", method="POST").respond_with_handler(answer)
    said = chat.ask("system", "user")
    assert (said.text, said.whole) == ("Yes.", True)
    messages = [{"role": "system", "content": "system"}, {"role": "user", "content": "user"}]
    assert seen[0][:2] == ({"model": "tiny", "messages": messages, "stream": False, "temperature": 0}, f"Bearer {KEY}")
    assert "mailto" not in (seen[0][2] or "")
    assert RawStore(tmp_path / "raw").get(said.sha256) == completion("Yes.").encode()


def test_without_a_key_nothing_is_sent_for_one(chat: Chat, httpserver: HTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not what ~/.netrc has for the host either."""
    (tmp_path / "netrc").write_text(f"machine {httpserver.host} login ada password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    heads: list[str | None] = []

    def answer(request: Request) -> Response:
        heads.append(request.headers.get("Authorization"))
        return Response(completion("Yes."))

    httpserver.expect_request("/v1/chat/completions").respond_with_handler(answer)
    chat.ask("s", "u")
    monkeypatch.delenv("MINER_LLM_KEY")
    Chat(chat.endpoint, chat.raw, chat.say).ask("s", "u")
    assert heads == [f"Bearer {KEY}", None]


@pytest.mark.parametrize(
    "wrong",
    [
        Response("busy", 500),
        Response("busy", 429, {"Retry-After": "0"}),
        Response("busy", 503),
        Response("<html>Back soon</html>", 200),
        Response("", 200),
        Response(completion("Yes.")[:40], 200),
        Response('{"error": {"message": "overloaded"}}', 200),
        Response('{"choices": []}', 200),
        Response('{"choices": [{"message": {"content": null}}]}', 200),
        Response("[" * 100_000, 200),
        Response("x" * (client.MOST_BYTES + 1), 200),
    ],
    ids=["500", "429", "503", "html", "empty", "cut", "error", "no choice", "no text", "deep", "huge"],
)
def test_an_answer_that_is_none_is_asked_for_again(chat: Chat, httpserver: HTTPServer, wrong: Response) -> None:
    httpserver.expect_ordered_request("/v1/chat/completions").respond_with_response(wrong)
    httpserver.expect_ordered_request("/v1/chat/completions").respond_with_data(completion("Yes."))
    assert chat.ask("s", "u").text == "Yes."


def test_retry_after_is_waited_for(chat: Chat, httpserver: HTTPServer) -> None:
    httpserver.expect_ordered_request("/v1/chat/completions").respond_with_response(Response("busy", 429, {"Retry-After": "1"}))
    httpserver.expect_ordered_request("/v1/chat/completions").respond_with_data(completion("Yes."))
    began = time.monotonic()
    chat.ask("s", "u")
    assert time.monotonic() - began >= 0.9


@pytest.mark.parametrize(("status", "hint"), [(401, "MINER_LLM_KEY"), (403, "MINER_LLM_KEY"), (404, "base_url"), (400, "options")])
def test_a_refusal_is_told_at_once_without_the_key(chat: Chat, httpserver: HTTPServer, status: int, hint: str) -> None:
    httpserver.expect_oneshot_request("/v1/chat/completions").respond_with_data(f"no good: {KEY}", status=status)
    with pytest.raises(EndpointError, match=f"HTTP {status}: no good") as refused:
        chat.ask("s", "u")
    assert hint in (refused.value.hint or "")
    assert KEY not in str(refused.value)
    assert len(httpserver.log) == 1


def test_no_redirect_is_followed(chat: Chat, httpserver: HTTPServer) -> None:
    with HTTPServer(host="127.0.0.1") as other:
        other.expect_request("/v1/chat/completions").respond_with_data(completion("Yes."))
        for status in (302, 307, 308):
            httpserver.expect_oneshot_request("/v1/chat/completions").respond_with_response(
                Response("", status, {"Location": other.url_for("/v1/chat/completions")})
            )
            with pytest.raises(EndpointError, match=f"HTTP {status}") as refused:
                chat.ask("s", "u")
            assert "follows no redirect" in (refused.value.hint or "")
        assert other.log == []


def test_an_answer_that_drips_is_left_at_the_deadline(
    chat: Chat, httpserver: HTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def drip() -> Iterator[bytes]:
        for _ in range(100):
            yield b" "
            time.sleep(0.1)

    monkeypatch.setattr(client, "TRIES", 1)
    httpserver.expect_request("/v1/chat/completions").respond_with_handler(lambda _: Response(drip()))
    began = time.monotonic()
    with pytest.raises(EndpointError, match=r"no whole answer in 0\.6 s"):
        Chat(Endpoint(httpserver.url_for("/v1"), "tiny", 0.6), RawStore(tmp_path / "raw"), lambda _: None).ask("s", "u")
    assert time.monotonic() - began < 5


def test_an_endpoint_that_is_not_there_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINER_STATE_DIR", str(tmp_path / "state"))
    with pytest.raises(EndpointError, match="in 4 tries; the last: the connection failed: refused"):
        Chat(Endpoint("http://127.0.0.1:1/v1", "tiny", 1.0), RawStore(tmp_path / "raw"), lambda _: None).ask("s", "u")


def configured(folder: Path, table: str) -> Workspace:
    place = init_workspace(folder)
    with (place.root / "miner.toml").open("a", encoding="utf-8") as file:
        file.write(table)
    return load_workspace(place.root)


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ('llm = "x"', "llm must be a table"),
        ('[llm]\nmodel = "m"', "'base_url' is missing"),
        ('[llm]\nbase_url = "https://e.org/v1"', "'model' is missing"),
        ('[llm]\nbase_url = "https://e.org/v1"\nmodel = ""', "model must be a text"),
        ('[llm]\nbase_url = "https://e.org/v1"\nmodel = "m"\nkey = "k"', "unknown key 'key'"),
        ('[llm]\nbase_url = "https://e.org/v1"\nmodel = "m"\ntimeout = 0', "timeout must be above 0"),
        ('[llm]\nbase_url = "https://e.org/v1"\nmodel = "m"\ntimeout = nan', "timeout must be above 0"),
        ('[llm]\nbase_url = "https://e.org/v1"\nmodel = "m"\noptions = 3', "options must be a table"),
    ],
)
def test_a_table_that_is_wrong_is_told(tmp_path: Path, table: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        configured(tmp_path / "w", table)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://api.example.org/v1", "in the clear"),
        ("http://127.0.0.1.example.org/v1", "in the clear"),
        ("https://ada:secret@api.example.org/v1", "not the address"),
        ("https://api.example.org/v1?key=1", "not the address"),
        ("ftp://api.example.org", "not the address"),
        ("https://[::1", "not the address"),
        ("https://e.org:port/v1", "not the address"),
        ("api.example.org", "not the address"),
    ],
)
def test_an_address_that_is_none_to_send_to_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, told: str) -> None:
    place = configured(tmp_path / "w", f'[llm]\nbase_url = "{url}"\nmodel = "m"\n')
    with pytest.raises(ConfigError, match=told):
        endpoint_of(place)
    monkeypatch.setenv("MINER_LLM_URL", "http://localhost:8080/v1/")
    assert endpoint_of(place).base_url == "http://localhost:8080/v1"


def test_a_key_with_a_line_break_is_no_key(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINER_LLM_KEY", "sk\nX-Other: 1")
    with pytest.raises(ConfigError, match="not a key"):
        Chat(chat.endpoint, chat.raw, chat.say)


@pytest.mark.parametrize(
    "around",
    ["{}", "```json\n{}\n```", "<think>{{no: json}} {{}}</think>\nHere it is:\n{}\nI hope this helps.", '{{"thoughts": 1}} {}'],
    ids=["bare", "fenced", "thoughts", "another object first"],
)
def test_claims_are_found_in_what_is_around_them(around: str) -> None:
    assert [s.sentences for s in read_claims(around.format('{"claims": [{"claim": "A", "sentences": [1]}]}'))] == [(1,)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I cannot do that.",
        '{"claims": "none"}',
        '[{"claim": "A"}]',
        '{"claims": [{"claim": "A", "sent',
        "{" * 100_000,
        '{"a":' * 100_000,
    ],
    ids=["empty", "words", "no list", "another form", "cut", "braces", "deep"],
)
def test_an_answer_without_claims_is_told(text: str) -> None:
    with pytest.raises(ParseError, match="no list of claims"):
        read_claims(text)


def test_what_is_no_claim_or_names_no_sentence_names_none() -> None:
    items = [
        "x",
        {"claim": 3},
        {"claim": "A"},
        {"claim": "A", "sentences": [True, 1.0, "²", "3" * 9, None, {}]},
        {"claim": "A", "sentences": 2},
    ]
    assert [s.sentences for s in read_claims(json.dumps({"claims": items}))] == [(), (), (), (), (2,)]
