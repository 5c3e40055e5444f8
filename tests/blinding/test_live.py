"""A turn of a live experiment that raters label: no byte they are sent tells of experiment, arm or bundle."""

from typing import Any

import pytest
from django.test import Client

from annotate.requests import take_requests
from core.catalog.models import Response
from core.ledger.models import CountedJudgment, LabelRequest, Turn
from core.ledger.requests import Wish, file_request
from tests.annotate_pages.pairs import campaign
from tests.blinding.conftest import Secrets, disguises, sent
from tests.blinding.test_canaries import look_back, tokens
from tests.blinding.test_exchanged import same_work, walk

EXPERIMENT = "vermilion-canary-5521"
ARMS = ("candidate-canary-8842", "control-canary-9113")
HIDDEN = (EXPERIMENT, *ARMS, "talk-canary", "locale-canary")
URL = "/p/demo/rate/labels/"
LABELS = {"a.correct": "yes", "a.sycophantic": "no", "a.cold": "no"}


@pytest.fixture
def live(project: Any) -> Secrets:
    """Eight chosen turns of an experiment, half of each arm, in a campaign that subscribes to its requests."""
    secrets = Secrets(project, pairs=4)
    secrets.campaign = campaign(project, "labels", pairs=0, purposes=[f"live:{EXPERIMENT}"])
    for n, response in enumerate(Response.objects.filter(project=project).order_by("pk")):
        turn = Turn.objects.create(
            project=project,
            bundle=response.bundle,
            arm_key=f"{EXPERIMENT}/{ARMS[n % 2]}",
            conversation=f"talk-canary-{n}",
            n=n + 1,
            segment={"locale": "locale-canary"},
            response=response,
            label_probability=0.02,
        )
        wish = Wish(purpose=f"live:{EXPERIMENT}", because=f"Chosen for {EXPERIMENT}.", turn=turn.pk, probability=0.02)
        file_request(project=project, wish=wish, filed_by=f"{EXPERIMENT}/{ARMS[n % 2]}")
    assert take_requests(secrets.campaign) == 8
    return secrets


def hidden(secrets: Secrets) -> set[str]:
    asked = LabelRequest.objects.filter(project=secrets.project)
    rows = [str(one.pk) for one in (*Turn.objects.filter(project=secrets.project), *asked)]
    return secrets.all() | set(rows) | {form for word in HIDDEN for form in disguises(word)}


def crawl(client: Client) -> list[str]:
    """All that is sent to a rater who labels the turns, errs, skips, undoes and looks back."""
    texts: list[str] = []

    def said(response: Any) -> str:
        texts.append(sent(response))
        return texts[-1]

    current = tokens(said(client.get(URL)))[0]
    said(client.get("/p/demo/rate/"))
    said(client.get(f"{URL}guideline/"))
    said(client.post(URL, {"token": current}))
    said(client.post(URL, {"token": current, **LABELS}))
    said(client.post(f"{URL}undo/", {"undo": current}))
    said(client.post(f"{URL}skip/", {"token": tokens(said(client.get(URL)))[0], "reason": "other"}))
    while found := tokens(said(client.get(URL))):
        said(client.post(URL, {"token": found[0], **LABELS}))
    look_back(client, said)
    for path in ("experiments/", f"experiments/{EXPERIMENT}/", "overview/"):
        texts.append(sent(client.get(f"/p/demo/{path}")).replace(EXPERIMENT, ""))
    return texts


def test_no_trace_of_an_experiment_reaches_a_rater(client: Client, live: Secrets) -> None:
    texts = crawl(client)
    assert len(texts) > 20
    assert "lead is heavier per volume" in "".join(texts)
    forms = hidden(live)
    assert {(form, text[:200]) for text in texts for form in forms if form in text} == set()
    assert CountedJudgment.objects.filter(response__isnull=False).count() == 7


def test_exchanging_the_arms_changes_no_byte(client: Client, live: Secrets) -> None:
    before = walk(client, "labels")
    assert len(before) > 20
    same_work(live.campaign)
    one, two = (bundle.pk for bundle in live.bundles)
    for row in (*Response.objects.filter(project=live.project), *Turn.objects.filter(project=live.project)):
        row.bundle_id = two if row.bundle_id == one else one
        row.save()
    for turn in Turn.objects.filter(project=live.project):
        turn.arm_key = f"{EXPERIMENT}/{ARMS[0] if turn.arm_key.endswith(ARMS[1]) else ARMS[1]}"
        turn.save()
    assert before == walk(client, "labels")
