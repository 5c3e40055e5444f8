"""What people say of answers: once each, the last one stands, and nothing of a pair that broke."""

import uuid
from typing import Any

import pytest

from alpha import saying
from alpha.models import Choice, Said
from core.ledger.models import CountedJudgment, Judgment, Signal, Words
from core.ledger.recording import SubmissionConflict
from core.ledger.rubrics import UnknownAnswer


def key() -> uuid.UUID:
    return uuid.uuid4()


def counted() -> list[dict[str, int]]:
    return [
        dict(Signal.objects.filter(judgment=pk).order_by("question").values_list("question", "value"))
        for pk in CountedJudgment.objects.order_by("id").values_list("pk", flat=True)
    ]


def test_a_thumb_is_kept_with_all_that_was_known_when_it_was_given(chat_of: Any) -> None:
    chat = chat_of("v42", memory="on", simulated=True)
    (answer,) = chat.turn(asks=True)
    judgment = saying.thumb(answer=answer, actor=chat.actor, value=1, submission_key=key())
    said = Judgment.objects.select_related("rubric_version").get()
    assert said == judgment
    assert (said.source, said.turn_id, said.arm_key) == ("alpha", answer.turn_id, "alpha:warmth/candidate")
    assert (said.memory, said.simulated, said.solicited) == ("on", True, True)
    assert said.rubric_version is not None
    assert said.rubric_version.name == "alpha"
    assert counted() == [{"thumb": 1}]
    assert Said.objects.values_list("kind", "answer", "conversation").get() == (
        "thumb",
        answer.pk,
        chat.conversation.pk,
    )


def test_a_thumb_that_nobody_asked_for_is_marked_apart(chat_of: Any) -> None:
    chat = chat_of("v42")
    (answer,) = chat.turn()
    saying.thumb(answer=answer, actor=chat.actor, value=-1, submission_key=key())
    assert Judgment.objects.get().solicited is False


def test_the_same_submit_again_is_the_same_thumb(chat_of: Any) -> None:
    chat, once = chat_of("v42"), key()
    (answer,) = chat.turn()
    first = saying.thumb(answer=answer, actor=chat.actor, value=1, submission_key=once)
    assert saying.thumb(answer=answer, actor=chat.actor, value=1, submission_key=once) == first
    assert Judgment.objects.count() == 1


def test_a_key_that_was_used_for_another_thumb_is_refused(chat_of: Any) -> None:
    chat, once = chat_of("v42"), key()
    (answer,), (other,) = chat.turn(), chat.turn()
    saying.thumb(answer=answer, actor=chat.actor, value=1, submission_key=once)
    with pytest.raises(SubmissionConflict):
        saying.thumb(answer=answer, actor=chat.actor, value=-1, submission_key=once)
    with pytest.raises(SubmissionConflict):
        saying.thumb(answer=other, actor=chat.actor, value=1, submission_key=once)
    assert counted() == [{"thumb": 1}]


def test_of_several_thumbs_the_last_one_stands_with_its_reason(chat_of: Any) -> None:
    chat = chat_of("v42")
    (answer,) = chat.turn()
    for value, reason in ((1, None), (-1, None), (-1, "too_flattering")):
        saying.thumb(answer=answer, actor=chat.actor, value=value, reason=reason, submission_key=key())
    assert counted() == [{"thumb": -1, "thumb_reason": 2}]
    assert Judgment.objects.count() == 3


def test_a_thumb_that_is_taken_back_counts_no_more_and_can_be_given_again(chat_of: Any) -> None:
    chat, back = chat_of("v42"), key()
    (answer,) = chat.turn()
    saying.thumb(answer=answer, actor=chat.actor, value=1, submission_key=key())
    saying.thumb(answer=answer, actor=chat.actor, value=0, submission_key=back)
    assert counted() == []
    assert saying.said_of(chat.conversation).of(answer.pk).thumb == 0
    saying.thumb(answer=answer, actor=chat.actor, value=-1, submission_key=key())
    # A replay of the taking back must not take back what was said since.
    saying.thumb(answer=answer, actor=chat.actor, value=0, submission_key=back)
    assert counted() == [{"thumb": -1}]


