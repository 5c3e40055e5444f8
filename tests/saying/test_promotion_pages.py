"""The pages on which somebody looks at a turn before raters do."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from alpha import promoting
from alpha.models import Answer, Promotion
from core.accounts.access import member_of
from core.jobs.models import Job
from tests.saying import chats


@pytest.fixture
def made(project: Any, make_member: Any, ml_lead: Any) -> tuple[Answer, Promotion]:
    return chats.promoted(project, make_member("volunteer", "vera"), member_of(ml_lead, project.slug))


@pytest.fixture
def lead(client: Client, ml_lead: Any) -> Client:
    client.force_login(ml_lead)
    return client


def at(name: str, *more: Any) -> str:
    return reverse(name, args=["demo", "warmth", *more])


def test_a_turn_is_offered_looked_at_and_sent(lead: Client, made: tuple[Answer, Promotion]) -> None:
    answer, waits = made
    listed = lead.get(at("promotion_list")).content.decode()
    assert "Are you sure?" in listed
    assert "felt off" in listed
    assert at("promotion_review", waits.pk) in listed
    sent = lead.post(at("promotion_list"), {"answer": answer.pk, "rival": waits.rival_id})
    promotion = Promotion.objects.get(answer=answer)
    assert sent.headers["Location"] == at("promotion_review", promotion.pk)
    looked = lead.get(sent.headers["Location"])
    form = looked.context["form"]
    assert [field.label for field in form] == ["The person", "An earlier answer", "The person", "The answer"]
    words = {name: form.initial.get(name) or field.initial for name, field in form.fields.items()}
    gone = lead.post(at("promotion_review", promotion.pk), {**words, "message_0": "How old is the Earth?"})
    assert gone.headers["Location"] == at("promotion_list")
    promotion.refresh_from_db()
    assert promotion.state == "asking"
    assert promotion.prompt[0]["content"] == "How old is the Earth?"
    assert Job.objects.filter(kind=promoting.JOB, args__promotion=str(promotion.pk)).count() == 1
    # What is on its way is not looked at again.
    assert lead.get(at("promotion_review", promotion.pk)).status_code == 302


def test_what_was_taken_out_is_shown_beside_what_is_left(lead: Client, made: tuple[Answer, Promotion]) -> None:
    page = lead.get(at("promotion_review", made[1].pk)).content.decode()
    assert "My name is [name], write to [email]: is the Earth 6,000 years old?" in page
    assert "<td>message 1</td>" in page
    assert page.count("ann@example.org") == 1


def test_an_empty_message_is_sent_back(lead: Client, made: tuple[Answer, Promotion]) -> None:
    answer = lead.post(at("promotion_review", made[1].pk), {"message_0": " ", "text": "No."})
    assert answer.status_code == 422
    assert "Not sent yet" in answer.content.decode()
    assert Promotion.objects.get(pk=made[1].pk).state == "review"


def test_a_rival_of_nowhere_is_sent_back(lead: Client, made: tuple[Answer, Promotion]) -> None:
    answer = lead.post(at("promotion_list"), {"answer": made[0].pk, "rival": made[0].pk})
    assert answer.status_code == 422
    assert "Choose the bundle" in answer.content.decode()
    own = lead.post(at("promotion_list"), {"answer": made[0].pk, "rival": made[0].voice.bundle_id})
    assert own.status_code == 422
    assert Promotion.objects.count() == 1


def test_an_answer_of_another_programme_does_not_exist(
    lead: Client, made: tuple[Answer, Promotion], project: Any, make_member: Any
) -> None:
    elsewhere = chats.programme(project, "other")
    (answer,) = chats.chat(elsewhere, make_member("volunteer", "otto"), "v42").turn()
    assert lead.post(at("promotion_list"), {"answer": answer.pk, "rival": made[1].rival_id}).status_code == 404
    other = reverse("promotion_review", args=["demo", "other", made[1].pk])
    assert lead.get(other).status_code == 404


def test_a_dropped_turn_is_gone(lead: Client, made: tuple[Answer, Promotion]) -> None:
    assert lead.post(at("promotion_drop", made[1].pk)).status_code == 302
    page = lead.get(at("promotion_list")).content.decode()
    assert "It was not wanted." in page
    assert "ann@example.org" not in page


def test_words_of_people_and_models_are_no_markup(lead: Client, made: tuple[Answer, Promotion]) -> None:
    hostile = "<script>alert(1)</script>"
    Answer.objects.filter(pk=made[0].pk).update(text=hostile)
    Promotion.objects.filter(pk=made[1].pk).update(text=hostile, findings=[{"kind": "x", "where": 0, "found": hostile}])
    for page in (at("promotion_list"), at("promotion_review", made[1].pk)):
        text = lead.get(page).content.decode()
        assert hostile not in text
        assert "&lt;script&gt;" in text
