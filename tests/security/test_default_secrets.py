"""Hard-coded secrets and default credentials: there are none, neither in the tree nor after `demo`.

That production refuses a weak or known SECRET_KEY stands in `tests/accounts/test_production.py`.
"""

import re
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from config.secrets import demo_secret
from core.accounts.models import User
from scenarios import loading

ROOT = Path(__file__).resolve().parents[2]
SECRETS = {
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY"),
    "a key of a cloud": re.compile(r"\bAKIA[0-9A-Z]{16}\b|\bAIza[\w-]{35}\b"),
    "a token of a code host": re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36}\b|\bglpat-[\w-]{20}\b"),
    "a token of a model's host": re.compile(r"\bsk-[A-Za-z0-9_-]{32,}\b|\bhf_[A-Za-z0-9]{34}\b"),
    "a token of ours": re.compile(r"\bplb_[A-Za-z0-9_-]{40,}\b"),
    "a key in the settings": re.compile(
        r"^\s*(SECRET_KEY|[A-Z_]*PASSWORD)\s*=\s*[\"'][^\"'$]+[\"']|^\s*[A-Z_]*TOKEN\s*=\s*[\"'][^\"'$]{16,}[\"']", re.M
    ),
}
GUESSES = ("admin", "password", "demo", "plumbline", "owner", "changeme", "", "letmein12345", "demo.invalid")


def test_the_tree_holds_no_secret() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        paths = [path for path in ROOT.rglob("*.py") if not {".venv", ".data"} & set(path.parts)]
    else:
        paths = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    found = []
    for path in paths:
        if (
            path.is_file()
            and path.suffix in (".py", ".md", ".toml", ".html", ".js", ".jsonl", ".in", "")
            and "tests" not in path.parts
        ):
            text = path.read_text("utf-8", "replace")
            found += [f"{path.relative_to(ROOT)}: {name}" for name, pattern in SECRETS.items() if pattern.search(text)]
    assert found == []


@pytest.mark.parametrize(
    ("name", "planted"),
    [
        ("a private key", "-----BEGIN RSA " + "PRIVATE KEY-----"),
        ("a key of a cloud", "AKIA" + "A" * 16),
        ("a token of a code host", "ghp_" + "a" * 36),
        ("a token of a model's host", "sk-" + "a" * 40),
        ("a token of ours", "plb_" + "a" * 43),
        ("a key in the settings", 'SECRET_KEY = "' + "a" * 40 + '"'),
    ],
)
def test_a_secret_in_the_tree_would_be_found(name: str, planted: str) -> None:
    assert SECRETS[name].search(planted)


def test_a_checkout_makes_a_secret_of_its_own(tmp_path: Path) -> None:
    one, other = demo_secret(tmp_path / "one"), demo_secret(tmp_path / "other")
    assert one != other
    assert len(one) > 60
    assert demo_secret(tmp_path / "one") == one
    assert stat.S_IMODE((tmp_path / "one" / "secret_key").stat().st_mode) == 0o600


def test_nobody_of_the_demonstration_has_a_password(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    few = loading.stories()[:1]
    monkeypatch.setattr(loading, "stories", lambda: few)
    loading.load_demo()
    people = list(User.objects.all())
    assert len(people) > 3
    assert [person.email for person in people if person.has_usable_password()] == []
    client = Client()
    for person in people[:4]:
        for guess in GUESSES:
            assert client.post("/account/login/", {"login": person.email, "password": guess}).status_code == 200
    assert "_auth_user_id" not in client.session


def test_there_is_no_door_for_administrators(client: Client, db: None) -> None:
    for path in ("/admin/", "/django-admin/", "/account/signup/", "/accounts/signup/", "/register/"):
        assert client.get(path).status_code == 404


def test_the_environment_of_production_is_never_shown(client: Client, db: None, settings: Any) -> None:
    for path in (
        "/.env",
        "/.git/config",
        "/config/settings.py",
        "/manage.py",
        "/debug/",
        "/__debug__/",
        "/server-status",
    ):
        answer = client.get(path)
        assert answer.status_code == 404
        assert settings.SECRET_KEY not in answer.content.decode()
