"""Imported voters become actors many at a time: one each, whoever comes first."""

import threading
from typing import Any

import pytest
from django.db import close_old_connections, connection, transaction
from django.test.utils import CaptureQueriesContext

from core.ledger.actors import imported_actors
from core.ledger.models import Actor, ActorLink


def test_each_key_is_one_actor_of_its_project(project: Any, other_project: Any) -> None:
    first = imported_actors(project, ["b", "a", "b"])
    again = imported_actors(project, ["a", "c"])
    assert first.keys() == {"a", "b"}
    assert again["a"] == first["a"]
    assert imported_actors(other_project, ["a"])["a"] != first["a"]
    assert set(Actor.objects.values_list("kind", flat=True)) == {"imported"}
    assert Actor.objects.count() == ActorLink.objects.count() == 4
    assert len(set(Actor.objects.values_list("pseudonym", flat=True))) == 4


def test_many_take_as_many_statements_as_one(project: Any) -> None:
    with CaptureQueriesContext(connection) as one:
        imported_actors(project, ["a"])
    with CaptureQueriesContext(connection) as many:
        imported_actors(project, [f"voter {n}" for n in range(5000)])
    assert len(many) == len(one)
    assert Actor.objects.count() == 5001


@pytest.mark.django_db(transaction=True)
def test_two_who_make_the_same_actors_at_once_get_the_same(project: Any) -> None:
    keys = [f"voter {n}" for n in range(50)]
    got: list[dict[str, Any]] = []

    def second() -> None:
        try:
            got.append(imported_actors(project, reversed(keys)))
        finally:
            close_old_connections()
            connection.close()

    other = threading.Thread(target=second)
    with transaction.atomic():
        got.append(imported_actors(project, keys[:30]))
        other.start()
        other.join(0.3)
        assert other.is_alive(), "the second must wait for the first to commit"
    other.join(10)
    assert got[1].items() >= got[0].items()
    assert Actor.objects.count() == ActorLink.objects.count() == 50
