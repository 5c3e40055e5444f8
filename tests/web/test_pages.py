"""The handler behind the web server: what it sends, in which thread, and what it does when the browser goes away."""

import asyncio
import json
import threading

import pytest
from asgiref.testing import ApplicationCommunicator
from django.core import signals
from django.http import HttpRequest, HttpResponse
from django.urls import path

from config.pages import AT_ONCE, Pages

threads = []
barrier = threading.Barrier(2)


def note(request: HttpRequest) -> HttpResponse:
    threads.append(threading.current_thread())
    return HttpResponse(request.body or b"nothing")


def meet(request: HttpRequest) -> HttpResponse:
    barrier.wait(10)
    return note(request)


def fail(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("on purpose")


urlpatterns = [path("note/", note), path("meet/", meet), path("fail/", fail)]


@pytest.fixture
def pages(settings):
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
    settings.ALLOWED_HOSTS = ["testserver"]
    threads.clear()
    return Pages()


async def answer(pages, where, *events, headers=()):
    scope = {"type": "http", "method": "POST" if events else "GET", "path": where, "query_string": b""}
    line = ApplicationCommunicator(pages, {**scope, "headers": [(b"host", b"testserver"), *headers]})
    for event in events or ({"type": "http.request"},):
        await line.send_input(event)
    start = await line.receive_output(10)
    body = await line.receive_output(10)
    await line.wait(10)
    return start["status"], body["body"]


async def test_requests_are_served_by_a_few_threads_that_stay(pages):
    for _ in range(3 * AT_ONCE):
        assert await answer(pages, "/note/") == (200, b"nothing")
    assert len(threads) == 3 * AT_ONCE
    assert len(set(threads)) <= AT_ONCE
    assert all(thread.name.startswith("page") for thread in threads)


async def test_requests_at_one_time_are_served_at_one_time(pages):
    assert await asyncio.gather(answer(pages, "/meet/"), answer(pages, "/meet/")) == [(200, b"nothing")] * 2
    assert len(set(threads)) == 2


async def test_a_body_in_pieces_arrives_whole(pages):
    pieces = [{"type": "http.request", "body": b"one ", "more_body": True}, {"type": "http.request", "body": b"two"}]
    assert await answer(pages, "/note/", *pieces) == (200, b"one two")


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
@pytest.mark.parametrize("charset", ["utf-7", "utf-16", "rot13", "base64", "nonsense", "\x00", ""])
async def test_a_body_in_another_encoding_is_refused(pages, kind, charset):
    headers = [(b"content-type", f"{kind}; charset={charset}".encode())]
    assert await answer(pages, "/note/", {"type": "http.request"}, headers=headers) == (415, b"Send it in UTF-8.")
    assert threads == []


async def test_a_program_is_told_so_in_the_form_of_the_api(pages):
    headers = [(b"content-type", b"application/json; charset=base64")]
    status, body = await answer(pages, "/api/v1/exports/", {"type": "http.request"}, headers=headers)
    assert (status, json.loads(body)["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("charset", ["utf-8", "UTF8", '"utf-8"', "us-ascii"])
async def test_utf8_under_each_of_its_names_is_read(pages, charset):
    headers = [(b"content-type", f"application/x-www-form-urlencoded; charset={charset}".encode())]
    body = {"type": "http.request", "body": b"a=1"}
    assert await answer(pages, "/note/", body, headers=headers) == (200, b"a=1")


async def test_a_browser_that_leaves_before_it_has_asked_gets_nothing(pages):
    scope = {"type": "http", "method": "POST", "path": "/note/", "query_string": b"", "headers": []}
    line = ApplicationCommunicator(pages, scope)
    await line.send_input({"type": "http.disconnect"})
    await line.wait(10)
    assert await line.receive_nothing()
    assert threads == []


async def test_the_database_is_let_go_before_the_answer_goes_out(pages):
    order = []

    def finished(**_):
        order.append("finished")

    async def send(message):
        order.append(message["type"])

    async def receive():
        return {"type": "http.request"}

    signals.request_finished.connect(finished)
    try:
        scope = {"type": "http", "method": "GET", "path": "/note/", "query_string": b""}
        await pages({**scope, "headers": [(b"host", b"testserver")]}, receive, send)
    finally:
        signals.request_finished.disconnect(finished)
    assert order == ["finished", "http.response.start", "http.response.body"]


async def test_an_error_is_a_page_and_the_thread_goes_on(pages, settings):
    settings.ROOT_URLCONF = __name__
    status, _ = await answer(pages, "/nowhere/")
    assert status == 404
    assert await answer(pages, "/note/") == (200, b"nothing")


async def test_a_body_without_end_is_refused_before_it_fills_the_disk(pages, monkeypatch):
    monkeypatch.setattr("config.pages.MOST_BYTES", 10)
    more = {"type": "http.request", "body": b"123456", "more_body": True}
    status, said = await answer(pages, "/api/v1/note/", more, more)
    assert (status, json.loads(said)["code"]) == (413, "too_large")
    assert await answer(pages, "/note/", {**more, "more_body": False}) == (200, b"123456")
    assert len(threads) == 1
