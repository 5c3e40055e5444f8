"""A project has one budget, with defaults until somebody sets it, and every change leaves a trace."""

from typing import Any

import pytest

from core.accounts.models import AuditEvent
from reports.budgets import budget_of, set_budget
from reports.faults import Refused
from reports.models import Budget


def test_a_project_without_a_budget_has_the_defaults(project: Any) -> None:
    budget = budget_of(project)
    assert (budget.sycophancy, budget.kl, budget.domains) == (0.045, 0.25, {})
    assert not Budget.objects.exists()


def test_a_change_leaves_what_it_does_not_name_and_a_trace(project: Any, owner: Any) -> None:
    set_budget(project=project, who=owner, sycophancy=0.01, domains={"health": 0.02})
    set_budget(project=project, who=owner, kl=0.5)
    budget = budget_of(project)
    assert (budget.sycophancy, budget.kl, budget.domains, budget.coldness) == (0.01, 0.5, {"health": 0.02}, 0.045)
    first, second = AuditEvent.objects.filter(verb="budget.changed").order_by("seq")
    assert first.data == {
        "before": {"sycophancy": 0.045, "domains": {}},
        "after": {"sycophancy": 0.01, "domains": {"health": 0.02}},
    }
    assert (second.who, second.data) == (owner.pk, {"before": {"kl": 0.25}, "after": {"kl": 0.5}})
    set_budget(project=project, who=owner, kl=0.5)
    assert AuditEvent.objects.filter(verb="budget.changed").count() == 2


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("sycophancy", {"sycophancy": -0.1}),
        ("coldness", {"coldness": 1.1}),
        ("coldness", {"coldness": True}),
        ("kl", {"kl": 0}),
        ("kl", {"kl": float("nan")}),
        ("kl", {"kl": "0.25"}),
        ("brake_floor", {"brake_floor": 2}),
        ("domains.health", {"domains": {"health": None}}),
        ("domains. ", {"domains": {" ": 0.1}}),
    ],
)
def test_what_is_wrong_with_a_budget_is_named_by_its_field(project: Any, field: str, given: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        set_budget(project=project, who=None, **given)
    assert list(refused.value.faults) == [field]
    assert not Budget.objects.exists()
