"""Broken access control: an identifier that is not yours finds nothing, wherever it is put.

Who gets what at every address stands in `tests/access`; here the identifiers of one project are tried in another.
"""

import re
from typing import Any

from django.test import Client

from core.accounts.models import Membership
from tests.access.conftest import World
from tests.access.expected import ROUTES
from tests.access.test_matrix import address, routes

OURS = re.compile(r"^/p/demo/")


def own_rights_elsewhere(world: World, other_project: Any) -> Client:
    """Somebody with every role in another project."""
    for role in ("ml_lead", "reviewer", "rater"):
        Membership.objects.create(project=other_project, user=world.people["stranger"], role=role)
    return world.client("stranger")


EVERYWHERE = frozenset({"drift_monitor", "drift_power", "drift_declare", "drift_picture", "endpoint_new"})
"""Addresses that name what every project has: a monitor by its key, M1 to M10, or a kind of endpoint."""


def test_the_identifiers_of_one_project_find_nothing_in_another(world: World, other_project: Any) -> None:
    client = own_rights_elsewhere(world, other_project)
    tried, found = 0, []
    for name in ROUTES:
        url = address(world, name)
        pattern = next(one for one in routes() if one.name == name)
        if name in EVERYWHERE or not OURS.match(url) or set(pattern.pattern.regex.groupindex) <= {"slug"}:
            continue
        for method in ("GET", "POST"):
            answer = client.generic(method, OURS.sub("/p/other/", url))
            tried += 1
            if answer.status_code not in (404, 405):
                found.append(f"{method} {name}: {answer.status_code}")
    assert tried > 30
    assert found == []


def test_no_address_counts_upwards() -> None:
    """What stands in an address is a slug, a random identifier or a secret, never a number that can be guessed."""
    for pattern in routes():
        for variable, converter in pattern.pattern.converters.items():
            assert type(converter).__name__ != "IntConverter", f"{pattern.name}: {variable}"


def test_a_field_that_no_form_has_changes_nothing(world: World, project: Any) -> None:
    """Mass assignment: columns of the rows behind a form, sent along with it."""
    person = world.people["ml_lead"]
    world.client("ml_lead").post(
        "/me/",
        {
            "name": "Mira",
            "time_zone": "UTC",
            "email": "evil@example.org",
            "is_superuser": "1",
            "is_staff": "1",
            "password": "x",
        },
    )
    person.refresh_from_db()
    assert (person.name, person.email) == ("Mira", "ml_lead@example.org")
    assert not getattr(person, "is_superuser", False)
    assert not person.has_usable_password()


def test_a_header_does_not_make_somebody_else_of_who_asks(world: World) -> None:
    for header in (
        "X-Original-URL",
        "X-Rewrite-URL",
        "X-HTTP-Method-Override",
        "X-User",
        "X-Forwarded-User",
        "Remote-User",
    ):
        answer = world.client("rater").get("/p/demo/rate/", headers={header: "/p/demo/members/"})
        assert "Members" not in answer.content.decode(), header
        assert world.client("anonymous").get("/p/demo/members/", headers={header: "owner"}).status_code == 302
