"""What comparisons and pools are made of: bundles, contents, prompts, responses; found by what they say, or added."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from core.accounts.models import Project
from core.accounts.projects import keyed_digest
from core.catalog.content import Messages, body_of
from core.catalog.models import Bundle, Content, Prompt
from core.jobs.queue import enqueue
from core.tables.bulk import copy_rows, fetch
from core.tables.ids import uuid7s

# A response by what it is: prompt, bundle, content, sample number.
Place = tuple[UUID, UUID, UUID, int]
# The same before its prompt and its ids are known: bundle's name, digest of the text, sample number.
Side = tuple[str, bytes, int]


@dataclass(frozen=True, slots=True)
class NewPrompt:
    """A conversation of (role, content) that ends with the user, and its description."""

    messages: Messages
    family: str | None = None
    variant: str = ""
    premise: str = "none"
    domain: tuple[str, ...] = ()
    memory: str = "off"


@dataclass(frozen=True, slots=True)
class NewResponse:
    """What the bundle of this name answered."""

    bundle: str
    text: str


@dataclass(frozen=True, slots=True)
class KeyedPrompt:
    """A prompt with its digests, computed once: `digest` covers words and description, `conversation` the words."""

    prompt: NewPrompt
    digest: bytes
    conversation: bytes
    body: str

    @property
    def content(self) -> tuple[bytes, tuple[Any, ...]]:
        """Its words, for `add_contents`."""
        return self.conversation, (Content.Kind.CONVERSATION.value, self.body, 0)


def lock(project: Project) -> None:
    """Let writers of the project's catalog wait for each other until the caller's transaction ends."""
    # What is not there when it is looked up must not be there when it is copied. And two imports that add the same
    # texts in another order would otherwise wait for each other in a ring.
    digest = hashlib.sha256(f"catalog {project.pk}".encode()).digest()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int.from_bytes(digest[:8], "big", signed=True)])


def keyed_prompt(project: Project, prompt: NewPrompt) -> KeyedPrompt:
    body = body_of(prompt.messages)
    conversation = keyed_digest(project, b"conversation", body.encode())
    described = [prompt.family, prompt.variant, prompt.premise, list(prompt.domain), prompt.memory]
    digest = keyed_digest(project, b"prompt", conversation, json.dumps(described).encode())
    return KeyedPrompt(prompt, digest, conversation, body)


def keyed_text(project: Project, text: str) -> bytes:
    return keyed_digest(project, b"text", text.encode())


def text_content(text: str) -> tuple[Any, ...]:
    """A response's words, for `add_contents`."""
    return Content.Kind.TEXT.value, text, 0


def render_later(project: Project) -> None:
    """Have the project's new texts rendered by a job."""
    enqueue(kind="catalog.render", args={"project": str(project.pk)}, scope=project.pk, dedupe_key="render")


def add_bundles(project: Project, names: set[str]) -> dict[str, UUID]:
    """The bundles of these names: {name: id}."""
    found = _bundles(project, names)
    missing = sorted(names - found.keys())
    if missing:
        Bundle.objects.bulk_create([Bundle(project=project, name=name) for name in missing], ignore_conflicts=True)
        found = _bundles(project, names)
    return found


def _bundles(project: Project, names: set[str]) -> dict[str, UUID]:
    return dict(Bundle.objects.filter(project=project, name__in=names).values_list("name", "pk"))


def add_contents(project: Project, wanted: Mapping[bytes, tuple[Any, ...]]) -> dict[bytes, UUID]:
    """These contents by their digests, given as `text_content` and `KeyedPrompt.content` make them."""
    ids, _ = _by_digest(project, Content, {"kind": "text", "body": "text", "renderer": "int2"}, wanted)
    return ids


_DESCRIBED = {
    "content_id": "uuid",
    "family": "text",
    "variant": "text",
    "premise": "text",
    "domain": "text[]",
    "memory": "text",
}


def add_prompts(
    project: Project, contents: Mapping[bytes, UUID], prompts: Iterable[KeyedPrompt]
) -> tuple[dict[bytes, UUID], set[UUID]]:
    """These prompts, whose contents are there: the ids of all by digest, and which of them are old."""
    wanted = {
        one.digest: (
            contents[one.conversation],
            one.prompt.family,
            one.prompt.variant,
            one.prompt.premise,
            list(one.prompt.domain),
            one.prompt.memory,
        )
        for one in prompts
    }
    return _by_digest(project, Prompt, _DESCRIBED, wanted)


def _by_digest(
    project: Project,
    model: type[Content] | type[Prompt],
    columns: Mapping[str, str],
    wanted: Mapping[bytes, tuple[Any, ...]],
) -> tuple[dict[bytes, UUID], set[UUID]]:
    """Insert what is new of a table whose key is (project, digest): the ids of all by digest, and which are old."""
    table = model._meta.db_table
    query = f"SELECT digest, id FROM {table} WHERE project_id = %s AND digest = ANY(%b::bytea[])"  # noqa: S608
    ids: dict[bytes, UUID] = dict(fetch(query, [project.pk, list(wanted)]))
    old = set(ids.values())
    missing = [digest for digest in wanted if digest not in ids]
    made = dict(zip(missing, uuid7s(len(missing)), strict=True))
    copy_rows(
        table,
        {"id": "uuid", "project_id": "uuid", "digest": "bytea", **columns},
        ((pk, project.pk, digest, *wanted[digest]) for digest, pk in made.items()),
    )
    return ids | made, old


_PLACE = {"prompt_id": "uuid", "bundle_id": "uuid", "content_id": "uuid", "sample_no": "int2"}


def add_responses(
    project: Project, wanted: Collection[Place], old_prompts: set[UUID]
) -> tuple[dict[Place, UUID], set[UUID]]:
    """The ids of all by what they are, and which are old: none of a prompt that is new."""
    found: dict[Place, UUID] = {}
    prompts = old_prompts & {place[0] for place in wanted}
    if prompts:
        query = "SELECT prompt_id, bundle_id, content_id, sample_no, id FROM catalog_response WHERE prompt_id = ANY(%b)"
        found = {(row[0], row[1], row[2], row[3]): row[4] for row in fetch(query, [list(prompts)])}
    missing = [place for place in wanted if place not in found]
    made = dict(zip(missing, uuid7s(len(missing)), strict=True))
    copy_rows(
        "catalog_response",
        {"id": "uuid", "project_id": "uuid", **_PLACE},
        ((pk, project.pk, *place) for place, pk in made.items()),
    )
    return found | made, set(found.values())
