import pytest
from django.db import OperationalError, connections
from django.test import RequestFactory

from config import health


@pytest.fixture(autouse=True)
def _ask_anew(monkeypatch):
    monkeypatch.setattr(health, "_asked_at", float("-inf"))
    monkeypatch.setattr(health, "_migrated", False)


@pytest.fixture
def database_away(monkeypatch):
    """The port of a server that is not there."""
    real = health.parameters()
    monkeypatch.setattr(health, "parameters", lambda: {**real, "host": "127.0.0.1", "port": 1})


def test_a_live_process_says_so_without_the_database(client, database_away):
    answer = client.get("/livez", headers={"host": "10.1.2.3"})
    assert (answer.status_code, answer.content) == (200, b"ok\n")


@pytest.mark.django_db
def test_it_is_ready_when_the_database_answers_and_is_migrated(client):
    answer = client.get("/readyz", headers={"host": "10.1.2.3"})
    assert (answer.status_code, answer.content) == (200, b"ok\n")
    assert answer.headers["Cache-Control"] == "no-store"


def test_it_is_not_ready_without_the_database_and_does_not_tell_why(client, database_away):
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (503, b"not ready\n")
    assert "refused" in health.trouble()


@pytest.mark.django_db
def test_it_is_not_ready_while_a_migration_is_missing(client):
    with connections["default"].cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'jobs' AND name = '0002_retries'")
    assert client.get("/readyz").status_code == 503
    assert "migrate" in health.trouble()


@pytest.mark.django_db
def test_many_probes_ask_the_database_once(client, monkeypatch):
    asked = []
    monkeypatch.setattr(health, "_look", lambda: asked.append(1))
    for _ in range(20):
        client.get("/readyz")
    assert len(asked) == 1


@pytest.mark.parametrize(("error", "status"), [(OperationalError("the connection is closed"), 503), (KeyError(), 500)])
def test_a_database_that_is_away_is_told_apart_from_a_fault(error, status):
    request = RequestFactory().get("/")
    try:
        raise error
    except type(error):
        answer = health.server_error(request)
    assert answer.status_code == status
    assert ("Retry-After" in answer.headers) == (status == 503)
    assert b"closed" not in answer.content
