"""What is read of an experiment's labelled slice."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest

from abtest.models import Arm, ChosenTurn, Experiment
from abtest.reading.labelled import Came, labelled_turns
from core.catalog.answers import add_answers
from core.catalog.models import Bundle
from core.catalog.parts import NewPrompt, NewResponse
from core.ledger.models import Actor, Judgment, Turn
from core.ledger.recording import Said, Subject, Utterance, record, rule
from core.ledger.turns import NewTurn, add_turns

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
_numbers = itertools.count()


class Slice:
    """An experiment of two arms, of which every second turn was chosen."""

    def __init__(self, project: Any) -> None:
        self.project = project
        self.experiment = Experiment.objects.create(
            project=project, key="warmth", name="Warmth", salt="s", plan={"slices": ["locale"]}
        )
        self.arms = [
            Arm.objects.create(
                project=project,
                experiment=self.experiment,
                key=key,
                bundle=Bundle.objects.create(project=project, name=bundle),
                ordinal=n,
                share=500_000,
            )
            for n, (key, bundle) in enumerate((("control", "v41"), ("candidate", "v42")))
        ]

    def chosen(self, arm: int, *, unit: UUID | None = None, text: str | None = "Yes.", **more: Any) -> Any:
        """A chosen turn of this arm; without `text` its words never came. Returns the turn's id."""
        n = next(_numbers)
        turn = None
        if text is not None:
            prompt = NewPrompt((("user", f"Is it {n}?"),))
            (response,) = add_answers(
                project=self.project, rows=[(prompt, NewResponse(self.arms[arm].bundle.name, text))]
            )
            segment = more.pop("segment", {})
            (turn,) = add_turns(
                project=self.project,
                turns=[NewTurn(f"c{n}", 1, response=response, memory=more.pop("memory", "off"), segment=segment)],
            )
        ChosenTurn.objects.create(
            project=self.project,
            experiment=self.experiment,
            arm=self.arms[arm],
            unit=unit or uuid4(),
            conversation=f"c{n}",
            n=1,
            probability=0.5,
            turn_id=turn,
            came_at=more.get("came_at", NOON) if turn else None,
        )
        return turn

    def says(self, kind: str, subject: Subject, source: str, *said: Said, **context: Any) -> Judgment:
        actor = Actor.objects.create(project=self.project, kind=kind, pseudonym=f"p{next(_numbers)}")
        judgment, _ = record(
            project=self.project,
            actor=actor.pk,
            source=source,
            rubric_version=None,
            utterance=Utterance(f"k{next(_numbers)}", said, subject, context=context),
        )
        return judgment

    def thumb(self, turn: Any, value: int, *, solicited: bool = False) -> Judgment:
        return self.says("user", Subject(turn=turn), "live", Said("thumb", value), solicited=solicited)


@pytest.fixture
def slice_(project: Any) -> Slice:
    return Slice(project)


def _response(turn: Any) -> UUID | None:
    return Turn.objects.get(pk=turn).response_id


def test_a_turn_has_the_labels_of_its_answer_and_its_own_and_what_its_user_said(slice_: Slice) -> None:
    unit = uuid4()
    first = slice_.chosen(0, unit=unit, memory="on", text="It is.")
    second = slice_.chosen(1, unit=unit, segment={"locale": "en"})
    rater = Subject(response=_response(first))
    slice_.says("rater", rater, "rating", Said("sycophantic", 2), Said("correct", 2), Said("cold", 0))
    slice_.says("rater", rater, "rating", Said("sycophantic", 0))
    slice_.says("rater", Subject(turn=second), "rating", Said("sycophantic", 1), Said("correct", 1))
    slice_.thumb(first, 1)
    slice_.thumb(second, -1)
    slice_.thumb(second, 1, solicited=True)
    found = labelled_turns(slice_.experiment)
    read = found.labelled
    assert found.turns == (first, second)
    assert read.arm.tolist() == [0, 1]
    assert read.unit[0] == read.unit[1]
    assert read.labels["sycophantic"].tolist() == [0.5, 1.0]
    assert read.labels["correct"].tolist() == [1.0, 0.0]
    np.testing.assert_array_equal(read.labels["cold"], [0.0, np.nan])
    assert read.said["thumb"].tolist() == [1.0, 0.0]
    np.testing.assert_array_equal(read.said["thumb_asked"], [np.nan, 1.0])
    assert read.memory.tolist() == [True, False]
    assert read.length.tolist() == [6.0, 4.0]
    assert read.probability.tolist() == [0.5, 0.5]
    assert {name: mask.tolist() for name, mask in read.parts.items()} == {
        "memory=on": [True, False],
        "memory=off": [False, True],
        "locale=en": [False, True],
    }


def test_an_expert_stands_alone_before_raters(slice_: Slice) -> None:
    turn = slice_.chosen(0)
    slice_.says("rater", Subject(response=_response(turn)), "rating", Said("sycophantic", 0))
    slice_.says("expert", Subject(turn=turn), "rating", Said("sycophantic", 2))
    assert labelled_turns(slice_.experiment).labelled.labels["sycophantic"].tolist() == [1.0]


def test_what_does_not_count_any_more_is_not_read(slice_: Slice) -> None:
    turn = slice_.chosen(0)
    label = slice_.says("rater", Subject(turn=turn), "rating", Said("sycophantic", 2))
    thumb = slice_.thumb(turn, 1)
    for judgment in (label, thumb):
        rule(judgment=judgment.pk, standing="withdrawn", reason="mistaken")
    read = labelled_turns(slice_.experiment).labelled
    assert np.isnan(read.labels["sycophantic"]).all()
    assert np.isnan(read.said["thumb"]).all()


def test_what_the_user_says_is_no_label(slice_: Slice) -> None:
    turn = slice_.chosen(0)
    slice_.says("user", Subject(turn=turn), "live", Said("thumb", 1), Said("sycophantic", 2))
    assert np.isnan(labelled_turns(slice_.experiment).labelled.labels["sycophantic"]).all()


def test_of_two_thumbs_on_a_turn_the_last_counts(slice_: Slice) -> None:
    turn = slice_.chosen(0)
    slice_.thumb(turn, 1)
    slice_.thumb(turn, -1)
    assert labelled_turns(slice_.experiment).labelled.said["thumb"].tolist() == [0.0]


def test_turns_that_never_came_are_counted_by_arm(slice_: Slice) -> None:
    first = slice_.chosen(0)
    slice_.chosen(0, text=None)
    slice_.chosen(1, text=None)
    slice_.says("rater", Subject(turn=first), "rating", Said("sycophantic", 0))
    came = labelled_turns(slice_.experiment).came
    assert came == (Came(chosen=2, came=1, labelled=1, thumbed=0), Came(chosen=1, came=0, labelled=0, thumbed=0))
    assert [each.missing for each in came] == [1, 1]


def test_what_came_later_is_left_out(slice_: Slice) -> None:
    slice_.chosen(0)
    late = slice_.chosen(1, came_at=NOON + timedelta(hours=2))
    read = labelled_turns(slice_.experiment, until=NOON + timedelta(hours=1))
    assert late not in read.turns
    assert len(read.labelled) == 1


def test_another_experiment_is_not_read(slice_: Slice, other_project: Any) -> None:
    slice_.chosen(0)
    assert len(labelled_turns(Slice(other_project).experiment).labelled) == 0
