"""What a recipe says of a pair leaves with it: margin and reward_weight, fixed when the export is ordered."""

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from core.accounts import tokens
from core.catalog.models import Comparison, Pool, Response
from core.catalog.parts import NewPrompt, NewResponse
from core.catalog.pools import NewPoolRow, add_to_pool, get_or_create_pool
from core.jobs.models import Job
from core.jobs.running import run
from core.tables.bulk import copy_rows
from exchange import orders
from exchange.exporting import export, write_again
from exchange.importing import import_file
from exchange.models import Snapshot
from exchange.rewards import RewardFault, reward_of
from exchange.selection import Selection
from reports.models import Recipe, RecipeVersion, RewardSignal
from tests.exchange.rows import row, vote, write

# Scores of (first, second) for two signals, of which less is better in the second.
SCORES = {1: ((2.0, 10.0), (0.5, 30.0)), 2: ((1.0, 20.0), (1.25, 20.0)), 3: ((0.0, 10.0), (3.0, 40.0))}
WEIGHTS = {"primary": 0.75, "drag": -0.25}


@pytest.fixture
def pool(project: Any, tmp_path: Path) -> Pool:
    """Three scored pairs, the first preferred in all, and one that is in no pool."""
    import_file(
        path=write(tmp_path / "rows.jsonl", *(row(n, votes=[vote("a", -2)]) for n in (1, 2, 3, 4))),
        project=project,
        campaign_name="first",
    )
    made = get_or_create_pool(project=project, name="april")
    add_to_pool(pool=made, rows=[pool_row(n) for n in SCORES])
    for key, direction in (("primary", 1), ("drag", -1)):
        RewardSignal.objects.create(project=project, key=key, name=key, kind="reward_model", direction=direction)
    recipe = Recipe.objects.create(project=project, name="mix")
    RecipeVersion.objects.create(project=project, recipe=recipe, number=1, weights=WEIGHTS)
    return made


def pool_row(n: int) -> NewPoolRow:
    said = row(n)
    return NewPoolRow(
        NewPrompt(tuple((one["role"], one["content"]) for one in said["prompt"])),
        tuple(NewResponse(one["bundle"], one["content"]) for one in said["responses"]),
        tuple({"primary": primary, "drag": drag} for primary, drag in SCORES[n]),
    )


def margins() -> dict[int, float]:
    """The margins of the first over the second, by the definition: standardised scores, weighed and directed."""
    scores = np.array([SCORES[n] for n in SCORES])
    centred = scores - scores.mean(axis=1, keepdims=True)
    z = centred / np.sqrt((centred**2).mean(axis=(0, 1)))
    reward = z @ np.array(list(WEIGHTS.values()))
    return {n: float(reward[k, 0] - reward[k, 1]) for k, n in enumerate(SCORES)}


def take(project: Any, out: Path, **options: Any) -> list[bytes]:
    selection = Selection(project=project.pk, reward=reward_of(project=project, recipe="mix"), **options)
    export(project=project, format="dpo", selection=selection, out=out)
    return [line for path in sorted(out.glob("data-*")) for line in path.read_bytes().splitlines(keepends=True)]


def test_each_pair_says_its_margin_and_its_weight_in_the_bytes_that_python_writes(
    pool: Pool, project: Any, tmp_path: Path
) -> None:
    lines = take(project, tmp_path / "out")
    wanted = margins()
    for n, line in enumerate(lines, 1):
        said = json.loads(line)
        said["margin"] = round(wanted[n], 6) if n in wanted else None
        said["reward_weight"] = round(1 / (1 + math.exp(-wanted[n])), 6) if n in wanted else None
        assert line == json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    assert len(lines) == 4
    assert list(json.loads(lines[0]))[:5] == ["prompt", "chosen", "rejected", "margin", "reward_weight"]


def test_the_margin_is_of_the_chosen_one_over_the_rejected(pool: Pool, project: Any, tmp_path: Path) -> None:
    path = write(tmp_path / "more.jsonl", row(1, votes=[vote("b", 3)]))
    import_file(path=path, project=project, campaign_name="first")
    [first, *_] = map(json.loads, take(project, tmp_path / "out"))
    assert first["meta_bundle_chosen"] == "v42"
    assert first["margin"] == round(-margins()[1], 6)
    assert first["reward_weight"] < 0.5


