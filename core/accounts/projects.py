"""Making projects, and the keyed digests that are theirs."""

import hmac
import secrets
from functools import lru_cache
from uuid import UUID

from django.db import transaction

from core.accounts import audit
from core.accounts.models import Membership, Project, Role, User
from core.accounts.secrets import decrypt, encrypt


def create_project(*, slug: str, name: str, owner: User | None) -> Project:
    """A new project with a key of its own; `owner`, if any, becomes its owner."""
    with transaction.atomic():
        project = Project.objects.create(slug=slug, name=name, key_encrypted=encrypt(secrets.token_bytes(32)))
        audit.record(project=project, who=owner, verb="project.created", object=slug, data={"name": name})
        if owner is not None:
            Membership.objects.create(project=project, user=owner, role=Role.OWNER)
    return project


def keyed_digest(project: Project, *parts: bytes) -> bytes:
    """HMAC-SHA256 of the length-prefixed `parts` under the project's key (32 bytes)."""
    mac = hmac.new(_key(project.pk, bytes(project.key_encrypted)), digestmod="sha256")
    for part in parts:
        mac.update(len(part).to_bytes(8, "big"))
        mac.update(part)
    return mac.digest()


@lru_cache(maxsize=256)
def _key(project_id: UUID, sealed: bytes) -> bytes:
    return decrypt(sealed)
