"""What the API promises whatever is asked: strict reading, one form of error, stable codes, no more than is allowed."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import OperationalError
from django.test import override_settings

from annotate.models import Campaign, Task
from core.accounts.models import Scope
from core.api import jobs
from core.api.problems import CODES, FIELD_CODES, MEDIA_TYPE, Code
from core.jobs.models import Job
from core.ledger.models import LabelRequest
from exchange import uploads
from exchange.models import Import, Snapshot
from tests.annotate_pages.pairs import bundle, campaign, comparison
from tests.api.conftest import Caller
from tests.api.rows import ROWS, as_file

pytestmark = pytest.mark.django_db
DOCS = Path(__file__).resolve().parents[2] / "docs" / "api.md"


def problem(answer: Any, status: int, code: str) -> Any:
    """The problem that the answer is."""
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, MEDIA_TYPE), answer.content
    said = json.loads(answer.content)
    assert (said["status"], said["code"], said["type"]) == (status, code, f"/api/v1/docs/#{code}")
    assert said["title"]
    assert said["detail"]
    return said


def fields(answer: Any) -> dict[str, str]:
    return {fault["field"]: fault["code"] for fault in problem(answer, 400, "invalid")["errors"]}


def test_an_unknown_field_is_an_error_that_names_it(caller: Caller) -> None:
    assert fields(caller.post("exports/", {"format": "raw", "colour": "red"})) == {"colour": "unknown_field"}
    assert fields(caller.upload("imports/", file=as_file(ROWS), campaign="x", shape="round")) == {
        "shape": "unknown_field"
    }
    # What can only be read cannot be written either.
    assert fields(caller.post("exports/", {"format": "raw", "digest": "00"})) == {"digest": "unknown_field"}
    assert Snapshot.objects.count() == Import.objects.count() == 0


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("prompt__content__body__startswith=a", {"prompt__content__body__startswith": "unknown_parameter"}),
        ("state=open&state=paused", {"state": "repeated_parameter"}),
        ("state=", {"state": "blank"}),
        ("state=half-open", {"state": "invalid_choice"}),
        ("limit=0", {"limit": "invalid"}),
        ("limit=201", {"limit": "invalid"}),
        ("limit=%D9%A1", {"limit": "invalid"}),
    ],
)
def test_an_unknown_or_wrong_parameter_is_an_error_that_names_it(
    caller: Caller, query: str, told: dict[str, str]
) -> None:
    assert fields(caller.get(f"campaigns/?{query}")) == told


@pytest.mark.parametrize("body", ['{"format": "raw", "\\ud800": 1}', '{"format": "\\udfff"}'])
def test_half_a_surrogate_pair_can_be_named_too(caller: Caller, body: str) -> None:
    assert len(fields(caller.post("exports/", body))) == 1


def test_where_nothing_is_narrowed_no_parameter_is_taken(caller: Caller) -> None:
    assert fields(caller.get("projects/demo/?format=json")) == {"format": "unknown_parameter"}
    assert fields(caller.post("exports/?format=raw", {"format": "raw"})) == {"format": "unknown_parameter"}


@pytest.mark.parametrize("cursor", ["x", "A" * 21 + "B", "A" * 23, "AAAA%00AAAAAAAAAAAAAAAAA", "é" * 22])
def test_a_cursor_that_is_not_ours_is_refused(caller: Caller, cursor: str) -> None:
    problem(caller.get(f"campaigns/?cursor={cursor}"), 400, "bad_cursor")


@pytest.mark.parametrize(
    "body",
    [
        {"format": 3},
        {"format": "raw", "min_votes": "3"},
        {"format": "raw", "min_votes": True},
        {"format": "raw", "words": "true"},
        {"format": "raw", "words": 1},
        {"format": ["raw"]},
        {"format": "raw", "campaign": 5},
        {"format": "raw", "file": "xlsx"},
        {"format": "raw", "file": "parquet", "spreadsheet": True},
        {"format": "raw", "min_votes": 3},
        {"format": "dpo", "words": False},
    ],
)
def test_a_value_of_another_type_is_not_bent_into_shape(caller: Caller, body: Any) -> None:
    assert len(fields(caller.post("exports/", body))) == 1


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        ('{"format": "raw"', {}, 400, "malformed"),
        ('["raw"]', {}, 400, "malformed"),
        ('{"format": "raw", "format": "dpo"}', {}, 400, "malformed"),
        ('{"format": "raw", "min_votes": NaN}', {}, 400, "malformed"),
        ("[" * 100_000, {}, 400, "malformed"),
        (b"\xff\xfe{", {}, 400, "malformed"),
        (" " * 3_000_000, {}, 413, "too_large"),
        ("<format>raw</format>", {"content_type": "application/xml"}, 415, "unsupported_media_type"),
        ('{"format": "raw"}', {"content_type": "application/json; charset=utf-7"}, 415, "unsupported_media_type"),
        ('{"format": "raw"}', {"content_type": "application/json; charset=base64"}, 415, "unsupported_media_type"),
        ("format=raw", {"content_type": "application/x-www-form-urlencoded"}, 415, "unsupported_media_type"),
        ("x", {"content_type": "multipart/form-data"}, 415, "unsupported_media_type"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(
    caller: Caller, body: Any, headers: dict[str, str], status: int, code: str
) -> None:
    problem(caller.post("exports/", body, **headers), status, code)


@pytest.mark.parametrize("charset", ["utf-7", "utf-16", "no-such"])
def test_a_strange_charset_breaks_no_reading_address(caller: Caller, charset: str) -> None:
    answer = caller.send("GET", "campaigns/?state=+AGE-", " ", content_type=f"text/plain; charset={charset}")
    problem(answer, 415, "unsupported_media_type")


def test_a_form_that_cannot_be_read_is_refused(caller: Caller) -> None:
    answer = caller.post("imports/", b"x", content_type="multipart/form-data")
    problem(answer, 400, "malformed")
    many = {f"field-{n}": "x" for n in range(1100)}
    problem(caller.upload("imports/", file=as_file(ROWS), campaign="x", **many), 400, "malformed")


def test_a_file_that_is_too_large_is_refused(caller: Caller, monkeypatch: Any) -> None:
    monkeypatch.setattr(uploads, "MOST_BYTES", 10)
    problem(caller.upload("imports/", file=as_file(ROWS), campaign="x"), 413, "too_large")
    assert not Import.objects.exists()


def test_where_nothing_is_there_is_a_problem_too(caller: Caller) -> None:
    for path in ("nowhere/", "campaigns", "campaigns/%00/", "jobs/1/", "/api/v1/"):
        problem(caller.get(path), 404, "not_found")
    problem(caller.send("DELETE", "nowhere/"), 404, "not_found")


def test_another_method_is_refused_and_options_tell_nothing(caller: Caller) -> None:
    for method in ("OPTIONS", "PUT", "TRACE", "BREW"):
        answer = caller.send(method, "exports/")
        problem(answer, 405, "method_not_allowed")
        assert answer["Allow"] == "GET, POST, HEAD"


def test_an_error_nobody_expected_is_a_problem_and_tells_nothing(caller: Caller, monkeypatch: Any) -> None:
    def break_down(*_: Any) -> Any:
        raise RuntimeError("canary")

    monkeypatch.setattr(jobs.selectors, "jobs_of", break_down)
    assert "canary" not in str(problem(caller.get("jobs/"), 500, "server_error"))

    def be_away(*_: Any) -> Any:
        raise OperationalError("canary")

    monkeypatch.setattr(jobs.selectors, "jobs_of", be_away)
    answer = caller.get("jobs/")
    assert "canary" not in str(problem(answer, 503, "unavailable"))
    assert answer["Retry-After"] == "5"


@override_settings(API_BURST=10, API_REQUESTS_PER_SECOND=0.01)
def test_a_token_that_asks_too_often_is_told_when_to_come_back(make_caller: Any) -> None:
    hasty, other = make_caller(), make_caller()
    answers = [hasty.get("projects/") for _ in range(12)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429] * 2
    problem(answers[-1], 429, "throttled")
    assert answers[-1]["Retry-After"] == "100"
    assert other.get("projects/").status_code == 200


def work_pair(work: Any) -> Any:
    return Task.objects.filter(campaign=work).values_list("comparison", flat=True).get()


def sentinels() -> dict[str, Any]:
    """Every name of a column in our apps, with a value that nobody would send."""
    ours = {"reports", "annotate", "exchange", "ledger", "catalog", "accounts", "jobs", "api"}
    models = [model for model in apps.get_models() if model._meta.app_label in ours]
    names = {name for model in models for field in model._meta.fields for name in (field.name, field.attname)}
    return dict.fromkeys(names, "sentinel")


def test_no_name_of_a_column_gets_in_where_it_is_not_asked_for(caller: Caller, project: Any) -> None:
    work = campaign(project, "first", pairs=1)
    before = list(Campaign.objects.filter(pk=work.pk).values())
    columns = sentinels()
    wish = {"comparison": str(work_pair(work)), "purpose": "x", "because": "y"}
    for method, path, body in (
        ("POST", "exports/", {"format": "raw"}),
        ("POST", "label-requests/", wish),
        ("PATCH", "campaigns/first/", {"state": "paused"}),
    ):
        optional = {"campaign", "recipe", "pool", "response", "turn", "rubric", "probability", "min_votes", "words"}
        strange = {name: value for name, value in columns.items() if name not in {*body, *optional}}
        answer = caller.send(method, path, {**strange, **body}, **{"idempotency-key": "one"})
        assert fields(answer) == dict.fromkeys(strange, "unknown_field")
    strange = {
        name: value for name, value in columns.items() if name not in ("campaign", "pool", "format", "path", "key")
    }
    answer = caller.upload("imports/", file=as_file(ROWS), campaign="new", **strange)
    assert fields(answer) == dict.fromkeys(strange, "unknown_field")
    assert list(Campaign.objects.filter(pk=work.pk).values()) == before
    assert not Snapshot.objects.exists()
    assert not Import.objects.exists()
    assert not LabelRequest.objects.exists()
    assert not Job.objects.exists()


def test_nothing_of_another_project_can_be_named(
    caller: Caller, make_caller: Any, other_project: Any, stranger: Any
) -> None:
    theirs = campaign(other_project, "theirs", pairs=1)
    pair = comparison(
        other_project, "whose?", ("mine", "yours"), (bundle(other_project, "a"), bundle(other_project, "b"))
    )
    assert fields(caller.post("exports/", {"format": "raw", "campaign": theirs.name})) == {"campaign": "does_not_exist"}
    wish = {"purpose": "x", "because": "y"}
    for field, pk in (("comparison", pair.pk), ("response", pair.first_id)):
        assert fields(caller.post("label-requests/", {**wish, field: str(pk)})) == {field: "does_not_exist"}
    job = Job.objects.create(kind="nothing", scope=other_project.pk, state=Job.State.FAILED)
    for path in (f"jobs/{job.pk}/", "campaigns/theirs/", f"comparisons/{pair.pk}/", "projects/other/"):
        problem(caller.get(path), 404, "not_found")
    for path in ("jobs/", "campaigns/", "comparisons/", "label-requests/"):
        assert caller.get(path).json() == {"results": [], "next": None}
    assert len(make_caller(of=other_project, by=stranger).get("campaigns/").json()["results"]) == 1


def test_the_documents_name_every_code_and_no_other() -> None:
    words = DOCS.read_text()
    codes, of_fields = (re.findall(r"^\| `([a-z_]+)` \|", part, re.M) for part in words.split("<!-- fields -->"))
    scopes = [code for code in codes if code in Scope.values]
    assert scopes == Scope.values
    assert sorted(set(codes) - set(scopes)) == sorted(CODES) == sorted(Code)
    assert sorted(of_fields) == sorted(FIELD_CODES)
