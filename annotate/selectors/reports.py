"""Broken pairs that wait for somebody's decision."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Max
from django.http import Http404

from annotate.models import BrokenReport, Campaign, Slot, Task
from annotate.reporting import waiting
from annotate.selectors.excerpts import first_words
from core.accounts.access import Member

MOST = 100


@dataclass(frozen=True, slots=True)
class Reported:
    """One task with the reports on it that nobody has decided upon; `filled` of its `places` have a judgment."""

    task: Task
    prompt: str
    reports: Sequence[BrokenReport]
    filled: int
    places: int

    @property
    def held(self) -> bool:
        return self.task.state == Task.State.HELD


def reported(member: Member) -> list[Reported]:
    """The reported tasks of the member's project (the first 100), those out of the queue first, the newest first."""
    newest = (
        waiting(BrokenReport.objects.filter(project=member.project))
        .values("task", "task__state")
        .annotate(last=Max("at"))
        .order_by("task__state", "-last")[:MOST]
    )
    order = [row["task"] for row in newest]
    tasks = {
        task.pk: task
        for task in Task.objects.filter(pk__in=order).select_related(
            "campaign", "comparison__prompt", "response__prompt"
        )
    }
    said: dict[UUID, list[BrokenReport]] = {}
    reports = BrokenReport.objects.filter(task__in=order).select_related("rater", "written").order_by("-at")
    for one in waiting(reports):
        said.setdefault(one.task_id, []).append(one)
    places = _places(order)
    prompts = {pk: _prompt_of(task) for pk, task in tasks.items()}
    words = first_words(prompts.values())
    return [Reported(tasks[pk], words.get(prompts[pk], ""), said.get(pk, []), *places.get(pk, (0, 0))) for pk in order]


def count_waiting(member: Member, campaign: Campaign | None = None) -> int:
    """How many tasks of the member's project, or of one of its campaigns, have been reported and not decided upon."""
    reports = waiting(BrokenReport.objects.filter(project=member.project))
    if campaign is not None:
        reports = reports.filter(campaign=campaign)
    return int(reports.aggregate(n=Count("task", distinct=True))["n"])


def task_for(member: Member, pk: UUID) -> Task:
    """The task with this id in the member's project. Raises Http404."""
    found = Task.objects.filter(project=member.project, pk=pk).first()
    if found is None:
        raise Http404("No such page.")
    return found


def _prompt_of(task: Task) -> UUID:
    subject = task.comparison or task.response
    prompt: UUID = subject.prompt_id
    return prompt


def _places(tasks: Sequence[UUID]) -> dict[UUID, tuple[int, int]]:
    found: dict[UUID, tuple[int, int]] = {}
    rows = Slot.objects.filter(task__in=tasks).exclude(state=Slot.State.CLOSED).values_list("task", "state")
    for task, state in rows:
        filled, places = found.get(task, (0, 0))
        found[task] = filled + (state == Slot.State.FILLED), places + 1
    return found
