"""Each check of pools sees the row that breaks it."""

from typing import Any

import pytest
from django.db import connection

from core.catalog.models import Pool, PoolResponse
from core.catalog.parts import NewPrompt, NewResponse
from core.catalog.pools import NewPoolRow, add_to_pool, get_or_create_pool
from core.tables.verification import checks

BUNDLE = "pools name the one bundle that wrote them, if one did"
SEVERAL = "every response of a pool has another one to its prompt there"


def found(name: str) -> list[str]:
    return [finding.row for finding in checks()[name]()]


@pytest.fixture
def pool(project: Any) -> Pool:
    pool = get_or_create_pool(project=project, name="april")
    responses = NewResponse("v1", "a"), NewResponse("v1", "b")
    add_to_pool(pool=pool, rows=[NewPoolRow(NewPrompt((("user", "is it?"),)), responses, ({"x": 1.0}, {"x": 2.0}))])
    return pool


def test_a_pool_made_by_its_own_functions_is_clean(pool: Pool, project: Any) -> None:
    get_or_create_pool(project=project, name="empty")
    assert (found(BUNDLE), found(SEVERAL)) == ([], [])


def test_a_pool_without_the_bundle_that_wrote_it_is_named(pool: Pool) -> None:
    Pool.objects.filter(pk=pool.pk).update(base_bundle=None)
    assert found(BUNDLE) == [str(pool.pk)]


def test_a_response_that_is_alone_in_a_pool_is_named(pool: Pool) -> None:
    first, second = PoolResponse.objects.order_by("response_id").values_list("response_id", flat=True)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("DELETE FROM catalog_poolresponse WHERE response_id = %s", [first])
        cursor.execute("SET session_replication_role = origin")
    assert found(SEVERAL) == [str(second)]
