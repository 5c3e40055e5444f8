"""What production needs before anything of it starts."""

from collections.abc import Mapping, Sequence

from django.core.exceptions import ImproperlyConfigured

from core import failpoints

SECRET_LENGTH = 50
SECRET_LETTERS = 10
# Keys that stand in tutorials and in our own documents.
KNOWN = ("insecure", "changeme", "change-me", "secret-key", "secretkey", "example", "placeholder", "default")


def refuse_weak_settings(
    *, secret_key: str, allowed_hosts: Sequence[str], debug: bool, environment: Mapping[str, str]
) -> None:
    """Raise ImproperlyConfigured, naming every weak setting and what to do about it."""
    faults = [
        *_secret_key_faults(secret_key),
        *_host_faults(allowed_hosts),
        *(["DEBUG is on: it shows source and settings to visitors. Turn it off."] if debug else []),
    ]
    if environment.get(failpoints.VARIABLE):
        faults.append(f"{failpoints.VARIABLE} is set: with it a file can kill this process. It is for tests; unset it.")
    if not environment.get("DATABASE_URL"):
        faults.append("DATABASE_URL is missing: name the PostgreSQL server, postgres://user:password@host/database.")
    if not environment.get("BASE_URL", "").startswith("https://"):
        faults.append("BASE_URL must be this site's address and begin with https://: it stands in links sent by mail.")
    if faults:
        raise ImproperlyConfigured(
            "PLUMBLINE_PRODUCTION is set, and the settings are too weak for it:\n  - " + "\n  - ".join(faults)
        )


def _secret_key_faults(secret_key: str) -> list[str]:
    remedy = "Make one with: python -c 'import secrets; print(secrets.token_urlsafe(64))'"
    if not secret_key:
        return [f"SECRET_KEY is missing. {remedy}"]
    if len(secret_key) < SECRET_LENGTH or len(set(secret_key)) < SECRET_LETTERS:
        return [f"SECRET_KEY is too short or too plain (at least {SECRET_LENGTH} characters). {remedy}"]
    if any(word in secret_key.lower() for word in KNOWN):
        return [f"SECRET_KEY looks like one that others know too. {remedy}"]
    return []


def _host_faults(allowed_hosts: Sequence[str]) -> list[str]:
    hosts = [host.strip() for host in allowed_hosts]
    if not any(hosts):
        return ["ALLOWED_HOSTS is empty: name the hosts this site answers for, separated by commas."]
    wild = [host for host in hosts if host in ("*", ".", "")]
    if wild:
        return ["ALLOWED_HOSTS has '*' (or nothing) in it: links in mails could then point anywhere. Name the hosts."]
    return []
