"""What a person does in a chat, with scripted bundles."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.http import Http404

from alpha import consenting, leaving, programmes, talking
from alpha.generating import ending
from alpha.generating.writing import write_here
from alpha.models import Answer, Budget, Conversation, Message, Programme, Reservation, Voice
from alpha.selectors import chats
from alpha.selectors import programmes as programme_selectors
from alpha.selectors.places import NotConsented
from core.accounts.access import member_of
from core.jobs.models import Job
from core.ledger.models import Turn
from tests.alpha.planted import BASE, invited
from tests.alpha_chat.planting import PLAIN, WARM, bundle, programme, said, taking_part

SINGLE, SIDE_BY_SIDE = Conversation.Mode.SINGLE, Conversation.Mode.SIDE_BY_SIDE
FAULTY = ({"say": "It began well", "fault": "cut", "after": 5},)


@pytest.fixture
def chat(project: Any, make_user: Any) -> Any:
    """Begins a conversation of a volunteer: `chat(mode, **settings of the programme)`."""

    def make(mode: str = SINGLE, **settings: Any) -> Conversation:
        made = programme(project, **settings)
        member = taking_part(made, make_user("vera"))
        return talking.begin(member=member, programme=made, mode=mode)

    return make


def answers(message: Message) -> list[Answer]:
    return chats.last_answers(message)


def test_an_answer_is_stored_with_its_turn_and_what_it_took(chat: Any) -> None:
    conversation = chat()
    message = said(conversation)
    (answer,) = answers(message)
    assert (answer.state, answer.text in (PLAIN, WARM), answer.owner) == ("done", True, None)
    assert answer.ended_at is not None
    assert answer.model_ms is not None
    assert answer.shown_ms is not None
    turn = Turn.objects.get(pk=answer.turn_id)
    assert (turn.conversation, turn.n, turn.response_id) == (f"alpha:{conversation.pk}:0", 1, None)
    assert turn.bundle_id == answer.voice.bundle_id
    assert turn.memory == conversation.memory
    part = "baseline" if answer.text == PLAIN else "candidate"
    assert turn.arm_key == f"alpha:warmth/{part}"
    reservation = Reservation.objects.get(answer=answer)
    assert reservation.used == (answer.tokens_in or 0) + (answer.tokens_out or 0) > 0
    assert {(row.held, row.used) for row in Budget.objects.all()} == {(0, reservation.used)}


def test_a_message_is_stored_with_a_job_before_any_model_is_asked(chat: Any) -> None:
    message = said(chat(SIDE_BY_SIDE), answered=False)
    assert [answer.state for answer in answers(message)] == ["waiting", "waiting"]
    job = Job.objects.get(kind=talking.JOB)
    assert job.args == {"message": str(message.pk)}
    assert job.run_after > job.created_at


def test_the_same_key_says_it_once(chat: Any) -> None:
    conversation, key = chat(), uuid4()
    first = talking.say(conversation=conversation, submission_key=key, body="Hello")
    again = talking.say(conversation=conversation, submission_key=key, body="Hello")
    assert first == again
    assert Message.objects.count() == Answer.objects.count() == 1


def test_nothing_is_said_while_an_answer_is_being_written(chat: Any) -> None:
    conversation = chat()
    said(conversation, answered=False)
    with pytest.raises(talking.NotNow):
        said(conversation, answered=False)


@pytest.mark.parametrize("body", ["", " \n ", "x" * 8001])
def test_what_is_empty_or_too_long_is_refused(chat: Any, body: str) -> None:
    with pytest.raises(talking.NotNow):
        said(chat(), body)


def test_a_conversation_that_is_over_takes_nothing_more(chat: Any) -> None:
    conversation = chat()
    message = said(conversation)
    talking.end(conversation)
    talking.end(conversation)
    for refused in (lambda: said(conversation), lambda: talking.again(message)):
        with pytest.raises(talking.NotNow):
            refused()


def test_a_new_text_is_agreed_to_before_the_next_turn(chat: Any) -> None:
    conversation = chat()
    message = said(conversation)
    text = programmes.set_consent_text(programme=conversation.programme, by=None, body="We keep it for longer now.")
    for refused in (lambda: said(conversation), lambda: talking.again(message)):
        with pytest.raises(talking.NotNow):
            refused()
    consenting.agree(volunteer=conversation.volunteer, text=text)
    said(conversation)


def test_a_closed_programme_takes_nothing_more(chat: Any) -> None:
    conversation = chat()
    programmes.close(programme=conversation.programme, by=None)
    with pytest.raises(talking.NotNow):
        said(conversation)


def test_ending_it_stops_what_is_being_written(chat: Any) -> None:
    conversation = chat()
    message = said(conversation, answered=False)
    talking.end(conversation)
    (answer,) = answers(message)
    assert (answer.state, answer.turn_id) == ("stopped", None)
    assert Reservation.objects.get().used == 0


def test_both_sides_answer_and_each_knows_its_own_words_only(chat: Any) -> None:
    conversation = chat(SIDE_BY_SIDE)
    said(conversation)
    second = said(conversation, "And now?")
    assert {answer.text for answer in answers(second)} == {PLAIN, WARM}
    told = {
        voice.place: ending.contexts.told(conversation=conversation, voice=voice, upto=2)
        for voice in voices(conversation)
    }
    for answer in answers(second):
        assert [line["role"] for line in told[answer.voice.place]] == ["user", "assistant", "user"]
        assert told[answer.voice.place][1]["content"] == answer.text


def voices(conversation: Conversation) -> list[Voice]:
    return chats.voices_of(conversation)


def test_it_goes_on_with_the_one_that_was_chosen(chat: Any) -> None:
    conversation = chat(SIDE_BY_SIDE)
    said(conversation)
    talking.go_on(conversation=conversation, goes_on="second")
    second = said(conversation, "And now?")
    assert [answer.voice.place for answer in answers(second)] == [1]
    talking.go_on(conversation=conversation, goes_on="both")
    third = said(conversation, "Really?")
    assert len(answers(third)) == 2
    first, other = voices(conversation)
    told = ending.contexts.told(conversation=conversation, voice=first, upto=3)
    # What the other one said where this one was silent is what the person read.
    assert told[3]["content"] == answers(second)[0].text
    assert other.place == 1


def test_one_answer_offers_nothing_to_go_on_with(chat: Any) -> None:
    with pytest.raises(talking.NotNow):
        talking.go_on(conversation=chat(), goes_on="first")


def test_a_fault_has_a_code_costs_nothing_and_can_be_tried_again(chat: Any) -> None:
    conversation = chat(baseline=FAULTY, candidate=FAULTY)
    message = said(conversation)
    (answer,) = answers(message)
    assert (answer.state, answer.fault, answer.text, answer.turn_id) == ("failed", "cut", "It be", None)
    assert {(row.held, row.used) for row in Budget.objects.all()} == {(0, 0)}
    talking.again(message)
    talking.again(message)
    (waiting,) = answers(message)
    assert (waiting.state, waiting.attempt) == ("waiting", 2)
    (line,) = chats.transcript(conversation)
    assert (line.answers[0].attempts, line.broken) == (2, False)


def test_a_pair_of_which_one_broke_is_no_pair_and_both_are_asked_again(chat: Any) -> None:
    conversation = chat(SIDE_BY_SIDE, candidate=FAULTY)
    message = said(conversation)
    (line,) = chats.transcript(conversation)
    assert sorted(one.state for one in line.answers) == ["done", "failed"]
    assert line.broken
    assert not line.is_pair
    assert any(one.fault for one in line.answers)
    talking.again(message)
    assert {(one.attempt, one.state) for one in answers(message)} == {(2, "waiting")}


def test_only_the_last_answer_is_asked_for_again(chat: Any) -> None:
    conversation = chat()
    first = said(conversation)
    said(conversation, "And now?")
    with pytest.raises(talking.NotNow):
        talking.again(first)


def test_another_attempt_is_another_turn_in_the_ledger(chat: Any) -> None:
    conversation = chat()
    message = said(conversation)
    talking.again(message)
    write_here(message.pk)
    assert sorted(Turn.objects.values_list("n", flat=True)) == [1, 2]


def test_what_is_over_the_budget_is_refused_and_nothing_stays(chat: Any) -> None:
    conversation = chat(tokens_a_person_a_day=150)
    said(conversation, "Hi")
    with pytest.raises(talking.OverBudget) as refused:
        said(conversation, "Hi " * 100)
    assert refused.value.which == "person"
    assert Message.objects.count() == 1
    assert sum(row.held for row in Budget.objects.all()) == 0


def test_only_who_takes_part_and_has_agreed_begins(project: Any, make_user: Any, stranger: Any) -> None:
    made = programme(project)
    user = make_user("vera")
    invited(made, user)
    with pytest.raises(NotConsented):
        talking.begin(member=member_of(user, "demo"), programme=made, mode=SINGLE)


def test_a_conversation_of_somebody_else_does_not_exist(chat: Any, make_user: Any, owner: Any, stranger: Any) -> None:
    conversation = chat()
    other = taking_part(conversation.programme, make_user("victor"))
    for member in (other, member_of(owner, "demo"), member_of(stranger, "other")):
        with pytest.raises(Http404):
            chats.conversation_for(member, conversation.pk)
    vera = member_of(conversation.volunteer.user, "demo")
    assert chats.conversation_for(vera, conversation.pk) == conversation


def test_a_spot_check_is_the_experts_alone(project: Any, make_member: Any, make_user: Any) -> None:
    made = programme(project)
    expert, other = make_member("expert"), make_member("expert", "another")
    conversation = talking.begin_check(programme=made, bundle=bundle(project, "warm"), user=expert)
    assert chats.conversation_for(member_of(expert, "demo"), conversation.pk).purpose == "check"
    with pytest.raises(Http404):
        chats.conversation_for(member_of(other, "demo"), conversation.pk)
    message = said(conversation)
    assert Turn.objects.get().arm_key == "alpha:warmth/candidate"
    assert answers(message)[0].state == "done"


def test_sides_and_memory_are_drawn_evenly_and_kept(project: Any, make_user: Any) -> None:
    made = programme(project)
    member = taking_part(made, make_user("vera"))
    pairs = [talking.begin(member=member, programme=made, mode=SIDE_BY_SIDE) for _ in range(60)]
    first = [voices(one)[0].bundle.name for one in pairs]
    # Either misses with a chance of 2^-59.
    assert set(first) == {"plain", "warm"}
    assert {one.memory for one in pairs} == {"on", "off"}
    assert all({voice.bundle.name for voice in voices(one)} == {"plain", "warm"} for one in pairs[:5])


def test_memory_tells_what_was_said_in_earlier_conversations(project: Any, make_user: Any) -> None:
    made = programme(project, memory_share=1.0)
    remembering = {"endpoint": "warm", "model": "warm", "system": "", "memory": {"most": 2}}
    for name in ("plain", "warm"):
        kept = bundle(project, name)
        kept.spec = remembering
        kept.save()
    member = taking_part(made, make_user("vera"))
    earlier = talking.begin(member=member, programme=made, mode=SINGLE)
    assert earlier.memory_items == 0
    for n in range(3):
        said(earlier, f"I like {n} cats")
    later = talking.begin(member=member, programme=made, mode=SINGLE)
    assert (later.memory, later.memory_items) == ("on", 2)
    said(later)
    told = ending.contexts.told(conversation=later, voice=voices(later)[0], upto=1)
    assert told[0]["role"] == "system"
    assert "1 cats\n- I like 2 cats" in told[0]["content"]
    assert "0 cats" not in told[0]["content"]


def test_a_share_of_the_turns_asks_for_a_thumb(chat: Any) -> None:
    assert said(chat(ask_share=1.0)).asks_thumb


def test_a_long_conversation_is_told_from_its_newest_end(chat: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    conversation = chat()
    for n in range(3):
        said(conversation, f"{n} " + "x" * 100)
    monkeypatch.setattr(ending.contexts, "MOST_CHARACTERS", 210)
    told = ending.contexts.told(conversation=conversation, voice=voices(conversation)[0], upto=3)
    assert [line["content"][:1] for line in told if line["role"] == "user"] == ["2"]
    monkeypatch.setattr(ending.contexts, "MOST_CHARACTERS", 5)
    told = ending.contexts.told(conversation=conversation, voice=voices(conversation)[0], upto=3)
    assert [line["role"] for line in told] == ["user"]


@pytest.mark.parametrize("mode", ["aloud", SIDE_BY_SIDE])
def test_a_way_to_chat_that_is_not_offered_is_refused(chat: Any, mode: str) -> None:
    with pytest.raises(talking.NotOffered):
        chat(mode, side_by_side=False)
    assert not Conversation.objects.exists()


def test_what_no_table_can_keep_is_left_out_and_line_breaks_count_once(chat: Any) -> None:
    conversation = chat()
    message = said(conversation, "Is it\x00 flat?\r\nI " + "\r\n" * 3990, answered=False)
    assert message.body == "Is it flat?\nI " + "\n" * 3990
    write_here(message.pk)
    with pytest.raises(talking.NotNow):
        said(conversation, "\x00\r\n")


def test_who_leaves_before_a_model_was_asked_has_it_asked_nothing(chat: Any) -> None:
    conversation = chat(SIDE_BY_SIDE)
    message = said(conversation, answered=False)
    leaving.leave(volunteer=conversation.volunteer, by=conversation.volunteer.user, base_url=BASE)
    assert write_here(message.pk) == 0
    assert {one.state for one in answers(message)} == {"stopped"}
    assert {(row.held, row.used) for row in Budget.objects.all()} == {(0, 0)}


def test_stopping_an_attempt_that_was_asked_for_again_changes_nothing(chat: Any) -> None:
    message = said(chat())
    (first,) = answers(message)
    talking.again(message)
    write_here(message.pk)
    talking.stop(first)
    first.refresh_from_db()
    assert (first.state, first.text in (PLAIN, WARM)) == ("done", True)


@pytest.mark.parametrize(("field", "days"), [("starts_on", 1), ("ends_on", -1)])
def test_before_its_first_day_and_after_its_last_nothing_is_said(chat: Any, field: str, days: int) -> None:
    conversation = chat()
    member = member_of(conversation.volunteer.user, "demo")
    today = programme_selectors.today()
    Programme.objects.update(starts_on=today, ends_on=today)
    said(conversation)
    Programme.objects.update(**{field: today + timedelta(days=days)})
    with pytest.raises(talking.NotNow):
        said(conversation)
    with pytest.raises(Http404):
        talking.begin(member=member, programme=conversation.programme, mode=SINGLE)
