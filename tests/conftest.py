"""What every test gets: a database of its own, people with roles in their names, a project with comparisons."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.db.models.signals import post_migrate
from hypothesis import HealthCheck, settings

from config import cluster

cluster.hold()

# No property is about time, and a machine with other work is slow now and then.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(scope="session", autouse=True)
def _flush_passes_the_append_only_triggers() -> None:
    """Transactional tests empty the tables with TRUNCATE, which the ledger's triggers refuse to everybody else."""

    def flush(self: Any, sql_list: list[str]) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            for sql in sql_list:
                cursor.execute(sql)
            cursor.execute("SET session_replication_role = origin")

    type(connection.ops).execute_sql_flush = flush


@pytest.fixture(scope="session", autouse=True)
def _permissions_of_tables_are_not_made() -> None:
    """Nothing here asks for them, and after each emptying of the tables they would be made anew."""
    assert post_migrate.disconnect(dispatch_uid="django.contrib.auth.management.create_permissions")


@pytest.fixture
def make_user(db: None) -> Callable[..., Any]:
    from core.accounts.models import User

    def make(name: str) -> Any:
        return User.objects.create_user(email=f"{name}@example.org", name=name)

    return make


@pytest.fixture
def project(db: None) -> Any:
    from core.accounts.projects import create_project

    return create_project(slug="demo", name="Demonstration", owner=None)


@pytest.fixture
def other_project(db: None) -> Any:
    from core.accounts.projects import create_project

    return create_project(slug="other", name="Another team", owner=None)


@pytest.fixture
def make_member(make_user: Callable[..., Any], project: Any) -> Callable[..., Any]:
    from core.accounts.models import Membership

    def make(role: str, name: str = "", of: Any = None) -> Any:
        user = make_user(name or role)
        Membership.objects.create(project=of or project, user=user, role=role)
        return user

    return make


@pytest.fixture
def owner(make_member: Callable[..., Any]) -> Any:
    return make_member("owner")


@pytest.fixture
def ml_lead(make_member: Callable[..., Any]) -> Any:
    return make_member("ml_lead")


@pytest.fixture
def reviewer(make_member: Callable[..., Any]) -> Any:
    return make_member("reviewer")


@pytest.fixture
def rater(make_member: Callable[..., Any]) -> Any:
    return make_member("rater")


@pytest.fixture
def stranger(make_member: Callable[..., Any], other_project: Any) -> Any:
    """A member of another project, with every right there."""
    return make_member("owner", "stranger", of=other_project)
