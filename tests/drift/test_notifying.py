"""A new alarm is told once: a letter to each owner and ML lead, and the project's webhook."""

from typing import Any

import pytest
from django.core import mail
from django.db import transaction

from core.accounts import webhooks
from core.accounts.models import Membership
from core.catalog.models import Bundle
from core.jobs.models import Job
from core.jobs.running import run
from core.ledger import seals
from core.tables.ids import uuid7
from reports.drift import keeping, notifying
from reports.drift.declaring import monitors_for
from reports.models import Alarm, Monitor
from stats.monitoring.declared import Reading
from tests.drift.alarms import CHANGE, alarm_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(make_member: Any, project: Any, other_project: Any) -> dict[str, Any]:
    make_member("owner", "stranger", of=other_project)
    return {role: make_member(role) for role in ("owner", "ml_lead", "reviewer", "expert", "rater")}


def do_jobs() -> None:
    for job in Job.objects.filter(state="queued").order_by("pk"):
        run(job.pk)


def told() -> list[str]:
    return sorted(address for letter in mail.outbox for address in letter.to)


def reading(standing: str, since: int | None) -> Reading:
    return Reading(
        standing=standing, value=None, statistic=20_001.0, threshold=20_000.0, warning=None, since=since, events=9_000
    )


def test_owners_and_leads_get_a_letter_each_that_names_monitor_project_and_page(
    people: Any, project: Any, settings: Any
) -> None:
    settings.BASE_URL = "https://plumbline.example.org"
    alarm = alarm_of(project)
    notifying.announce(alarm)
    do_jobs()
    assert told() == ["ml_lead@example.org", "owner@example.org"]
    assert {len(letter.to) for letter in mail.outbox} == {1}
    letter = mail.outbox[0]
    assert letter.subject == "Alarm of M1 (bias coefficient) in Demonstration"
    assert f"https://plumbline.example.org/p/demo/drift/alarms/{alarm.pk}/" in letter.body
    assert "At labelled thumb: 9000, ready 4 May 2026, 00:00 UTC" in letter.body
    assert "refused" in letter.body


def test_an_alarm_that_refuses_no_exports_does_not_say_so(people: Any, project: Any) -> None:
    notifying.announce(alarm_of(project, "M9"))
    do_jobs()
    assert "refused" not in mail.outbox[0].body


def test_somebody_with_two_roles_gets_one_letter(people: Any, project: Any) -> None:
    Membership.objects.create(project=project, user=people["owner"], role="ml_lead")
    notifying.announce(alarm_of(project))
    do_jobs()
    assert told() == ["ml_lead@example.org", "owner@example.org"]


def test_who_left_before_the_letter_was_sent_gets_none(people: Any, project: Any) -> None:
    notifying.announce(alarm_of(project))
    Membership.objects.filter(user=people["owner"]).update(ended_at=CHANGE)
    people["ml_lead"].is_active = False
    people["ml_lead"].save()
    do_jobs()
    assert told() == []


def test_an_engine_that_finds_an_alarm_tells_it_once_however_often_it_steps(people: Any, project: Any) -> None:
    webhooks.set_webhook(project=project, by=None, url="https://hooks.example.org/")
    monitor = {one.key: one for one in monitors_for(project)}["M1"]
    monitor.reference_last = 8_000
    for last in (9_000, 9_500):
        keeping.keep(monitor, {"n": 1}, reading("alarm", 9_000), last, lambda number: CHANGE)
        # Told by now: what waits would swallow its double.
        Job.objects.update(state="done", finished_at=CHANGE)
    alarm = Alarm.objects.get()
    jobs = Job.objects.filter(kind__in=(notifying.LETTER, webhooks.JOB))
    assert sorted(job.kind for job in jobs) == ["accounts.webhook", "reports.alarm_letter", "reports.alarm_letter"]
    posted = jobs.get(kind=webhooks.JOB).args
    assert (posted["event"], posted["delivery"]) == ("drift.alarm", str(alarm.pk))
    assert posted["body"]["data"] == {
        "alarm": str(alarm.pk),
        "monitor": "M1",
        "event": 9_000,
        "at": CHANGE.isoformat(),
        "suspect_from": CHANGE.isoformat(),
        "statistic": 20_001.0,
        "threshold": 20_000.0,
        "url": notifying.address_of(alarm),
    }


@pytest.mark.parametrize("standing", ["ok", "watch"])
def test_what_is_no_alarm_is_told_to_nobody(standing: str, people: Any, project: Any) -> None:
    monitor = {one.key: one for one in monitors_for(project)}["M1"]
    monitor.reference_last = 8_000
    keeping.keep(monitor, {"n": 1}, reading(standing, 9_000), 9_000, lambda number: CHANGE)
    assert not Job.objects.filter(kind__in=(notifying.LETTER, webhooks.JOB)).exists()


def test_an_alarm_that_was_rolled_back_is_told_to_nobody(people: Any, project: Any) -> None:
    def die() -> None:
        with transaction.atomic():
            notifying.announce(alarm_of(project))
            raise RuntimeError("the worker dies")

    with pytest.raises(RuntimeError):
        die()
    assert not Job.objects.exists()
    assert not Monitor.objects.exists()


def test_who_owes_a_spot_check_gets_no_letter(people: Any, project: Any) -> None:
    bundle = Bundle.objects.create(project=project, name="v42")
    seals.set_seal(user=people["ml_lead"], project=project, bundle=bundle, owed_for=uuid7())
    notifying.announce(alarm_of(project))
    do_jobs()
    assert told() == ["owner@example.org"]