def test_there_is_nothing_to_take_back_where_nothing_was_said(chat_of: Any) -> None:
    chat = chat_of("v42")
    (answer,) = chat.turn()
    assert saying.thumb(answer=answer, actor=chat.actor, value=0, submission_key=key()) is None
    assert saying.labels(answer=answer, actor=chat.actor, chips={}, submission_key=key()) is None
    assert not Judgment.objects.exists()


@pytest.mark.parametrize(("value", "reason"), [(2, None), (1, "wrong"), (0, "wrong"), (-1, "ugly")])
def test_a_thumb_that_the_rubric_does_not_know_is_refused(chat_of: Any, value: int, reason: str | None) -> None:
    chat = chat_of("v42")
    (answer,) = chat.turn()
    with pytest.raises(UnknownAnswer):
        saying.thumb(answer=answer, actor=chat.actor, value=value, reason=reason, submission_key=key())


def test_chips_are_one_judgment_and_a_later_set_replaces_it(chat_of: Any) -> None:
    chat = chat_of("v42")
    (answer,) = chat.turn()
    first = {"sycophantic": "clearly", "sycophantic.flattery": True, "cold": "no"}
    saying.labels(answer=answer, actor=chat.actor, chips=first, submission_key=key())
    assert counted() == [{"cold": 0, "sycophantic": 2, "sycophantic.flattery": 1}]
    assert saying.said_of(chat.conversation).of(answer.pk).chips == first
    saying.labels(answer=answer, actor=chat.actor, chips={"correct": "cannot_tell"}, submission_key=key())
    assert counted() == [{"correct": 10}]
    saying.labels(answer=answer, actor=chat.actor, chips={}, submission_key=key())
    assert counted() == []


def test_a_part_of_sycophancy_alone_says_somewhat(chat_of: Any) -> None:
    chat = chat_of("v42")
    (answer,) = chat.turn()
    chips = {"sycophantic.fuels_anger": True, "sycophantic.flattery": False}
    saying.labels(answer=answer, actor=chat.actor, chips=chips, submission_key=key())
    assert counted() == [{"sycophantic": 1, "sycophantic.fuels_anger": 1}]


@pytest.mark.parametrize(
    "chips",
    [
        {"overall": "3"},
        {"sycophantic": "very"},
        {"sycophantic.charm": True},
        {"sycophantic.flattery": "yes"},
        {"sycophantic": "no", "sycophantic.flattery": True},
    ],
)
def test_chips_that_the_rubric_does_not_know_are_refused(chat_of: Any, chips: dict[str, Any]) -> None:
    chat = chat_of("v42")
    (answer,) = chat.turn()
    with pytest.raises(UnknownAnswer):
        saying.labels(answer=answer, actor=chat.actor, chips=chips, submission_key=key())


def test_a_note_is_kept_beside_the_ledger_and_the_last_one_stands(chat_of: Any) -> None:
    chat = chat_of("v42")
    (answer,) = chat.turn()
    saying.felt_off(answer=answer, actor=chat.actor, note="too sweet", submission_key=key())
    saying.felt_off(answer=answer, actor=chat.actor, note="far too sweet", submission_key=key())
    told = saying.said_of(chat.conversation).of(answer.pk)
    assert (told.felt_off, told.note) == (True, "far too sweet")
    assert counted() == [{"felt_off": 1}]
    Words.objects.all().delete()
    assert counted() == [{"felt_off": 1}]


def test_a_note_without_end_is_refused(chat_of: Any) -> None:
    chat = chat_of("v42")
    (answer,) = chat.turn()
    with pytest.raises(saying.TooLong):
        saying.felt_off(answer=answer, actor=chat.actor, note="x" * 4_001, submission_key=key())


def test_each_report_stands_by_itself(chat_of: Any) -> None:
    chat = chat_of("v42")
    (answer,) = chat.turn()
    saying.report(answer=answer, actor=chat.actor, reason="harmful", words="a dose", submission_key=key())
    saying.report(answer=answer, actor=chat.actor, reason="other", words="", submission_key=key())
    assert counted() == [{"report": 1}, {"report": 5}]
    assert saying.said_of(chat.conversation).of(answer.pk).reported


