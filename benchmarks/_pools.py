"""A pool of a known world as rows: prompts, responses, scores, an expert's labels, signals, recipes, the reference."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import numpy as np

from stats.pools import Array, Pool

_ANSWERS = {"sycophantic": "sycophancy", "correct": "correctness", "cold": "coldness"}
_MOST_CHARACTERS = 4000


def plant(project: Any, world: Pool, *, name: str = "april", labelled: float = 1.0, seed: int = 7) -> Any:
    """Write the pool into the project; a random share `labelled` of the prompts gets an expert's labels."""
    from core.catalog.models import Pool as StoredPool
    from core.ledger.rubrics import default_version
    from core.tables.ids import uuid7

    stored = StoredPool.objects.create(project=project, name=name)
    bundle, expert, rubric = uuid7(), uuid7(), default_version(project).pk
    _copy("catalog_bundle", "id, project_id, name", [(bundle, project.pk, f"base of {name}")])
    _copy("ledger_actor", "id, project_id, kind, pseudonym", [(expert, project.pk, "expert", f"e-{expert.hex[-12:]}")])
    rng = np.random.default_rng(seed)
    told = rng.random(world.prompts) < labelled
    prompts = [uuid7() for _ in range(world.prompts)]
    _prompts(project, world, name, prompts)
    places = [(m, p) for p in range(world.prompts) for m in range(world.present.shape[0]) if world.present[m, p]]
    responses = {place: uuid7() for place in places}
    length = world.values[world.outcomes.index("length")]
    contents, rows = [], []
    for (m, p), pk in responses.items():
        content = uuid7()
        characters = int(np.clip(400 + 90 * length[m, p], 20, _MOST_CHARACTERS))
        contents.append((content, project.pk, content.bytes, f"{name} {p} {m} ".ljust(characters, "x")))
        rows.append((pk, project.pk, prompts[p], bundle, content, m))
    _copy("catalog_content", "id, project_id, digest, body", contents, kind="text", renderer=0)
    _copy("catalog_response", "id, project_id, prompt_id, bundle_id, content_id, sample_no", rows)
    members = [(project.pk, stored.pk, pk) for pk in responses.values()]
    _copy("catalog_poolresponse", "project_id, pool_id, response_id", members)
    _scores(project, stored, world, responses)
    said = {place: pk for place, pk in responses.items() if told[place[1]]}
    _labels(project, world, said, {"actor": expert, "rubric": rubric})
    return stored


def signals(project: Any, kinds: Mapping[str, str], brake: str = "primary") -> None:
    """Register signals by key and kind."""
    from reports.models import RewardSignal

    RewardSignal.objects.bulk_create(
        [
            RewardSignal(project=project, key=key, name=key.title(), kind=kind, is_brake=key == brake)
            for key, kind in kinds.items()
        ]
    )


def recipe(project: Any, name: str, weights: Mapping[str, float], changes: Any = (), *, pin: bool = False) -> Any:
    """Add a version to the recipe of this name; with `pin` it becomes the reference."""
    from reports.models import Recipe, RecipeVersion, ReferenceDecision

    named, _ = Recipe.objects.get_or_create(project=project, name=name)
    last = RecipeVersion.objects.filter(recipe=named).count()
    version = RecipeVersion.objects.create(
        project=project, recipe=named, number=last + 1, weights=dict(weights), changes=list(changes)
    )
    if pin:
        ReferenceDecision.objects.create(project=project, version=version, reason="the last known good")
    return version


