"""What becomes of lines of feedback."""

from datetime import UTC, datetime

import pytest

from abtest.ingest.taking import take
from abtest.models import ChosenTurn, Event
from core.ledger.models import ActorLink, CountedJudgment, LabelRequest, Signal, Turn, Words
from tests.abtest import trials
from tests.abtest.trials import event, lines

pytestmark = pytest.mark.django_db


def test_a_thumb_is_an_event_and_a_judgment_of_one_id() -> None:
    project = trials.project()
    trials.running(project)
    said = event(value=-1, memory="on", segment={"locale": "en", "plan": "free"}, reason="too_flattering")

    taken = take(project=project, lines=lines(said))

    assert (taken.accepted, taken.duplicate, taken.rejected) == (1, 0, ())
    kept = Event.objects.get()
    assert (kept.metric, kept.value, kept.cell) == ("thumb", 0, "memory=on;locale=en")
    assert kept.hour == kept.received_at.replace(minute=0, second=0, microsecond=0)
    judgment = CountedJudgment.objects.get(pk=kept.pk)
    assert (judgment.source, judgment.arm_key, judgment.solicited) == ("live", "warmth-v42/candidate", False)
    assert Signal.objects.get(judgment=kept.pk).value == -1
    assert Words.objects.get().body == {"reason": "too_flattering"}
    assert ActorLink.objects.get(actor=judgment.actor_id).external_key == f"user:{said['user']}"
    turn = Turn.objects.get(pk=judgment.turn_id)
    assert (turn.conversation, turn.n, turn.segment) == (said["conversation"], 1, {"locale": "en", "plan": "free"})


def test_every_kind_lands() -> None:
    project = trials.project()
    trials.running(project)
    kinds = ("exposure", "turn", "thumb", "side_by_side", "usage")

    taken = take(project=project, lines=lines(*map(event, kinds)))

    assert taken.accepted == 5, taken.rejected
    assert sorted(Event.objects.values_list("kind", "metric", "value")) == [
        ("exposure", "", None),
        ("side_by_side", "preference", 2),
        ("thumb", "thumb", 1),
        ("turn", "turn", 1),
        ("usage", "regenerate", 1),
    ]


def test_the_words_of_a_chosen_turn_ask_for_labels() -> None:
    project = trials.project()
    trials.running(project, plan={"label_rate": 1.0})
    thumb = event(conversation="c", turn=3)
    take(project=project, lines=lines(thumb))
    assert ChosenTurn.objects.get().turn is None

    take(project=project, lines=lines(event("turn", conversation="c", turn=3, user=thumb["user"])))

    chosen = ChosenTurn.objects.get()
    turn = Turn.objects.get()
    assert chosen.turn_id == turn.pk
    assert chosen.came_at is not None
    assert turn.label_probability == 1.0
    assert turn.response is not None
    assert turn.response.bundle.name == "v42"
    request = LabelRequest.objects.get()
    assert (request.turn_id, request.purpose, request.probability) == (turn.pk, "live:warmth-v42", 1.0)


def test_a_repeated_event_is_counted_once_and_another_under_its_name_is_a_conflict() -> None:
    project = trials.project()
    trials.running(project)
    said = event()
    take(project=project, lines=lines(said))

    again = take(project=project, lines=lines(said, {**said, "value": -1}, event()))

    assert (again.accepted, again.duplicate) == (1, 1)
    assert [(one.index, one.code) for one in again.rejected] == [(1, "conflict")]
    assert Event.objects.count() == 2


def test_a_user_has_one_vote_on_an_answer_and_the_last_one_said_stands() -> None:
    project = trials.project()
    trials.running(project)
    about = {"user": "u", "conversation": "c", "turn": 1}
    later, earlier = event(value=1, at=trials.at(1), **about), event(value=-1, at=trials.at(9), **about)

    take(project=project, lines=lines(later))
    take(project=project, lines=lines(earlier, event(solicited=True, **about)))

    counted = CountedJudgment.objects.filter(solicited=False)
    assert [str(one.pk) for one in counted] == [str(Event.objects.get(event_id=later["event_id"]).pk)]
    assert CountedJudgment.objects.filter(solicited=True).count() == 1


def test_a_simulation_names_the_hour_in_which_its_events_came() -> None:
    project = trials.project()
    hour = datetime(2025, 4, 25, 8, tzinfo=UTC)
    trials.running(project, started_at=datetime(2025, 4, 20, tzinfo=UTC))

    taken = take(project=project, lines=lines(event(at="2025-04-25T08:30:00Z")), simulated_in=hour)

    assert taken.accepted == 1, taken.rejected
    kept = Event.objects.get()
    assert (kept.hour, kept.received_at) == (hour, hour)
    assert CountedJudgment.objects.get().simulated
