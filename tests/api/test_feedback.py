"""Feedback over HTTP."""

import gzip
import json
from typing import Any

import pytest

from abtest.models import Event
from tests.abtest import trials
from tests.abtest.trials import body, event, send
from tests.api.conftest import Caller

pytestmark = pytest.mark.django_db


@pytest.fixture
def trial(project: Any) -> Any:
    return trials.running(project)


def test_a_batch_lands_and_what_is_wrong_is_named(caller: Caller, trial: Any) -> None:
    answer = send(caller, body(event(), b'{"event_id": "half', event(arm="third"), event("usage")))
    assert answer.status_code == 200, answer.content
    said = json.loads(answer.content)
    assert (said["accepted"], said["duplicate"]) == (2, 0)
    assert [(one["index"], one["code"]) for one in said["rejected"]] == [(1, "json"), (2, "unknown_arm")]
    assert Event.objects.count() == 2


def test_gzip_is_unpacked(caller: Caller, trial: Any) -> None:
    answer = send(caller, gzip.compress(body(event(), event())), content_encoding="gzip")
    assert json.loads(answer.content) == {"accepted": 2, "duplicate": 0, "rejected": []}


def test_the_same_request_is_answered_again_and_counted_once(caller: Caller, trial: Any) -> None:
    content = body(event())
    first, again = send(caller, content, "k"), send(caller, content, "k")
    assert (again.content, again.headers["Idempotent-Replayed"]) == (first.content, "true")
    assert Event.objects.count() == 1
    assert send(caller, body(event()), "k").status_code == 422
    assert send(caller, content, None).status_code == 400
