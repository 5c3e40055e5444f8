"""Pools: several responses to each of many prompts, with scores; added many at a time and never twice.

A pool only grows. What is in it stays as it is: another set of responses to a prompt of it, or another score where one
is, is refused, so that whatever was computed from a pool can be computed from it again.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core.accounts import audit
from core.accounts.models import Project, User
from core.catalog.models import Pool
from core.catalog.parts import (
    KeyedPrompt,
    NewPrompt,
    NewResponse,
    Side,
    add_bundles,
    add_contents,
    add_prompts,
    add_responses,
    keyed_prompt,
    keyed_text,
    lock,
    render_later,
    text_content,
)
from core.tables.bulk import copy_rows, fetch

NAME = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,78}[a-z0-9])?")
SIGNAL_KEY = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,58}[a-z0-9])?")


class BadPoolName(ValueError):
    """The name does not fit into an address."""


@dataclass(frozen=True, slots=True)
class NewPoolRow:
    """A prompt with its responses; `scores` holds, for each response in their order, {signal: score}."""

    prompt: NewPrompt
    responses: tuple[NewResponse, ...]
    scores: tuple[Mapping[str, float], ...]


@dataclass(frozen=True, slots=True)
class Pooled:
    """What became of a NewPoolRow: its responses in their order, whether the pool has it new, how many scores are new.

    `clash`: the pool has the prompt with other responses. `contradicted`: (response's place, signal, score that is
    there) where the row says another score. In both cases nothing of the row was added.
    """

    responses: tuple[UUID, ...] = ()
    new: bool = False
    scores: int = 0
    clash: bool = False
    contradicted: tuple[int, str, float] | None = None

    @property
    def refused(self) -> bool:
        return self.clash or self.contradicted is not None


@dataclass(frozen=True, slots=True)
class _Incoming:
    row: NewPoolRow
    prompt: KeyedPrompt
    sides: tuple[Side, ...]


@dataclass(slots=True)
class _Held:
    """What the pool has of a prompt."""

    responses: dict[Side, UUID] = field(default_factory=dict)
    scores: dict[UUID, dict[str, float]] = field(default_factory=dict)


def get_or_create_pool(*, project: Project, name: str, who: User | None = None, note: str = "") -> Pool:
    """The project's pool of this name, made if there is none. Two first calls at once make one. Raises BadPoolName."""
    found = Pool.objects.filter(project=project, name=name).first()
    if found is not None:
        return found
    if not NAME.fullmatch(name):
        raise BadPoolName(
            _(
                "%(name)r cannot be a pool's name: use up to 80 lower-case letters, digits, hyphens and underscores, "
                "with a letter or digit first and last."
            )
            % {"name": name}
        )
    try:
        with transaction.atomic():
            pool = Pool.objects.create(project=project, name=name, note=note)
            audit.record(project=project, who=who, verb="pool.created", object=name)
            return pool
    except IntegrityError:
        return Pool.objects.get(project=project, name=name)


def add_to_pool(*, pool: Pool, rows: Sequence[NewPoolRow]) -> list[Pooled]:
    """Add these rows in the caller's transaction, each wholly or not at all; one result per row, in order.

    Equal samples of one row stay as many responses as they are. A row that is in the pool already gets the scores that
    it has not; the same prompt twice among the rows is the second one's clash, unless it says the same. Writers of one
    project wait for each other until commit.
    """
    if not rows:
        return []
    with transaction.atomic():
        lock(pool.project)
        incoming = [_keyed(pool.project, row) for row in rows]
        held = _held(pool, {one.prompt.digest for one in incoming})
        refused, taken = _sort_out(incoming, held)
        responses = _add(pool, [incoming[n] for n in taken])
        found = _score(pool, taken, [incoming[n] for n in taken], responses, held)
    return [refused[n] if n in refused else found[n] for n in range(len(rows))]


