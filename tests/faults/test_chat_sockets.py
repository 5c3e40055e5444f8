"""Hostile sockets at a real web server are closed with a code, while somebody else reads an answer there unharmed."""

import json
import time

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from alpha import talking
from alpha.models import Programme
from core.text.rendering import render
from tests.alpha_chat.planting import programme, taking_part
from tests.chatters import Chatter, Reader, assembled
from tests.raters import Web
from tests.workers import until

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]

LONG = "\n\n".join(f"Paragraph {n}: a plumb line shows what is upright." for n in range(7))
# A socket asks again who it is on its beat, every 20 s.
BEAT_SECONDS = 20


def closed_with(page, seconds=10):
    """The code by which the server closes this socket, whatever it sends before."""
    deadline = time.monotonic() + seconds
    try:
        while time.monotonic() < deadline:
            page.recv(timeout=max(0.01, deadline - time.monotonic()))
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else None
    raise AssertionError(f"the socket was still open after {seconds} s")


def refused(chatter, **more):
    """The HTTP status with which the server refuses to open this socket."""
    with pytest.raises(InvalidStatus) as caught, chatter.socket(**more):
        pass
    return caught.value.response.status_code


def flood(page, count):
    """As many messages as can be sent in a second; the server may close it in the middle."""
    try:
        for _ in range(count):
            page.send('{"type": "look"}')
    except ConnectionClosed:
        pass


def test_a_hostile_socket_is_closed_with_a_code_and_nobody_else_is_touched(project, make_user, tmp_path):
    says = [{"say": LONG, "first_ms": 50, "chars_per_second": 40, "chunk": 10}]
    made = programme(project, baseline=says, candidate=says)
    Programme.objects.update(pace=40)
    people = {name: make_user(name) for name in ("vera", "mallory")}
    chats = {
        name: talking.begin(member=taking_part(made, user), programme=made, mode="side_by_side")
        for name, user in people.items()
    }
    with Web(tmp_path) as web:
        until(lambda: web.status() == 200)
        vera, mallory, thief = (
            Chatter(web.port, people[who], chats[whose])
            for who, whose in (("vera", "vera"), ("mallory", "mallory"), ("mallory", "vera"))
        )
        with Reader(vera) as reader:
            assert vera.say("Tell me all of it")[0] == 200
            until(lambda: reader.of("frame"))
            assert refused(mallory, origin="http://evil.example") == 403
            assert refused(thief) == 403
            assert refused(mallory, additional_headers={}) == 403
            for sent, code in (
                ("[1", 4400),
                ("3", 4400),
                (b"{}", 4400),
                ('{"type": "say"}', 4400),
                ("x" * 70_000, 1009),
            ):
                with mallory.socket() as page:
                    page.send(sent)
                    assert closed_with(page) == code, sent[:20]
            for _ in range(3):
                with mallory.socket() as page:
                    flood(page, 1000)
                    assert closed_with(page) == 4429
            with mallory.socket() as page:
                mallory.page()
                status, _text = mallory.ask("POST", "/account/logout/", {"csrfmiddlewaretoken": mallory.csrf})
                assert status in (200, 302)
                assert closed_with(page, BEAT_SECONDS + 10) == 4401
            assert refused(mallory) == 403
            until(lambda: reader.of("done"), seconds=60)
        assert web.process.poll() is None
    done = reader.of("done")[-1]
    assert [(one["state"], one["html"]) for one in done["answers"]] == [("done", render(LONG))] * 2
    for place in ("0", "1"):
        blocks, _tail = assembled(reader.of("frame"), place)
        assert render(LONG).startswith("".join(blocks[:2]))
    counts = [frame["n"] for frame in reader.of("frame")]
    assert counts == sorted(set(counts))
    # One socket all the time.
    assert reader.opened == 1
    assert "mallory" not in json.dumps(reader.frames)
