"""The OpenAI-compatible adapter against endpoints that answer well, badly, half, elsewhere, or without end."""

import asyncio
import json
import logging
import time
from contextlib import aclosing
from typing import Any

import pytest

from core.accounts.secrets import encrypt
from core.endpoints import asking
from core.endpoints.adapters import openai as adapter
from core.endpoints.asking import Spent
from core.endpoints.faults import Fault, ModelFault
from core.endpoints.models import Endpoint
from tests.endpoints.conftest import asked, called_of
from tests.endpoints.stubs import DONE, HEAD, USAGE, event, says

GOOD = (HEAD, event(""), event("The earth"), event(" is round."), event(finish="stop"), USAGE, DONE)


def said(called: Any) -> tuple[str, Any]:
    pieces, spent = asked(called)
    return "".join(pieces), spent


def fault_of(called: Any) -> Fault:
    with pytest.raises(ModelFault) as caught:
        asked(called)
    assert caught.value.__cause__ is None
    return caught.value.fault


def test_an_answer_comes_in_its_pieces_with_what_it_cost(behind: Any) -> None:
    assert said(behind(says(*GOOD))) == ("The earth is round.", Spent(11, 3, "stop"))


def test_what_is_not_counted_is_estimated(behind: Any) -> None:
    assert asked(behind(says(*GOOD[:-2], DONE)))[1] == Spent(4 + 5, 5, "stop")
    mad = event(choices=[], usage={"prompt_tokens": -5, "completion_tokens": 10**30, "total_tokens": "x"})
    assert asked(behind(says(*GOOD[:-2], mad, DONE)))[1] == Spent(4 + 5, 5, "stop")


def test_the_request_says_what_the_bundle_is_and_nothing_of_this_machine(stub: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "an-organisation")
    monkeypatch.setenv("OPENAI_API_KEY", "the-machines-own-key")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    made = stub(says(*GOOD))
    endpoint = Endpoint(name="e", kind="openai", url=made.url, key_encrypted=encrypt(b"a-key"))
    sampling = {"temperature": 0.5, "top_p": 1, "max_completion_tokens": 20}
    asked(called_of(endpoint, system="Be brief.", sampling=sampling))
    assert made.body == {
        "model": "m",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Is the earth flat?"},
        ],
        "user": "somebody",
        "stream": True,
        "stream_options": {"include_usage": True},
        **sampling,
    }
    head = made.requests[0].partition(b"\r\n\r\n")[0].decode().lower().split("\r\n")
    assert head[0] == "post /v1/chat/completions http/1.1"
    assert {line.partition(":")[0] for line in head[1:]} == {
        *("host", "accept", "authorization", "content-type", "content-length", "user-agent", "accept-encoding")
    }
    assert "authorization: bearer a-key" in head


def test_an_endpoint_without_a_key_is_sent_none(stub: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "the-machines-own-key")
    made = stub(says(*GOOD))
    asked(called_of(Endpoint(name="e", kind="openai", url=made.url)))
    assert b"uthorization" not in made.requests[0]


def test_a_key_of_another_installation_is_not_sent(stub: Any) -> None:
    made = stub(says(*GOOD))
    endpoint = Endpoint(name="e", kind="openai", url=made.url, key_encrypted=b"sealed elsewhere")
    assert fault_of(called_of(endpoint)) == Fault.KEY
    assert made.requests == []


LINE = b"HTTP/1.1 %s\r\ncontent-length: %d\r\n%s\r\n"


def answers(status: bytes, body: bytes = b"gpt-secret failed", more: bytes = b"") -> Any:
    return says(LINE % (status, len(body), more) + body)


TO_METADATA = b"location: http://169.254.169.254/latest/meta-data/\r\n"


