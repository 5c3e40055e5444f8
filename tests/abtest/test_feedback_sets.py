"""However events are split, repeated, shuffled and sent side by side: what is kept is what was said, once."""

import itertools
import random
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from abtest.ingest import landing
from abtest.ingest.taking import Taken, take
from abtest.models import ChosenTurn, Event
from abtest.reception import closable, receive_hour
from core.accounts.models import Project
from core.ledger.models import Actor, CountedJudgment, Judgment, LabelRequest, Turn
from tests.abtest import trials
from tests.abtest.trials import event, lines
from tests.side_by_side import at_once

_projects = itertools.count()
# Half of the turns, so that some are chosen and some are not.
PLAN = {"label_rate": 0.5, "slices": ["locale"]}


def new_project() -> Project:
    project = trials.project(f"set-{next(_projects)}")
    trials.running(project, plan=PLAN)
    return project


def kept(project: Project) -> dict[str, Any]:
    """All that was kept of a project's feedback, without ids and times of reception."""
    of = {"project": project}
    judged = {one.pk: one for one in Judgment.objects.filter(**of)}
    return {
        "events": sorted(Event.objects.filter(**of).values_list("event_id", "kind", "metric", "value", "cell")),
        "said": sorted(one.submission_key for one in judged.values()),
        "counted": sorted(
            judged[pk].submission_key for pk in CountedJudgment.objects.filter(**of).values_list("pk", flat=True)
        ),
        "users": Actor.objects.filter(kind="user", **of).count(),
        "turns": sorted(Turn.objects.filter(**of).values_list("conversation", "n")),
        "chosen": sorted(
            (c, n, at is not None)
            for c, n, at in ChosenTurn.objects.filter(**of).values_list("conversation", "n", "came_at")
        ),
        "asked": LabelRequest.objects.filter(**of).count(),
    }


def said(n: int, rng: random.Random) -> bytes:
    """The nth thing that is said, of few users about few turns, so that much of it is said again."""
    turn = {"conversation": f"c{rng.randrange(3)}", "turn": rng.randrange(3)}
    kind = rng.choice(["thumb", "thumb", "side_by_side", "usage", "exposure", "turn"])
    more: dict[str, Any] = {
        "user": f"u{rng.randrange(3)}",
        **turn,
        "event_id": f"n{n}",
        "at": trials.at(rng.randrange(50)),
    }
    if kind == "thumb":
        more |= {"value": rng.choice([1, -1]), "solicited": rng.random() < 0.3}
    if kind == "turn":
        # What is said of one place is the same, whoever sends it.
        more["messages"] = [{"role": "user", "content": f"{turn}?"}, {"role": "assistant", "content": f"{turn}."}]
    return lines(event(kind, **more))[0]


