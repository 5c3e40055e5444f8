"""Actors: the pseudonyms under which people, imported voters and judges speak in the ledger."""

import secrets
from collections.abc import Iterable

from django.db import IntegrityError, transaction

from core.accounts.models import Project, User
from core.ledger.models import Actor, ActorLink

# No vowels, so that no pseudonym is a word, and none of the letters and digits that look alike.
_ALPHABET = "bcdfghjkmnpqrstvwxz23456789"


def new_pseudonym() -> str:
    """A random name of 12 characters (57 bits), derived from nothing."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(12))


def actor_of(project: Project, user: User, kind: str = Actor.Kind.RATER) -> Actor:
    """The actor of this person in this project, made on first use (two first uses at once make one)."""
    link = ActorLink.objects.filter(project=project, user=user).select_related("actor").first()
    if link is not None:
        return link.actor
    try:
        with transaction.atomic():
            actor = Actor.objects.create(project=project, kind=kind, pseudonym=new_pseudonym())
            ActorLink.objects.create(actor=actor, project=project, user=user)
            return actor
    except IntegrityError:
        return ActorLink.objects.select_related("actor").get(project=project, user=user).actor


def imported_actors(project: Project, keys: Iterable[str]) -> dict[str, Actor]:
    """The imported actors with these external keys, made where missing: {key: actor}."""
    wanted = set(keys)
    found = _imported(project, wanted)
    for key in sorted(wanted - found.keys()):
        try:
            with transaction.atomic():
                actor = Actor.objects.create(project=project, kind=Actor.Kind.IMPORTED, pseudonym=new_pseudonym())
                ActorLink.objects.create(actor=actor, project=project, external_key=key)
                found[key] = actor
        except IntegrityError:
            found.update(_imported(project, {key}))
    return found


def _imported(project: Project, keys: set[str]) -> dict[str, Actor]:
    links = ActorLink.objects.filter(project=project, external_key__in=keys).select_related("actor")
    return {str(link.external_key): link.actor for link in links}
