"""The chat page's socket: what it sends while answers come, after a reload, and to whom."""

import asyncio
import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from channels.db import database_sync_to_async
from channels.layers import InMemoryChannelLayer, channel_layers
from django.test import Client
from django.utils import timezone

from alpha import talking
from alpha.generating import ending
from alpha.generating.writing import Writer
from alpha.models import Answer, Conversation, Programme, Trial, Voice
from alpha.selectors import chats
from config.asgi import application
from core.catalog.models import Bundle
from core.endpoints.models import Endpoint
from core.ledger.models import Turn
from core.text.rendering import render
from tests.alpha_chat.planting import programme, taking_part
from tests.sockets import Socket

pytestmark = pytest.mark.django_db(transaction=True)

LONG = "# A title\n\nSome words that take a *while*, so that frames come.\n\n- one\n- two\n\nAnd the end of it."
SLOW = {"say": LONG, "first_ms": 50, "chars_per_second": 150, "chunk": 7}


async def in_database(act: Any, *given: Any) -> Any:
    return await database_sync_to_async(act)(*given)


@pytest.fixture(autouse=True)
def _layer(monkeypatch: pytest.MonkeyPatch) -> Any:
    # The application reads the hosts when it is made; a test's host is not among a checkout's.
    monkeypatch.setattr(application.application_mapping["websocket"].application, "allowed_origins", ["*"])
    monkeypatch.setattr("alpha.consumers.TICK_SECONDS", 0.03)
    before = channel_layers.set("default", InMemoryChannelLayer())
    yield
    channel_layers.set("default", before)


class Chat:
    """A volunteer's conversation, their browser, and the process that answers."""

    def __init__(self, conversation: Conversation, client: Client) -> None:
        self.conversation, self.client = conversation, client
        self.writer = Writer(in_database)
        self.path = f"/ws/p/demo/chat/{conversation.pk}/"

    async def socket(self) -> Socket:
        socket = Socket(application, self.path, client=self.client, origin="http://testserver")
        assert await socket.connect() == (True, None)
        return socket

    async def say(self, body: str = "Hello") -> "asyncio.Task[int]":
        message = await database_sync_to_async(talking.say)(
            conversation=self.conversation, submission_key=uuid4(), body=body
        )
        return asyncio.ensure_future(self.writer.write(message.pk))


@pytest.fixture
def chat(project: Any, make_user: Any) -> Any:
    def make(mode: str = "single", **settings: Any) -> Chat:
        user = make_user("vera")
        settings.setdefault("baseline", [SLOW])
        settings.setdefault("candidate", [SLOW])
        made = programme(project, **settings)
        client = Client()
        client.force_login(user)
        return Chat(talking.begin(member=taking_part(made, user), programme=made, mode=mode), client)

    return make


async def until(socket: Socket, kind: str, *, timeout: float = 30.0) -> tuple[list[Any], Any]:
    """All frames before the first of this kind, and that one."""
    before: list[Any] = []
    while True:
        frame = await socket.receive_json(timeout)
        if frame["type"] == kind:
            return before, frame
        before.append(frame)


def assembled(frames: list[Any], place: str) -> tuple[list[str], str]:
    """What a browser has made of these frames: the blocks and the tail."""
    blocks: list[str] = []
    tail = ""
    for frame in frames:
        if frame["type"] == "frame":
            side = frame["sides"][place]
            assert side["from"] <= len(blocks)
            blocks[side["from"] :] = side["blocks"]
            tail = side["tail"]
    return blocks, tail


