"""Every address of the API, for every kind of token, by every method: who gets what stands in `api_expected.py`."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.accounts import members, tokens
from core.accounts.models import Role, Scope, Token
from core.ledger.models import Judgment
from core.ledger.requests import Wish, file_request
from reports.drift.declaring import default_of
from reports.models import Alarm, Monitor
from tests.access.api_expected import API, OPEN, TOKENS, USE
from tests.access.conftest import Closing, World
from tests.access.test_matrix import forgotten, routes, written
from tests.api.rows import ROWS, as_file

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


@pytest.fixture
def secrets(world: World, project: Any, other_project: Any, make_member: Any) -> dict[str, str]:
    owner, stranger = world.people["owner"], world.people["stranger"]
    left, demoted = make_member("ml_lead", "left"), make_member("ml_lead", "demoted")

    def make(name: str, by: Any = owner, of: Any = project, scopes: Any = tuple(Scope)) -> str:
        return tokens.make(project=of, by=by, name=name, scopes=scopes, days=7)[1]

    found = {"none": "", "bad": "plb_" + "A" * 43}
    found |= {name: make(name) for name in ("revoked", "expired")}
    found |= {"left": make("left", left), "foreign": make("foreign", stranger, other_project)}
    found |= {"demoted": make("demoted", demoted)}
    found |= {scope.value: make(scope.value, scopes=[scope]) for scope in Scope}
    tokens.revoke(token=Token.objects.get(name="revoked"), by=owner)
    Token.objects.filter(name="expired").update(expires_at=Now() - timedelta(seconds=1))
    members.end_membership(project=project, user=left, by=owner)
    members.change_roles(project=project, user=demoted, roles=[Role.REVIEWER], by=owner)
    return found


@pytest.fixture
def places(world: World, project: Any) -> dict[str, str]:
    said = Judgment.objects.filter(project=project).first()
    assert said is not None
    comparison = world.special["comparison_detail"]["pk"]
    wish = Wish(purpose="drift", because="to see", comparison=comparison)
    asked = file_request(project=project, wish=wish, filed_by="test")
    watch, _ = Monitor.objects.get_or_create(
        project=project, key="M1", defaults={"declared": default_of("M1").as_json()}
    )
    now = timezone.now()
    Alarm.objects.get_or_create(
        monitor=watch,
        run=watch.run,
        defaults={"project": project, "number": 9, "at": now, "suspect_from": now, "body": {}},
    )
    upload, made = world.special["import_detail"]["pk"], world.special["export_file"]
    given = {
        "api_project_detail": {"slug": "demo"},
        "api_job_detail": {"id": world.arguments["job_id"]},
        "api_job_retry": {"id": world.arguments["job_id"]},
        "api_campaign_detail": {"name": "first"},
        "api_comparison_detail": {"id": comparison},
        "api_recipe_detail": {"name": "spring"},
        "api_pool_detail": {"name": "april"},
        "api_judgment_detail": {"id": said.pk},
        "api_label_request_detail": {"id": asked.pk},
        **{f"api_import_{what}": {"id": upload} for what in ("detail", "confirm", "rejected")},
        "api_export_detail": {"id": made["pk"]},
        "api_export_again": {"id": made["pk"]},
        "api_export_file": {"id": made["pk"], "name": made["name"]},
        "api_weighting_detail": {"id": world.special["weighting_detail"]["pk"]},
        "api_monitor_detail": {"key": "M1"},
        "api_alarm_list": {"key": "M1"},
        **{name: {"key": "april-v42"} for name in API if name.startswith(("api_experiment_", "api_assignment"))},
        "api_experiment_list": {},
        "api_programme_detail": {"key": "warmth"},
        "api_nowhere": {"rest": "nowhere/"},
    }
    found = {name: reverse(name, kwargs=given.get(name)) for name in (*API, *OPEN)}
    return {**found, "api_assignment": f"{found['api_assignment']}?unit=u1"}


def send(client: Client, method: str, name: str, url: str, secret: str, comparison: Any) -> Any:
    headers = {"idempotency-key": "one"} | ({"authorization": f"Bearer {secret}"} if secret else {})
    if (name, method) == ("api_import_list", "POST"):
        return client.post(url, {"file": as_file(ROWS), "campaign": "first"}, headers=headers)
    body = {
        ("api_label_request_list", "POST"): {"comparison": str(comparison), "purpose": "x", "because": "y"},
        ("api_export_list", "POST"): {"format": "raw"},
        ("api_weighting_list", "POST"): {"seed": 3},
        ("api_campaign_detail", "PATCH"): {"state": "paused"},
        ("api_assignment_bulk", "POST"): {"units": ["u1", "u2"]},
        ("api_feedback", "POST"): {"event_id": "e1", "experiment": "april-v42"},
    }.get((name, method))
    content = json.dumps(body) if body else ""
    kind = "application/x-ndjson" if name == "api_feedback" else "application/json"
    return client.generic(method, url, content, content_type=kind, headers=headers)


def statuses(name: str, method: str) -> Iterator[tuple[str, int]]:
    told = API[name].get("GET" if method == "HEAD" else method, "405").split()
    yield from zip(TOKENS, map(int, told if len(told) > 1 else told * len(TOKENS)), strict=True)


def test_every_address_of_the_api_is_in_the_table() -> None:
    named = {pattern.name for pattern in routes() if str(pattern.name).startswith("api_")}
    assert named == set(API) | set(OPEN)


@pytest.mark.parametrize("method", METHODS)
def test_every_token_gets_what_the_table_says(
    world: World, secrets: dict[str, str], places: dict[str, str], method: str
) -> None:
    client = Closing(raise_request_exception=False)
    comparison = world.special["comparison_detail"]["pk"]
    wrong = []
    for name in API:
        for token, status in statuses(name, method):
            with forgotten():
                answer = send(client, method, name, places[name], secrets[token], comparison)
            if answer.status_code != status:
                wrong.append(f"{method} {name} by {token}: {answer.status_code}, not {status}")
            elif status >= 400 and method != "HEAD":
                told = answer.headers["Content-Type"], json.loads(answer.content)["status"]
                if told != ("application/problem+json", status):
                    wrong.append(f"{method} {name} by {token}: {told}")
            if status == 401 and not answer.headers["WWW-Authenticate"].startswith("Bearer"):
                wrong.append(f"{method} {name} by {token}: no challenge")
            if answer.headers["Cache-Control"] != "no-store" or answer.cookies:
                wrong.append(f"{method} {name} by {token}: may be cached, or sets a cookie")
    assert wrong == []


def test_a_session_opens_nothing(world: World, places: dict[str, str]) -> None:
    client = world.client("owner", enforce_csrf_checks=True)
    answers = {(name, method): client.generic(method, places[name]) for name in API for method in API[name]}
    assert {answer.status_code for answer in answers.values()} == {401}


def test_reading_leaves_nothing_but_the_tokens_use(
    world: World, secrets: dict[str, str], places: dict[str, str]
) -> None:
    client = Closing()
    wrote = []
    for name in API:
        for token in ("read", "foreign"):
            before = written()
            client.get(places[name], headers={"authorization": f"Bearer {secrets[token]}"})
            changed = {table for table, rows in written().items() if rows != before.get(table, 0)}
            if not changed <= USE:
                wrote.append(f"{name} by {token}: {sorted(changed)}")
    assert wrote == []


def test_what_is_another_projects_is_answered_like_what_is_not_there(
    world: World, secrets: dict[str, str], places: dict[str, str]
) -> None:
    client = Closing()
    headers = {"authorization": f"Bearer {secrets['foreign']}"}
    nowhere = "00000000-0000-7000-8000-000000000000"
    for name in ("api_comparison_detail", "api_judgment_detail", "api_import_detail", "api_export_detail"):
        theirs, none = (
            client.get(places[name], headers=headers),
            client.get(reverse(name, args=[nowhere]), headers=headers),
        )
        assert theirs.content == none.content


def test_a_list_holds_nothing_of_another_project(world: World, secrets: dict[str, str], places: dict[str, str]) -> None:
    """Each list has something for a token of the project, and nothing for one of another."""
    client = Closing()
    for name in API:
        # Projects are their members', and each has all monitors.
        if name.endswith("_list") and name not in ("api_project_list", "api_monitor_list"):
            listed = {
                token: client.get(places[name], headers={"authorization": f"Bearer {secrets[token]}"}).json()["results"]
                for token in ("read", "foreign")
            }
            assert (bool(listed["read"]), listed["foreign"]) == (True, []), name


def test_a_makers_lost_right_hides_the_bundles(world: World, secrets: dict[str, str], places: dict[str, str]) -> None:
    """Whoever may not see which bundle wrote what does not learn it by a token from better days."""
    client = Closing()
    headers = {"authorization": f"Bearer {secrets['demoted']}"}
    for name in ("api_comparison_list", "api_comparison_detail", "api_judgment_list"):
        seen = client.get(places[name], headers=headers).content.decode()
        mine = client.get(places[name], headers={"authorization": f"Bearer {secrets['read']}"}).content.decode()
        assert not any(word in seen for word in ("canary-left-model", "canary-right-model"))
        assert name == "api_judgment_list" or "canary-left-model" in mine
    for narrowed in ("bundle=v41", "source=x", "external_id=1"):
        refused = client.get(f"{places['api_comparison_list']}?{narrowed}", headers=headers)
        assert refused.json()["code"] == "right_missing"


def test_the_open_addresses_are_answered_without_a_token(places: dict[str, str], db: None) -> None:
    for name, status in OPEN.items():
        assert Client().get(places[name]).status_code == status
