"""The states that acts on alarms leave, for the apps above: what they ask for is done where it belongs."""

from core.accounts.models import Project
from reports.models import Alarm, AlarmAction


def gold_raised(project: Project) -> AlarmAction | None:
    """The action that asks for more tasks with a known answer, while its alarm stands; None if there is none."""
    raised = AlarmAction.objects.filter(project=project, kind=AlarmAction.Kind.RAISE_GOLD, alarm__closed_at=None)
    return raised.select_related("alarm__monitor").order_by("-pk").first()


def incidents_asked(project: Project) -> list[AlarmAction]:
    """The actions that ask for an incident, the newest first; nothing here closes them."""
    asked = AlarmAction.objects.filter(project=project, kind=AlarmAction.Kind.ASK_INCIDENT)
    return list(asked.select_related("alarm__monitor").order_by("-pk"))


def verdict_of(alarm: Alarm) -> AlarmAction | None:
    """What a person last said the alarm is; None if nobody has."""
    said = AlarmAction.objects.filter(alarm=alarm, kind=AlarmAction.Kind.TRIAGE)
    return said.order_by("-pk").first()
