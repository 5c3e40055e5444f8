"""Redis away for a minute while people chat: no turn and no thumb is lost or doubled, and the socket comes back.

The default run takes Redis away for a few seconds; PLUMBLINE_FAULTS=whole for the whole minute.
"""

import os
import time
from uuid import uuid4

import pytest

from alpha import talking
from alpha.models import Answer, Budget, Message, Programme, Said
from core.ledger.models import Turn
from core.tables import verification
from core.text.rendering import render
from tests import tally
from tests.alpha_chat.planting import programme, taking_part
from tests.chatters import Chatter, Reader, Thumber
from tests.raters import Web
from tests.services.losses import frozen, killed
from tests.workers import Worker, until

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]

AWAY_SECONDS = 60 if os.environ.get("PLUMBLINE_FAULTS") in ("whole", "full") else 6
LONG = "\n\n".join(f"Paragraph {n}: a plumb line shows what is upright." for n in range(7))


def conversing(chatter, reader, told):
    """One turn from the message to the whole answer, over HTTP alone; `told` keeps the message's key."""
    key = uuid4()
    until(lambda: chatter.say(f"Message {len(told) + 1}", key)[0] == 200)
    reader.look()
    told.append(key)
    until(lambda: Answer.objects.filter(message__submission_key=key, state="done").exists())


def told_of(reader, message):
    """What the page was told of a message's whole answer: live, or when it was opened again: {(state, html)}."""
    lines = [line for frame in reader.of("state") for line in frame["lines"]]
    answers = [
        one for frame in (*reader.of("done"), *lines) if frame["message"] == str(message.pk) for one in frame["answers"]
    ]
    return {(one["state"], one["html"]) for one in answers if one["state"] != "streaming"}


@pytest.mark.parametrize("fault", [killed, frozen])
def test_a_chat_goes_on_without_redis(redis, project, make_user, tmp_path, fault):
    says = [{"say": LONG, "first_ms": 50, "chars_per_second": 600, "chunk": 20}]
    made = programme(project, baseline=says, candidate=says, tokens_a_person_a_day=500_000)
    Programme.objects.update(pace=2000)
    user = make_user("vera")
    conversation = talking.begin(member=taking_part(made, user), programme=made, mode="single")
    services = {"REDIS_URL": redis.url(1), "CELERY_BROKER_URL": redis.url(), "JOBS_LOST_AFTER_SECONDS": 3}
    told = []
    with Web(tmp_path, **services) as web, Worker(tmp_path, kept=True, TEST_SWEEP_SECONDS=2, **services):
        until(lambda: web.status() == 200)
        vera = Chatter(web.port, user, conversation)
        with Reader(vera) as reader:
            conversing(vera, reader, told)
            until(lambda: reader.of("done"))
            first = Answer.objects.get()
            with Thumber(Chatter(web.port, user, conversation), first.pk, pause=0.2) as thumber:
                until(lambda: thumber.said >= 3)
                gone, turns, thumbs = time.monotonic(), len(told), thumber.said
                with fault(redis):
                    while time.monotonic() < gone + AWAY_SECONDS:
                        conversing(vera, reader, told)
                    turns, thumbs = len(told) - turns, thumber.said - thumbs
                # By itself: its page was open, or is opened again.
                conversing(vera, reader, told)
            last = Message.objects.latest("n")
            assert until(lambda: told_of(reader, last), seconds=45) == {("done", render(LONG))}
    assert turns >= 2
    assert thumbs >= 3
    assert thumber.wrong == []
    answers = list(Answer.objects.order_by("message__n"))
    assert [(answer.state, answer.attempt, answer.text) for answer in answers] == [("done", 1, LONG)] * len(told)
    assert {frame["answers"][0]["html"] for frame in reader.of("done")} == {render(LONG)}
    said = Said.objects.filter(kind=Said.Kind.THUMB).count()
    tally.tell(
        f"turns and thumbs of a chat while Redis was {fault.__name__} for {AWAY_SECONDS} s",
        acknowledged=len(told) + thumber.said,
        found=min(Message.objects.count(), len(told)) + min(said, thumber.said),
        doubled=max(0, Message.objects.count() - len(told)) + max(0, said - thumber.said),
        more=f"{turns} turns and {thumbs} thumbs while it was away; its socket was opened {reader.opened} times",
    )
    assert Turn.objects.count() == len(told)
    assert not Budget.objects.exclude(held=0).exists()
    assert [finding for check in verification.checks().values() for finding in check()] == []
