"""Every few minutes all projects' monitors are stepped: a little at once, a backlog by a job."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from core.jobs import running
from core.jobs.models import Job
from reports import tasks
from reports.drift import waking
from reports.models import DriftEvent, Monitor, Report
from tests.drift.conftest import Speaker

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("machines")]


def test_a_project_in_which_something_was_said_is_stepped_and_no_other(
    project: Any, other_project: Any, speaker: Speaker
) -> None:
    speaker.both()
    tasks.step_monitors()
    assert DriftEvent.objects.filter(project=project).count() == 1
    assert not Monitor.objects.filter(project=other_project).exists()
    assert not Job.objects.exists()


def test_a_backlog_becomes_one_job(project: Any, speaker: Speaker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waking, "_BACKLOG_MARKS", 0)
    speaker.both()
    tasks.step_monitors()
    tasks.step_monitors()
    job = Job.objects.get()
    assert (job.kind, job.scope, DriftEvent.objects.count()) == ("reports.drift", project.pk, 0)
    assert running.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result) == ("done", {"taken": 1, "newest": 1})


def test_a_project_that_fails_does_not_stop_the_others(
    project: Any, other_project: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for one in (project, other_project):
        Speaker(one).both()
    stepped = waking.step

    def fails_for_the_first(one: Any) -> Any:
        if one == project:
            raise RuntimeError("broken")
        return stepped(one)

    monkeypatch.setattr(waking, "step", fails_for_the_first)
    tasks.step_monitors()
    assert set(DriftEvent.objects.values_list("project", flat=True)) == {other_project.pk}


def asked(*options: str) -> str:
    out = StringIO()
    call_command("report", "drift", "--project", "demo", *options, stdout=out)
    return out.getvalue()


def test_the_command_prints_and_keeps_one_object(project: Any, speaker: Speaker) -> None:
    speaker.both(simulated=True)
    speaker.thumb(speaker.subject())
    speaker.label(speaker.subject(), sycophantic=0, correct=2)
    said = json.loads(asked("--json"))
    assert list(said["monitors"]) == [f"M{n}" for n in range(1, 11)]
    first = said["monitors"]["M1"]
    assert (first["state"], first["events"], first["suspected"], first["attribution"]) == ("WARMING_UP", 0, None, [])
    assert first["needed"] == {"events": 7999, "sycophantic": 200, "others": 199}
    assert said["provenance"]["thumbs"] == {
        "said": 2,
        "without_labels": 1,
        "labelled": 1,
        "left_out": 0,
        "simulated": 1,
        "labelled_turns_without_thumb": 1,
    }
    report = Report.objects.get(pk=said["report"])
    assert (report.kind, report.state, report.snapshot) == ("drift", "done", said["provenance"]["snapshot"])
    assert report.body["monitors"] == said["monitors"]
    again = json.loads(asked("--json"))
    assert again["provenance"]["snapshot"] == said["provenance"]["snapshot"]
    speaker.both(30)
    assert json.loads(asked("--json"))["monitors"]["M1"]["needed"]["events"] == 7998


def test_the_command_says_in_lines_how_monitors_stand(project: Any) -> None:
    assert asked().splitlines()[0].startswith("M1 WARMING_UP: 8000 more events, 200 more sycophantic")
    with pytest.raises(CommandError, match="takes none"):
        asked("--pool", "april")
