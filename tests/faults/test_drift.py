"""A drift step that is killed with -9 at any of its failpoints is finished by the next, to the same states."""

import signal

import pytest

from benchmarks._thumbs import plant
from core.ledger.models import DirtyBucket
from core.tables import verification
from reports.drift import declaring, stepping
from reports.drift.replaying import same
from reports.models import Alarm, AnchorEvent, DriftEvent, Monitor
from stats.monitoring.declared import LEAST_REFERENCE
from tests.drift.conftest import speaker as speaker
from tests.drift.conftest import thumbs
from tests.drift.test_anchors import fixed as fixed
from tests.drift.test_anchors import judge_many
from tests.drift.test_anchors import labelled as labelled
from tests.drift.test_anchors import responses as responses
from tests.workers import run

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]

POINTS = ("drift.taking", "drift.taken", "drift.advancing", "drift.advanced", "drift.own", "drift.explaining")
THUMBS = 2_600
STEP = f"""
import django
django.setup()
from core.accounts.models import Project
from reports.drift import declaring, stepping
declaring.REFERENCE = {LEAST_REFERENCE}
stepping.CHUNK = 250
stepping.step(Project.objects.get(slug="{{slug}}"))
"""


def stepped(project, data_dir, **more):
    """Step the project in a process of its own; returns how that ended."""
    done = run(data_dir, STEP.format(slug=project.slug), **more)
    return done.returncode, done.stderr


def events_of(project):
    events = DriftEvent.objects.filter(project=project).order_by("number")
    return list(events.values_list("number", "up", "sycophantic", "segment", "said_at", "ready_at"))


def found(project):
    """All that must not depend on who was killed: what monitors know and their alarms."""
    kept = ("key", "state", "reading", "standing", "since", "last_number", "reference_last", "needed", "fault")
    told = ("monitor__key", "run", "number", "at", "suspect_from", "body", "provisional", "suspected")
    return (
        list(Monitor.objects.filter(project=project).exclude(key="M7").order_by("key").values_list(*kept)),
        list(Alarm.objects.filter(project=project).order_by("monitor__key").values_list(*told)),
    )


def unlike(one, other, path=""):
    """Where two pieces of JSON first differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        pairs = [(f"{path}.{key}", one.get(key), other.get(key)) for key in {*one, *other}]
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = [(f"{path}[{n}]", *both) for n, both in enumerate(zip(one, other, strict=True))]
    else:
        return f"{path}: {one} is not {other}"
    return next((unlike(now, before, where) for where, now, before in pairs if not same(now, before)), "")


def forget(project):
    """Keep the log alone. Its users are the same as before, whose numbers another project's are not."""
    Alarm.objects.filter(project=project).delete()
    Monitor.objects.filter(project=project).exclude(key="M7").delete()


def test_a_step_that_is_killed_at_any_failpoint_ends_in_the_same_states(
    project, other_project, speaker, fixed, tmp_path, monkeypatch
):
    monkeypatch.setattr(declaring, "REFERENCE", LEAST_REFERENCE)
    said = thumbs(THUMBS, loved_from=2_050)
    for one in (project, other_project):
        plant(one, said)
    judge_many(project, speaker, fixed, 450, misses=0.1)
    stepping.step(other_project)
    assert len(events_of(other_project)) == THUMBS
    for point in POINTS:
        mark = tmp_path / point
        mark.touch()
        ended, said_last = stepped(project, tmp_path, PLUMBLINE_FAILPOINTS=f"{point}={mark}")
        assert ended == -signal.SIGKILL, f"{point}: {said_last}"
        assert not mark.exists()
    ended, said_last = stepped(project, tmp_path)
    assert ended == 0, said_last
    assert events_of(project) == events_of(other_project)
    monitors, alarms = found(project)
    assert "M1" in {alarm[0] for alarm in alarms}
    forget(project)
    stepping.step(project)
    again = found(project)
    assert [row[0] for row in again[0]] == [row[0] for row in monitors]
    # Another process may place its arrays otherwise, and then the last bit of a fit is another.
    for one, two in zip([*again[0], *again[1]], [*monitors, *alarms], strict=True):
        for place, (now, before) in enumerate(zip(one, two, strict=True)):
            assert same(now, before), f"{one[0]}, column {place}: {unlike(now, before)}"
    rater_drift = Monitor.objects.get(project=project, key="M7")
    assert AnchorEvent.objects.filter(project=project).count() == rater_drift.last_number == 450
    assert not DirtyBucket.objects.filter(project=project, scope__in=("thumbs", "anchors")).exists()
    ours = ("reports.drift.event_checks", "reports.drift.anchor_checks")
    checks = [check for check in verification.checks().values() if check.__module__ in ours]
    assert [finding for check in checks for finding in check()] == []
