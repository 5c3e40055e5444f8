"""Feedback that is broken, too much or somebody else's: each has its code, the rest lands, memory stays small."""

import gzip
import json
import tracemalloc
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from abtest.ingest.arriving import LONGEST_LINE, Arriving, TooMuch, lines_of_request
from abtest.ingest.taking import take
from abtest.models import Event
from core.catalog.models import Bundle
from tests.abtest import trials
from tests.abtest.trials import body, event, lines, send
from tests.api.conftest import Caller

pytestmark = pytest.mark.django_db


@pytest.fixture
def trial(project: Any) -> Any:
    return trials.running(project)


FAR = {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}
BAD: list[tuple[Any, str]] = [
    (b"\xff\xfe{}", "utf8"),
    (b'{"event_id": "half', "json"),
    (b'{"event_id": NaN}', "json"),
    (b"[" * 100_000, "json"),
    (b'{"value": ' + b"9" * 10_000 + b"}", "json"),
    (b'{"kind": "thumb", "kind": "turn"}', "duplicate_key"),
    (b"[]", "not_object"),
    (b'"thumb"', "not_object"),
    (b'{"x": "' + b"y" * LONGEST_LINE + b'"}', "too_long"),
    (b"{}", "missing_key"),
    (event(kind="usage") | {"kind": "like"}, "unknown_kind"),
    (event(kind="usage") | {"kind": ["usage"]}, "unknown_kind"),
    (event(colour="red"), "unknown_key"),
    (event() | {"\ud800": 1}, "unknown_key"),
    (event("exposure", value=1), "unknown_key"),
    (event("usage", value=1), "unknown_key"),
    (event(value=None), "missing_key"),
    (event(user=None), "missing_key"),
    (event("exposure", user=None), "missing_key"),
    (event(arm=None), "missing_key"),
    (event("usage", action="latency"), "missing_key"),
    (event(user=7), "wrong_type"),
    (event(turn="1"), "wrong_type"),
    (event(turn=True), "wrong_type"),
    (event(solicited=1), "wrong_type"),
    (event(at=5), "wrong_type"),
    (event(segment=[]), "wrong_type"),
    (event("turn", messages="hello"), "wrong_type"),
    (event("usage", action="latency", value=1.5), "wrong_type"),
    (event(user="a\x00b"), "bad_text"),
    (event(user="\ud800"), "bad_text"),
    (event(event_id=" "), "bad_text"),
    (event(event_id="e" * 201), "bad_text"),
    (event(event_id="simulate:april:1"), "bad_text"),
    (event(reason="x" * 2_001), "bad_text"),
    (event(value=0), "out_of_range"),
    (event(value=True), "out_of_range"),
    (event(value=1.0), "out_of_range"),
    (event(turn=-1), "out_of_range"),
    (event(turn=2**40), "out_of_range"),
    (event(memory="maybe"), "out_of_range"),
    (event("side_by_side", preference=4), "out_of_range"),
    (event("side_by_side", preference="better"), "out_of_range"),
    (event("side_by_side", second="control"), "out_of_range"),
    (event("usage", action="dance"), "out_of_range"),
    (event("usage", action="latency", value=3_600_001), "out_of_range"),
    (event(at="yesterday"), "time"),
    (event(at="2026-05-01T10:00:00"), "time"),
    (event(at="0001-01-01T00:00:00+23:59"), "time"),
    (event(at=trials.at(-6)), "clock_future"),
    (event(at="9999-12-31T23:59:59Z"), "clock_future"),
    (event(at=trials.at(31 * 24 * 60)), "clock_past"),
    (event(segment={"Locale": "en"}), "segment"),
    (event(segment={"memory": "on"}), "segment"),
    (event(segment={"locale": "en;memory=off"}), "segment"),
    (event(segment={"locale": ["en"]}), "segment"),
    (event(segment={f"f{n}": "x" for n in range(11)}), "segment"),
    (event("turn", messages=[{"role": "user", "content": "a"}]), "messages"),
    (event("turn", messages=[{"role": "robot", "content": "a"}]), "messages"),
    (event("turn", messages=[{"role": "user", "content": " "}]), "messages"),
    (event("turn", messages=[*FAR["messages"], {"role": "system", "content": "s"}]), "messages"),
    (event("turn", messages=[{"role": "user"}]), "messages"),
    (event(experiment="coldness"), "unknown_experiment"),
    (event(arm="third"), "unknown_arm"),
    (event("side_by_side", first="third"), "unknown_arm"),
    (event(bundle="v41"), "unknown_bundle"),
    (event(bundle="v99"), "unknown_bundle"),
    (event(bundle="v99", experiment=None, arm=None), "unknown_bundle"),
    (event(at=trials.at(11 * 24 * 60)), "not_running"),
]


