"""A request that is sent again has no second effect."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test import override_settings

from core.api import idempotency
from core.api.models import KeptAnswer
from core.jobs.models import Job
from exchange import orders
from exchange.models import Import, Snapshot
from tests.api.conftest import Caller
from tests.api.rows import ROWS, as_file

RAW = {"format": "raw"}


@pytest.mark.django_db(transaction=True)
def test_twenty_equal_requests_at_once_have_one_effect(caller: Caller) -> None:
    def ask(_: int) -> Any:
        try:
            return caller.post("exports/", RAW, key="one")
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(ask, range(20)))
    assert Snapshot.objects.count() == Job.objects.count() == KeptAnswer.objects.count() == 1
    done = [answer for answer in answers if answer.status_code == 202]
    refused = [answer for answer in answers if answer.status_code != 202]
    assert len({answer.content for answer in done}) == 1
    assert sum(idempotency.REPLAYED not in answer for answer in done) == 1
    assert {(answer.status_code, answer.json()["code"]) for answer in refused} <= {(409, "idempotency_in_progress")}


@pytest.mark.django_db
def test_who_asks_while_the_first_is_being_answered_is_told_to_come_back(caller: Caller, monkeypatch: Any) -> None:
    monkeypatch.setattr(idempotency.locks, "take_now", lambda name: False)
    answer = caller.post("exports/", RAW)
    assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (409, "idempotency_in_progress", "1")


@pytest.mark.django_db
def test_the_same_request_is_answered_with_the_same_bytes(caller: Caller) -> None:
    first = caller.upload("imports/", key="one", file=as_file(ROWS), campaign="by-api")
    again = caller.upload("imports/", key="one", file=as_file(ROWS), campaign="by-api")
    assert (again.status_code, again.content, again["Location"]) == (202, first.content, first["Location"])
    assert idempotency.REPLAYED not in first
    assert again[idempotency.REPLAYED] == "true"
    assert Import.objects.count() == 1


@pytest.mark.django_db
def test_a_key_is_good_for_one_request(caller: Caller) -> None:
    caller.upload("imports/", key="one", file=as_file(ROWS), campaign="by-api")
    for other in ({"file": as_file(ROWS[:9]), "campaign": "by-api"}, {"file": as_file(ROWS), "campaign": "other"}):
        answer = caller.upload("imports/", key="one", **other)
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert Import.objects.count() == 1


@pytest.mark.django_db
def test_a_key_is_of_its_token_and_of_its_address(caller: Caller, make_caller: Any) -> None:
    assert caller.post("exports/", RAW, key="one").status_code == 202
    assert make_caller().post("exports/", RAW, key="one").status_code == 202
    assert caller.upload("imports/", key="one", file=as_file(ROWS), campaign="by-api").status_code == 202
    assert (Snapshot.objects.count(), Import.objects.count()) == (2, 1)


@pytest.mark.django_db
@pytest.mark.parametrize("key", [None, "two words", "x" * 256, "schlüssel"])
def test_what_creates_needs_a_key_that_can_be_used(caller: Caller, key: str | None) -> None:
    code = "idempotency_key_missing" if key is None else "idempotency_key_invalid"
    assert caller.post("exports/", RAW, key=key).json()["code"] == code
    assert Snapshot.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_failure_on_the_way_leaves_neither_effect_nor_answer(caller: Caller, monkeypatch: Any) -> None:
    def order_and_die(**wanted: Any) -> None:
        whole(**wanted)
        raise RuntimeError("cut off")

    whole = orders.order
    monkeypatch.setattr(orders, "order", order_and_die)
    answer = caller.post("exports/", RAW, key="one")
    assert (answer.status_code, json.loads(answer.content)["code"]) == (500, "server_error")
    assert (Snapshot.objects.count(), KeptAnswer.objects.count()) == (0, 0)
    monkeypatch.undo()
    assert caller.post("exports/", RAW, key="one").status_code == 202


@pytest.mark.django_db
def test_a_refused_request_may_be_mended_and_sent_under_its_key(caller: Caller) -> None:
    assert caller.post("exports/", {"format": "none"}, key="one").status_code == 400
    assert caller.post("exports/", RAW, key="one").status_code == 202


@pytest.mark.django_db
def test_answers_are_kept_for_more_than_a_week_and_then_forgotten(caller: Caller) -> None:
    for days, key in ((7, "kept"), (9, "old")):
        caller.post("exports/", RAW, key=key)
        KeptAnswer.objects.filter(key=key).update(at=Now() - timedelta(days=days))
    assert idempotency.sweep() == 1
    assert KeptAnswer.objects.get().key == "kept"


@pytest.mark.django_db(transaction=True)
@override_settings(API_BURST=10, API_REQUESTS_PER_SECOND=0.001)
def test_a_bucket_of_ten_lets_ten_of_forty_pass(caller: Caller) -> None:
    with ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(lambda _: _asked(caller), range(40)))
    assert sorted(statuses) == [200] * 10 + [429] * 30


def _asked(caller: Caller) -> int:
    try:
        return int(caller.get("projects/").status_code)
    finally:
        connection.close()
