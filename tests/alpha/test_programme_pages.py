"""The pages of who runs programmes."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from alpha import programmes
from alpha.models import ConsentText, Programme, Trial, Volunteer
from alpha.selectors.programmes import trials_of
from core.catalog.models import Bundle
from tests.alpha.planted import TEXT, bundle, draft, invited, opened, volunteer

SETTINGS = {
    "name": "Warmth",
    "single": "on",
    "side_by_side": "on",
    "memory_share": "0.5",
    "ask_share": "0.02",
    "first_ms": "1500",
    "pace": "200",
    "most_volunteers": "100",
    "tokens": "5000000",
    "tokens_a_day": "500000",
    "tokens_a_person_a_day": "50000",
    "axes": ["sycophantic", "cold"],
    "high_risk": "Health, self harm",
}


@pytest.fixture
def lead(ml_lead: Any) -> Client:
    client = Client()
    client.force_login(ml_lead)
    return client


def at(key: str = "warmth", *more: str) -> str:
    return "/".join(["/p/demo/alpha", key, *more, ""])


def test_a_programme_is_set_up_given_a_text_and_opened(project: Any, lead: Client) -> None:
    plain, warm = bundle(project, "plain"), bundle(project, "warm")
    chosen = {**SETTINGS, "key": "warmth", "baseline": str(plain.pk), "candidates": [str(warm.pk)]}
    assert lead.post(at("new"), chosen)["Location"] == at("warmth", "settings")
    made = Programme.objects.get()
    assert (made.axes, made.high_risk) == (["sycophantic", "cold"], ["health", "self-harm"])
    assert [(one.part, one.bundle) for one in trials_of(made)] == [("baseline", plain), ("candidate", warm)]
    page = lead.get(at("warmth", "settings")).content.decode()
    assert "Write the text that volunteers agree to." in page
    lead.post(at("warmth", "open"))
    assert Programme.objects.get().state == "draft"
    lead.post(at("warmth", "consent"), {"consent": TEXT})
    lead.post(at("warmth", "open"))
    assert Programme.objects.get().state == "open"


def test_settings_keep_what_is_not_asked_of_an_open_programme(project: Any, lead: Client) -> None:
    made = opened(project, pace=90)
    page = lead.get(at("warmth", "settings")).content.decode()
    assert 'name="pace"' not in page
    assert 'name="tokens"' in page
    assert lead.post(at("warmth", "settings"), {**SETTINGS, "tokens": "7", "pace": "300"}).status_code == 302
    made.refresh_from_db()
    assert (made.tokens, made.pace, Trial.objects.count()) == (7, 90, 2)


def test_what_is_refused_stands_beside_its_field(project: Any, lead: Client) -> None:
    warm = bundle(project, "warm")
    both = {**SETTINGS, "key": "new", "baseline": str(warm.pk), "candidates": [str(warm.pk)]}
    answer = lead.post(at("new"), both)
    assert answer.status_code == 422
    assert {"key", "candidates"} >= set(answer.context["form"].errors) != set()
    assert not Programme.objects.exists()


def test_a_bundle_that_is_known_by_name_only_is_not_offered(project: Any, other_project: Any, lead: Client) -> None:
    Bundle.objects.create(project=project, name="from a file")
    bundle(other_project, "of others")
    bundle(project, "warm")
    page = lead.get(at("new")).content.decode()
    assert "warm" in page
    assert "from a file" not in page
    assert "of others" not in page


def test_a_file_of_addresses_invites_them(project: Any, lead: Client) -> None:
    opened(project)
    file = SimpleUploadedFile("people.csv", b"name,email\nAda,ada@example.org\nBob,bob@example.org\n")
    assert lead.post(at("warmth", "volunteers"), {"file": file}).status_code == 302
    page = lead.get(at("warmth", "volunteers")).content.decode()
    assert "2 letters are on their way." in page
    assert "ada@example.org" in page


def test_of_a_file_with_a_wrong_line_nobody_is_invited(project: Any, lead: Client) -> None:
    opened(project)
    file = SimpleUploadedFile("people.csv", b"ada@example.org\nnobody\n")
    answer = lead.post(at("warmth", "volunteers"), {"file": file})
    assert answer.status_code == 422
    assert "Line 2: “nobody” is no e-mail address." in answer.content.decode()
    assert not Volunteer.objects.exists()


@pytest.mark.parametrize("posted", [{}, {"pasted": "  "}, {"pasted": "ada@example.org", "file": True}])
def test_addresses_come_in_one_way(project: Any, lead: Client, posted: dict[str, Any]) -> None:
    opened(project)
    if "file" in posted:
        posted = {**posted, "file": SimpleUploadedFile("people.csv", b"bob@example.org")}
    assert lead.post(at("warmth", "volunteers"), posted).status_code == 422
    assert not Volunteer.objects.exists()


def test_people_are_removed_sent_again_and_erased_from_the_page(project: Any, lead: Client, make_user: Any) -> None:
    made = opened(project)
    vera = volunteer(made, make_user("vera"))
    lead.post(at("warmth", "volunteers"), {"pasted": "ada@example.org"})
    ada = Volunteer.objects.get(email="ada@example.org")
    lead.post(at("warmth", "volunteers", str(ada.pk), "resend"))
    assert "a link sent before is dead" in lead.get(at("warmth", "volunteers")).content.decode()
    for row, act in ((ada, "remove"), (vera, "erase")):
        assert lead.post(at("warmth", "volunteers", str(row.pk), act)).status_code == 302
    ada.refresh_from_db()
    vera.refresh_from_db()
    assert (ada.state, vera.email) == ("removed", None)
    page = lead.get(at("warmth", "volunteers")).content.decode()
    assert "vera@example.org" not in page


def test_somebody_erased_is_no_more_to_be_managed(project: Any, lead: Client, make_user: Any) -> None:
    vera = volunteer(opened(project), make_user("vera"))
    for status in (302, 404):
        assert lead.post(at("warmth", "volunteers", str(vera.pk), "erase")).status_code == status


def test_a_text_in_which_nothing_changed_is_no_new_version(project: Any, lead: Client) -> None:
    draft(project)
    for body in (TEXT, f"  {TEXT}\r\n", "Other words."):
        lead.post(at("warmth", "consent"), {"consent": body})
    assert list(ConsentText.objects.order_by("version").values_list("version", flat=True)) == [1, 2]


def test_a_closed_programme_shows_what_it_was_and_takes_nothing(project: Any, lead: Client) -> None:
    made = opened(project)
    lead.post(at("warmth", "close"))
    made.refresh_from_db()
    assert made.state == "closed"
    for place in ("settings", "volunteers"):
        assert "<textarea" not in lead.get(at("warmth", place)).content.decode()
    assert lead.post(at("warmth", "volunteers"), {"pasted": "ada@example.org"}).status_code == 422
    assert lead.post(at("warmth", "consent"), {"consent": "New words"}).status_code == 422


def test_the_list_is_empty_until_there_is_one(project: Any, lead: Client) -> None:
    assert "No programme yet" in lead.get("/p/demo/alpha/").content.decode()
    programmes.create(project=project, by=None, key="warmth", name="Warmth")
    page = lead.get("/p/demo/alpha/").content.decode()
    assert "Warmth" in page
    assert "nothing yet" in page


def test_the_purpose_is_the_teams_alone(project: Any, lead: Client, make_user: Any) -> None:
    made = opened(project, purpose="Is canary-v42 warmer?")
    assert "canary-v42" in lead.get(at("warmth", "settings")).content.decode()
    vera = Client()
    vera.force_login(invited(made, make_user("vera")).user)
    assert "canary-v42" not in vera.get("/p/demo/chat/warmth/").content.decode()
    vera.force_login(volunteer(opened(project, "other", purpose="canary-v43"), make_user("ada")).user)
    assert "canary-v43" not in vera.get("/p/demo/chat/other/").content.decode()
