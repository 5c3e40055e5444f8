"""Making projects."""

import re
import secrets

from django.db import transaction

from core.accounts import audit
from core.accounts.keys import keyed_digest as keyed_digest
from core.accounts.models import Membership, Project, Role, User
from core.accounts.secrets import encrypt

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?\Z")


class BadSlug(ValueError):
    """A project's short name is lower-case letters, digits and hyphens, at most 60 of them."""


class SlugTaken(Exception):
    """There is a project of this short name."""


def create_project(*, slug: str, name: str, owner: User | None) -> Project:
    """A new project with a key of its own; `owner`, if any, becomes its owner. Raises BadSlug and SlugTaken."""
    if not _SLUG.match(slug):
        raise BadSlug(f"{slug!r} is no short name: use lower-case letters, digits and hyphens, at most 60.")
    sealed = encrypt(secrets.token_bytes(32))
    with transaction.atomic():
        project, made = Project.objects.get_or_create(slug=slug, defaults={"name": name, "key_encrypted": sealed})
        if not made:
            raise SlugTaken(f"There is a project {slug!r} already. Choose another short name.")
        audit.record(project=project, who=owner, verb="project.created", object=slug, data={"name": name})
        if owner is not None:
            Membership.objects.create(project=project, user=owner, role=Role.OWNER)
            audit.record(
                project=project, who=owner, verb="member.added", object=f"user:{owner.pk}", data={"roles": [Role.OWNER]}
            )
    return project