def _keyed(project: Project, row: NewPoolRow) -> _Incoming:
    samples: Counter[tuple[str, bytes]] = Counter()
    sides = []
    for response in row.responses:
        one = response.bundle, keyed_text(project, response.text)
        sides.append((*one, samples[one]))
        samples[one] += 1
    return _Incoming(row, keyed_prompt(project, row.prompt), tuple(sides))


# One table at a time, by its key: a join of all would be planned on the statistics of tables that are being filled.
_PROMPTS = "SELECT id, digest FROM catalog_prompt WHERE project_id = %s AND digest = ANY(%b::bytea[])"
_RESPONSES = "SELECT id, prompt_id, bundle_id, content_id, sample_no FROM catalog_response WHERE prompt_id = ANY(%b)"
_MEMBERS = "SELECT response_id FROM catalog_poolresponse WHERE pool_id = %s AND response_id = ANY(%b::uuid[])"
_SCORES = "SELECT response_id, signal, value FROM catalog_score WHERE pool_id = %s AND response_id = ANY(%b::uuid[])"


def _held(pool: Pool, digests: Iterable[bytes]) -> dict[bytes, _Held]:
    """What the pool has of the prompts with these digests; those that it has not are not in it."""
    prompts: dict[UUID, bytes] = dict(fetch(_PROMPTS, [pool.project_id, list(digests)]))
    written = {row[0]: row[1:] for row in fetch(_RESPONSES, [list(prompts)])} if prompts else {}
    members = [pk for (pk,) in fetch(_MEMBERS, [pool.pk, list(written)])] if written else []
    if not members:
        return {}
    bundles = _column("catalog_bundle", "name", {written[pk][1] for pk in members})
    texts = _column("catalog_content", "digest", {written[pk][2] for pk in members})
    held: dict[bytes, _Held] = {}
    of_response: dict[UUID, _Held] = {}
    for pk in members:
        prompt, bundle, content, sample = written[pk]
        of_response[pk] = held.setdefault(prompts[prompt], _Held())
        of_response[pk].responses[bundles[bundle], texts[content], sample] = pk
    for pk, signal, value in fetch(_SCORES, [pool.pk, members]):
        of_response[pk].scores.setdefault(pk, {})[signal] = value
    return held


def _column(table: str, column: str, ids: Iterable[UUID]) -> dict[UUID, Any]:
    return dict(fetch(f"SELECT id, {column} FROM {table} WHERE id = ANY(%b::uuid[])", [list(ids)]))  # noqa: S608


def _sort_out(incoming: Sequence[_Incoming], held: Mapping[bytes, _Held]) -> tuple[dict[int, Pooled], list[int]]:
    """The rows that contradict the pool or an earlier one among these, and the places of the others."""
    refused: dict[int, Pooled] = {}
    taken: list[int] = []
    firsts: dict[bytes, int] = {}
    for n, one in enumerate(incoming):
        there = held.get(one.prompt.digest)
        first = firsts.setdefault(one.prompt.digest, n)
        clash = there is not None and there.responses.keys() != set(one.sides)
        contradicted = _contradicted(one, there) if there is not None and not clash else None
        if first != n:
            clash = clash or set(incoming[first].sides) != set(one.sides) or incoming[first].row != one.row
        if clash or contradicted is not None:
            refused[n] = Pooled(clash=clash, contradicted=contradicted)
            if first == n:
                del firsts[one.prompt.digest]
        else:
            taken.append(n)
    return refused, taken


def _contradicted(one: _Incoming, held: _Held) -> tuple[int, str, float] | None:
    for place, (side, scores) in enumerate(zip(one.sides, one.row.scores, strict=True)):
        stored = held.scores.get(held.responses[side], {})
        for signal, value in scores.items():
            if stored.get(signal, value) != value:
                return place, signal, stored[signal]
    return None