def test_without_a_recipe_nothing_is_said_of_rewards(pool: Pool, project: Any, tmp_path: Path) -> None:
    export(project=project, format="dpo", selection=Selection(project=project.pk), out=tmp_path / "out")
    line = (tmp_path / "out" / "data-00000-of-00001.jsonl").read_text()
    assert "margin" not in line
    assert "reward" not in (tmp_path / "out" / "manifest.json").read_text()
    assert "reward" not in (tmp_path / "out" / "README.md").read_text()


@pytest.mark.parametrize("file", ["parquet", "csv", "jsonl.gz"])
def test_every_kind_of_file_holds_the_same_rewards(pool: Pool, project: Any, tmp_path: Path, file: str) -> None:
    lines, others = take(project, tmp_path / "one"), take(project, tmp_path / "two", file=file)
    assert lines
    assert others
    one, two = Snapshot.objects.order_by("pk")
    assert one.manifest["content_sha256"] == two.manifest["content_sha256"]
    if file == "csv":
        assert b",null,null," in others[-1]


def test_the_card_says_what_the_columns_mean_and_the_manifest_by_which_recipe(
    pool: Pool, project: Any, tmp_path: Path
) -> None:
    take(project, tmp_path / "out")
    card = (tmp_path / "out" / "README.md").read_text()
    assert "recipe `mix`, version 1, with the scores of the pool `april`" in card
    reward = json.loads((tmp_path / "out" / "manifest.json").read_text())["options"]["reward"]
    assert f"| `drag` | {reward['coefficients']['drag']:.6g} |" in card
    assert reward["coefficients"]["drag"] < 0 < reward["coefficients"]["primary"]


