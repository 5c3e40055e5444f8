"""The page on which somebody decides about pairs that raters call broken."""

from typing import Any

import pytest
from django.test import Client

from annotate import queue, reporting
from annotate.models import Task
from core.ledger.actors import actor_of
from tests.annotate_pages.pairs import campaign

LIST = "/p/demo/reports/"


@pytest.fixture
def lead(client: Client, ml_lead: Any) -> Client:
    client.force_login(ml_lead)
    return client


@pytest.fixture
def task(project: Any, rater: Any) -> Task:
    work = campaign(project, pairs=1, overlap=2)
    actor = actor_of(project, rater)
    [slot] = queue.take(campaign=work, rater=actor, want=1)
    reporting.report(campaign=work, rater=actor, token=slot.lease_token, reason="garbled", words="")
    return slot.task


def decide(lead: Client, task: Task, decision: str) -> str:
    page = lead.post(f"{LIST}{task.pk}/", {"decision": decision}, follow=True)
    return " ".join(page.content.decode().split())


def test_a_reported_pair_is_put_back_or_retired(lead: Client, task: Task) -> None:
    assert "Raters say of 1 pair that it is broken" in lead.get(LIST).content.decode()
    assert "It is out of the queue for good." in decide(lead, task, "retire")
    assert "Somebody else has decided this already." in decide(lead, task, "dismiss")
    assert "Nothing is reported." in lead.get(LIST).content.decode()


@pytest.mark.parametrize("decision", ["", "nonsense"])
def test_a_decision_that_there_is_none_of_says_what_there_is(lead: Client, task: Task, decision: str) -> None:
    assert "Nothing was decided: it goes back into the queue, or out of it for good." in decide(lead, task, decision)
    assert "Raters say of 1 pair that it is broken" in lead.get(LIST).content.decode()
