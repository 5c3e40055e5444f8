"""A chat whose web server is killed while the model speaks, by real processes.

What the person said is there once, each thumb once; the answer is marked interrupted, its words a beginning of what
the model sent; Retry brings all of it; and no budget stays held.
"""

import time
from uuid import uuid4

import pytest
from django.db import connection
from django.db.models import Sum

from alpha import talking
from alpha.generating import ending
from alpha.generating.writing import write_here
from alpha.models import Answer, Budget, Conversation, Message, Programme, Reservation, Said, Trial
from alpha.plans import TrialWish
from alpha.programmes import create, open_up
from core.endpoints.bundles import add_bundle
from core.endpoints.setting import set_endpoint
from core.failpoints import VARIABLE
from core.ledger.models import Turn
from core.tables import verification
from core.text.rendering import render
from tests import tally
from tests.alpha.planted import BASE, TEXT
from tests.alpha_chat.planting import taking_part
from tests.chatters import Chatter, Reader, Thumber, assembled
from tests.endpoints.stubs import DONE, HEAD, USAGE, event, serving
from tests.raters import Web
from tests.workers import Worker, until

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]

CHUNKS = [f"word {n} goes *on*{chr(10) * 2 if n % 10 == 9 else ' '}" for n in range(200)]
WHOLE = "".join(CHUNKS)
POINTS = ("chat.said", "chat.claimed", "chat.persisted", "chat.ending", "chat.ended")


def speak(channel):
    """Two hundred chunks, one every 10 ms."""
    channel.sendall(HEAD)
    for chunk in CHUNKS:
        channel.sendall(event(chunk))
        time.sleep(0.01)
    channel.sendall(event(finish="stop") + USAGE + DONE)


@pytest.fixture
def stub(settings):
    with serving(speak) as made:
        settings.OUTBOUND_ALLOW = made.allowed
        yield made


@pytest.fixture
def talk(stub, project, make_user):
    """A volunteer's chat with one bundle behind the stub, and the person."""
    set_endpoint(project=project, name="stub", kind="openai", url=stub.url, key="k", by=None)
    bundle = add_bundle(project=project, name="stub", spec={"endpoint": "stub", "model": "stub"}, by=None)
    wishes = [TrialWish(bundle.pk, Trial.Part.CANDIDATE)]
    draft = create(
        project=project, by=None, key="warmth", name="Warmth", trials=wishes, consent=TEXT, side_by_side=False
    )
    programme = open_up(programme=draft, by=None, base_url=BASE)
    Programme.objects.update(first_ms=0, pace=100_000)
    user = make_user("vera")
    return user, talking.begin(member=taking_part(programme, user), programme=programme, mode="single")


def last():
    """The newest attempt at the newest message."""
    return Answer.objects.order_by("message__n", "attempt").last()


def long_ago():
    """As if those who hold answers had given no sign for as long as it takes to be thought dead."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE alpha_answer SET beat_at = beat_at - interval '11 s' WHERE state = 'streaming'")


def settled():
    """No budget is held, and all that must hold of the tables does."""
    assert not Budget.objects.exclude(held=0).exists()
    assert not Reservation.objects.filter(used=None).exists()
    assert Budget.objects.get(day=None).used == Reservation.objects.aggregate(used=Sum("used"))["used"]
    assert [finding for check in verification.checks().values() for finding in check()] == []


def test_a_server_killed_while_the_model_speaks_loses_and_doubles_nothing(stub, talk, tmp_path):
    user, conversation = talk
    services = {"OUTBOUND_ALLOW": ",".join(stub.allowed)}
    with Web(tmp_path, **services) as web, Worker(tmp_path, **services):
        vera = Chatter(web.port, user, conversation)
        with Reader(vera) as reader:
            assert vera.say("First")[0] == 200
            until(lambda: reader.of("done"))
            first = last()
            assert first.text == WHOLE
            with Thumber(Chatter(web.port, user, conversation), first.pk) as thumber:
                until(lambda: thumber.said >= 5)
                before = len(reader.frames)
                status, key = vera.say("Second")
                assert status == 200
                until(lambda: last().message.n == 2 and last().seq >= 50)
                spoken, opened = thumber.said, reader.opened
                web.kill_9()
                killed = last().seq
                until(lambda: thumber.said >= spoken + 5)
                # The page sent it again, not knowing that it had been taken.
                assert vera.say("Second", key)[0] == 200
                until(lambda: reader.of("done", before), seconds=40)
            cut = last()
            assert (cut.state, cut.seq) == ("interrupted", killed)
            assert WHOLE.startswith(cut.text)
            assert 0 < len(cut.text) < len(WHOLE)
            (told,) = reader.of("done", before)[-1]["answers"]
            assert (told["state"], told["html"]) == ("interrupted", render(cut.text))
            assert told["fault"]
            assert reader.opened > opened

            before = len(reader.frames)
            assert vera.post("again", message=cut.message_id)[0] == 200
            until(lambda: reader.of("done", before), seconds=40)
            (told,) = reader.of("done", before)[-1]["answers"]
    assert (told["state"], told["html"]) == ("done", render(WHOLE))
    assert assembled(reader.of("frame", before))[0]
    assert (last().attempt, last().state, last().text) == (2, "done", WHOLE)
    assert [message.body for message in Message.objects.order_by("n")] == ["First", "Second"]
    assert Turn.objects.count() == 2
    assert web.kills == 1
    assert thumber.wrong == []
    thumbs = Said.objects.filter(kind=Said.Kind.THUMB).count()
    tally.tell(
        "thumbs while the web server was killed in the middle of an answer",
        acknowledged=thumber.said,
        found=min(thumbs, thumber.said),
        doubled=max(0, thumbs - thumber.said),
        more=f"{killed} of {len(CHUNKS)} chunks were stored when it died, all of them after Retry",
    )
    settled()


def test_wherever_a_server_dies_in_a_turn_the_next_one_ends_it(stub, talk, tmp_path):
    user, conversation = talk
    marks = {point: tmp_path / point for point in POINTS}
    armed = ",".join(f"{point}={mark}" for point, mark in marks.items())
    ends = {}
    with Web(tmp_path, OUTBOUND_ALLOW=",".join(stub.allowed), **{VARIABLE: armed}) as web:
        vera = Chatter(web.port, user, conversation)
        vera.page()
        for n, (point, mark) in enumerate(marks.items(), 1):
            key = uuid4()
            mark.touch()
            form = {"submission_key": key, "body": f"At {point}", "csrfmiddlewaretoken": vera.csrf}
            vera.ask("POST", f"{vera.path}say/", form)
            until(web.revived)
            assert not mark.exists()
            assert vera.say(f"At {point}", key)[0] == 200
            message = Message.objects.get(submission_key=key)
            assert message.n == n
            write_here(message.pk)
            long_ago()
            ending.interrupt_lost()
            ends[point] = last().state
            assert WHOLE.startswith(last().text or "")
            if last().state == "interrupted":
                assert vera.post("again", message=message.pk)[0] == 200
            until(lambda: last().state == "done")
            assert (last().message_id, last().text) == (message.pk, WHOLE)
    assert web.kills == len(POINTS)
    assert ends["chat.ended"] == "done"
    assert {ends[point] for point in ("chat.claimed", "chat.persisted", "chat.ending")} == {"interrupted"}
    assert Message.objects.count() == Turn.objects.count() == len(POINTS)
    assert Conversation.objects.count() == 1
    settled()
