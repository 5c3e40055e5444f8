"""Actors: the pseudonyms under which people, imported voters and judges speak in the ledger."""

import secrets
from collections.abc import Iterable
from uuid import UUID

from django.db import IntegrityError, transaction

from core.accounts.models import Project, User
from core.ledger.models import Actor, ActorLink
from core.tables.bulk import fetch
from core.tables.ids import uuid7

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


def imported_actors(project: Project, keys: Iterable[str]) -> dict[str, UUID]:
    """The imported actors with these external keys, made where missing, in the caller's transaction: {key: actor id}.

    Two who make the same actor at once get one: the second waits for the first.
    """
    return _linked_actors(project, keys, Actor.Kind.IMPORTED)


def users(project: Project, names: Iterable[str]) -> dict[str, UUID]:
    """The actors of a product's users by the names that the product has for them: as `imported_actors`."""
    return {
        key.removeprefix(_USER): actor
        for key, actor in _linked_actors(project, {f"{_USER}{name}" for name in names}, Actor.Kind.USER).items()
    }


def _linked_actors(project: Project, keys: Iterable[str], kind: Actor.Kind) -> dict[str, UUID]:
    # In one order, so that two who make the same actors never wait for each other in a ring.
    wanted = sorted(set(keys))
    found: dict[str, UUID] = dict(fetch(_LINKED, [project.pk, wanted]))
    missing = [key for key in wanted if key not in found]
    if missing:
        ids = [uuid7() for _ in missing]
        found.update(fetch(_MAKE, [project.pk, kind.value, ids, missing, [new_pseudonym() for _ in missing]]))
        if len(found) < len(wanted):
            found.update(fetch(_LINKED, [project.pk, missing]))
    return found


def gold_actor(project: Project) -> UUID:
    """The expert in whose name gold labels of files are recorded, made on first use in the caller's transaction."""
    link = ActorLink.objects.filter(project=project, external_key=_GOLD).first()
    if link is not None:
        return link.actor_id
    try:
        with transaction.atomic():
            actor = Actor.objects.create(project=project, kind=Actor.Kind.EXPERT, pseudonym=new_pseudonym())
            ActorLink.objects.create(actor=actor, project=project, external_key=_GOLD)
            return actor.pk
    except IntegrityError:
        return ActorLink.objects.get(project=project, external_key=_GOLD).actor_id


# No actor of a file can be called so: a name has words in it.
_GOLD = ""
_USER = "user:"
_LINKED = "SELECT external_key, actor_id FROM ledger_actorlink WHERE project_id = %s AND external_key = ANY(%b::text[])"
# The key decides who makes the actor, so the link comes first; the foreign key is asked when both are there.
_MAKE = """
WITH wanted AS (
    SELECT %s::uuid AS project, %s::text AS kind, *
    FROM unnest(%b::uuid[], %b::text[], %b::text[]) AS w (id, key, pseudonym)
), linked AS (
    INSERT INTO ledger_actorlink (actor_id, project_id, external_key) SELECT id, project, key FROM wanted
    ON CONFLICT DO NOTHING RETURNING actor_id, external_key
), made AS (
    INSERT INTO ledger_actor (id, project_id, kind, pseudonym)
    SELECT id, project, kind, pseudonym FROM wanted JOIN linked ON actor_id = id
)
SELECT external_key, actor_id FROM linked
"""