async def test_an_answer_comes_in_frames_and_then_whole(chat: Any) -> None:
    talk = await database_sync_to_async(chat)()
    socket = await talk.socket()
    assert (await socket.receive_json())["lines"] == []
    writing = await talk.say()
    await socket.send_json({"type": "look"})
    frames, done = await until(socket, "done")
    counts = [frame["n"] for frame in frames if frame["type"] == "frame"]
    assert len(counts) >= 3
    assert counts == sorted(counts)
    blocks, tail = assembled(frames, "0")
    (answer,) = done["answers"]
    assert answer["html"] == render(LONG)
    assert (answer["state"], answer["fault"]) == ("done", "")
    # The preview had all but the last words.
    assert blocks[0] == render("# A title")
    assert len(blocks) >= 2
    assert tail
    await writing
    await socket.disconnect()


async def test_side_by_side_each_frame_has_both_and_as_much_of_each(chat: Any) -> None:
    quick = {"say": "y" * 100, "first_ms": 0, "chars_per_second": 0}
    slow = {"say": "x" * 100, "first_ms": 300, "chars_per_second": 400, "chunk": 10}
    talk = await database_sync_to_async(chat)("side_by_side", baseline=[quick], candidate=[slow])
    socket = await talk.socket()
    await talk.say()
    await socket.send_json({"type": "look"})
    frames, done = await until(socket, "done")
    shown = [frame for frame in frames if frame["type"] == "frame"]
    assert len(shown) >= 2
    for frame in shown:
        lengths = {place: side["tail"].count("x") + side["tail"].count("y") for place, side in frame["sides"].items()}
        assert set(lengths) == {"0", "1"}
        assert len(set(lengths.values())) == 1
    assert [one["place"] for one in done["answers"]] == [0, 1]
    await socket.disconnect()


@pytest.mark.parametrize("fault", [{}, {"fault": "limit", "after": 30}])
async def test_no_frame_tells_which_bundle_answers(chat: Any, fault: Any) -> None:
    lines = [{**SLOW, **fault}]
    talk = await database_sync_to_async(chat)("side_by_side", baseline=lines, candidate=lines)
    told = await database_sync_to_async(canaries)()
    socket = await talk.socket()
    await talk.say()
    await socket.send_json({"type": "look"})
    frames, done = await until(socket, "done")
    await socket.send_json({"type": "resume", "message": done["message"], "n": 0})
    more, state = await until(socket, "state")
    everything = json.dumps([frames, done, more, state])
    assert len(everything) > 1000
    assert [one for one in told if one in everything] == []
    await socket.disconnect()


def canaries() -> list[str]:
    """All that names a bundle, what stands behind it, its part in the programme, or the memory of the chat."""
    ids = [str(row.pk) for kind in (Bundle, Endpoint, Trial, Voice, Turn) for row in kind.objects.all()]
    return [*ids, "plain", "warm", "baseline", "candidate", "memory", "limit", "model"]


async def test_a_reload_in_the_middle_goes_on_where_the_clock_is(chat: Any) -> None:
    talk = await database_sync_to_async(chat)()
    first = await talk.socket()
    writing = await talk.say()
    await first.send_json({"type": "look"})
    before, frame = await until(first, "frame")
    await first.disconnect()
    second = await talk.socket()
    frames, done = await until(second, "done")
    assert next(one["sides"]["0"]["from"] for one in frames if one["type"] == "frame") == 0
    assert done["answers"][0]["html"] == render(LONG)
    await writing
    await second.disconnect()


async def test_resume_sends_the_blocks_again(chat: Any) -> None:
    talk = await database_sync_to_async(chat)()
    socket = await talk.socket()
    await talk.say()
    await socket.send_json({"type": "look"})
    while True:
        _, frame = await until(socket, "frame")
        if frame["sides"]["0"]["from"] > 0:
            break
    await socket.send_json({"type": "resume", "message": frame["message"], "n": 0})
    frames, _ = await until(socket, "done")
    assert any(one["type"] == "frame" and one["sides"]["0"]["from"] == 0 for one in frames)
    await socket.disconnect()


