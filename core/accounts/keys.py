"""Each project's own key, and the keyed digests that are made with it."""

import hmac
from functools import lru_cache
from uuid import UUID

from core.accounts.models import Project
from core.accounts.secrets import decrypt


def key_of(project: Project) -> bytes:
    """The project's key. Raises UnreadableSecret when SECRET_KEY is not the one it was stored under."""
    return _key(project.pk, bytes(project.key_encrypted))


def keyed_digest(project: Project, *parts: bytes) -> bytes:
    """HMAC-SHA256 of the length-prefixed `parts` under the project's key (32 bytes)."""
    framed = b"".join([piece for part in parts for piece in (len(part).to_bytes(8, "big"), part)])
    return hmac.digest(key_of(project), framed, "sha256")


@lru_cache(maxsize=256)
def _key(project_id: UUID, sealed: bytes) -> bytes:
    return decrypt(sealed)