def _add(pool: Pool, rows: Sequence[_Incoming]) -> list[tuple[UUID, ...]]:
    """The responses of each row, in its order, made where they are missing."""
    if not rows:
        return []
    project = pool.project
    bundles = add_bundles(project, {side[0] for one in rows for side in one.sides})
    words = dict(one.prompt.content for one in rows)
    for one in rows:
        words.update(
            (side[1], text_content(response.text)) for side, response in zip(one.sides, one.row.responses, strict=True)
        )
    contents = add_contents(project, words)
    prompts, old = add_prompts(project, contents, [one.prompt for one in rows])
    places = [
        [(prompts[one.prompt.digest], bundles[bundle], contents[text], sample) for bundle, text, sample in one.sides]
        for one in rows
    ]
    # A dict, not a set: responses get their ids in the order of the rows.
    wanted = dict.fromkeys(place for row in places for place in row)
    responses, known = add_responses(project, wanted, old)
    if len(known) < len(responses):
        render_later(project)
    _keep_bundle(pool, {bundles[side[0]] for one in rows for side in one.sides})
    return [tuple(responses[place] for place in row) for row in places]


def _keep_bundle(pool: Pool, bundles: set[UUID]) -> None:
    """Say which one bundle wrote the pool, as long as one did; before the responses of the batch are in it."""
    empty = not fetch("SELECT FROM catalog_poolresponse WHERE pool_id = %s LIMIT 1", [pool.pk])
    stored = Pool.objects.values_list("base_bundle", flat=True).get(pk=pool.pk)
    one = next(iter(bundles)) if len(bundles) == 1 and (empty or bundles == {stored}) else None
    if one != stored:
        Pool.objects.filter(pk=pool.pk).update(base_bundle=one)
    pool.base_bundle_id = one


_MEMBER = {"project_id": "uuid", "pool_id": "uuid", "response_id": "uuid"}
_SCORE = {**_MEMBER, "signal": "text", "value": "float8"}


def _score(
    pool: Pool,
    taken: Sequence[int],
    rows: Sequence[_Incoming],
    responses: Sequence[tuple[UUID, ...]],
    held: Mapping[bytes, _Held],
) -> dict[int, Pooled]:
    """Put the responses into the pool and their scores beside them: what became of each row, by its place."""
    found: dict[int, Pooled] = {}
    # Dicts: a row that is there twice, saying the same, is added once.
    members: dict[UUID, None] = {}
    scores: dict[tuple[UUID, str], float] = {}
    for n, one, ids in zip(taken, rows, responses, strict=True):
        there = held.get(one.prompt.digest)
        stored = there.scores if there is not None else {}
        fresh = {
            (pk, signal): value
            for pk, said in zip(ids, one.row.scores, strict=True)
            for signal, value in said.items()
            if (pk, signal) not in scores and signal not in stored.get(pk, {})
        }
        new = there is None and ids[0] not in members
        if new:
            members.update(dict.fromkeys(ids))
        scores.update(fresh)
        found[n] = Pooled(responses=ids, new=new, scores=len(fresh))
    keys = pool.project_id, pool.pk
    copy_rows("catalog_poolresponse", _MEMBER, ((*keys, pk) for pk in members))
    copy_rows("catalog_score", _SCORE, ((*keys, pk, signal, value) for (pk, signal), value in scores.items()))
    return found


def scores_by_prompt(pool: Pool, responses: int) -> dict[str, list[list[float]]]:
    """The scores of each signal, grouped by prompt, of so many responses of the pool."""
    found: dict[str, list[list[float]]] = {}
    for signal, scores in fetch(_BY_PROMPT, [pool.pk, responses, pool.pk]):
        found.setdefault(signal, []).append(scores)
    return found


_BY_PROMPT = """
SELECT s.signal, array_agg(s.value ORDER BY s.response_id) FROM (
    SELECT response_id FROM catalog_poolresponse WHERE pool_id = %s ORDER BY response_id LIMIT %s
) m
JOIN catalog_score s ON s.pool_id = %s AND s.response_id = m.response_id
JOIN catalog_response r ON r.id = m.response_id
GROUP BY s.signal, r.prompt_id
"""
