"""The commands by which an operator lets people in."""

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from core.accounts.members import held_roles
from core.accounts.models import AuditEvent, Project, User
from tests.accounts.conftest import path_of


def run(*args: str, **options: Any) -> str:
    out = io.StringIO()
    call_command(*args, stdout=out, **options)
    return out.getvalue()


def test_a_first_project_comes_with_an_owner_and_a_way_in(client: Client, db: None) -> None:
    said = json.loads(
        run(
            "create_project",
            "april",
            "--name",
            "April",
            "--owner",
            "Boss@Example.org",
            "--json",
            base_url="http://testserver",
        )
    )
    assert said["project"] == "april"
    boss = User.objects.get(email="boss@example.org")
    assert not boss.has_usable_password()
    assert held_roles(Project.objects.get(slug="april"), boss) == {"owner"}
    assert client.post(path_of(said["link"]))["Location"] == "/"
    assert client.get("/p/april/members/").status_code == 200


def test_without_json_the_link_stands_on_its_own_line(db: None, settings: Any) -> None:
    lines = run("create_project", "april", "--name", "April", "--owner", "boss@example.org").splitlines()
    assert lines[-1].startswith(f"{settings.BASE_URL}/in/")


@pytest.mark.parametrize(
    ("slug", "email", "says"),
    [
        ("demo", "a@example.org", "already"),
        ("No Good", "a@example.org", "short name"),
        ("../x", "a@example.org", "short name"),
        ("a" * 61, "a@example.org", "short name"),
        ("-a", "a@example.org", "short name"),
        ("fine", "no address", "no e-mail address"),
    ],
)
def test_what_cannot_be_made_is_said_in_one_line_and_leaves_nothing(
    project: Any, slug: str, email: str, says: str
) -> None:
    with pytest.raises(CommandError, match=says) as caught:
        run("create_project", "--name", "X", "--owner", email, "--", slug)
    assert "\n" not in str(caught.value)
    assert not User.objects.filter(email="a@example.org").exists()
    assert Project.objects.count() == 1


def test_an_existing_account_becomes_the_owner(project: Any, rater: Any) -> None:
    run("create_project", "april", "--name", "April", "--owner", rater.email)
    assert User.objects.filter(email=rater.email).count() == 1


def test_a_closed_account_is_not_made_an_owner(rater: Any) -> None:
    User.objects.filter(pk=rater.pk).update(is_active=False)
    with pytest.raises(CommandError, match="closed"):
        run("create_project", "april", "--name", "April", "--owner", rater.email)


def test_a_link_for_whoever_gets_no_mail(client: Client, rater: Any) -> None:
    link = run("sign_in_link", rater.email, base_url="http://testserver").strip()
    client.post(path_of(link))
    assert client.session["_auth_user_id"] == str(rater.pk)
    event = AuditEvent.objects.get(verb="sign_in_link.issued")
    assert event.object == f"user:{rater.pk}"
    with pytest.raises(CommandError, match="no open account"):
        run("sign_in_link", "nobody@example.org")


def test_an_account_is_closed_and_opened(client: Client, rater: Any, owner: Any) -> None:
    client.force_login(rater)
    assert json.loads(run("account", rater.email, "--close", "--json")) == {"email": rater.email, "account": "closed"}
    assert client.get("/me/").status_code == 302
    assert "open" in run("account", rater.email, "--open")
    rater.refresh_from_db()
    assert rater.is_active
    with pytest.raises(CommandError, match="Nobody"):
        run("account", "nobody@example.org", "--close")
    with pytest.raises(CommandError, match="without an owner"):
        run("account", owner.email, "--close")


def test_no_password_key_or_account_comes_with_the_code(db: None) -> None:
    assert not User.objects.exists()
    assert not Project.objects.exists()