@pytest.mark.parametrize(
    ("speak", "fault"),
    [
        (answers(b"500 Oops"), Fault.SERVER),
        (answers(b"503 Busy", more=b"retry-after: 1\r\nx-should-retry: true\r\n"), Fault.SERVER),
        (answers(b"429 Slow down"), Fault.LIMIT),
        (answers(b"401 Who"), Fault.KEY),
        (answers(b"404 Where"), Fault.REFUSED),
        (answers(b"400 What"), Fault.REFUSED),
        (answers(b"504 Slow"), Fault.SLOW),
        (answers(b"307 There", more=TO_METADATA), Fault.REDIRECT),
        (answers(b"302 There", more=TO_METADATA), Fault.REDIRECT),
        (answers(b"200 OK", b"<html>an inside page</html>"), Fault.GARBAGE),
        (answers(b"200 OK", b"\x1f\x8b\x08garbage", b"content-encoding: gzip\r\n"), Fault.GARBAGE),
        (says(b"\x16\x03\x01 no HTTP at all\r\n\r\n"), Fault.GARBAGE),
        (says(), Fault.GARBAGE),
        (says(HEAD), Fault.GARBAGE),
        (says(HEAD, b"data: {]\n\n"), Fault.GARBAGE),
        (says(HEAD, b"data: " + b"[" * 200_000 + b"\n\n"), Fault.GARBAGE),
        (says(HEAD, b"data: [1]\n\n"), Fault.GARBAGE),
        (says(HEAD, b'data: {"choices": 7}\n\n'), Fault.GARBAGE),
        (says(HEAD, b'data: {"choices": [{"delta": {"content": 7}}]}\n\n'), Fault.GARBAGE),
        (says(HEAD, event("half "), b"data: \xff\xfe\n\n"), Fault.GARBAGE),
        (says(HEAD, event("half "), b'data: {"error": {"message": "gpt-secret died"}}\n\n'), Fault.SERVER),
        (says(HEAD, event("half an ans")), Fault.CUT),
        (says(HEAD.replace(b"connection: close", b"content-length: 900"), event("half an ans")), Fault.CUT),
        (says(HEAD, event(""), event(finish="stop"), USAGE, DONE), Fault.GARBAGE),
        (says(HEAD, *[event("x" * 100_000)] * 100), Fault.TOO_LONG),
        (says(HEAD, b": " + b"x" * 10_000_000), Fault.TOO_LONG),
    ],
)
def test_what_goes_wrong_has_a_code_and_is_tried_once(stub: Any, speak: Any, fault: Fault) -> None:
    made = stub(speak)
    assert fault_of(called_of(Endpoint(name="e", kind="openai", url=made.url))) == fault
    assert len(made.requests) == 1


def test_an_endpoint_that_only_says_that_it_is_done_is_believed(behind: Any) -> None:
    assert said(behind(says(HEAD, event("Round."), DONE))) == ("Round.", Spent(9, 2, "stop"))
    assert said(behind(says(HEAD, event("Round."), DONE.strip()))) == ("Round.", Spent(9, 2, "stop"))


def test_what_came_before_a_cut_has_been_said(behind: Any) -> None:
    seen: list[Any] = []

    async def ask() -> None:
        async for piece in asking.stream_of(
            behind(says(HEAD, event("half"))), asking.Ask([{"role": "user", "content": "?"}], "u")
        ):
            seen.append(piece)

    with pytest.raises(ModelFault):
        asyncio.run(ask())
    assert seen == ["half"]


def drips(channel: Any) -> None:
    channel.sendall(HEAD)
    for _ in range(100):
        channel.sendall(b": still here\n\n")
        time.sleep(0.05)


def sleeps(channel: Any) -> None:
    channel.sendall(HEAD + event("One "))
    time.sleep(2)


