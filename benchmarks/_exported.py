"""A ledger to export, what an export of it does, and the floor: COPY of the same joined query, columns as they are."""

import json
import random
from pathlib import Path
from typing import Any

_SIGNALS = 7


def fill(size: int) -> str:
    """A project with so many comparisons and as many judgments (of seven signals each); returns its short name."""
    from django.db import connection

    from benchmarks._ground import MATERIAL, _copy
    from core.accounts.projects import create_project
    from core.catalog.content import body_of
    from core.ledger.rubrics import default_version
    from core.tables.ids import uuid7

    project = create_project(slug=f"size-{size}", name=f"{size} rows", owner=None)
    rubric = default_version(project)
    stories = [json.loads(line) for path in sorted(MATERIAL.glob("*.jsonl")) for line in path.read_text().splitlines()]
    rng = random.Random(7)
    bundles = [uuid7(), uuid7()]
    _copy("catalog_bundle", "id, project_id, name", [(b, project.pk, f"v4{n}") for n, b in enumerate(bundles)])
    actors = [uuid7() for _ in range(20)]
    people = [(a, project.pk, "rater", f"r{size}-{n}") for n, a in enumerate(actors)]
    _copy("ledger_actor", "id, project_id, kind, pseudonym", people)
    tables: dict[str, list[tuple[Any, ...]]] = {
        name: [] for name in ("content", "prompt", "response", "comparison", "judgment", "signal")
    }
    for n in range(size):
        story = stories[n % len(stories)]
        texts = rng.sample(list(story["answers"].values()), 2)
        words = [
            body_of((("user", f"{story['prompt'][-1]['content']} ({n})"),)),
            *(f"{text}\n\n({n})" for text in texts),
        ]
        contents = [uuid7() for _ in words]
        prompt, one, other, pair, judgment = (uuid7() for _ in range(5))
        kinds = ("conversation", "text", "text")
        tables["content"] += [
            (pk, project.pk, f"{n} {place}".encode(), kind, body)
            for place, (pk, kind, body) in enumerate(zip(contents, kinds, words, strict=True))
        ]
        tables["prompt"].append((prompt, project.pk, contents[0], str(n).encode(), "{science,history}"))
        tables["response"] += [
            (pk, project.pk, prompt, bundle, content)
            for pk, bundle, content in zip((one, other), bundles, contents[1:], strict=True)
        ]
        tables["comparison"].append((pair, project.pk, prompt, one, other, *bundles, f"pair-{n}"))
        tables["judgment"].append((judgment, project.pk, actors[n % 20], rubric.pk, pair, one, str(n)))
        said = [("overall", 0, rng.choice((-3, -2, -1, 1, 2, 3)))]
        said += [(key, slot, rng.choice((0, 1, 2))) for key in ("correct", "sycophantic", "cold") for slot in (1, 2)]
        tables["signal"] += [(judgment, *one_said) for one_said in said]
        if n % 10_000 == 9_999 or n == size - 1:
            _land(tables)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return str(project.slug)


def _land(tables: dict[str, list[tuple[Any, ...]]]) -> None:
    from benchmarks._ground import _copy

    _copy("catalog_content", "id, project_id, digest, kind, body", tables["content"], renderer=0)
    _copy(
        "catalog_prompt",
        "id, project_id, content_id, digest, domain",
        tables["prompt"],
        variant="",
        premise="none",
        memory="off",
    )
    _copy("catalog_response", "id, project_id, prompt_id, bundle_id, content_id", tables["response"], sample_no=0)
    _copy(
        "catalog_comparison",
        "id, project_id, prompt_id, first_id, second_id, first_bundle_id, second_bundle_id, external_id",
        tables["comparison"],
        identical=False,
        source="bench",
    )
    _copy(
        "ledger_judgment",
        "id, project_id, actor_id, rubric_version_id, comparison_id, shown_first_id, submission_key",
        tables["judgment"],
        source="rating",
        solicited=True,
        memory="off",
        arm_key="",
        segment_key="",
        simulated=False,
    )
    _copy("ledger_signal", "judgment_id, question, response_slot, value", tables["signal"])
    for rows in tables.values():
        rows.clear()


def warm() -> int:
    """Connect, and have imported what a long-lived worker has imported; returns the process id of the backend."""
    from django.db import connection

    import exchange.exporting  # noqa: F401

    with connection.cursor() as cursor:
        cursor.execute("SET max_parallel_workers_per_gather = 0")
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def export(slug: str, format: str, file: str, out: Path) -> tuple[int, int]:
    """The export as people make it; returns rows and bytes."""
    from core.accounts.models import Project
    from exchange.exporting import export as write
    from exchange.selection import Selection

    project = Project.objects.get(slug=slug)
    snapshot = write(project=project, format=format, selection=Selection(project.pk, file=file), out=out)
    manifest = snapshot.manifest or {}
    return manifest["rows"], sum(shard["bytes"] for shard in manifest["shards"])


def floor(slug: str, format: str) -> tuple[int, int]:
    """COPY of the joined query in the same order; nothing is made of what comes but its length."""
    from django.db import connection, transaction

    from core.accounts.models import Project
    from exchange.formats import dpo, raw

    values = {"project": Project.objects.get(slug=slug).pk, "campaign": None, "include_simulated": False}
    queries = {
        "dpo": f"{dpo.WITH} SELECT * FROM ({dpo.JOINED}) pair ORDER BY pair.id",
        # The signals belong to the row, so the floor reads them too, as arrays.
        "raw": f"{raw.WITH} SELECT said.*, signalled.* FROM ({raw.JOINED}) said CROSS JOIN LATERAL ("
        "SELECT array_agg(s.question), array_agg(s.response_slot), array_agg(s.value) "
        "FROM ledger_signal s WHERE s.judgment_id = said.id) signalled ORDER BY said.id",
    }
    rows = size = 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT now(), pg_current_snapshot()::text")
        values["cut"], values["seen"] = cursor.fetchone()
        with cursor.copy(f"COPY ({queries[format]}) TO STDOUT", {**values, "restored": None}) as copy:
            for message in copy:
                rows += 1
                size += len(message)
    return rows, size
