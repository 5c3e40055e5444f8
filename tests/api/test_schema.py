"""The OpenAPI document tells what there is, and what it tells is true."""

import re
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, seed, settings
from jsonschema.validators import Draft4Validator
from schemathesis.config import GenerationConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi import checks

from config.api import urlpatterns
from core.api.reference import reference
from core.api.schema import document
from tests.annotate_pages.pairs import campaign
from tests.api.conftest import Caller

UNTOLD = {"api_schema", "api_reference", "api_nowhere"}
PHASES = [Phase.generate]
CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
    checks.missing_required_header,
]


@schemathesis.serializer("application/x-ndjson")
def as_lines(context: Any, value: Any) -> bytes:
    """A body of lines may be anything: what is wrong with a line is said in the answer."""
    return value.data if hasattr(value, "data") else value if isinstance(value, bytes) else str(value).encode()


def told() -> list[tuple[str, str]]:
    return [(path, method) for path, methods in document()["paths"].items() for method in methods]


def test_every_address_and_method_is_in_it() -> None:
    there = set()
    for pattern in urlpatterns:
        if pattern.name not in UNTOLD:
            path = "/api/v1/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(pattern.pattern))
            view = pattern.callback.view_class()  # type: ignore[attr-defined]
            there |= {(path, method.lower()) for method in view.allowed_methods if method != "HEAD"}
    assert there == set(told())


def test_each_operation_says_its_scope_its_errors_and_its_key() -> None:
    for path, method in told():
        one = document()["paths"][path][method]
        assert re.search(r"\n\nScope: `\w+`", one["description"]), path
        assert len(one["description"].partition("\n")[0]) > 10
        assert {"400", "401", "403", "404", "405", "415", "429", "500", "503"} < set(one["responses"])
        assert one["security"] == [{"token": []}]
    named = [one["operationId"] for methods in document()["paths"].values() for one in methods.values()]
    assert len(named) == len(set(named))


def test_it_is_an_openapi_3_document() -> None:
    schemathesis.openapi.from_dict(document()).validate()
    for name, schema in document()["components"]["schemas"].items():
        Draft4Validator.check_schema(schema), name


def test_the_reference_for_people_has_it_all(client: Any) -> None:
    page = client.get("/api/v1/docs/").content.decode()
    for path, method in told():
        assert f'<span class="operation__method">{method.upper()}</span> {path}</code>' in page
    for section in reference("http://here").sections:
        assert all(one.words and one.curl.startswith("curl ") for one in section.operations)


@pytest.fixture
def fuzzed(caller: Caller, project: Any) -> Any:
    """The API as schemathesis sees it, by a token that may do everything, on a project with some work in it."""
    campaign(project, "first", pairs=3)
    generation = GenerationConfig(max_examples=4, deterministic=True, database="none")
    config = SchemathesisConfig(projects=ProjectsConfig(default=ProjectConfig(generation=generation)))
    schema = schemathesis.openapi.from_dict(document(), config=config)
    schema.app = get_wsgi_application()
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield schema
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.django_db
def test_no_request_breaks_it_and_every_answer_is_as_it_says(fuzzed: Any, caller: Caller) -> None:
    """A few requests of each kind, some as the document allows and some not: always the same ones."""
    headers = {"Authorization": f"Bearer {caller.secret}"}
    wrong = []
    for result in fuzzed.get_all_operations():
        for mode in schemathesis.GenerationMode:
            try:
                _ask(result.ok(), mode, headers)
            except (FailureGroup, Failure) as error:
                wrong.append(str(error))
    assert not wrong, "\n".join(wrong)


def _ask(operation: Any, mode: Any, headers: dict[str, str]) -> None:
    @seed(20261127)
    @settings(max_examples=2, deadline=None, database=None, suppress_health_check=list(HealthCheck), phases=PHASES)
    @given(operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        case.call_and_validate(headers=headers, checks=CHECKS)

    ask()
