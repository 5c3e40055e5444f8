"""Recipes grow by versions that are checked; the reference moves by a recorded decision and by nothing else."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from core.accounts.models import AuditEvent
from reports.faults import Refused
from reports.models import Recipe, RecipeVersion, ReferenceDecision
from reports.recipes import add_version, diff, newest_version, pin_reference, reference_of
from stats.mixtures import Change

THUMBS, MEMORY = Change("thumbs", ("thumbs",)), Change("memory", ("memory",))
Make = Callable[..., RecipeVersion]


def test_versions_are_numbered_and_say_what_differs(version: Make, ml_lead: Any) -> None:
    first = version(primary=0.5, memory=0.5, changes=(MEMORY,))
    second = version(
        primary=0.5, thumbs=0.25, memory=0.25, changes=(THUMBS, Change("memory", ("memory", "primary"))), who=ml_lead
    )
    assert (first.number, second.number, second.made_by) == (1, 2, ml_lead.pk)
    steps = [(step.signal, step.before, step.after) for step in diff(first, second).weights]
    assert steps == [("memory", 0.5, 0.25), ("thumbs", 0.0, 0.25)]
    assert (diff(first, second).added, diff(first, second).redefined) == (("thumbs",), ("memory",))
    assert diff(second, first).removed == ("thumbs",)
    assert diff(None, first).added == ("memory",)
    event = AuditEvent.objects.filter(verb="recipe.versioned").latest("seq")
    assert (event.who, event.object, event.data["number"]) == (ml_lead.pk, "spring", 2)
    assert event.data["weights"] == {"memory": [0.5, 0.25], "thumbs": [0, 0.25]}


def test_a_version_that_differs_in_nothing_is_not_added(version: Make) -> None:
    first = version(primary=0.5, thumbs=0.5)
    assert version(thumbs=0.5, primary=0.5).pk == first.pk
    assert AuditEvent.objects.filter(verb="recipe.versioned").count() == 1
    assert version(primary=1.0).number == 2
    assert version(primary=0.5, thumbs=0.5).number == 3


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("recipe", {"recipe": "Spring 2"}),
        ("weights", {"weights": {}}),
        ("weights", {"weights": {"primary": 0.5, "thumbs": 0.4}}),
        ("weights", {"weights": {"primary": 0.5, "thumbs": 0.50001}}),
        ("weights.thumb", {"weights": {"primary": 0.5, "thumb": 0.5}}),
        ("weights.primary", {"weights": {"primary": float("nan")}}),
        ("weights.primary", {"weights": {"primary": "1"}}),
        ("weights.primary", {"weights": {"primary": True}}),
        ("weights.primary", {"weights": {"primary": -1.0}}),
        ("weights.verbosity", {"weights": {"primary": 0.5, "verbosity": 0.5}}),
        ("changes[0].name", {"changes": (Change(" ", ("thumbs",)),)}),
        ("changes[1].name", {"changes": (THUMBS, Change("thumbs", ("memory",)))}),
        ("changes[0].signals", {"changes": (Change("none", ()),)}),
        ("changes[0].signals", {"changes": (Change("strange", ("thumb",)),)}),
        ("changes[1].signals", {"changes": (THUMBS, Change("both", ("memory", "thumbs")))}),
    ],
)
def test_what_is_wrong_with_a_version_is_named_by_its_field(
    project: Any, signals: None, field: str, given: dict[str, Any]
) -> None:
    with pytest.raises(Refused) as refused:
        add_version(project=project, who=None, **{"recipe": "spring", "weights": {"primary": 1.0}, **given})
    assert list(refused.value.faults) == [field]
    assert not Recipe.objects.exists()


def test_every_fault_of_a_version_is_named_at_once(project: Any, signals: None) -> None:
    with pytest.raises(Refused) as refused:
        add_version(project=project, who=None, recipe="", weights={"a": 1, "b": 1}, changes=(Change("c", ()),))
    assert list(refused.value.faults) == ["recipe", "weights.a", "weights.b", "changes[0].signals"]


def test_weights_sum_to_one_in_absolute_value_and_have_their_signals_direction(version: Make) -> None:
    assert version(primary=0.7, verbosity=-0.3).weights == {"primary": 0.7, "verbosity": -0.3}
    assert version(primary=1 / 3, thumbs=1 / 3, memory=1 / 3 + 5e-7).number == 2


def test_another_projects_signals_are_unknown(other_project: Any, signals: None) -> None:
    with pytest.raises(Refused, match="the project has registered none"):
        add_version(project=other_project, who=None, recipe="spring", weights={"primary": 1.0})


def test_the_reference_moves_only_by_a_decision(project: Any, version: Make, owner: Any) -> None:
    assert reference_of(project) is None
    good = version(primary=1.0)
    decision = pin_reference(version=good, who=owner, reason="Shipped in March without trouble.")
    version(primary=0.5, thumbs=0.5)
    stands = reference_of(project)
    assert stands is not None
    assert (stands.pk, stands.version, stands.decided_by) == (decision.pk, good, owner.pk)
    event = AuditEvent.objects.get(verb="reference.pinned")
    assert (event.who, event.object) == (owner.pk, "spring 1")
    assert event.data == {"version": str(good.pk), "before": None}


def test_the_last_decision_stands_and_the_earlier_ones_stay(project: Any, version: Make) -> None:
    first, second = version(primary=1.0), version(primary=0.5, thumbs=0.5)
    for pinned in (first, second, first):
        pin_reference(version=pinned, who=None, reason="so")
    stands = reference_of(project)
    assert stands is not None
    assert stands.version == first
    assert ReferenceDecision.objects.count() == 3
    assert AuditEvent.objects.filter(verb="reference.pinned").latest("seq").data["before"] == str(second.pk)


def test_a_decision_needs_a_reason_and_something_to_decide(version: Make) -> None:
    pinned = version()
    for reason in ("", "  \n", "x" * 2001):
        with pytest.raises(Refused, match="reason"):
            pin_reference(version=pinned, who=None, reason=reason)
    pin_reference(version=pinned, who=None, reason="so")
    with pytest.raises(Refused, match="version: This version is the reference already"):
        pin_reference(version=pinned, who=None, reason="again")
    assert ReferenceDecision.objects.count() == 1


def test_the_newest_version_is_of_the_project_or_of_one_recipe(project: Any, other_project: Any, version: Make) -> None:
    assert newest_version(project) is None
    spring, summer = version("spring"), version("summer", thumbs=1.0)
    assert (newest_version(project), newest_version(project, "spring")) == (summer, spring)
    assert newest_version(other_project) is None


@pytest.mark.parametrize("table", ["reports_recipeversion", "reports_referencedecision"])
def test_what_was_mixed_and_decided_is_neither_changed_nor_deleted(version: Make, table: str) -> None:
    pin_reference(version=version(), who=None, reason="so")
    for sql in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}"):
        with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)


def test_a_reference_cannot_be_another_projects_version(other_project: Any, version: Make) -> None:
    with pytest.raises(DatabaseError, match="referencedecision_version_in_project"), transaction.atomic():
        ReferenceDecision.objects.create(project=other_project, version=version(), reason="so")