def test_a_snapshot_is_written_again_whatever_was_scored_and_mixed_since(
    pool: Pool, project: Any, tmp_path: Path
) -> None:
    take(project, tmp_path / "one")
    snapshot = Snapshot.objects.select_related("project", "campaign").get()
    fourth = Comparison.objects.order_by("-pk")[0]
    keys = project.pk, pool.pk
    rows = [(*keys, pk, signal, 1e6) for pk in (fourth.first_id, fourth.second_id) for signal in WEIGHTS]
    kinds = {"project_id": "uuid", "pool_id": "uuid", "response_id": "uuid"}
    copy_rows("catalog_poolresponse", kinds, [(*keys, pk) for pk in (fourth.first_id, fourth.second_id)])
    later = {"added_at": "timestamptz"}
    copy_rows(
        "catalog_score",
        {**kinds, "signal": "text", "value": "float8", **later},
        [(*one, snapshot.cut.replace(year=2999)) for one in rows],
    )
    RecipeVersion.objects.create(project=project, recipe=Recipe.objects.get(), number=2, weights={"primary": 1.0})
    write_again(snapshot=snapshot, out=tmp_path / "two")
    one, two = ({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("one", "two"))
    assert one == two


@pytest.mark.parametrize(
    ("recipe", "of", "field", "says"),
    [
        ("other", "april", "recipe", "other: the project has no such recipe"),
        ("mix", "may", "pool", "may: the project has no such pool"),
        ("blind", "april", "pool", "april: the signal unscored cannot be used: no response has a score of it"),
        ("half", "april", "pool", "april: the signal half cannot be used: some responses to a prompt have a score"),
    ],
)
def test_what_cannot_be_rewarded_is_named(
    pool: Pool, project: Any, recipe: str, of: str, field: str, says: str
) -> None:
    for name, signal in (("blind", "unscored"), ("half", "half")):
        made = Recipe.objects.create(project=project, name=name)
        RecipeVersion.objects.create(project=project, recipe=made, number=1, weights={"primary": 0.5, signal: 0.5})
    add_to_pool(pool=pool, rows=[replace(pool_row(1), scores=({"half": 1.0}, {}))])
    with pytest.raises(RewardFault, match=says) as fault:
        reward_of(project=project, recipe=recipe, pool=of)
    assert fault.value.field == field


def test_another_projects_recipe_and_pool_are_not_there(pool: Pool, other_project: Any) -> None:
    with pytest.raises(RewardFault, match="no such recipe"):
        reward_of(project=other_project, recipe="mix", pool="april")


def test_a_prompt_with_a_score_missing_has_no_part_in_the_spread_and_no_margin(
    pool: Pool, project: Any, tmp_path: Path
) -> None:
    before = reward_of(project=project, recipe="mix")
    said = row(4)
    add_to_pool(
        pool=pool,
        rows=[
            NewPoolRow(
                NewPrompt(tuple((one["role"], one["content"]) for one in said["prompt"])),
                tuple(NewResponse(one["bundle"], one["content"]) for one in said["responses"]),
                ({"primary": 500.0, "drag": 1.0}, {"primary": -500.0}),
            )
        ],
    )
    assert Response.objects.count() == 8
    assert reward_of(project=project, recipe="mix")["coefficients"] == before["coefficients"]
    assert json.loads(take(project, tmp_path / "out")[-1])["margin"] is None


def test_the_command_takes_a_recipe_and_refuses_what_does_not_go_together(
    pool: Pool, project: Any, tmp_path: Path
) -> None:
    def command(*arguments: str) -> None:
        call_command("export_preferences", "--project", "demo", "--out", str(tmp_path / "out"), *arguments)

    command("--format", "dpo", "--recipe", "mix", "--pool", "april")
    assert Snapshot.objects.get().options["reward"]["recipe"] == "mix"
    for arguments, says in (
        (("--format", "raw", "--recipe", "mix"), "--recipe goes with a format of pairs, and raw is none"),
        (("--format", "dpo", "--pool", "april"), "--pool goes with --recipe"),
        (("--format", "dpo", "--recipe", "none"), "--recipe none: the project has no such recipe"),
        (("--snapshot", "12345678", "--recipe", "mix"), "leave out what says what to export"),
    ):
        with pytest.raises(CommandError, match=says):
            command(*arguments)


def test_the_page_takes_a_recipe_and_a_pool_and_shows_them(pool: Pool, ml_lead: Any) -> None:
    client = Client()
    client.force_login(ml_lead)
    order = {"format": "dpo", "style": "conversational", "min_votes": "1", "recipe": "mix", "pool": "april"}
    there = client.post("/p/demo/exports/new/", order).url
    run(Job.objects.get(kind="exchange.export").pk)
    assert "mix, version 1, with the scores of april" in client.get(there).content.decode()
    [line, *_] = Path(orders.folder_of(Snapshot.objects.get()), "data-00000-of-00001.jsonl").read_text().splitlines()
    assert json.loads(line)["margin"] == round(margins()[1], 6)
    refused = client.post("/p/demo/exports/new/", {**order, "format": "raw"})
    assert refused.status_code == 422
    assert "Choose a format of pairs, or leave this off." in refused.content.decode()
    assert client.post("/p/demo/exports/new/", {**order, "recipe": "none"}).status_code == 422
    unscored = get_or_create_pool(project=pool.project, name="empty")
    refused = client.post("/p/demo/exports/new/", {**order, "pool": unscored.name})
    assert "no response has a score of it" in refused.content.decode()


def test_a_program_names_a_recipe_and_a_pool(pool: Pool, project: Any, owner: Any) -> None:
    _, secret = tokens.make(project=project, by=owner, name="program", scopes=["export"], days=7)

    def order(key: str, **body: str) -> Any:
        headers = {"authorization": f"Bearer {secret}", "idempotency-key": key}
        return Client().post("/api/v1/exports/", body, content_type="application/json", headers=headers)

    made = order("one", format="dpo", recipe="mix")
    assert made.status_code == 202
    assert made.json()["options"]["reward"]["pool_name"] == "april"
    for key, body, field in (
        ("two", {"format": "dpo", "recipe": "none"}, "recipe"),
        ("three", {"format": "dpo", "recipe": "mix", "pool": "may"}, "pool"),
        ("four", {"format": "dpo", "pool": "april"}, "pool"),
        ("five", {"format": "raw", "recipe": "mix"}, "recipe"),
    ):
        refused = order(key, **body)
        assert refused.status_code == 400, body
        assert field in json.dumps(refused.json()["errors"])
