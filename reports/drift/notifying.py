"""Who hears of a new alarm: a letter to each owner and ML lead, and the project's webhook; each a job of its own.

The jobs are written in the transaction in which the alarm is, and an alarm is raised once, so each is told once.
"""

from typing import Any
from urllib.parse import urljoin
from uuid import UUID

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string

from core.accounts import webhooks
from core.accounts.models import Membership, Role, User
from core.jobs.queue import enqueue
from core.ledger import seals
from reports.models import Alarm

LETTER = "reports.alarm_letter"
EVENT = "drift.alarm"
_TOLD = (Role.OWNER, Role.ML_LEAD)


def announce(alarm: Alarm) -> None:
    """Have everybody told of a new alarm, in the caller's transaction."""
    for user in _leads(alarm.project_id):
        args = {"alarm": str(alarm.pk), "user": str(user)}
        enqueue(kind=LETTER, args=args, scope=alarm.project_id, dedupe_key=f"{alarm.pk}:{user}")
    webhooks.send(project=alarm.project, event=EVENT, delivery=str(alarm.pk), data=_facts(alarm))


def write_letter(*, alarm_id: UUID, user_id: UUID) -> bool:
    """Mail the alarm to this person, if they are still an owner or ML lead; whether it was sent.

    Whoever owes a spot check sees no metric of the project, in no letter either: the alarm waits on its page for them.
    """
    alarm = Alarm.objects.select_related("monitor", "project").get(pk=alarm_id)
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None or user.pk not in _leads(alarm.project_id) or seals.owed(user, alarm.project).exists():
        return False
    context = {"alarm": alarm, "monitor": alarm.monitor, "project": alarm.project, "link": address_of(alarm)}
    subject = render_to_string("reports/mail/alarm_subject.txt", context)
    send_mail(" ".join(subject.split()), render_to_string("reports/mail/alarm.txt", context), None, [user.email])
    return True


def address_of(alarm: Alarm) -> str:
    """Where the alarm's page is, for readers outside."""
    return str(urljoin(settings.BASE_URL, f"/p/{alarm.project.slug}/drift/alarms/{alarm.pk}/"))


def _leads(project: UUID) -> list[UUID]:
    held = Membership.objects.filter(project=project, role__in=_TOLD, ended_at=None, user__is_active=True)
    return list(held.order_by("user").values_list("user", flat=True).distinct())


def _facts(alarm: Alarm) -> dict[str, Any]:
    return {
        "alarm": str(alarm.pk),
        "monitor": alarm.monitor.key,
        "event": alarm.number,
        "at": alarm.at.isoformat(),
        "suspect_from": alarm.suspect_from.isoformat(),
        "statistic": alarm.body.get("statistic"),
        "threshold": alarm.body.get("threshold"),
        "url": address_of(alarm),
    }
