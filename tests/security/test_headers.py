"""The headers of every kind of answer: each status that the site gives, downloads, static files and probes.

Every address by every method stands in `tests/access/test_matrix.py`, by the same measure.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from django.conf import settings as configured
from django.core.cache import cache
from django.db import OperationalError
from django.test import Client

from config import health, settings
from config.pages import Pages
from exchange.models import Snapshot
from tests.annotate_pages.pairs import campaign
from tests.security.headers import faults_of


def fail(error: Exception) -> Callable[..., Any]:
    def view(*args: Any, **kwargs: Any) -> Any:
        raise error

    return view


@pytest.fixture
def ours(ml_lead: Any, project: Any) -> Client:
    campaign(project, "first", pairs=1)
    client = Client(raise_request_exception=False)
    client.force_login(ml_lead)
    return client


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("get", "/p/demo/overview/", 200),
        ("head", "/p/demo/overview/", 200),
        ("get", "/p/demo/", 302),
        ("get", "/p/demo/members/", 404),
        ("get", "/nowhere", 404),
        ("post", "/p/demo/overview/", 405),
        ("options", "/p/demo/overview/", 405),
        ("post", "/p/demo/campaigns/new/", 422),
        ("get", "/livez", 200),
    ],
)
def test_each_status_is_protected(ours: Client, method: str, path: str, status: int) -> None:
    answer = getattr(ours, method)(path, {"title": "x"} if method == "post" else {})
    assert answer.status_code == status
    assert faults_of(answer) == []


def test_a_fragment_and_a_redirect_of_a_fragment_are_protected(ours: Client) -> None:
    for client, path in ((ours, "/p/demo/campaigns/first/"), (Client(), "/p/demo/campaigns/first/")):
        answer = client.get(path, headers={"hx-request": "true"})
        assert (answer.status_code, faults_of(answer)) == (200, [])


def test_a_refused_form_is_protected(project: Any) -> None:
    answer = Client(enforce_csrf_checks=True).post("/account/login/", {})
    assert (answer.status_code, faults_of(answer)) == (403, [])


def test_a_body_that_is_too_large_is_protected(ours: Client) -> None:
    answer = ours.post("/p/demo/campaigns/new/", {"title": "x" * (configured.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)})
    assert answer.status_code in (400, 413)
    assert faults_of(answer) == []


def test_a_wrong_host_is_protected() -> None:
    answer = Client(raise_request_exception=False).get("/account/login/", headers={"host": "evil.example"})
    assert (answer.status_code, faults_of(answer)) == (400, [])


def test_a_refusal_for_haste_is_protected(db: None, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"request_link": "1/m/ip"}
    cache.clear()
    client = Client()
    answers = [client.post("/in/", {"email": "x@example.org"}) for _ in range(3)]
    assert answers[-1].status_code == 429
    assert faults_of(answers[-1]) == []
    cache.clear()


@pytest.mark.parametrize(("error", "status"), [(OperationalError("gone"), 503), (KeyError("secret words"), 500)])
def test_a_fault_is_protected_and_tells_nothing(
    ours: Client, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    monkeypatch.setattr("annotate.views.overview.member_of", fail(error))
    answer = ours.get("/p/demo/overview/")
    assert (answer.status_code, faults_of(answer)) == (status, [])
    assert b"secret words" not in answer.content
    assert b"Traceback" not in answer.content


def test_a_probe_is_protected_when_the_database_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "trouble", lambda: "it is away")
    answer = Client().get("/readyz")
    assert (answer.status_code, faults_of(answer)) == (503, [])


async def test_what_is_no_request_at_all_is_protected() -> None:
    """Refused before any middleware: a query that is not of letters."""
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": [(b"cookie", b"\xff")]}
    line = ApplicationCommunicator(Pages(), {**scope, "path": "/", "query_string": "\xff"})
    await line.send_input({"type": "http.request"})
    start = await line.receive_output(10)
    await line.wait(10)
    names = {name.decode().lower() for name, _ in start["headers"]}
    assert start["status"] == 400
    assert {"content-security-policy", "x-content-type-options", "cache-control", "x-frame-options"} <= names


def test_static_files_are_protected(client: Client) -> None:
    for path in ("css/base.css", "js/rating.js", "img/favicon.svg", "django_htmx/htmx-2.min.js"):
        answer = client.get(f"/static/{path}")
        assert (answer.status_code, faults_of(answer, static=True)) == (200, []), path
        b"".join(answer.streaming_content)


def test_a_download_is_an_attachment_that_no_browser_shows(ours: Client, project: Any, ml_lead: Any) -> None:
    manifest = {"files": ["a.html"], "shards": [], "rows": 0, "dropped": {}, "sha256": "00"}
    made = Snapshot(project=project, format="raw", state="ready", manifest=manifest, created_by=ml_lead)
    made.path = str(made.pk)
    made.save()
    folder = Path(configured.EXPORT_DIR) / made.path
    folder.mkdir(parents=True)
    (folder / "a.html").write_text("<script>alert(1)</script>")
    answer = ours.get(f"/p/demo/exports/{made.pk}/a.html")
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    assert faults_of(answer) == []
    b"".join(answer.streaming_content)


def test_an_answer_that_brings_its_own_protection_keeps_it() -> None:
    from django.http import HttpResponse

    from config.headers import protected

    kept = protected(HttpResponse(headers={"Cache-Control": "max-age=60", "Content-Security-Policy": "sandbox"}))
    assert kept["Cache-Control"] == "max-age=60"
    assert kept["Content-Security-Policy"] == "sandbox"
    assert "Expires" not in kept


def test_the_guard_stands_before_everything_else() -> None:
    assert settings.MIDDLEWARE[0] == "config.headers.guard"
