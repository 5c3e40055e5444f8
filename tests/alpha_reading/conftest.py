"""A programme in which people have chatted."""

from collections.abc import Callable
from typing import Any

import pytest

from alpha.models import Programme
from alpha.reading import counting
from core.accounts.access import Member, member_of
from tests.alpha_reading.talks import crowd, programme_of


@pytest.fixture(autouse=True)
def _counts_are_not_kept() -> None:
    counting.forget()


@pytest.fixture
def programme(project: Any) -> Programme:
    return programme_of(project)


@pytest.fixture
def lead(ml_lead: Any) -> Member:
    return member_of(ml_lead, "demo")


@pytest.fixture
def people(make_user: Callable[..., Any]) -> list[Any]:
    return [make_user(f"vera{n}") for n in range(8)]


@pytest.fixture
def talks(programme: Programme, people: list[Any]) -> Any:
    return crowd(programme, people)
