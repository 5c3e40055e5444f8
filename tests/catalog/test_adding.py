"""Adding to the catalog: once, whichever way it comes."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.catalog.adding import NewComparison, add_comparisons
from core.catalog.models import Comparison, Content, Prompt, Response
from core.catalog.parts import NewPrompt, NewResponse
from core.jobs.models import Job


def new(n: int = 0, *, turned: bool = False, **more: Any) -> NewComparison:
    first, second = NewResponse("v1", f"yes {n}"), NewResponse("v2", f"no {n}")
    if turned:
        first, second = second, first
    return NewComparison(NewPrompt((("user", f"is it? {n}"),)), first, second, **more)


def test_each_row_has_its_result_in_order(project: Any) -> None:
    added = add_comparisons(project=project, rows=[new(1), new(2), new(1), new(2, turned=True)], source="t")
    assert [(one.new, one.mirrored, one.clash) for one in added] == [
        (True, False, False),
        (True, False, False),
        (False, False, False),
        (False, True, False),
    ]
    assert added[0].id == added[2].id
    assert added[1].id == added[3].id
    again = add_comparisons(project=project, rows=[new(2), new(1, turned=True)], source="t")
    assert [(one.id, one.new, one.mirrored) for one in again] == [
        (added[1].id, False, False),
        (added[0].id, False, True),
    ]


def test_ids_are_kept_and_clash_with_other_texts(project: Any) -> None:
    [first] = add_comparisons(project=project, rows=[new(1, external_id="a")], source="t")
    before = [model.objects.count() for model in (Comparison, Response, Prompt, Content)]
    added = add_comparisons(
        project=project,
        rows=[new(1, external_id="a"), new(1, turned=True, external_id="a"), new(2, external_id="a")],
        source="t",
    )
    assert [one.clash for one in added] == [False, False, True]
    assert {one.id for one in added} == {first.id}
    assert [model.objects.count() for model in (Comparison, Response, Prompt, Content)] == before


def test_texts_are_rendered_by_one_job_for_many_batches(project: Any) -> None:
    for n in range(3):
        add_comparisons(project=project, rows=[new(n)], source="t")
    assert Job.objects.filter(kind="catalog.render").count() == 1
    assert not Content.objects.exclude(html=None).exists()


def test_a_thousand_rows_take_as_many_statements_as_one(project: Any) -> None:
    with CaptureQueriesContext(connection) as one:
        add_comparisons(project=project, rows=[new(-1)], source="t")
    with CaptureQueriesContext(connection) as many:
        add_comparisons(project=project, rows=[new(n) for n in range(1000)], source="t")
    assert len(many) <= len(one)
    assert Comparison.objects.count() == 1001


def test_nothing_added_is_nothing(project: Any) -> None:
    assert add_comparisons(project=project, rows=[], source="t") == []


@pytest.mark.parametrize("text", ["\\", '"', "{}", "NULL", "a,b", " ", "\n", "𝔘"])
def test_any_tag_comes_back_as_it_was(project: Any, text: str) -> None:
    prompt = NewPrompt((("user", "x"),), domain=(text, "plain"))
    add_comparisons(
        project=project, rows=[NewComparison(prompt, NewResponse("a", "x"), NewResponse("b", "y"))], source="t"
    )
    assert Prompt.objects.get().domain == [text, "plain"]
