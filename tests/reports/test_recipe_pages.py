"""The pages of signals, recipes, the reference and the budget: forms that say what is wrong, and who may use them."""

from typing import Any

import pytest
from django.test import Client

from core.accounts.models import AuditEvent
from reports.budgets import budget_of
from reports.models import Recipe, RecipeVersion, ReferenceDecision, RewardSignal
from reports.recipes import reference_of
from tests.reports import planted

SIGNAL = {"key": "thumbs", "name": "Users' thumbs", "kind": "thumbs", "direction": "1"}


@pytest.fixture
def lead(client: Client, ml_lead: Any) -> Client:
    client.force_login(ml_lead)
    return client


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_a_signal_is_registered_and_named_in_the_audit_trail(lead: Client, project: Any) -> None:
    answer = lead.post("/p/demo/signals/new/", {**SIGNAL, "is_brake": "on", "unit": "z"})
    assert answer.status_code == 302
    signal = RewardSignal.objects.get(project=project)
    assert (signal.key, signal.kind, signal.direction, signal.is_brake, signal.unit) == (
        "thumbs",
        "thumbs",
        1,
        True,
        "z",
    )
    assert AuditEvent.objects.filter(verb="signal.registered", object="thumbs").exists()
    shown = text(lead.get("/p/demo/signals/"))
    assert "1 signal is registered." in shown
    assert "Users&#x27; thumbs" in shown


def test_a_key_that_is_taken_is_said_beside_the_key(lead: Client, project: Any) -> None:
    planted.registered(project)
    answer = lead.post("/p/demo/signals/new/", SIGNAL)
    assert answer.status_code == 422
    assert "There is a signal with the key &#x27;thumbs&#x27; already" in text(answer)
    assert "key" in answer.context["form"].errors


def test_what_stays_as_it_is_is_not_asked_again(lead: Client, project: Any) -> None:
    planted.registered(project)
    shown = text(lead.get("/p/demo/signals/thumbs/"))
    assert 'name="name"' in shown
    assert 'name="key"' not in shown
    lead.post("/p/demo/signals/thumbs/", {"name": "Thumbs", "key": "other", "direction": "-1"})
    signal = RewardSignal.objects.get(project=project, name="Thumbs")
    assert (signal.key, signal.direction) == ("thumbs", 1)


def test_a_recipe_is_made_and_the_next_version_shows_what_differs(lead: Client, project: Any) -> None:
    planted.registered(project)
    first = {"recipe": "april", "weights-primary": "0.8", "weights-thumbs": "0.2", "changes": "", "note": "First."}
    assert lead.post("/p/demo/recipes/new/", first).headers["Location"] == "/p/demo/recipes/april/"
    second = {"weights-primary": "0.6", "weights-thumbs": "0.2", "weights-fresh": "0.2", "note": ""}
    lead.post("/p/demo/recipes/april/new/", {**second, "changes": "fresh: fresh\n\nfeedback: thumbs"})
    newest = RecipeVersion.objects.get(recipe__name="april", number=2)
    assert newest.weights == {"primary": 0.6, "thumbs": 0.2, "fresh": 0.2}
    assert newest.changes == [
        {"name": "fresh", "signals": ["fresh"]},
        {"name": "feedback", "signals": ["thumbs"]},
    ]
    shown = text(lead.get("/p/demo/recipes/april/"))
    assert shown.index("<h3>Version 2") < shown.index("<h3>Version 1")
    rows = [
        '<span class="mono">primary</span></th><td class="num">0.60</td><td class="num">0.80</td><td class="num">−0.20',
        '<span class="mono">fresh</span></th><td class="num">0.20</td><td class="num">0.00</td><td class="num">+0.20',
        '<tr class="muted"><th scope="row"><span class="mono">thumbs</span></th><td class="num">0.20</td>',
    ]
    assert [row for row in rows if row not in shown] == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"weights-thumbs": "0.3"}, "The weights sum to 1.1 in absolute value; they must sum to 1."),
        ({"weights-thumbs": "-0.2"}, "The weight is negative, but of this signal more is better."),
        ({"weights-thumbs": "much"}, "Enter a number."),
        ({"changes": "thumbs"}, "Line 1 has no signal"),
        ({"changes": "a: nothing-of-the-kind"}, "There is no signal &#x27;nothing-of-the-kind&#x27;"),
        ({"recipe": "Not A Name"}, "Enter a valid"),
    ],
)
def test_what_is_wrong_with_a_recipe_is_said_and_nothing_is_made(
    lead: Client, project: Any, wrong: dict[str, str], said: str
) -> None:
    planted.registered(project)
    right = {"recipe": "april", "weights-primary": "0.8", "weights-thumbs": "0.2", "changes": "", "note": ""}
    answer = lead.post("/p/demo/recipes/new/", right | wrong)
    assert answer.status_code == 422
    assert said in text(answer)
    assert not Recipe.objects.exists()
    assert not RecipeVersion.objects.exists()