@pytest.mark.django_db
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32), count=st.integers(1, 40), cuts=st.lists(st.integers(1, 60), max_size=5))
def test_any_split_order_and_repetition_keeps_the_same(seed: int, count: int, cuts: list[int]) -> None:
    rng = random.Random(seed)
    every = [said(n, rng) for n in range(count)]
    once = new_project()
    taken = take(project=once, lines=every)
    assert {one.code for one in taken.rejected} <= {"not_chosen"}

    sent = every + rng.choices(every, k=count // 2)
    rng.shuffle(sent)
    bounds = sorted({0, len(sent), *(cut for cut in cuts if cut < len(sent))})
    split = new_project()
    results = [take(project=split, lines=sent[a:b]) for a, b in itertools.pairwise(bounds)]

    assert kept(split) == kept(once)
    assert sum(one.accepted for one in results) == taken.accepted
    whole = sum(one.accepted + one.duplicate + len(one.rejected) for one in results)
    assert whole == len(sent)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_batches_side_by_side_keep_what_one_batch_keeps(seed: int) -> None:
    rng = random.Random(seed)
    every = [said(n, rng) for n in range(120)]
    once, together = new_project(), new_project()
    taken = take(project=once, lines=every)

    def sender(number: int) -> Callable[[], list[Taken]]:
        mine = rng.sample(every, 90) if number else list(every)
        rng.shuffle(mine)
        return lambda: [take(project=together, lines=mine[n : n + 30]) for n in range(0, len(mine), 30)]

    results = at_once(*(sender(number) for number in range(4)))
    assert [one for one in results if isinstance(one, Exception)] == []
    assert kept(together) == kept(once)
    assert sum(one.accepted for some in results for one in some) == taken.accepted


@pytest.mark.django_db(transaction=True)
def test_two_votes_of_a_user_on_an_answer_at_one_moment_leave_one() -> None:
    project = new_project()
    about = {"conversation": "c", "turn": 1}
    # The turn and the user are there already, so that neither makes one wait for the other.
    take(project=project, lines=lines(event(user="somebody else", **about), event(user="u")))
    written, go = threading.Event(), threading.Event()

    def first() -> None:
        with transaction.atomic():
            take(project=project, lines=lines(event(user="u", value=1, at=trials.at(1), **about)))
            written.set()
            go.wait(0.5)

    def second() -> None:
        written.wait(10)
        take(project=project, lines=lines(event(user="u", value=-1, at=trials.at(2), **about)))
        go.set()

    assert at_once(first, second) == [None, None]
    assert Judgment.objects.count() == 4
    assert CountedJudgment.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_batches_that_name_the_same_turns_the_other_way_round_do_not_wait_in_a_ring(monkeypatch: Any) -> None:
    project = new_project()
    both, land = threading.Barrier(2), landing.land

    def land_together(**given: Any) -> landing.Landed:
        landed = land(**given)
        both.wait(10)
        return landed

    monkeypatch.setattr(landing, "land", land_together)

    def sender(places: Iterable[dict[str, Any]]) -> Callable[[], Taken]:
        some = lines(*(event(**place) for place in places))
        return lambda: take(project=project, lines=some)

    for _ in range(3):
        places = [{"conversation": f"c{next(_projects)}", "turn": n % 3} for n in range(400)]
        found = at_once(sender(places), sender(reversed(places)))
        assert [one.accepted for one in found] == [400, 400]


@pytest.mark.django_db(transaction=True)
def test_an_hour_is_closed_only_when_nobody_receives_in_it_any_more() -> None:
    project = new_project()
    received, go, done = threading.Event(), threading.Event(), threading.Event()

    def receive() -> datetime:
        with transaction.atomic():
            hour = receive_hour(project)
            received.set()
            go.wait(10)
            done.set()
            return hour

    def beside() -> datetime:
        received.wait(10)
        with transaction.atomic():
            return receive_hour(project)

    def close() -> tuple[bool, datetime]:
        received.wait(10)
        before = closable(project)
        return done.is_set(), before

    def release() -> None:
        received.wait(10)
        threading.Event().wait(0.3)
        go.set()

    first, second, (waited, before), _ = at_once(receive, beside, close, release)
    assert waited
    assert first <= before <= first + timedelta(hours=1)
    assert isinstance(second, datetime)
    assert (first.minute, first.second, first.microsecond) == (0, 0, 0)


@pytest.mark.django_db
def test_an_event_is_the_same_however_it_is_written() -> None:
    project = new_project()
    at = datetime.now(UTC) - timedelta(minutes=9)
    one = event(at=at.isoformat(), segment={"a": "1", "b": "2"}, memory="off")
    east = at.astimezone(timezone(timedelta(hours=2))).isoformat()
    other = {**dict(reversed(one.items())), "at": east, "segment": {"b": "2", "a": "1"}, "solicited": False}
    del other["memory"]
    taken = take(project=project, lines=lines(one, other))
    assert (taken.accepted, taken.duplicate) == (1, 1)


CHANGES: list[dict[str, Any]] = [
    {"kind": "usage", "value": None, "action": "return"},
    {"value": -1},
    {"solicited": True},
    {"user": "another"},
    {"conversation": "another"},
    {"turn": 2},
    {"arm": "control"},
    {"memory": "on"},
    {"segment": {"locale": "de"}},
    {"reason": "wrong"},
    {"at": trials.at(7)},
]


@pytest.mark.django_db
@pytest.mark.parametrize("change", CHANGES, ids=[next(iter(one)) for one in CHANGES])
def test_an_event_that_says_anything_else_under_a_name_is_a_conflict(change: dict[str, Any]) -> None:
    project = new_project()
    one = event()
    other = {key: value for key, value in {**one, **change}.items() if value is not None}
    take(project=project, lines=lines(one))
    taken = take(project=project, lines=lines(other))
    assert [rejected.code for rejected in taken.rejected] == ["conflict"]
    assert Event.objects.count() == 1
