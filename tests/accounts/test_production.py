"""Production does not start on weak settings."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.production import refuse_weak_settings
from core.accounts import checks
from core.accounts.redaction import SecretsInPaths

GOOD_KEY = "kT9-vQ2x_LmZ7wRb4NcY8dHf1GjS6pUe3AoXi5BtVhCyKrMnDlFz0E"
GOOD: dict[str, Any] = {
    "secret_key": GOOD_KEY,
    "allowed_hosts": ["plumbline.example.org"],
    "debug": False,
    "environment": {"DATABASE_URL": "postgres://u:p@db/plumbline", "BASE_URL": "https://plumbline.example.org"},
}


def test_good_settings_pass() -> None:
    refuse_weak_settings(**GOOD)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"secret_key": ""}, "SECRET_KEY is missing"),
        ({"secret_key": "short"}, "too short"),
        ({"secret_key": "a" * 64}, "too plain"),
        ({"secret_key": "django-insecure-" + GOOD_KEY}, "others know"),
        ({"secret_key": "please-changeme-" + GOOD_KEY}, "others know"),
        ({"allowed_hosts": []}, "ALLOWED_HOSTS is empty"),
        ({"allowed_hosts": [""]}, "ALLOWED_HOSTS is empty"),
        ({"allowed_hosts": ["*"]}, "ALLOWED_HOSTS has"),
        ({"allowed_hosts": ["good.example", " * "]}, "ALLOWED_HOSTS has"),
        ({"debug": True}, "DEBUG"),
        ({"environment": {"BASE_URL": "https://x"}}, "DATABASE_URL is missing"),
        (
            {"environment": {**GOOD["environment"], "PLUMBLINE_FAILPOINTS": "submit.after_lock=/tmp/x"}},
            "FAILPOINTS is set",
        ),
        ({"environment": {"DATABASE_URL": "postgres://x", "BASE_URL": "http://x"}}, "BASE_URL"),
    ],
)
def test_each_weak_setting_is_refused_by_name(change: dict[str, Any], says: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=says) as caught:
        refuse_weak_settings(**{**GOOD, **change})
    assert "BtVhCyKrMnDlFz0E" not in str(caught.value)


def test_every_fault_is_said_at_once() -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        refuse_weak_settings(secret_key="", allowed_hosts=[], debug=True, environment={})
    assert str(caught.value).count("\n  - ") == 5


def start(**environment: str) -> "subprocess.CompletedProcess[str]":
    root = Path(__file__).resolve().parents[2]
    kept = {key: value for key, value in os.environ.items() if key in ("PATH", "HOME", "LANG", "PYTHONPATH")}
    return subprocess.run(
        [sys.executable, "-m", "django", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=root,
        env={**kept, "DJANGO_SETTINGS_MODULE": "config.settings", "PLUMBLINE_PRODUCTION": "1", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("missing", "says"),
    [("SECRET_KEY", "SECRET_KEY"), ("ALLOWED_HOSTS", "ALLOWED_HOSTS"), ("DATABASE_URL", "DATABASE_URL")],
)
def test_production_does_not_start_without(missing: str, says: str, tmp_path: Path) -> None:
    environment = production(tmp_path)
    del environment[missing]
    done = start(**environment)
    assert done.returncode != 0
    assert f"- {says} is" in done.stderr


def test_a_whole_production_passes_the_deployment_checks(tmp_path: Path) -> None:
    done = start(**production(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no issues" in done.stdout + done.stderr


def production(tmp_path: Path) -> dict[str, str]:
    return {
        "SECRET_KEY": GOOD_KEY,
        "ALLOWED_HOSTS": "plumbline.example.org",
        "BASE_URL": "https://plumbline.example.org",
        "DATABASE_URL": "postgres://user:password@127.0.0.1:1/plumbline",
        "EMAIL_URL": "smtp+tls://user:password@mail.example.org:587",
        "CELERY_BROKER_URL": "redis://127.0.0.1:1/0",
        "PLUMBLINE_DATA_DIR": str(tmp_path),
    }


def test_limits_that_are_off_or_not_shared_are_errors(settings: Any) -> None:
    from config import settings as real

    settings.ACCOUNT_RATE_LIMITS = real.ACCOUNT_RATE_LIMITS
    assert checks.rate_limits_hold() == []
    settings.ACCOUNT_RATE_LIMITS = False
    assert [found.id for found in checks.rate_limits_hold()] == ["accounts.E001"]
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    assert [found.id for found in checks.rate_limits_hold()] == ["accounts.E001", "accounts.E002"]


def test_mail_into_files_is_warned_of_in_production_only(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.PRODUCTION = False
    assert checks.mail_is_sent() == []
    settings.PRODUCTION = True
    assert [found.id for found in checks.mail_is_sent()] == ["accounts.W001"]


def test_a_fast_hash_is_an_error(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    assert [found.id for found in checks.passwords_are_hashed_slowly()] == ["accounts.E003"]
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    assert checks.passwords_are_hashed_slowly() == []


def test_the_demo_and_production_keep_the_limits_on() -> None:
    from config import settings as real

    assert isinstance(real.ACCOUNT_RATE_LIMITS, dict)
    assert "secrets_in_paths" in real.LOGGING["handlers"]["console"]["filters"]


@pytest.mark.parametrize(
    "line",
    [
        ("Forbidden (CSRF token missing.): %s", "/in/Zx8w-long_secret-Qq/"),
        ('"GET /join/Zx8w-long_secret-Qq/?next=/ HTTP/1.1" 200',),
        ("Not Found: %s", "/account/password/reset/key/0192abcdef-Zx8w-long_secret-Qq/"),
    ],
)
def test_logs_do_not_hold_secrets_of_addresses(line: tuple[str, ...]) -> None:
    import logging

    record = logging.LogRecord("x", logging.WARNING, __file__, 1, line[0], line[1:], None)
    assert SecretsInPaths().filter(record)
    assert "long_secret" not in record.getMessage()
    assert "[secret]" in record.getMessage()
