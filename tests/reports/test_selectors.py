"""Who may read reports sees their project's signals, recipes, pools and reports; nobody sees another project's."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.http import Http404

from core.accounts.access import Right, member_of
from core.catalog.parts import NewPrompt, NewResponse
from core.catalog.pools import NewPoolRow, add_to_pool, get_or_create_pool
from reports import selectors
from reports.models import RecipeVersion, Report
from reports.recipes import pin_reference

Make = Callable[..., RecipeVersion]


@pytest.fixture
def filled(project: Any, version: Make) -> Any:
    pin_reference(version=version("winter"), who=None, reason="so")
    version("spring", primary=0.5, thumbs=0.5)
    pool = get_or_create_pool(project=project, name="april")
    three = tuple(NewResponse("v1", text) for text in "abc")
    rows = [
        NewPoolRow(NewPrompt((("user", "x"),)), three, ({"primary": 1.0, "odd": 0.0},) * 3),
        NewPoolRow(NewPrompt((("user", "y"),)), three[:2], ({"primary": 1.0},) * 2),
    ]
    add_to_pool(pool=pool, rows=rows)
    Report.objects.create(project=project, kind="weighting", pool=pool)
    return project


@pytest.mark.parametrize("role", ["owner", "ml_lead", "reviewer"])
def test_who_may_read_reports_reads_their_projects(filled: Any, make_member: Any, role: str) -> None:
    member = member_of(make_member(role), "demo", Right.SEE_REPORTS)
    assert [signal.key for signal in selectors.signals_of(member)] == ["memory", "primary", "thumbs", "verbosity"]
    assert [recipe.name for recipe in selectors.recipes_of(member)] == ["spring", "winter"]
    winter = RecipeVersion.objects.get(recipe__name="winter", number=1)
    assert selectors.version_for(member, "winter", winter.pk).weights == {"primary": 1.0}
    assert [one.version.recipe.name for one in selectors.decisions_of(member)] == ["winter"]
    assert selectors.pool_for(member, "april").base_bundle is not None
    [report] = selectors.reports_of(member, "weighting")
    assert selectors.report_for(member, "weighting", report.pk) == report


@pytest.mark.parametrize("role", ["expert", "rater", "volunteer"])
def test_who_may_not_read_reports_finds_nothing(filled: Any, make_member: Any, role: str) -> None:
    with pytest.raises(Http404):
        member_of(make_member(role), "demo", Right.SEE_REPORTS)


@pytest.mark.parametrize("role", ["reviewer", "expert", "rater", "volunteer"])
def test_only_owners_and_leads_write_recipes(filled: Any, make_member: Any, role: str) -> None:
    with pytest.raises(Http404):
        member_of(make_member(role), "demo", Right.MANAGE_RECIPES)


def test_another_projects_things_do_not_exist(filled: Any, stranger: Any) -> None:
    member = member_of(stranger, "other", Right.SEE_REPORTS)
    report, spring = Report.objects.get(), RecipeVersion.objects.filter(recipe__name="spring").first()
    for read in (selectors.signals_of, selectors.recipes_of, selectors.versions_of, selectors.decisions_of):
        assert list(read(member)) == []
    assert list(selectors.pools_of(member)) == []
    for ask in (
        lambda: selectors.signal_for(member, "primary"),
        lambda: selectors.recipe_for(member, "spring"),
        lambda: selectors.version_for(member, "spring", spring.pk),
        lambda: selectors.pool_for(member, "april"),
        lambda: selectors.report_for(member, "weighting", report.pk),
    ):
        with pytest.raises(Http404):
            ask()


def test_a_pools_size_says_how_much_each_signal_covers(filled: Any, owner: Any) -> None:
    size = selectors.size_of(selectors.pool_for(member_of(owner, "demo"), "april"))
    assert (size.prompts, size.responses) == (2, 5)
    assert [(one.signal, one.scores, one.share, one.registered) for one in size.coverage] == [
        ("odd", 3, 0.6, False),
        ("primary", 5, 1.0, True),
    ]


def test_people_who_are_gone_have_no_name(owner: Any) -> None:
    assert selectors.names_of([owner.pk, uuid.uuid4(), None]) == {owner.pk: "owner"}


def test_a_report_that_is_done_stays_as_it_is(filled: Any) -> None:
    Report.objects.update(state="running", job=uuid.uuid4())
    Report.objects.update(state="done", body={"verdict": "within_budget"}, snapshot="ab")
    Report.objects.update(made_by=None, job=None)
    for change in ({"body": {"verdict": "over_budget"}}, {"snapshot": "cd"}, {"state": "failed", "body": None}):
        with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
            Report.objects.update(**change)
    with pytest.raises(DatabaseError, match="Cannot delete"), transaction.atomic():
        Report.objects.all().delete()


def test_a_report_has_a_body_exactly_when_it_is_done(filled: Any) -> None:
    for change in ({"state": "done"}, {"body": {}}):
        with pytest.raises(DatabaseError, match="report_state"), transaction.atomic():
            Report.objects.update(**change)
