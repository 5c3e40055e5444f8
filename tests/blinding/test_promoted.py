"""A turn of an alpha that raters compare: no byte they are sent tells of programme, person, arm or bundle."""

import json
from typing import Any

import pytest
from django.test import Client

from alpha import promoting
from alpha.models import Answer, Conversation, Promotion, Trial
from annotate.requests import take_requests
from core.accounts.access import member_of
from core.catalog.models import Comparison, Response
from core.endpoints.setting import set_endpoint
from core.ledger.models import LabelRequest, Turn
from tests.blinding.conftest import Secrets, disguises
from tests.blinding.test_canaries import crawl
from tests.blinding.test_exchanged import same_work, walk
from tests.saying import chats

PROGRAMME = "vermilion-canary-5521"
ENDPOINT = "reservoir-canary-4410"
HIDDEN = (PROGRAMME, ENDPOINT, "vera-canary", "candidate", "alpha:")
PAIRS = 6


@pytest.fixture
def promoted(project: Any, make_member: Any) -> Secrets:
    """Six turns of a volunteer's chat, each with a rival's answer, in a campaign that subscribes to them."""
    secrets = Secrets(project, pairs=0, purposes=[f"alpha:{PROGRAMME}"])
    one, rival = secrets.bundles
    lines = [{"when": f"case {n}", "say": f"A kilogram is a kilogram, {n}."} for n in range(PAIRS)]
    set_endpoint(project=project, name=ENDPOINT, kind="script", by=None, script="\n".join(map(json.dumps, lines)))
    rival.spec = {"endpoint": ENDPOINT, "model": "endpoint-canary-1", "system": "be-warm-canary-1"}
    rival.save()
    programme = chats.programme(project, PROGRAMME)
    Trial.objects.filter(programme=programme, part="candidate").update(bundle=one)
    chat = chats.agreed(chats.chat(programme, make_member("volunteer", "vera-canary"), one.name, domain="physics"))
    lead = member_of(make_member("ml_lead"), project.slug)
    for n in range(PAIRS):
        (answer,) = chat.turn(body=f"What is heavier, lead or feathers, in case {n}?")
        Answer.objects.filter(pk=answer.pk).update(text=f"Lead is heavier per volume, case {n}.")
        answer.refresh_from_db()
        promotion = promoting.promote(member=lead, answer=answer, rival=rival)
        words = [said["content"] for said in promotion.prompt]
        promoting.approve(member=lead, promotion=promotion, prompt=words, text=promotion.text or "")
        assert promoting.settle(promotion.pk, fence=lambda: None) == "queued"
    assert take_requests(secrets.campaign) == PAIRS
    secrets.comparisons = list(Comparison.objects.filter(project=project))
    return secrets


def hidden(secrets: Secrets) -> set[str]:
    rows = [
        str(row.pk)
        for model in (Turn, LabelRequest, Promotion, Answer, Conversation)
        for row in model.objects.filter(project=secrets.project)
    ]
    return secrets.all() | set(rows) | {form for word in HIDDEN for form in disguises(word)}


def test_no_trace_of_an_alpha_reaches_a_rater(client: Client, promoted: Secrets) -> None:
    texts = crawl(client, promoted)
    assert len(texts) > 40
    assert "lead is heavier per volume" in "".join(texts)
    forms = hidden(promoted)
    assert {(form, text[:200]) for text in texts for form in forms if form in text} == set()


def test_exchanging_the_bundles_of_promoted_turns_changes_no_byte(client: Client, promoted: Secrets) -> None:
    before = walk(client, "blind")
    assert len(before) > 20
    same_work(promoted.campaign)
    one, two = (bundle.pk for bundle in promoted.bundles)
    for row in Response.objects.filter(project=promoted.project):
        row.bundle_id = two if row.bundle_id == one else one
        row.save()
    assert before == walk(client, "blind")
