"""Secrets that people carry in links, and secrets kept at rest."""

import base64
import hashlib
import hmac
import secrets
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings


class UnreadableSecret(Exception):
    """A stored secret was encrypted under another SECRET_KEY."""


def new_secret() -> tuple[str, bytes]:
    """A random 256-bit secret for a link and the digest that is stored in its place."""
    secret = secrets.token_urlsafe(32)
    return secret, digest(secret)


def digest(secret: str) -> bytes:
    """What is stored of a link's secret: its SHA-256 (the secret is random, so no salt is needed)."""
    return hashlib.sha256(secret.encode()).digest()


def encrypt(plain: bytes) -> bytes:
    """`plain` under the installation's key (Fernet)."""
    return _fernet(settings.SECRET_KEY).encrypt(plain)


def decrypt(sealed: bytes) -> bytes:
    """What `encrypt` was given. Raises UnreadableSecret when SECRET_KEY has changed since."""
    try:
        return _fernet(settings.SECRET_KEY).decrypt(bytes(sealed))
    except InvalidToken:
        raise UnreadableSecret(
            "A project's key cannot be decrypted: SECRET_KEY is not the one it was stored under. Restore that key."
        ) from None


@lru_cache(maxsize=4)
def _fernet(secret_key: str) -> Fernet:
    derived = hmac.digest(secret_key.encode(), b"plumbline secrets at rest v1", "sha256")
    return Fernet(base64.urlsafe_b64encode(derived))
