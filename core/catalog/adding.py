"""Adding comparisons to the catalog, many at a time and never twice."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from core.accounts.models import Project
from core.catalog.parts import (
    KeyedPrompt,
    NewPrompt,
    NewResponse,
    Place,
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
from core.tables.ids import uuid7s


@dataclass(frozen=True, slots=True)
class NewComparison:
    prompt: NewPrompt
    first: NewResponse
    second: NewResponse
    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class Added:
    """What became of a NewComparison.

    `mirrored`: it was there already with its sides the other way round, so that what is said of it must be mirrored.
    `clash`: its external id belongs to other texts; nothing was added and `id` is that of the other comparison.
    """

    id: UUID
    new: bool = False
    mirrored: bool = False
    clash: bool = False


@dataclass(frozen=True, slots=True)
class _Keys:
    """A comparison by digests: what it is, whatever its ids are."""

    prompt: bytes
    first: Side
    second: Side

    @property
    def sides(self) -> tuple[Side, Side]:
        return self.first, self.second

    def alike(self, other: "_Keys") -> bool:
        """Whether it is the same comparison, be it the other way round."""
        return self.prompt == other.prompt and {self.first, self.second} == {other.first, other.second}


@dataclass(frozen=True, slots=True)
class _Incoming:
    """A row with its digests, computed once."""

    row: NewComparison
    keys: _Keys
    prompt: KeyedPrompt


def add_comparisons(*, project: Project, rows: Sequence[NewComparison], source: str) -> list[Added]:
    """Add these comparisons with all they need, in the caller's transaction; one result per row, in order.

    What exists is found by what it says and not added again. `source` is kept with the new ones. Texts are rendered
    by a job later. Writers of one project wait for each other until commit.
    """
    if not rows:
        return []
    with transaction.atomic():
        lock(project)
        incoming = [_keyed(project, row) for row in rows]
        stored = _by_external_id(project, [row.external_id for row in rows if row.external_id is not None])
        found = {
            n: _compare(stored[one.row.external_id], one.keys)
            for n, one in enumerate(incoming)
            if one.row.external_id in stored
        }
        adding = {n: one for n, one in enumerate(incoming) if n not in found}
        clashing = _clashing(adding)
        found.update(_add(project, {n: one for n, one in adding.items() if n not in clashing}, source))
        found.update({n: Added(found[first].id, clash=True) for n, first in clashing.items()})
        if any(one.new for one in found.values()):
            render_later(project)
    return [found[n] for n in range(len(rows))]


def _keyed(project: Project, row: NewComparison) -> _Incoming:
    prompt = keyed_prompt(project, row.prompt)
    first = (row.first.bundle, keyed_text(project, row.first.text))
    second = (row.second.bundle, keyed_text(project, row.second.text))
    # The second of two equal samples is sample 1: they stay two responses.
    return _Incoming(row, _Keys(prompt.digest, (*first, 0), (*second, int(first == second))), prompt)


_BY_EXTERNAL_ID = """
SELECT external_id, id, prompt_id, first_id, second_id FROM catalog_comparison
WHERE project_id = %s AND external_id = ANY(%b::text[])
"""


def _by_external_id(project: Project, ids: list[str]) -> dict[str | None, tuple[UUID, _Keys]]:
    # One table at a time, by its key: a join of all would be planned on the statistics of tables that are being
    # filled, and such a plan can take minutes where it guessed them to be empty.
    stored = fetch(_BY_EXTERNAL_ID, [project.pk, ids]) if ids else []
    if not stored:
        return {}
    sides = [side for row in stored for side in row[3:5]]
    responses = {row[0]: row[1:] for row in _by_id("catalog_response", "bundle_id, content_id, sample_no", sides)}
    names = dict(_by_id("catalog_bundle", "name", {row[0] for row in responses.values()}))
    texts = dict(_by_id("catalog_content", "digest", {row[1] for row in responses.values()}))
    prompts = dict(_by_id("catalog_prompt", "digest", {row[2] for row in stored}))

    def side(pk: UUID) -> Side:
        bundle, content, sample = responses[pk]
        return names[bundle], texts[content], sample

    return {
        external_id: (pk, _Keys(prompts[prompt], side(first), side(second)))
        for external_id, pk, prompt, first, second in stored
    }


def _by_id(table: str, columns: str, ids: Iterable[UUID]) -> list[tuple[Any, ...]]:
    return fetch(f"SELECT id, {columns} FROM {table} WHERE id = ANY(%b::uuid[])", [list(ids)])  # noqa: S608


def _clashing(rows: Mapping[int, _Incoming]) -> dict[int, int]:
    """The rows whose external id is that of an earlier one among these with other texts: {row: the earlier one}."""
    firsts: dict[str, int] = {}
    clashing = {}
    for n, one in rows.items():
        if one.row.external_id is not None:
            first = firsts.setdefault(one.row.external_id, n)
            if not rows[first].keys.alike(one.keys):
                clashing[n] = first
    return clashing


def _compare(stored: tuple[UUID, _Keys], keys: _Keys) -> Added:
    pk, there = stored
    if there == keys:
        return Added(pk)
    alike = there.alike(keys)
    return Added(pk, mirrored=alike, clash=not alike)


def _add(project: Project, rows: Mapping[int, _Incoming], source: str) -> dict[int, Added]:
    if not rows:
        return {}
    bundles = add_bundles(project, {side[0] for one in rows.values() for side in one.keys.sides})
    contents = add_contents(project, _contents(rows.values()))
    prompts, old_prompts = add_prompts(project, contents, [one.prompt for one in rows.values()])

    def place(keys: _Keys, side: Side) -> Place:
        return prompts[keys.prompt], bundles[side[0]], contents[side[1]], side[2]

    places = {n: tuple(place(one.keys, side) for side in one.keys.sides) for n, one in rows.items()}
    # A dict, not a set: responses get their ids in the order of the rows.
    wanted = dict.fromkeys(key for both in places.values() for key in both)
    responses, old_responses = add_responses(project, wanted, old_prompts)
    pairs = {
        n: _Pair(
            prompt=prompts[one.keys.prompt],
            first=responses[places[n][0]],
            second=responses[places[n][1]],
            external_id=one.row.external_id,
            identical=one.keys.first[1] == one.keys.second[1],
            family=one.row.prompt.family,
            bundles=(places[n][0][1], places[n][1][1]),
        )
        for n, one in rows.items()
    }
    return _add_pairs(project, pairs, old_responses, source)


def _contents(rows: Iterable[_Incoming]) -> dict[bytes, tuple[Any, ...]]:
    wanted: dict[bytes, tuple[Any, ...]] = {}
    for one in rows:
        digest, words = one.prompt.content
        wanted[digest] = words
        wanted[one.keys.first[1]] = text_content(one.row.first.text)
        wanted[one.keys.second[1]] = text_content(one.row.second.text)
    return wanted


@dataclass(frozen=True, slots=True)
class _Pair:
    prompt: UUID
    first: UUID
    second: UUID
    external_id: str | None
    identical: bool
    family: str | None
    bundles: tuple[UUID, UUID]

    @property
    def key(self) -> tuple[UUID, UUID]:
        return _ordered(self.first, self.second)


def _ordered(one: UUID, other: UUID) -> tuple[UUID, UUID]:
    return (one, other) if one < other else (other, one)


_COMPARISON = {
    "id": "uuid",
    "project_id": "uuid",
    "prompt_id": "uuid",
    "first_id": "uuid",
    "second_id": "uuid",
    "identical": "bool",
    "external_id": "text",
    "source": "text",
    "family": "text",
    "first_bundle_id": "uuid",
    "second_bundle_id": "uuid",
}


def _add_pairs(project: Project, pairs: Mapping[int, _Pair], old_responses: set[UUID], source: str) -> dict[int, Added]:
    there = _stored_pairs([pair for pair in pairs.values() if {pair.first, pair.second} <= old_responses])
    results: dict[int, Added] = {}
    rows = []
    for (n, pair), pk in zip(pairs.items(), uuid7s(len(pairs)), strict=True):
        if pair.key in there:
            known, first = there[pair.key]
            results[n] = Added(known, mirrored=first != pair.first)
        else:
            results[n] = Added(pk, new=True)
            there[pair.key] = (pk, pair.first)
            said = (pair.prompt, pair.first, pair.second, pair.identical, pair.external_id, source)
            rows.append((pk, project.pk, *said, pair.family, *pair.bundles))
    copy_rows("catalog_comparison", _COMPARISON, rows)
    return results


def _stored_pairs(pairs: Sequence[_Pair]) -> dict[tuple[UUID, UUID], tuple[UUID, UUID]]:
    if not pairs:
        return {}
    found = fetch(
        "SELECT first_id, second_id, id FROM catalog_comparison WHERE prompt_id = ANY(%b::uuid[])",
        [list({pair.prompt for pair in pairs})],
    )
    return {_ordered(first, second): (pk, first) for first, second, pk in found}
