"""The jobs of reports, and what Celery calls."""

from typing import Any
from uuid import UUID

from celery import shared_task

from core.accounts.models import Project
from core.jobs.registry import handler
from core.jobs.running import Run
from reports.drift import notifying, waking
from reports.drift.stepping import step
from reports.making import make
from reports.models import Report


@handler("reports.weighting", label="Reward-weighting report")
def run_weighting(run: Run, report: str) -> dict[str, Any]:
    """Make a report that was asked for; begun again after a crash it is made anew, and done once."""
    asked = Report.objects.select_related("project", "recipe_version__recipe", "pool").get(pk=report)
    made = make(
        asked,
        progress=lambda done, total, note: run.progress(done=done, total=total, note=note),
        fence=run.heartbeat,
    )
    body = made.body or {}
    return {"verdict": body.get("verdict"), "said": body.get("sentence", "")}


@handler(waking.JOB, label="Drift monitors")
def run_drift(run: Run, project: str) -> dict[str, Any]:
    """Step a project's monitors over a backlog; begun again after a crash it goes on where it stopped."""
    stepped = step(
        Project.objects.get(pk=project),
        progress=lambda done, total: run.progress(done=done, total=total, note="labelled thumbs"),
    )
    return {"taken": stepped.taken, "newest": stepped.newest}


@shared_task(name="reports.tasks.step_monitors")  # type: ignore[untyped-decorator]
def step_monitors() -> None:
    """Every few minutes: drift monitors of all projects that have any, or have thumbs."""
    waking.step_all()


@handler(notifying.LETTER, label="Letter about an alarm")
def mail_alarm(run: Run, alarm: str, user: str) -> dict[str, Any]:
    """Mail an alarm to one of those who are told."""
    return {"sent": notifying.write_letter(alarm_id=UUID(alarm), user_id=UUID(user))}