def test_an_endpoint_that_drips_is_cut_off_at_the_deadline(behind: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(adapter, "SECONDS", 0.4)
    begun = time.monotonic()
    assert fault_of(behind(drips)) == Fault.SLOW
    assert time.monotonic() - begun < 1.5


@pytest.mark.parametrize("speak", [sleeps, lambda channel: time.sleep(2)])
def test_an_endpoint_that_falls_silent_is_cut_off(behind: Any, monkeypatch: Any, speak: Any) -> None:
    monkeypatch.setattr(adapter, "IDLE_SECONDS", 0.3)
    begun = time.monotonic()
    assert fault_of(behind(speak)) == Fault.SLOW
    assert time.monotonic() - begun < 1.5


@pytest.mark.parametrize("end", [DONE, b""])
def test_an_answer_that_is_there_does_not_wait_for_its_count(behind: Any, monkeypatch: Any, end: bytes) -> None:
    monkeypatch.setattr(adapter, "TAIL_SECONDS", 0.2)

    def lingers(channel: Any) -> None:
        channel.sendall(b"".join(GOOD[:-2]) + end)
        time.sleep(2)

    begun = time.monotonic()
    assert said(behind(lingers)) == ("The earth is round.", Spent(9, 5, "stop"))
    assert time.monotonic() - begun < 1.5


def test_stopping_closes_the_connection(stub: Any) -> None:
    cut = []

    def goes_on(channel: Any) -> None:
        channel.sendall(HEAD)
        try:
            for _ in range(200):
                channel.sendall(event("more "))
                time.sleep(0.01)
        except OSError:
            cut.append(True)

    made = stub(goes_on)
    called = called_of(Endpoint(name="e", kind="openai", url=made.url))

    async def ask() -> None:
        async with aclosing(asking.stream_of(called, asking.Ask([{"role": "user", "content": "?"}], "u"))) as pieces:
            async for _ in pieces:
                break

    asyncio.run(ask())
    deadline = time.monotonic() + 3
    while not cut and time.monotonic() < deadline:
        time.sleep(0.02)
    assert cut


def test_what_no_table_can_hold_is_made_fit(behind: Any) -> None:
    # Half a character at the end of one piece, its other half in the next; a NUL; a half without its other.
    parts = [b'a\\ud83d"', b'\\ude00b\\u0000"', b'c\\udc00"', b'd\\ud83d"']
    lines = [b'data: {"choices": [{"delta": {"content": "' + part + b"}}]}\n\n" for part in parts]
    text, _ = said(behind(says(HEAD, *lines, event(finish="stop"), DONE)))
    assert text == "a😀b�c�d�"
    assert text.encode()


@pytest.mark.parametrize("url", ["http://127.0.0.1:{port}/v1", "https://127.0.0.1:{port}/v1", "http://10.0.0.1/v1"])
def test_a_private_address_that_the_operator_has_not_named_is_refused(stub: Any, settings: Any, url: str) -> None:
    made = stub(says(*GOOD))
    settings.OUTBOUND_ALLOW = []
    assert fault_of(called_of(Endpoint(name="e", kind="openai", url=url.format(port=made.port)))) == Fault.REFUSED
    assert made.requests == []


def test_nobody_there_is_unreachable(settings: Any) -> None:
    settings.OUTBOUND_ALLOW = ["127.0.0.1:9"]
    assert fault_of(called_of(Endpoint(name="e", kind="openai", url="http://127.0.0.1:9/v1"))) == Fault.UNREACHABLE


def test_no_more_answers_than_there_are_places(behind: Any, settings: Any, monkeypatch: Any) -> None:
    settings.ENDPOINT_STREAMS = 1
    monkeypatch.setattr(asking, "WAIT_SECONDS", 0.1)
    called = behind(says(*GOOD))
    ask = asking.Ask([{"role": "user", "content": "?"}], "u")

    async def two() -> None:
        async with aclosing(asking.stream_of(called, ask)) as first:
            await anext(first)
            with pytest.raises(ModelFault) as caught:
                await anext(asking.stream_of(called, ask))
            assert caught.value.fault == Fault.LIMIT
        assert str(await anext(asking.stream_of(called, ask))).startswith("The earth")

    asyncio.run(two())


def test_neither_key_nor_words_are_logged_or_shown(stub: Any, caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    made = stub(answers(b"401 Who", json.dumps({"error": "canary-key-1234 is no key"}).encode()))
    endpoint = Endpoint(name="e", kind="openai", url=made.url, key_encrypted=encrypt(b"canary-key-1234"))
    called = called_of(endpoint)
    with pytest.raises(ModelFault) as caught:
        asked(called, "canary-words-5678")
    assert b"canary-key-1234" in made.requests[0]
    shown = [caplog.text, repr(caught.value), str(caught.value), repr(called), repr(endpoint), repr(vars(endpoint))]
    shown += [str(asking.Ask([{"role": "user", "content": "canary-words-5678"}], "u"))]
    for one in shown:
        assert "canary-key-1234" not in one
        assert "canary-words-5678" not in one