def choices(project: Any, world: Pool, by: Mapping[str, str], people: int = 40) -> None:
    """A comparison of the two responses to each prompt of `world`, decided by actors of each kind as its signal would.

    `by` is {kind of actor: signal}. The responses get an expert's labels, as a pool named "choices".
    """
    from core.catalog.models import Response
    from core.ledger.rubrics import default_version
    from core.tables.ids import uuid7

    plant(project, world, name="choices")
    pairs: dict[UUID, list[UUID]] = {}
    found = Response.objects.filter(project=project, bundle__name="base of choices").order_by("prompt", "sample_no")
    for pk, prompt, bundle in found.values_list("pk", "prompt", "bundle"):
        pairs.setdefault(prompt, [bundle]).append(pk)
    rows = [(uuid7(), project.pk, prompt, one, other, bundle, bundle) for prompt, (bundle, one, other) in pairs.items()]
    columns = "id, project_id, prompt_id, first_id, second_id, first_bundle_id, second_bundle_id"
    _copy("catalog_comparison", columns, rows, identical=False, source="bench")
    rubric, judgments, said = default_version(project).pk, [], []
    for kind, signal in by.items():
        actors = [uuid7() for _ in range(people)]
        known = [(actor, project.pk, kind, f"{kind[0]}-{actor.hex[-12:]}") for actor in actors]
        _copy("ledger_actor", "id, project_id, kind, pseudonym", known)
        higher = world.scores[world.signals.index(signal)]
        for p, row in enumerate(rows):
            pk = uuid7()
            judgments.append((pk, project.pk, actors[p % people], rubric, row[0], row[3], str(pk)))
            said.append((pk, "overall", 0, -1 if higher[0, p] > higher[1, p] else 1))
    _copy(
        "ledger_judgment",
        "id, project_id, actor_id, rubric_version_id, comparison_id, shown_first_id, submission_key",
        judgments,
        source="rating",
        solicited=True,
        memory="off",
        arm_key="",
        segment_key="",
        simulated=False,
    )
    _copy("ledger_signal", "judgment_id, question, response_slot, value", said)


def _prompts(project: Any, world: Pool, name: str, prompts: list[UUID]) -> None:
    from core.tables.ids import uuid7

    contents, rows = [], []
    sizes = np.bincount(world.clusters)
    domains = [one for one in world.slices if one.startswith("domain:")]
    memory, false = (_slice(world, one) for one in ("memory:on", "premise:false"))
    for p, pk in enumerate(prompts):
        content = uuid7()
        body = json.dumps([{"role": "user", "content": f"{name} {p}"}])
        contents.append((content, project.pk, content.bytes, body))
        cluster = int(world.clusters[p])
        rows.append(
            (
                pk,
                project.pk,
                content,
                pk.bytes,
                f"{name} {cluster}" if sizes[cluster] > 1 else None,
                "false" if false[p] else "true",
                [one.removeprefix("domain:") for one in domains if world.slices[one][p]],
                "on" if memory[p] else "off",
            )
        )
    _copy("catalog_content", "id, project_id, digest, body", contents, kind="conversation", renderer=0)
    _copy("catalog_prompt", "id, project_id, content_id, digest, family, premise, domain, memory", rows, variant="")


def _scores(project: Any, stored: Any, world: Pool, responses: Mapping[tuple[int, int], UUID]) -> None:
    rows = [
        (project.pk, stored.pk, pk, signal, float(world.scores[k, m, p]))
        for (m, p), pk in responses.items()
        for k, signal in enumerate(world.signals)
        if np.isfinite(world.scores[k, m, p])
    ]
    _copy("catalog_score", "project_id, pool_id, response_id, signal, value", rows)


def _labels(project: Any, world: Pool, responses: Mapping[tuple[int, int], UUID], by: Mapping[str, UUID]) -> None:
    from core.tables.ids import uuid7

    segments = [one for one in world.slices if one.startswith("segment:")]
    values: dict[str, Array] = {key: world.values[world.outcomes.index(o)] for key, o in _ANSWERS.items()}
    judgments, said = [], []
    for (m, p), response in responses.items():
        pk = uuid7()
        segment = next((one.removeprefix("segment:") for one in segments if world.slices[one][p]), "")
        judgments.append((pk, project.pk, by["actor"], by["rubric"], response, segment, str(pk)))
        said += [(pk, key, 0, 2 * int(found[m, p])) for key, found in values.items()]
    _copy(
        "ledger_judgment",
        "id, project_id, actor_id, rubric_version_id, response_id, segment_key, submission_key",
        judgments,
        source="import",
        solicited=True,
        memory="off",
        arm_key="",
        simulated=False,
    )
    _copy("ledger_signal", "judgment_id, question, response_slot, value", said)


def _slice(world: Pool, name: str) -> Any:
    return world.slices.get(name, np.zeros(world.prompts, dtype=bool))


def _copy(table: str, columns: str, rows: list[tuple[Any, ...]], **same: Any) -> None:
    from benchmarks._ground import _copy as copy

    copy(table, columns, rows, **same)