async def test_what_another_process_writes_is_shown_from_its_rows(chat: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from alpha.generating import hub, writing

    monkeypatch.setattr(hub, "feed_of", lambda answer: None)
    monkeypatch.setattr(writing, "PERSIST_SECONDS", 0.05)
    monkeypatch.setattr("alpha.consumers.ELSEWHERE_SECONDS", 0.05)
    # Slow enough that a slow machine sees it come.
    slowly = [{**SLOW, "chars_per_second": 50}]
    talk = await database_sync_to_async(chat)(baseline=slowly, candidate=slowly)
    socket = await talk.socket()
    await talk.say()
    await socket.send_json({"type": "look"})
    frames, done = await until(socket, "done")
    assert len([one for one in frames if one["type"] == "frame"]) >= 2
    assert done["answers"][0]["html"] == render(LONG)
    await socket.disconnect()


async def test_an_answer_is_written_to_its_end_without_any_reader(chat: Any) -> None:
    talk = await database_sync_to_async(chat)()
    writing = await talk.say()
    await writing
    answer = await database_sync_to_async(Answer.objects.get)()
    assert (answer.state, answer.text) == ("done", LONG)


async def test_stop_keeps_what_was_seen(chat: Any) -> None:
    talk = await database_sync_to_async(chat)(pace=100)
    socket = await talk.socket()
    writing = await talk.say()
    await socket.send_json({"type": "look"})
    await until(socket, "frame")
    answer = await database_sync_to_async(Answer.objects.get)()
    await database_sync_to_async(talking.stop)(answer)
    frames, done = await until(socket, "done")
    await writing
    answer = await database_sync_to_async(Answer.objects.get)()
    assert answer.state == "stopped"
    assert answer.turn_id is not None
    assert answer.tokens_out > 0
    assert 0 < len(answer.text) < len(LONG)
    assert LONG.startswith(answer.text)
    assert done["answers"][0]["html"] == render(answer.text)
    await socket.disconnect()


async def test_an_answer_that_is_there_can_be_stopped_while_it_is_shown(chat: Any) -> None:
    talk = await database_sync_to_async(chat)(baseline=[{"say": LONG}], candidate=[{"say": LONG}], pace=20)
    await (await talk.say())
    await asyncio.sleep(0.2)
    answer = await database_sync_to_async(Answer.objects.get)()
    assert answer.text == LONG
    (line,) = await database_sync_to_async(chats.transcript)(talk.conversation)
    assert line.answers[0].state == "streaming"
    assert 0 < len(line.answers[0].text) < len(LONG)
    await database_sync_to_async(talking.stop)(answer)
    answer = await database_sync_to_async(Answer.objects.get)()
    assert answer.state == "stopped"
    assert 0 < len(answer.text) < len(LONG)


async def test_a_fault_is_said_in_words_that_name_nothing(chat: Any) -> None:
    broken = [{"say": "It began", "fault": "server", "after": 3}]
    talk = await database_sync_to_async(chat)(baseline=broken, candidate=broken)
    socket = await talk.socket()
    await talk.say()
    await socket.send_json({"type": "look"})
    _, done = await until(socket, "done")
    (answer,) = done["answers"]
    assert answer["state"] == "failed"
    assert "plain" not in json.dumps(done)
    assert "warm" not in json.dumps(done)
    assert answer["fault"]
    await socket.disconnect()


async def test_nobody_else_can_open_it(chat: Any, make_user: Any) -> None:
    talk = await database_sync_to_async(chat)()
    other = Client()

    def somebody() -> None:
        user = make_user("victor")
        taking_part(talk.conversation.programme, user)
        other.force_login(user)

    await database_sync_to_async(somebody)()
    for client, code in ((other, 4403), (Client(), 4401)):
        socket = Socket(application, talk.path, client=client, origin="http://testserver")
        assert await socket.connect() == (False, code)


@pytest.mark.parametrize(
    "frame", [{"type": "say", "body": "x"}, {"type": "resume"}, {"type": "resume", "message": 3}, {}]
)
async def test_a_frame_of_no_kind_that_is_known_closes_it(chat: Any, frame: Any) -> None:
    talk = await database_sync_to_async(chat)()
    socket = await talk.socket()
    await socket.send_json(frame)
    assert await socket.closed_with() == 4400
    await socket.disconnect()


async def test_in_how_many_pieces_a_model_spoke_is_told_to_nobody(chat: Any) -> None:
    talk = await database_sync_to_async(chat)(mode="side_by_side", candidate=[{**SLOW, "chunk": 50}])
    socket = await talk.socket()
    first = await socket.receive_json()
    writing = await talk.say()
    await socket.send_json({"type": "look"})
    frames, done = await until(socket, "done")
    await writing
    told = [answer for frame in (first, *frames) for line in frame.get("lines", []) for answer in line["answers"]]
    assert {name for answer in (*told, *done["answers"]) for name in answer} == {
        "place",
        "id",
        "state",
        "html",
        "fault",
    }


async def test_an_answer_whose_process_died_is_given_up_by_whoever_looks(chat: Any) -> None:
    talk = await database_sync_to_async(chat)()

    def die() -> None:
        message = talking.say(conversation=talk.conversation, submission_key=uuid4(), body="Hello")
        assert ending.claim(message.pk)
        Answer.objects.update(beat_at=timezone.now() - timedelta(seconds=11))

    await database_sync_to_async(die)()
    socket = await talk.socket()
    _frames, done = await until(socket, "done", timeout=10)
    assert [answer["state"] for answer in done["answers"]] == ["interrupted"]


async def test_a_page_reads_the_conversation_once_for_each_answer(chat: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    talk = await database_sync_to_async(chat)()
    read, transcript = [], chats.transcript
    monkeypatch.setattr(chats, "transcript", lambda conversation: read.append(conversation) or transcript(conversation))
    socket = await talk.socket()
    assert (await socket.receive_json())["lines"] == []
    for _ in range(2):
        writing = await talk.say()
        await socket.send_json({"type": "look"})
        await until(socket, "done")
        await writing
    for _ in range(5):
        await socket.send_json({"type": "look"})
    await socket.disconnect()
    assert len(read) == 3


async def test_what_changes_while_an_answer_is_shown_is_told_at_once(chat: Any) -> None:
    talk = await database_sync_to_async(chat)()
    socket = await talk.socket()
    await socket.receive_json()
    await talk.say()
    await socket.send_json({"type": "look"})
    await until(socket, "frame")
    # As when the programme is closed; the answer that is being written goes on.
    await database_sync_to_async(Programme.objects.update)(state=Programme.State.CLOSED)
    await socket.send_json({"type": "look"})
    _frames, state = await until(socket, "state")
    assert not state["open"]
    assert state["lines"][0]["answers"][0]["state"] == "streaming"
    _frames, done = await until(socket, "done")
    assert done["answers"][0]["html"] == render(LONG)
    await socket.disconnect()


async def test_an_answer_that_is_cut_while_it_is_shown_is_shown_no_further(chat: Any) -> None:
    talk = await database_sync_to_async(chat)(baseline=[{"say": LONG}], candidate=[{"say": LONG}], pace=40)
    socket = await talk.socket()
    await socket.receive_json()
    await (await talk.say())
    await socket.send_json({"type": "look"})
    for _ in range(3):
        await until(socket, "frame")
    await database_sync_to_async(talking.stop)(await database_sync_to_async(Answer.objects.get)())
    # The browser that pressed the button asks; another one hears of it.
    await socket.send_json({"type": "look"})
    _frames, state = await until(socket, "state")
    (answer,) = state["lines"][0]["answers"]
    cut = await database_sync_to_async(Answer.objects.get)()
    assert 0 < len(cut.text) < len(LONG)
    assert (answer["state"], answer["html"]) == ("stopped", render(cut.text))
    assert await socket.receive_nothing(0.5)
    await socket.disconnect()
