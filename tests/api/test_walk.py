"""A program's way: bring comparisons in, look at them, take preference data out."""

import hashlib
from typing import Any

import pytest

from annotate.models import Slot
from core.jobs import running
from core.jobs.models import Job
from tests.api.conftest import Caller
from tests.api.rows import ROWS, as_file

pytestmark = pytest.mark.django_db


def done(answer: Any) -> Any:
    """The job that the answer names, done."""
    assert answer.status_code == 202, answer.content
    assert running.run(answer.json()["job"])
    return Job.objects.get(pk=answer.json()["job"])


@pytest.mark.django_db(transaction=True)
def test_ten_comparisons_go_in_and_the_same_snapshot_comes_out_twice(caller: Caller) -> None:
    taken = caller.upload("imports/", file=as_file(ROWS), campaign="by-api")
    assert done(taken).state == Job.State.DONE
    record = caller.get(taken["Location"]).json()
    assert (record["state"], record["counts"]["new"], record["faults"]) == ("done", 10, [])
    assert Slot.objects.filter(state="filled").count() == 0

    ordered = caller.post("exports/", {"format": "dpo", "campaign": "by-api"})
    assert done(ordered).state == Job.State.DONE
    snapshot = caller.get(ordered["Location"]).json()
    assert snapshot["manifest"]["rows"] == 10
    pulled = []
    for _ in range(2):
        [shard] = snapshot["manifest"]["shards"]
        file = caller.get(snapshot["files"][shard["file"]])
        pulled.append(hashlib.sha256(b"".join(file.streaming_content)).hexdigest())
        file.close()
    assert pulled == [shard["sha256"]] * 2
    assert done(caller.send("POST", f"{ordered['Location']}again/")).state == Job.State.DONE
    [again] = caller.get(ordered["Location"]).json()["manifest"]["shards"]
    file = caller.get(snapshot["files"][again["file"]])
    assert hashlib.sha256(b"".join(file.streaming_content)).hexdigest() == shard["sha256"]
    file.close()


@pytest.mark.django_db(transaction=True)
def test_an_export_can_be_ordered_as_parquet(caller: Caller) -> None:
    done(caller.upload("imports/", file=as_file(ROWS), campaign="by-api"))
    ordered = caller.post("exports/", {"format": "dpo", "file": "parquet"})
    assert done(ordered).state == Job.State.DONE
    [shard] = caller.get(ordered["Location"]).json()["manifest"]["shards"]
    assert shard["file"].endswith(".parquet")


@pytest.mark.django_db(transaction=True)
def test_what_came_in_can_be_read(caller: Caller) -> None:
    done(caller.upload("imports/", file=as_file(ROWS), campaign="by-api"))
    campaign = caller.get("campaigns/by-api/").json()
    assert campaign["progress"]["tasks"] == 10

    first = caller.get("comparisons/?limit=4").json()
    rest = caller.get(first["next"].removeprefix("http://testserver")).json()
    last = caller.get(rest["next"].removeprefix("http://testserver")).json()
    listed = [one["external_id"] for page in (first, rest, last) for one in page["results"]]
    assert sorted(listed) == sorted(row["id"] for row in ROWS)
    assert len(first["results"]) == len(rest["results"]) == 4
    assert last["next"] is None

    [named] = caller.get("comparisons/?external_id=row-3").json()["results"]
    assert named["judgments"] == 1
    whole = caller.get(f"comparisons/{named['id']}/").json()
    assert whole["prompt"] == ROWS[3]["prompt"]
    assert [whole[side]["text"] for side in ("first", "second")] == ["3 billion years.", "Great!"]
    assert [whole[side]["bundle"] for side in ("first", "second")] == ["v41", "v42"]

    [said] = caller.get(f"judgments/?comparison={named['id']}").json()["results"]
    assert said["answers"] == [
        {"question": "overall", "group": "choice", "about": "subject", "answer": "-2", "value": -2}
    ]
    assert (said["counted"], said["standing"], said["weight"]) == (True, "counted", 1.0)
    assert caller.get(f"judgments/{said['id']}/").json() == said


@pytest.mark.django_db(transaction=True)
def test_a_dry_run_looks_and_lands_nothing_until_it_is_confirmed(caller: Caller) -> None:
    looked = caller.upload("imports/", file=as_file([*ROWS, {"prompt": 3}]), campaign="later", dry_run="true")
    assert looked.status_code == 202
    said = looked.json()
    assert (said["state"], said["job"]) == ("uploaded", None)
    assert (said["preview"]["good"], said["preview"]["bad"]) == (10, 1)
    assert caller.get("comparisons/").json()["results"] == []

    done(caller.post(f"imports/{said['id']}/confirm/", key=None))
    assert caller.get("campaigns/later/").json()["progress"]["tasks"] == 10
    assert caller.post(f"imports/{said['id']}/confirm/", key=None).json()["code"] == "conflict"
    rejected = caller.get(f"imports/{said['id']}/rejected/")
    assert len(b"".join(rejected.streaming_content).splitlines()) == 1
    rejected.close()
    assert caller.send("DELETE", f"imports/{said['id']}/").json()["code"] == "conflict"


def test_an_upload_that_was_only_looked_at_can_be_forgotten(caller: Caller) -> None:
    said = caller.upload("imports/", file=as_file(ROWS), campaign="never", dry_run="true").json()
    assert caller.send("DELETE", f"imports/{said['id']}/").status_code == 204
    assert caller.get(f"imports/{said['id']}/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_raters_are_asked_and_their_campaign_is_paused(caller: Caller) -> None:
    done(caller.upload("imports/", file=as_file(ROWS), campaign="by-api"))
    one = caller.get("comparisons/?limit=1").json()["results"][0]
    wish = {"comparison": one["id"], "purpose": "drift", "because": "the thumbs moved", "probability": 0.25}
    filed = caller.post("label-requests/", wish)
    assert filed.status_code == 201
    assert caller.get(filed["Location"]).json() == filed.json()
    assert filed.json()["probability"] == 0.25
    assert caller.post("label-requests/", wish).json()["code"] == "conflict"
    assert caller.get("label-requests/?state=open&purpose=drift").json()["results"] == [filed.json()]

    paused = caller.send("PATCH", "campaigns/by-api/", {"state": "paused"})
    assert (paused.status_code, paused.json()["state"]) == (200, "paused")
    closed = caller.send("PATCH", "campaigns/by-api/", {"state": "closed"})
    assert closed.json()["state"] == "closed"
    assert caller.send("PATCH", "campaigns/by-api/", {"state": "paused"}).json()["code"] == "conflict"


def test_a_job_that_failed_is_tried_again(caller: Caller, project: Any) -> None:
    job = Job.objects.create(kind="nothing", scope=project.pk, state=Job.State.FAILED, error="no")
    assert caller.get("jobs/?state=failed").json()["results"][0]["error"] == "no"
    assert caller.post(f"jobs/{job.pk}/retry/", key=None).json()["state"] == "queued"
    assert caller.post(f"jobs/{job.pk}/retry/", key=None).json()["code"] == "conflict"