def test_a_fault_of_one_weight_stands_beside_it(lead: Client, project: Any) -> None:
    planted.registered(project)
    answer = lead.post("/p/demo/recipes/new/", {"recipe": "a", "weights-primary": "1.2", "weights-thumbs": "-0.2"})
    assert set(answer.context["form"].errors) == {"weights-thumbs"}


def test_a_name_that_is_taken_does_not_become_a_version(lead: Client, project: Any) -> None:
    planted.weighed(project)
    answer = lead.post("/p/demo/recipes/new/", {"recipe": "april", "weights-primary": "1", "changes": "", "note": ""})
    assert answer.status_code == 422
    assert RecipeVersion.objects.count() == 2


def test_a_version_like_the_newest_is_not_added(lead: Client, project: Any) -> None:
    newest = planted.weighed(project)
    shown = lead.get("/p/demo/recipes/april/new/").context["form"]
    same = {name: shown[name].value() for name in shown.fields if shown[name].value() is not None}
    answer = lead.post("/p/demo/recipes/april/new/", same, follow=True)
    assert "Nothing differs from version 2" in text(answer)
    assert RecipeVersion.objects.filter(recipe=newest.recipe).count() == 2


def test_the_reference_moves_by_a_decision_with_a_reason(lead: Client, project: Any, ml_lead: Any) -> None:
    version = planted.weighed(project)
    address = f"/p/demo/recipes/april/{version.pk}/pin/"
    assert "Now it is april 1." in text(lead.get(address))
    assert lead.post(address, {"reason": "  "}).status_code == 422
    assert ReferenceDecision.objects.count() == 1
    assert lead.post(address, {"reason": "Passed its spot checks."}).status_code == 302
    standing = reference_of(project)
    assert standing is not None
    assert (standing.version, standing.reason, standing.decided_by) == (version, "Passed its spot checks.", ml_lead.pk)
    assert AuditEvent.objects.filter(verb="reference.pinned", object="april 2").exists()
    shown = text(lead.get("/p/demo/recipes/"))
    assert "The reference is april 2" in shown
    assert shown.index("Passed its spot checks.") < shown.index("What was live in March.")
    answer = lead.post(address, {"reason": "Again."})
    assert answer.status_code == 422
    assert "This version is the reference already." in text(answer)


def test_ceilings_are_changed_in_the_audit_trails_sight(lead: Client, project: Any) -> None:
    form = {"sycophancy": "0.03", "coldness": "0.05", "kl": "0.19", "brake_floor": "0.4", "domains": "health: 0.02"}
    assert lead.post("/p/demo/budget/", form).status_code == 302
    budget = budget_of(project)
    assert (budget.sycophancy, budget.kl, budget.domains) == (0.03, 0.19, {"health": 0.02})
    assert AuditEvent.objects.filter(verb="budget.changed").exists()
    for wrong in ({"sycophancy": "3"}, {"domains": "health"}, {"domains": "health: 2"}, {"kl": "nan"}):
        assert lead.post("/p/demo/budget/", form | wrong).status_code == 422, wrong
    assert budget_of(project).sycophancy == 0.03


def test_a_reviewer_reads_and_changes_nothing(client: Client, reviewer: Any, project: Any) -> None:
    version = planted.weighed(project)
    client.force_login(reviewer)
    for path in ("signals/", "recipes/", "recipes/april/"):
        shown = text(client.get(f"/p/demo/{path}"))
        assert "/new/" not in shown
        assert "/pin/" not in shown
        assert "/budget/" not in shown
    for path in ("signals/new/", "signals/thumbs/", "recipes/new/", "recipes/april/new/", "budget/"):
        assert client.get(f"/p/demo/{path}").status_code == 404
    assert client.post(f"/p/demo/recipes/april/{version.pk}/pin/", {"reason": "x"}).status_code == 404


def test_another_projects_recipe_does_not_exist(lead: Client, project: Any, other_project: Any) -> None:
    version = planted.weighed(other_project)
    for path in ("recipes/april/", "recipes/april/new/", f"recipes/april/{version.pk}/pin/", "signals/thumbs/"):
        assert lead.get(f"/p/demo/{path}").status_code == 404


def test_a_report_of_another_project_fills_no_form(lead: Client, project: Any, other_project: Any) -> None:
    from tests.reports.bodies import april

    planted.weighed(project)
    theirs = planted.said(other_project, april())
    assert lead.get(f"/p/demo/recipes/april/new/?from={theirs.pk}").status_code == 404
    assert lead.get("/p/demo/recipes/april/new/?from=nonsense").status_code == 404
