"""Pools take each prompt once, with all its responses, and never change what they hold."""

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from core.accounts.models import AuditEvent
from core.catalog.models import Content, Pool, PoolResponse, Prompt, Response, Score
from core.catalog.parts import NewPrompt, NewResponse
from core.catalog.pools import BadPoolName, NewPoolRow, add_to_pool, get_or_create_pool

TABLES = (Content, Prompt, Response, PoolResponse, Score)


@pytest.fixture
def pool(project: Any) -> Pool:
    return get_or_create_pool(project=project, name="april")


def new(n: int = 0, *texts: str, bundle: str = "v1", scores: list[dict[str, float]] | None = None) -> NewPoolRow:
    said = texts or (f"yes {n}", f"no {n}")
    given = scores if scores is not None else [{"primary": float(k)} for k in range(len(said))]
    return NewPoolRow(
        NewPrompt((("user", f"is it? {n}"),)), tuple(NewResponse(bundle, text) for text in said), tuple(given)
    )


def tally() -> list[int]:
    return [model.objects.count() for model in TABLES]


def test_rows_land_with_their_responses_in_order_and_a_score_each(pool: Pool) -> None:
    [added] = add_to_pool(pool=pool, rows=[new(1, "a", "b", "c")])
    assert (added.new, added.scores, added.refused) == (True, 3, False)
    assert [Response.objects.get(pk=pk).content.body for pk in added.responses] == ["a", "b", "c"]
    scores = Score.objects.filter(pool=pool)
    assert {one.response_id: (one.signal, one.value) for one in scores} == {
        pk: ("primary", float(n)) for n, pk in enumerate(added.responses)
    }


def test_equal_samples_stay_as_many_responses_as_they_are(pool: Pool) -> None:
    [added] = add_to_pool(pool=pool, rows=[new(1, "a", "a", "b")])
    assert len(set(added.responses)) == 3
    assert sorted(Response.objects.filter(content__body="a").values_list("sample_no", flat=True)) == [0, 1]


def test_adding_again_changes_nothing(pool: Pool) -> None:
    first = add_to_pool(pool=pool, rows=[new(1), new(2)])
    before = tally()
    again = add_to_pool(pool=pool, rows=[new(2), new(1), new(1)])
    assert [(one.responses, one.new, one.scores) for one in again] == [
        (first[1].responses, False, 0),
        (first[0].responses, False, 0),
        (first[0].responses, False, 0),
    ]
    assert tally() == before


def test_another_signal_is_added_to_what_is_there(pool: Pool) -> None:
    add_to_pool(pool=pool, rows=[new(1)])
    [added] = add_to_pool(pool=pool, rows=[new(1, scores=[{"primary": 0.0, "thumbs": 2.0}, {"thumbs": 3.0}])])
    assert (added.new, added.scores) == (False, 2)
    assert Score.objects.filter(pool=pool).count() == 4


def test_another_score_where_one_is_is_refused_and_named(pool: Pool) -> None:
    add_to_pool(pool=pool, rows=[new(1)])
    before = tally()
    contrary = new(1, scores=[{"thumbs": 1.0, "primary": 0.0}, {"thumbs": 1.0, "primary": 7.0}])
    refused, fine = add_to_pool(pool=pool, rows=[contrary, new(2)])
    assert (refused.contradicted, refused.responses) == ((1, "primary", 1.0), ())
    assert fine.new
    assert tally() == [had + more for had, more in zip(before, (3, 1, 2, 2, 2), strict=True)]


@pytest.mark.parametrize("texts", [("yes 1",), ("yes 1", "no 1", "perhaps"), ("yes 1", "maybe")])
def test_a_prompt_comes_with_the_same_responses_or_not_at_all(pool: Pool, texts: tuple[str, ...]) -> None:
    add_to_pool(pool=pool, rows=[new(1)])
    before = tally()
    [refused] = add_to_pool(pool=pool, rows=[new(1, *texts)])
    assert refused.clash
    assert tally() == before


def test_the_same_prompt_twice_at_once_is_the_second_ones_clash(pool: Pool) -> None:
    first, second = add_to_pool(pool=pool, rows=[new(1), new(1, "yes 1", "never")])
    assert (first.refused, second.clash) == (False, True)
    assert not Response.objects.filter(content__body="never").exists()


def test_two_pools_share_responses_and_not_scores(project: Any, pool: Pool) -> None:
    may = get_or_create_pool(project=project, name="may")
    [one] = add_to_pool(pool=pool, rows=[new(1)])
    [other] = add_to_pool(pool=may, rows=[new(1, scores=[{"primary": 8.0}, {"primary": 9.0}])])
    assert (other.responses, other.new) == (one.responses, True)
    assert set(Score.objects.filter(pool=may).values_list("value", flat=True)) == {8.0, 9.0}


def test_a_pool_says_which_bundle_wrote_it_as_long_as_one_did(pool: Pool) -> None:
    def base() -> str | None:
        pool.refresh_from_db()
        return pool.base_bundle.name if pool.base_bundle else None

    assert base() is None
    add_to_pool(pool=pool, rows=[new(1)])
    assert base() == "v1"
    add_to_pool(pool=pool, rows=[new(2)])
    assert base() == "v1"
    add_to_pool(pool=pool, rows=[new(3, bundle="v2")])
    assert base() is None
    add_to_pool(pool=pool, rows=[new(4)])
    assert base() is None


def test_a_pool_is_made_once_and_leaves_a_trace(project: Any, owner: Any) -> None:
    made = get_or_create_pool(project=project, name="may", who=owner)
    assert get_or_create_pool(project=project, name="may").pk == made.pk
    assert AuditEvent.objects.filter(project=project, verb="pool.created", object="may", who=owner.pk).count() == 1


@pytest.mark.parametrize("name", ["", "May", "-may", "a b", "x" * 81])
def test_a_name_that_is_no_address_is_refused(project: Any, name: str) -> None:
    with pytest.raises(BadPoolName):
        get_or_create_pool(project=project, name=name)


def test_a_thousand_rows_take_as_many_statements_as_one(pool: Pool) -> None:
    with CaptureQueriesContext(connection) as one:
        add_to_pool(pool=pool, rows=[new(-1)])
    with CaptureQueriesContext(connection) as many:
        add_to_pool(pool=pool, rows=[new(n) for n in range(1000)])
    assert len(many) <= len(one)
    assert PoolResponse.objects.count() == 2002


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
def test_the_database_takes_no_score_that_is_not_finite(pool: Pool, value: str) -> None:
    with pytest.raises(DatabaseError, match="score_finite"), transaction.atomic():
        add_to_pool(pool=pool, rows=[new(1, scores=[{"primary": float(value)}, {"primary": 0.0}])])


def test_the_database_takes_no_score_of_a_response_outside_of_the_pool(project: Any, pool: Pool) -> None:
    may = get_or_create_pool(project=project, name="may")
    [added] = add_to_pool(pool=pool, rows=[new(1)])
    with pytest.raises(DatabaseError, match="score_of_pool"), transaction.atomic():
        Score.objects.create(project=project, pool=may, response_id=added.responses[0], signal="x", value=1.0)


@pytest.mark.parametrize("table", ["catalog_score", "catalog_poolresponse"])
def test_what_a_pool_holds_is_neither_changed_nor_deleted(pool: Pool, table: str) -> None:
    add_to_pool(pool=pool, rows=[new(1)])
    for sql in (f"UPDATE {table} SET pool_id = pool_id", f"DELETE FROM {table}"):
        with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
