"""A volunteer's pages without a browser: who gets what, what is kept, what is never named."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import trans_real

from alpha import talking
from alpha.generating.writing import write_here
from alpha.models import Answer, ConsentText, Conversation, Message, Said, Trial, Volunteer
from core.ledger.models import Signal
from tests.access.test_language import Wrapped, bare
from tests.alpha.planted import invited
from tests.alpha_chat.planting import programme, said, taking_part

pytestmark = pytest.mark.django_db


class Vera:
    """A signed-in volunteer of an open programme, and a chat of theirs."""

    def __init__(self, project: Any, user: Any, mode: str = "single", **settings: Any) -> None:
        self.user = user
        self.programme = programme(project, **settings)
        self.member = taking_part(self.programme, user)
        self.chat = talking.begin(member=self.member, programme=self.programme, mode=mode)
        self.client = Client()
        self.client.force_login(user)

    def url(self, act: str = "") -> str:
        return reverse(f"chat_{act}" if act else "chat", args=["demo", self.chat.pk])

    def post(self, act: str, script: bool = True, **fields: Any) -> Any:
        headers = {"HX-Request": "true"} if script else {}
        return self.client.post(self.url(act), {"submission_key": str(uuid4()), **fields}, headers=headers)

    def answers(self) -> list[Answer]:
        rows = Answer.objects.filter(message__conversation=self.chat)
        return list(rows.order_by("message__n", "attempt", "voice__place"))


@pytest.fixture
def vera(project: Any, make_member: Any) -> Vera:
    return Vera(project, make_member("volunteer", "vera"))


@pytest.fixture
def pair(project: Any, make_member: Any) -> Vera:
    return Vera(project, make_member("volunteer", "vera"), "side_by_side")


def test_nobody_chats_before_they_have_agreed_to_the_text_they_were_shown(project: Any, make_member: Any) -> None:
    offered, user = programme(project), make_member("volunteer", "vera")
    invited(offered, user)
    client = Client()
    client.force_login(user)
    page = client.get("/p/demo/chat/warmth/").content.decode()
    assert "What you agree to" in page
    assert "Begin a chat" not in page
    assert client.post("/p/demo/chat/warmth/agree/", {"text": str(uuid4())}).status_code == 404
    text = ConsentText.objects.get(programme=offered)
    assert client.post("/p/demo/chat/warmth/agree/", {"text": str(text.pk)}).status_code == 302
    assert "Begin a chat" in client.get("/p/demo/chat/warmth/").content.decode()


def test_whoever_agreed_to_an_older_text_reads_the_new_one_before_they_go_on(vera: Vera) -> None:
    newer = ConsentText.objects.create(
        project=vera.programme.project, programme=vera.programme, version=2, body="We keep it *longer*."
    )
    answer = vera.client.get(vera.url())
    assert answer.status_code == 302
    page = vera.client.get(answer["Location"]).content.decode()
    assert "What you agree to has changed." in page
    assert "<em>longer</em>" in page
    assert "There is a new text to agree to." in vera.post("say", body="Hello").content.decode()
    assert not Message.objects.filter(conversation=vera.chat).exists()
    old = ConsentText.objects.get(programme=vera.programme, version=1)
    refused = vera.client.post("/p/demo/chat/warmth/agree/", {"text": str(old.pk)})
    assert refused.status_code == 422
    vera.client.post("/p/demo/chat/warmth/agree/", {"text": str(newer.pk)})
    assert vera.client.get(vera.url()).status_code == 200


def test_whoever_is_in_one_programme_goes_straight_there(vera: Vera) -> None:
    assert vera.client.get("/p/demo/chat/")["Location"] == "/p/demo/chat/warmth/"
    assert vera.client.get("/p/demo/")["Location"] == "/p/demo/chat/"


def test_a_message_is_stored_once_and_answered_with_its_turn(vera: Vera) -> None:
    key = str(uuid4())
    for _ in range(2):
        answer = vera.post("say", body="Is it flat?", submission_key=key)
        assert answer.status_code == 200
        assert answer.content.decode().lstrip().startswith('<li class="chat-turn"')
        assert "data-unfinished" in answer.content.decode()
    assert Message.objects.filter(conversation=vera.chat).count() == 1
    assert len(vera.answers()) == 1


def test_without_a_script_what_was_refused_stands_in_the_field_again(vera: Vera) -> None:
    said(vera.chat, answered=False)
    answer = vera.post("say", script=False, body="And <b>now</b>?")
    assert answer.status_code == 422
    assert "And &lt;b&gt;now&lt;/b&gt;?</textarea>" in answer.content.decode()
    assert "An answer is still being written." in answer.content.decode()
    assert Message.objects.filter(conversation=vera.chat).count() == 1


def test_with_a_script_a_refusal_is_a_line(vera: Vera) -> None:
    answer = vera.post("say", body="  ")
    assert answer.status_code == 422
    assert 'id="chat-line"' in answer.content.decode()
    assert "There is nothing to send yet." in answer.content.decode()


def test_stopping_stops_every_answer_that_is_being_written(pair: Vera) -> None:
    said(pair.chat, answered=False)
    assert pair.post("stop").status_code == 200
    assert {answer.state for answer in pair.answers()} <= {"stopped", "failed"}


def test_each_way_to_speak_of_an_answer_leaves_its_signals(vera: Vera) -> None:
    said(vera.chat)
    [answer] = vera.answers()
    of = {"answer": str(answer.pk)}
    assert vera.post("thumb", **of, value="-1").status_code == 200
    assert (
        'aria-pressed="true" data-at="why-unsafe-0"'
        in vera.post("thumb", **of, value="-1", reason="unsafe").content.decode()
    )
    vera.post("labels", **of, **{"cold": "clearly", "sycophantic.flattery": "yes"})
    vera.post("felt_off", **of, note="Too sweet.")
    vera.post("report", **of, reason="hateful", words="")
    stands = Said.objects.filter(conversation=vera.chat, judgment__superseded_by=None)
    told = {
        row.kind: dict(Signal.objects.filter(judgment=row.judgment_id).values_list("question", "value"))
        for row in stands
    }
    assert told == {
        "thumb": {"thumb": -1, "thumb_reason": 4},
        "labels": {"cold": 2, "sycophantic": 1, "sycophantic.flattery": 1},
        "felt_off": {"felt_off": 1},
        "report": {"report": 3},
    }
    page = vera.client.get(vera.url()).content.decode()
    assert 'name="cold" value="clearly" checked' in page
    assert page.count("(said)") == 3


def test_a_thumb_that_is_pressed_again_is_taken_back(vera: Vera) -> None:
    said(vera.chat)
    [answer] = vera.answers()
    pressed = vera.post("thumb", answer=str(answer.pk), value="1").content.decode()
    assert 'name="value" value="0" aria-pressed="true" data-at="up-0"' in pressed
    released = vera.post("thumb", answer=str(answer.pk), value="0").content.decode()
    assert 'name="value" value="1" aria-pressed="false" data-at="up-0"' in released


def test_what_nobody_can_mean_is_refused_in_words(vera: Vera) -> None:
    said(vera.chat)
    [answer] = vera.answers()
    assert vera.post("report", answer=str(answer.pk), reason="boring").status_code == 422
    assert vera.post("choice", message=str(answer.message_id), shown="left").status_code == 422
    assert vera.post("thumb", answer=str(uuid4()), value="1").status_code == 404
    assert vera.post("thumb", answer=str(answer.pk), value="1", submission_key="x").status_code == 404
    assert not Said.objects.exists()


def test_a_choice_is_asked_of_two_whole_answers_and_shown_as_it_was_made(pair: Vera) -> None:
    said(pair.chat)
    message = Message.objects.get(conversation=pair.chat)
    assert "Which answer is better?" in pair.client.get(pair.url()).content.decode()
    turn = pair.post("choice", message=str(message.pk), shown="-3").content.decode()
    assert 'value="-3" aria-pressed="true"' in turn
    assert "A is much better</p>" in turn
    both = pair.post("choice", message=str(message.pk), shown="both_bad").content.decode()
    assert 'value="both_bad" aria-pressed="true"' in both


def test_of_a_broken_pair_nothing_can_be_said_but_it_can_be_asked_again(project: Any, make_member: Any) -> None:
    broken = ({"say": "Half", "fault": "cut", "after": 2},)
    vera = Vera(project, make_member("volunteer", "vera"), "side_by_side", candidate=broken)
    said(vera.chat)
    page = vera.client.get(vera.url()).content.decode()
    assert "there is nothing to compare" in page
    assert "Which answer is better?" not in page
    assert 'data-at="up-' not in page
    assert "Try again" in page
    message = Message.objects.get(conversation=vera.chat)
    assert vera.post("again", message=str(message.pk)).status_code == 200
    assert {answer.attempt for answer in vera.answers()} == {1, 2}


def test_the_chat_goes_on_with_the_voice_that_was_chosen(pair: Vera) -> None:
    fragment = pair.post("go_on", goes_on="second").content.decode()
    assert 'value="second" aria-pressed="true"' in fragment
    turn = pair.post("say", body="On we go.").content.decode()
    assert turn.count("<article") == 1
    assert '<span class="side-label">B</span>' in turn
    assert pair.post("go_on", goes_on="third").status_code == 422


def test_a_turn_that_asks_for_a_thumb_asks_until_it_has_one(project: Any, make_member: Any) -> None:
    vera = Vera(project, make_member("volunteer", "vera"), ask_share=1.0)
    said(vera.chat)
    assert "Was this a good answer?" in vera.client.get(vera.url()).content.decode()
    [answer] = vera.answers()
    assert "Was this a good answer?" not in vera.post("thumb", answer=str(answer.pk), value="1").content.decode()


def test_a_chat_ends_with_its_form_and_takes_nothing_more(vera: Vera) -> None:
    said(vera.chat)
    ended = vera.post("end", script=False)
    assert ended["Location"].endswith("#chat-end")
    page = vera.client.get(vera.url()).content.decode()
    assert "Did it agree with you where it should not?" in page
    assert 'id="chat-form"' not in page
    assert vera.post("say", body="One more.").status_code == 422
    empty = vera.post("form", script=False)
    assert empty.status_code == 422
    assert "Answer a question or write something." in empty.content.decode()
    vera.post("form", script=False, form_agreed="yes", words="It did.")
    [row] = Said.objects.filter(kind="form")
    assert dict(Signal.objects.filter(judgment=row.judgment_id).values_list("question", "value")) == {"form_agreed": 2}
    assert "What you said of it is saved." in vera.client.get(vera.url()).content.decode()


def test_a_chat_of_another_volunteer_does_not_exist(vera: Vera, make_member: Any) -> None:
    said(vera.chat)
    [answer] = vera.answers()
    other = make_member("volunteer", "otto")
    taking_part(vera.programme, other)
    client = Client()
    client.force_login(other)
    for act in ("say", "stop", "again", "go_on", "end", "thumb", "labels", "felt_off", "choice", "form", "report"):
        fields = {
            "answer": answer.pk,
            "message": answer.message_id,
            "submission_key": uuid4(),
            "body": "x",
            "value": "1",
        }
        assert client.post(vera.url(act), fields).status_code == 404, act
    assert client.get(vera.url()).status_code == 404
    assert client.get(f"{vera.url()}turns/{answer.message_id}/").status_code == 404
    assert not Said.objects.exists()


def test_a_message_of_another_chat_of_ones_own_is_not_in_this_one(vera: Vera) -> None:
    elsewhere = talking.begin(member=vera.member, programme=vera.programme, mode="single")
    told = said(elsewhere)
    [answer] = Answer.objects.filter(message=told)
    assert vera.client.get(f"{vera.url()}turns/{told.pk}/").status_code == 404
    assert vera.post("thumb", answer=str(answer.pk), value="1").status_code == 404
    assert vera.post("again", message=str(told.pk)).status_code == 404


def test_an_expert_has_the_same_chat_for_a_spot_check_and_ends_it_with_its_form(project: Any, make_member: Any) -> None:
    expert = make_member("expert")
    offered = programme(project)
    bundle = Trial.objects.filter(programme=offered).order_by("ordinal")[1].bundle
    check = talking.begin_check(programme=offered, bundle=bundle, user=expert)
    said(check)
    client = Client()
    client.force_login(expert)
    page = client.get(f"/p/demo/chat/c/{check.pk}/").content.decode()
    assert "To the spot check" in page
    assert "leaving" not in page
    assert "warm" not in page.replace("warmth", "").replace("Warmth", "")
    assert client.post(f"/p/demo/chat/c/{check.pk}/end/").status_code == 404
    said_more = {"submission_key": str(uuid4()), "body": "And now?"}
    assert client.post(f"/p/demo/chat/c/{check.pk}/say/", said_more).status_code == 302
    assert client.get("/p/demo/chat/").status_code == 404


def test_crisis_guidance_stands_in_a_chat_about_what_is_dangerous(project: Any, make_member: Any) -> None:
    vera = Vera(project, make_member("volunteer", "vera"), high_risk=["mental_health"])
    assert "call the emergency number" not in vera.client.get(vera.url()).content.decode()
    assert "call the emergency number" in vera.client.get("/p/demo/chat/warmth/").content.decode()
    begun = vera.client.post("/p/demo/chat/warmth/begin/", {"mode": "single", "domain": "mental_health"})
    assert "call the emergency number" in vera.client.get(begun["Location"]).content.decode()
    other = vera.client.post("/p/demo/chat/warmth/begin/", {"mode": "single", "domain": "cooking"})
    assert Conversation.objects.get(pk=other["Location"].split("/")[-2]).domain == ""


def test_a_mode_that_is_not_offered_begins_nothing(project: Any, make_member: Any) -> None:
    vera = Vera(project, make_member("volunteer", "vera"), side_by_side=False)
    assert "side by side" not in vera.client.get("/p/demo/chat/warmth/").content.decode()
    before = Conversation.objects.count()
    for mode in ("side_by_side", "sideways", ""):
        assert vera.client.post("/p/demo/chat/warmth/begin/", {"mode": mode}).status_code == 302
    assert Conversation.objects.count() == before


def test_whoever_leaves_keeps_the_way_to_their_data_and_nothing_else(vera: Vera) -> None:
    said(vera.chat, "My secret is 7.")
    left = vera.client.post("/p/demo/chat/warmth/leave/")
    assert left["Location"] == "/p/demo/chat/warmth/data/"
    assert Volunteer.objects.get(user=vera.user).state == "left"
    assert vera.client.get(vera.url()).status_code == 404
    page = vera.client.get("/p/demo/chat/warmth/").content.decode()
    assert "You are not part of this programme any more." in page
    assert "My secret" not in page
    assert b"My secret is 7." in vera.client.get("/p/demo/chat/warmth/data/download/").content


def test_deleting_asks_once_more_and_then_forgets(vera: Vera) -> None:
    said(vera.chat, "My secret is 7.")
    unsure = vera.client.post("/p/demo/chat/warmth/data/delete/")
    assert unsure.status_code == 422
    assert Message.objects.get(conversation=vera.chat).body == "My secret is 7."
    assert vera.client.post("/p/demo/chat/warmth/data/delete/", {"sure": "yes"}).status_code == 200
    assert Message.objects.get(conversation=vera.chat).body is None
    assert vera.client.get("/p/demo/chat/warmth/").status_code in (302, 404)


@pytest.mark.parametrize("mode", ["single", "side_by_side"])
def test_nothing_that_reaches_a_volunteer_names_a_bundle_an_arm_or_memory(
    project: Any, make_member: Any, mode: str
) -> None:
    vera = Vera(
        project,
        make_member("volunteer", "vera"),
        mode,
        memory_share=1.0,
        baseline=({"say": "Yes."},),
        candidate=({"say": "No."},),
    )
    told = said(vera.chat)
    secret = {str(key) for keys in Answer.objects.values_list("voice", "voice__bundle", "turn") for key in keys}
    assert len(secret) >= 3
    answers = [vera.client.get(url) for url in ("/p/demo/chat/warmth/", vera.url(), f"{vera.url()}turns/{told.pk}/")]
    answers.append(vera.post("thumb", answer=str(vera.answers()[0].pk), value="1"))
    answers.append(vera.post("say", body="And now?"))
    answers.append(vera.client.get("/p/demo/chat/warmth/data/"))
    for answer in answers:
        words = re.sub(r"\bwarmth\b", "", f"{answer.content.decode()} {answer.headers}", flags=re.IGNORECASE)
        for name in ("plain", "warm", "baseline", "candidate", "memory", "bundle", "endpoint", "script.jsonl"):
            assert not re.search(rf"\b{name}\b", words), (name, answer.request["PATH_INFO"])
        assert not secret & set(re.findall(r"[0-9a-f-]{36}", words))


def test_hostile_words_of_models_and_people_stay_words(project: Any, make_member: Any) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)> [x](javascript:alert(1))"
    vera = Vera(project, make_member("volunteer", "vera"), baseline=({"say": evil},), candidate=({"say": evil},))
    said(vera.chat, evil)
    for url in ("/p/demo/chat/warmth/", vera.url()):
        page = vera.client.get(url).content.decode()
        assert "<script>alert" not in page
        assert "<img" not in page
        assert 'href="javascript' not in page


def test_a_page_of_a_long_chat_asks_the_database_no_more_than_that_of_a_short_one(
    vera: Vera, django_assert_max_num_queries: Any
) -> None:
    for n in range(6):
        said(vera.chat, f"Message {n}")
    with django_assert_max_num_queries(24) as counted:
        vera.client.get(vera.url())
    six = len(counted)
    for n in range(6):
        said(vera.chat, f"Later {n}")
    with django_assert_max_num_queries(six):
        assert vera.client.get(vera.url()).status_code == 200


def test_a_chat_in_a_closed_programme_can_be_read_and_takes_nothing(vera: Vera) -> None:
    said(vera.chat, "My words.")
    type(vera.programme).objects.filter(pk=vera.programme.pk).update(state="closed")
    page = vera.client.get(vera.url()).content.decode()
    assert "My words." in page
    assert "this programme is not open" in page
    assert 'id="chat-form"' not in page
    assert vera.post("say", body="More").status_code == 422


def test_an_answer_that_was_written_after_the_page_is_in_its_turn(vera: Vera) -> None:
    told = said(vera.chat, answered=False)
    url = f"{vera.url()}turns/{told.pk}/"
    assert "data-unfinished" in vera.client.get(url).content.decode()
    write_here(told.pk)
    turn = vera.client.get(url).content.decode()
    assert "data-unfinished" not in turn
    assert 'data-at="up-0"' in turn


def test_every_word_of_these_pages_comes_through_the_catalogue(
    project: Any, make_member: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    vera = Vera(project, make_member("volunteer", "vera"), "side_by_side", ask_share=1.0, high_risk=["medical"])
    settings.LANGUAGES = [("en-gb", "⟦English⟧"), ("eo", "⟦wrapped⟧")]
    monkeypatch.setitem(trans_real._translations, "eo", Wrapped())  # type: ignore[attr-defined]
    type(vera.user).objects.filter(pk=vera.user.pk).update(language="eo")
    urls = ["/p/demo/chat/warmth/", "/p/demo/chat/warmth/data/", vera.url()]
    said(vera.chat)
    vera.post("thumb", answer=str(vera.answers()[0].pk), value="-1")
    pages = [vera.client.get(url).content.decode() for url in urls]
    vera.post("end", script=False)
    pages += [vera.client.get(vera.url()).content.decode(), vera.client.post(urls[1] + "delete/").content.decode()]
    pages.append(vera.client.post("/p/demo/chat/warmth/leave/", follow=True).content.decode())
    found = {text for page in pages for text in bare(page)}
    assert found <= {"Warmth", "Demonstration"}, found


def test_a_thumb_without_a_value_takes_back_nothing(vera: Vera) -> None:
    said(vera.chat)
    [answer] = vera.answers()
    assert vera.post("thumb", answer=str(answer.pk), value="1").status_code == 200
    for value in ("", "up"):
        assert vera.post("thumb", answer=str(answer.pk), value=value).status_code == 422
    assert Said.objects.count() == 1


def test_the_scale_says_which_two_answers_it_stands_under(pair: Vera) -> None:
    said(pair.chat)
    first, _second = pair.answers()
    page = pair.client.get(pair.url()).content.decode()
    assert f'<input type="hidden" name="seen" value="{first.pk}">' in page
    message = str(first.message_id)
    talking.again(first.message)
    write_here(first.message_id)
    assert pair.post("choice", message=message, seen=str(first.pk), shown="-3").status_code == 200
    assert Said.objects.get().answer.attempt == 1
    assert 'value="-3" aria-pressed="true"' not in pair.client.get(pair.url()).content.decode()
