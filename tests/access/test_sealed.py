"""Whoever owes a spot check is refused at every address that says how candidates do, and nowhere else."""

from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from channels.layers import InMemoryChannelLayer, channel_layers
from django.db import connections
from django.test import Client
from django.urls import reverse

from config.asgi import application
from core.accounts import tokens
from core.accounts.models import Scope
from core.catalog.models import Bundle
from core.ledger import seals
from core.tables.ids import uuid7
from tests.access.api_expected import API
from tests.access.conftest import Closing, World
from tests.access.expected import EXPERTS, OPEN_TO_WHO_OWES, ROUTES, SOCKETS
from tests.access.test_matrix import address, codes, forgotten
from tests.access.test_outside import outcome

OWING = ("reviewer", "owner")
# What serves a product's traffic and tells nothing: its feedback must not stop for a spot check.
TRAFFIC = ("/api/v1/experiments/april-v42/assignment/?unit=u1", "/api/v1/experiments/april-v42/parameters/")
# The lists of the API that say nothing of how a candidate does; of alarms there is one for each monitor.
_TELL_NOTHING = ("api_project_list", "api_job_list", "api_alarm_list")
KEPT = [name for name in API if name.endswith("_list") and "GET" in API[name] and name not in _TELL_NOTHING]


def sealed(world: World, project: Any, actor: str) -> Any:
    bundle = Bundle.objects.filter(project=project).first()
    assert bundle is not None
    return seals.set_seal(user=world.people[actor], project=project, bundle=bundle, owed_for=uuid7())


def asked(world: World, actor: str, method: str) -> Iterator[tuple[str, int, str]]:
    """Each address with what it answers to this person."""
    for name in ROUTES:
        # A new browser each time: to sign out is among what is tried.
        client, url = world.client(actor), address(world, name)
        with forgotten():
            answer = client.get(url) if method == "GET" else client.post(url, world.posted.get(name))
        yield name, answer.status_code, answer.content.decode(errors="replace") if answer.status_code == 403 else ""


@pytest.mark.parametrize("actor", OWING)
def test_who_owes_a_check_reads_that_wherever_candidates_are_measured(world: World, project: Any, actor: str) -> None:
    seal, wrong = sealed(world, project, actor), []
    for method in ("GET", "POST"):
        for name, got, words in asked(world, actor, method):
            usual = codes(name, method)[actor]
            expected = usual if usual in (404, 405) or name in OPEN_TO_WHO_OWES else 403
            if got != expected:
                wrong.append(f"{method} {name} by {actor}: {got}, not {expected}")
            if got == 403 and "You owe a spot check" not in words:
                wrong.append(f"{method} {name} by {actor} does not say why")
    assert wrong == []
    seals.lift(owed_for=seal.owed_for)
    for method in ("GET", "POST"):
        wrong += [
            f"{method} {name} by {actor}: {got}, not what it was"
            for name, got, _words in asked(world, actor, method)
            if got != codes(name, method)[actor]
        ]
    assert wrong == []


def test_their_tokens_are_refused_with_the_code_that_says_why(world: World, project: Any) -> None:
    owner = world.people["owner"]
    _, secret = tokens.make(project=project, by=owner, name="sealed", scopes=list(Scope), days=7)
    client, headers = Closing(), {"authorization": f"Bearer {secret}"}
    kept = [reverse(name) for name in KEPT]
    before = {url: client.get(url, headers=headers).status_code for url in (*kept, *TRAFFIC)}
    assert set(before.values()) == {200}
    seal = sealed(world, project, "owner")
    for url in kept:
        answer = client.get(url, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "spot_check_owed"), url
    assert {client.get(url, headers=headers).status_code for url in TRAFFIC} == {200}
    assert client.get("/api/v1/jobs/", headers=headers).status_code == 200
    seals.lift(owed_for=seal.owed_for)
    assert {url: client.get(url, headers=headers).status_code for url in before} == before


@pytest.fixture
def _one_host(monkeypatch: pytest.MonkeyPatch) -> Any:
    hosts = application.application_mapping["websocket"].application
    monkeypatch.setattr(hosts, "allowed_origins", ["testserver"])
    before = channel_layers.set("default", InMemoryChannelLayer())
    yield
    channel_layers.set("default", before)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_one_host")
def test_their_sockets_are_closed(world: World, project: Any) -> None:
    def got(client: Client) -> list[str]:
        return [async_to_sync(outcome)(client, path) for path in paths]

    routes = [route for route, row in SOCKETS.items() if row.split()[-1] == "open"]
    paths = ["/" + route.replace("<slug:slug>", "demo").replace("<slug:name>", "first") for route in routes]
    paths = [path.replace("<slug:key>", "warmth" if "/alpha/" in path else "april-v42") for path in paths]
    client = world.client("owner")
    assert got(client) == ["open"] * len(paths)
    seal = sealed(world, project, "owner")
    assert got(client) == ["4403"] * len(paths)
    seals.lift(owed_for=seal.owed_for)
    assert got(client) == ["open"] * len(paths)
    connections.close_all()


def test_an_expert_gets_their_checks_and_no_metric(world: World) -> None:
    client, wrong = world.client("expert"), []
    for name, (gets, posts) in EXPERTS.items():
        for method, code in (("GET", gets), ("POST", posts)):
            with forgotten():
                answer = (
                    client.generic(method, address(world, name))
                    if method == "GET"
                    else client.post(address(world, name), world.posted.get(name))
                )
            if answer.status_code != code:
                wrong.append(f"{method} {name}: {answer.status_code}, not {code}")
    assert wrong == []
