"""Programs read a project's signals, recipes and pools, and send pools in."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from core.accounts import members
from core.accounts.models import Role
from core.catalog.parts import NewPrompt, NewResponse
from core.catalog.pools import NewPoolRow, add_to_pool, get_or_create_pool
from core.jobs import running
from reports.recipes import add_version, pin_reference
from reports.registry import register_signal
from stats.mixtures import Change
from tests.exchange.rows import answer, pool_row


@pytest.fixture
def filled(project: Any) -> Any:
    ours: dict[str, Any] = {"project": project, "who": None}
    for key, direction in (("primary", 1), ("thumbs", 1), ("verbosity", -1)):
        register_signal(**ours, key=key, name=key, kind="reward_model", direction=direction, is_brake=key == "primary")
    pin_reference(version=add_version(**ours, recipe="spring", weights={"primary": 1.0}), who=None, reason="so")
    half = {"primary": 0.5, "thumbs": 0.5}
    add_version(**ours, recipe="spring", weights=half, changes=(Change("thumbs", ("thumbs",)),))
    pool = get_or_create_pool(project=project, name="april")
    both = NewResponse("v1", "a"), NewResponse("v1", "b")
    add_to_pool(pool=pool, rows=[NewPoolRow(NewPrompt((("user", "x"),)), both, ({"primary": 1.0}, {"primary": 2.0}))])
    return project


def test_a_recipe_is_read_with_its_versions_and_the_pinned_one(filled: Any, caller: Any) -> None:
    [listed] = caller.get("recipes/").json()["results"]
    found = caller.get("recipes/spring/").json()
    assert (listed["name"], found["name"], found["reference"]) == ("spring", "spring", 1)
    assert [(one["number"], one["weights"], one["changes"]) for one in found["versions"]] == [
        (2, {"primary": 0.5, "thumbs": 0.5}, [{"name": "thumbs", "signals": ["thumbs"]}]),
        (1, {"primary": 1.0}, []),
    ]
    signals = {one["key"]: (one["direction"], one["is_brake"]) for one in caller.get("signals/").json()["results"]}
    assert signals == {"primary": (1, True), "thumbs": (1, False), "verbosity": (-1, False)}


def test_a_pool_is_read_with_its_size_and_coverage(filled: Any, caller: Any) -> None:
    [listed] = caller.get("pools/").json()["results"]
    found = caller.get("pools/april/").json()
    assert listed.items() <= found.items()
    assert (found["base_bundle"], found["prompts"], found["responses"]) == ("v1", 1, 2)
    assert found["coverage"] == [{"signal": "primary", "scores": 2, "share": 1.0, "registered": True}]


def test_a_reviewer_is_not_told_which_bundle_wrote_a_pool(
    filled: Any,
    make_caller: Any,
    owner: Any,
    ml_lead: Any,
) -> None:
    theirs = make_caller("read", by=ml_lead)
    members.change_roles(project=filled, user=ml_lead, roles=[Role.REVIEWER], by=owner)
    assert theirs.get("pools/april/").json()["base_bundle"] is None
    assert theirs.get("pools/").json()["results"][0]["base_bundle"] is None


@pytest.mark.django_db(transaction=True)
def test_a_pool_is_sent_in_and_its_faults_are_told(project: Any, caller: Any) -> None:
    lines = [pool_row(1), pool_row(2, answer("a", x=1), answer("b"))]
    file = SimpleUploadedFile("rows.jsonl", "\n".join(map(json.dumps, lines)).encode())
    looked = caller.upload("imports/", file=file, pool="april", dry_run="true").json()
    assert (looked["pool"], looked["campaign"], looked["preview"]["good"], looked["preview"]["bad"]) == (
        "april", "", 1, 1,
    )  # fmt: skip
    confirmed = caller.post(f"imports/{looked['id']}/confirm/").json()
    assert running.run(confirmed["job"])
    done = caller.get(f"imports/{looked['id']}/").json()
    assert (done["state"], done["counts"]["new"], done["counts"]["scores"]) == ("done", 1, 4)
    assert [(fault["line"], fault["code"]) for fault in done["faults"]] == [(2, "scores")]
    assert caller.get("pools/april/").json()["prompts"] == 1


@pytest.mark.parametrize(("names", "field"), [({}, "campaign"), ({"campaign": "a", "pool": "b"}, "pool")])
def test_a_file_goes_to_a_campaign_or_to_a_pool(
    project: Any,
    caller: Any,
    names: dict[str, str],
    field: str,
) -> None:
    answered = caller.upload("imports/", file=SimpleUploadedFile("rows.jsonl", b"{}\n"), **names)
    assert answered.status_code == 400
    assert [fault["field"] for fault in answered.json()["errors"]] == [field]