@pytest.mark.parametrize(
    ("order", "shown", "stored"),
    [
        (("v41", "v42"), -2, -2),
        (("v42", "v41"), -2, 2),
        (("v42", "v41"), 3, -3),
        (("v42", "v41"), 0, 0),
        (("v42", "v41"), "both_bad", 10),
    ],
)
def test_a_choice_points_from_the_baseline_to_the_candidate_wherever_they_stood(
    chat_of: Any, order: tuple[str, str], shown: Any, stored: int
) -> None:
    chat = chat_of(*order)
    answers = {answer.voice.bundle.name: answer for answer in chat.turn()}
    saying.choose(message=chat.messages[0], actor=chat.actor, shown=shown, submission_key=key())
    assert counted() == [{"overall": stored}]
    choice = Choice.objects.select_related("judgment").get()
    assert (choice.first, choice.second) == (answers["v41"], answers["v42"])
    assert choice.flipped == (order[0] == "v42")
    assert choice.judgment.turn_id == answers["v42"].turn_id
    assert choice.judgment.arm_key == "alpha:warmth/baseline:candidate"
    assert choice.judgment.solicited
    assert saying.said_of(chat.conversation).choices == {chat.messages[0].pk: shown}


def test_a_choice_said_again_replaces_the_first_and_a_replay_changes_nothing(chat_of: Any) -> None:
    chat, once = chat_of("v42", "v41"), key()
    chat.turn()
    for shown, name in ((1, once), (-3, key()), (1, once)):
        saying.choose(message=chat.messages[0], actor=chat.actor, shown=shown, submission_key=name)
    assert counted() == [{"overall": 3}]
    assert Choice.objects.count() == 2


@pytest.mark.parametrize("states", [("done", "failed"), ("failed", "done"), ("done", "interrupted")])
def test_nothing_is_recorded_for_a_broken_pair_but_a_report(chat_of: Any, states: tuple[str, str]) -> None:
    chat = chat_of("v41", "v42")
    whole = chat.turn(*states)[states.index("done")]
    with pytest.raises(saying.NoPair):
        saying.choose(message=chat.messages[0], actor=chat.actor, shown=1, submission_key=key())
    with pytest.raises(saying.NoPair):
        saying.thumb(answer=whole, actor=chat.actor, value=1, submission_key=key())
    with pytest.raises(saying.NoPair):
        saying.labels(answer=whole, actor=chat.actor, chips={"cold": "clearly"}, submission_key=key())
    with pytest.raises(saying.NoPair):
        saying.felt_off(answer=whole, actor=chat.actor, note="", submission_key=key())
    assert not Judgment.objects.exists()
    saying.report(answer=whole, actor=chat.actor, reason="hateful", words="", submission_key=key())
    assert counted() == [{"report": 3}]


def test_the_pair_that_came_through_after_a_retry_is_the_one_that_is_chosen_between(chat_of: Any) -> None:
    chat = chat_of("v41", "v42")
    chat.turn("done", "failed")
    again = chat.turn(attempt=2)
    saying.choose(message=chat.messages[0], actor=chat.actor, shown=2, submission_key=key())
    assert Choice.objects.values_list("first", "second").get() == (again[0].pk, again[1].pk)


def test_one_answer_is_no_pair(chat_of: Any) -> None:
    chat = chat_of("v42")
    chat.turn()
    with pytest.raises(saying.NoPair):
        saying.choose(message=chat.messages[0], actor=chat.actor, shown=1, submission_key=key())


@pytest.mark.parametrize("shown", [4, -4, True, "0", None])
def test_a_choice_off_the_scale_is_refused(chat_of: Any, shown: Any) -> None:
    chat = chat_of("v41", "v42")
    chat.turn()
    with pytest.raises(UnknownAnswer):
        saying.choose(message=chat.messages[0], actor=chat.actor, shown=shown, submission_key=key())