@pytest.mark.parametrize(("bad", "code"), BAD, ids=[f"{n}-{code}" for n, (_, code) in enumerate(BAD)])
def test_what_is_wrong_has_its_code_and_the_rest_lands(project: Any, bad: Any, code: str) -> None:
    trials.running(project)
    taken = take(project=project, lines=lines(event(), bad, event("exposure")))
    assert [(one.index, one.code) for one in taken.rejected] == [(1, code)]
    assert (taken.accepted, Event.objects.count()) == (2, 2)
    taken.rejected[0].detail.encode()


def test_a_turn_that_the_hash_did_not_choose_keeps_its_words(project: Any) -> None:
    trials.running(project, plan={"label_rate": 0.0})
    taken = take(project=project, lines=lines(event("turn")))
    assert [one.code for one in taken.rejected] == ["not_chosen"]


def test_what_was_said_while_it_ran_is_taken_after_it_has_stopped(project: Any) -> None:
    now = datetime.now(UTC)
    one = trials.running(project, started_at=now - timedelta(days=5))
    one.state, one.stopped_at = "stopped", now - timedelta(days=1)
    one.save()
    taken = take(project=project, lines=lines(event(at=trials.at(48 * 60)), event(at=trials.at(5))))
    assert (taken.accepted, [(one.index, one.code) for one in taken.rejected]) == (1, [(1, "not_running")])


def test_another_projects_experiment_does_not_exist(project: Any, other_project: Any) -> None:
    trials.running(other_project)
    Bundle.objects.create(project=project, name="v42")
    taken = take(project=project, lines=lines(event(), event(experiment=None, arm=None, bundle="v42")))
    assert [one.code for one in taken.rejected] == ["unknown_experiment"]
    assert not Event.objects.filter(project=other_project).exists()


class Endless:
    """A body that does not end."""

    def __init__(self, block: bytes) -> None:
        self.block, self.given = block, 0

    def read(self, size: int, /) -> bytes:
        self.given += len(self.block)
        return self.block[:size]


@pytest.mark.parametrize("block", [b"x" * (1 << 16), b"\n" * (1 << 16)], ids=["one line", "many lines"])
def test_a_body_without_end_is_refused_and_takes_little_memory(block: bytes) -> None:
    source = Endless(block)
    tracemalloc.start()
    with pytest.raises(TooMuch):
        for _ in lines_of_request(Arriving(source), packed=False):
            pass
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 16 << 20
    assert source.given <= 66 << 20


def test_a_gzip_bomb_is_refused_where_it_begins(caller: Caller, trial: Any) -> None:
    bomb = gzip.compress(body(event()) + b"x" * (64 << 20))
    # The first request of a process imports what all of them need.
    send(caller, b"")
    tracemalloc.start()
    answer = send(caller, bomb, content_encoding="gzip")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (answer.status_code, json.loads(answer.content)["code"]) == (413, "too_large")
    assert "times its size" in json.loads(answer.content)["detail"]
    assert not Event.objects.exists()
    assert most < 24 << 20


@pytest.mark.parametrize(
    ("content", "headers", "status", "code"),
    [
        (b"not gzip", {"content_encoding": "gzip"}, 400, "malformed"),
        (gzip.compress(b"{}\n" * 99)[:-9], {"content_encoding": "gzip"}, 400, "malformed"),
        (b"{}", {"content_encoding": "br"}, 415, "unsupported_media_type"),
        (b"{}", {"content_type": "application/json"}, 415, "unsupported_media_type"),
        (b"{}\n" * 10_001, {}, 413, "too_large"),
    ],
    ids=["no gzip", "half a gzip", "brotli", "json", "too many"],
)
def test_a_request_that_cannot_be_taken_lands_nothing(
    caller: Caller,
    trial: Any,
    content: bytes,
    headers: dict[str, str],
    status: int,
    code: str,
) -> None:
    answer = send(caller, content, **headers)
    assert (answer.status_code, json.loads(answer.content)["code"]) == (status, code)


def test_a_token_without_the_scope_or_of_another_project_adds_nothing(
    make_caller: Any,
    trial: Any,
    other_project: Any,
    stranger: Any,
) -> None:
    assert send(make_caller("read"), body(event())).status_code == 403
    answer = send(make_caller("ingest", of=other_project, by=stranger), body(event()))
    assert [one["code"] for one in json.loads(answer.content)["rejected"]] == ["unknown_experiment"]
    assert not Event.objects.exists()
