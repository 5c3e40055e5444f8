"""Who owes an unbiased look sees nothing of how candidates do, and everything again once it is lifted."""

from typing import Any

import pytest
from django.db import connection
from django.http import Http404
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.accounts import tokens
from core.accounts.access import Right, Withheld, member_of, members_of
from core.accounts.models import Membership, Scope
from core.catalog.models import Bundle
from core.ledger import seals
from core.tables.ids import uuid7


@pytest.fixture
def bundle(project: Any) -> Any:
    return Bundle.objects.create(project=project, name="v42", digest=b"x" * 32)


@pytest.fixture
def both(make_member: Any, project: Any) -> Any:
    """An expert who is a reviewer too."""
    user = make_member("reviewer", "both")
    Membership.objects.create(project=project, user=user, role="expert")
    return user


def sealed(user: Any, project: Any, bundle: Any) -> Any:
    return seals.set_seal(user=user, project=project, bundle=bundle, owed_for=uuid7())


def test_a_seal_withholds_the_metrics_and_leaves_the_rest(both: Any, project: Any, bundle: Any) -> None:
    seal = sealed(both, project, bundle)
    member = member_of(both, "demo")
    assert member.rights == {Right.RATE, Right.SPOT_CHECK}
    with pytest.raises(Withheld) as refused:
        member_of(both, "demo", Right.SEE_REPORTS)
    assert refused.value.right == Right.SEE_REPORTS
    # What was never theirs does not exist, sealed or not.
    with pytest.raises(Http404):
        member_of(both, "demo", Right.SEE_AUDIT)
    assert seals.lift(owed_for=seal.owed_for) is True
    assert member_of(both, "demo", Right.SEE_REPORTS).rights >= {Right.SEE_REPORTS, Right.SEE_JUDGMENTS}
    assert seals.lift(owed_for=seal.owed_for) is False


def test_one_does_not_land_on_a_page_that_is_withheld(both: Any, project: Any, bundle: Any, client: Client) -> None:
    client.force_login(both)
    assert client.get("/p/demo/")["Location"] == "/p/demo/comparisons/"
    seal = sealed(both, project, bundle)
    assert client.get("/p/demo/")["Location"] == "/p/demo/checks/"
    seals.lift(owed_for=seal.owed_for)
    assert client.get("/p/demo/")["Location"] == "/p/demo/comparisons/"


def test_one_of_two_seals_binds_as_two_do(both: Any, project: Any, bundle: Any) -> None:
    first, second = sealed(both, project, bundle), sealed(both, project, bundle)
    seals.lift(owed_for=first.owed_for)
    assert [one.pk for one in seals.owed(both, project)] == [second.pk]
    with pytest.raises(Withheld):
        member_of(both, "demo", Right.SEE_REPORTS)


def test_a_seal_binds_its_person_in_its_project_only(
    both: Any, reviewer: Any, project: Any, other_project: Any, bundle: Any
) -> None:
    Membership.objects.create(project=other_project, user=both, role="reviewer")
    sealed(both, project, bundle)
    assert member_of(reviewer, "demo", Right.SEE_REPORTS)
    assert member_of(both, "other", Right.SEE_REPORTS)
    owes = {member.project.slug: member.owes for member in members_of(both)}
    assert owes == {"demo": True, "other": False}


def test_asking_for_a_seal_costs_no_query(both: Any, project: Any, bundle: Any) -> None:
    sealed(both, project, bundle)
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert not member_of(both, "demo").may(Right.SEE_REPORTS)
    assert len(seen) == 1


def test_the_token_of_who_owes_is_refused_with_its_own_code(
    make_member: Any, project: Any, bundle: Any, client: Client
) -> None:
    lead = make_member("ml_lead", "sealed")
    _, secret = tokens.make(project=project, by=lead, name="one", scopes=list(Scope), days=7)
    headers = {"authorization": f"Bearer {secret}"}
    seal = sealed(lead, project, bundle)
    refused = client.get("/api/v1/judgments/", headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "spot_check_owed")
    # A product's traffic goes on.
    sent = client.post(
        "/api/v1/feedback/",
        b"{}\n",
        content_type="application/x-ndjson",
        headers={**headers, "idempotency-key": "one"},
    )
    assert sent.status_code == 200
    seals.lift(owed_for=seal.owed_for)
    assert client.get("/api/v1/judgments/", headers=headers).status_code == 200
