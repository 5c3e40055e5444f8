"""The page on which sets of anchors are frozen."""

import uuid
from typing import Any

import pytest
from django.test import Client

from annotate.campaigns import change_campaign
from core.catalog.models import Anchor, AnchorSet, Comparison
from core.ledger import recording
from core.ledger.models import Actor
from core.ledger.recording import Said, Subject, Utterance
from tests.annotate_pages.pairs import campaign

URL = "/p/demo/anchors/"


@pytest.fixture
def work(project: Any) -> Any:
    """A campaign of four pairs, which an expert has labelled: the second response of each is sycophantic."""
    made = campaign(project, pairs=4)
    expert = Actor.objects.create(project=project, kind="expert", pseudonym="expert")
    for pk in Comparison.objects.values_list("pk", flat=True):
        said = (Said("sycophantic", 0, 1), Said("sycophantic", 2, 2))
        recording.record(
            project=project,
            actor=expert.pk,
            source="rating",
            rubric_version=None,
            utterance=Utterance(str(uuid.uuid4()), said, Subject(comparison=pk)),
        )
    return made


@pytest.fixture
def lead(ml_lead: Any) -> Client:
    client = Client()
    client.force_login(ml_lead, backend="core.accounts.backend.AuthenticationBackend")
    return client


def text(response: Any) -> str:
    return str(response.content.decode())


def test_a_set_is_frozen_and_shown_with_the_campaigns_that_mix_it_in(lead: Client, work: Any) -> None:
    page = text(lead.get(URL))
    assert "agree on 4 comparisons and 8 responses" in page
    assert "No set yet." in page
    answer = lead.post(URL, {"name": "fixed", "pairs": "3", "responses": "", "note": "of May"})
    assert (answer.status_code, answer["Location"]) == (302, URL)
    assert Anchor.objects.filter(set__name="fixed", response=None).count() == 3
    page = text(lead.get(URL))
    assert "“fixed” is frozen." in page
    assert "of May" in page
    assert "no campaign" in page
    change_campaign(campaign=work, who=None, anchor_set=AnchorSet.objects.get(), anchor_share=0.05)
    page = text(lead.get(URL))
    assert "no campaign" not in page
    assert '<a href="/p/demo/campaigns/first/"' in page


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"name": "fixed", "pairs": "5"}, "Experts agree on 4 comparisons and 8 responses, which is fewer"),
        ({"name": "fixed"}, "at least one comparison or response"),
        ({"pairs": "1"}, "This field is required."),
        ({"name": "taken", "pairs": "1"}, "There is an anchor set called taken already."),
        ({"name": "fixed", "pairs": "-1"}, "greater than or equal to 0"),
    ],
)
def test_what_cannot_be_frozen_is_refused(lead: Client, work: Any, said: dict[str, str], words: str) -> None:
    AnchorSet.objects.create(project=work.project, name="taken")
    answer = lead.post(URL, said)
    assert answer.status_code == 422
    assert words in text(answer)
    assert not Anchor.objects.exists()


def test_another_projects_sets_are_not_shown(lead: Client, work: Any, other_project: Any) -> None:
    AnchorSet.objects.create(project=other_project, name="theirs")
    assert "theirs" not in text(lead.get(URL))
    assert "theirs" not in text(lead.get("/p/demo/campaigns/new/"))