def test_nothing_can_be_said_while_an_answer_of_the_two_is_being_written(chat_of: Any) -> None:
    chat = chat_of("v41", "v42")
    done, _writing = chat.turn("done", "streaming")
    with pytest.raises(saying.NotFinished):
        saying.thumb(answer=done, actor=chat.actor, value=1, submission_key=key())


def test_nobody_speaks_in_somebody_elses_chat(chat_of: Any) -> None:
    chat, other = chat_of("v42"), chat_of("v42", name="otto")
    (answer,) = chat.turn()
    with pytest.raises(saying.NotYours):
        saying.thumb(answer=answer, actor=other.actor, value=1, submission_key=key())
    with pytest.raises(saying.NotYours):
        saying.form(conversation=chat.conversation, actor=other.actor, answers={}, words="x", submission_key=key())


def test_one_key_in_two_chats_is_two_thumbs(chat_of: Any) -> None:
    once = key()
    for name in ("vera", "otto"):
        chat = chat_of("v42", name=name)
        (answer,) = chat.turn()
        saying.thumb(answer=answer, actor=chat.actor, value=1, submission_key=once)
    assert counted() == [{"thumb": 1}, {"thumb": 1}]


def test_the_form_speaks_of_the_chat_and_the_last_one_stands(chat_of: Any) -> None:
    chat = chat_of("v42", "v41")
    chat.turn()
    chat.turn()
    for answers, words in (({"form_true": "no"}, "hm"), ({"form_true": "partly", "form_again": "yes"}, "nicer")):
        saying.form(
            conversation=chat.conversation, actor=chat.actor, answers=answers, words=words, submission_key=key()
        )
    assert counted() == [{"form_again": 2, "form_true": 1}]
    told = saying.said_of(chat.conversation)
    assert (told.form, told.form_words) == ({"form_true": "partly", "form_again": "yes"}, "nicer")
    assert set(Judgment.objects.values_list("arm_key", flat=True)) == {"alpha:warmth/baseline:candidate"}


def test_a_form_of_words_alone_is_kept_and_an_empty_one_refused(chat_of: Any) -> None:
    chat = chat_of("v42")
    chat.turn()
    say = {"conversation": chat.conversation, "actor": chat.actor, "answers": {}}
    saying.form(**say, words="I liked it", submission_key=key())
    assert saying.said_of(chat.conversation).form_words == "I liked it"
    assert CountedJudgment.objects.count() == 1
    with pytest.raises(UnknownAnswer):
        saying.form(**say, words="  ", submission_key=key())


def test_an_experts_thumb_in_a_spot_check_is_no_volunteers(chat_of: Any) -> None:
    chat = chat_of("v42")
    (answer,) = chat.turn()
    type(chat.conversation).objects.filter(pk=chat.conversation.pk).update(purpose="check", volunteer=None)
    saying.thumb(answer=answer, actor=chat.actor, value=1, submission_key=key())
    assert Judgment.objects.get().source == "spot_check"


def test_a_choice_is_of_the_pair_that_was_seen_and_stands_beside_no_other(chat_of: Any) -> None:
    chat = chat_of("v42", "v41")
    left, right = chat.turn()
    saying.choose(message=chat.messages[0], actor=chat.actor, shown=-3, submission_key=key())
    chat.turn(attempt=2)
    # Nobody has said anything of the new pair.
    assert saying.said_of(chat.conversation).choices == {}
    # From a window that still shows the first pair.
    late = saying.choose(message=chat.messages[0], actor=chat.actor, shown=2, submission_key=key(), seen=left.pk)
    assert Choice.objects.get(judgment=late).second_id == left.pk
    assert Choice.objects.get(judgment=late).first_id == right.pk
    assert CountedJudgment.objects.get().pk == late.pk


def test_a_choice_that_names_an_answer_of_another_message_is_none(chat_of: Any) -> None:
    chat = chat_of("v42", "v41")
    other = chat.turn()
    chat.turn()
    with pytest.raises(saying.NoPair):
        saying.choose(message=chat.messages[1], actor=chat.actor, shown=1, submission_key=key(), seen=other[0].pk)
