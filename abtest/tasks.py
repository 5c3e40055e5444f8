"""The jobs of live experiments, and what Celery calls."""

from typing import Any

from celery import shared_task

from abtest import ending, waking
from abtest.models import Experiment
from core.jobs.registry import handler
from core.jobs.running import Run


@handler(waking.JOB, label="Hours of an experiment")
def run_close(run: Run, experiment: str) -> dict[str, Any]:
    """Close and read an experiment's backlog; begun again after a crash it goes on where it stopped."""
    made = waking.step(
        Experiment.objects.select_related("project").get(pk=experiment),
        fence=run.heartbeat,
        progress=lambda done, total: run.progress(done=done, total=total, note="hours"),
    )
    return {"said": made.body["verdict"]["line"] if made else ""}


@shared_task(name="abtest.tasks.step_experiments")  # type: ignore[untyped-decorator]
def step_experiments() -> None:
    """Every few minutes: experiments whose last day is over, and hours of running ones that are."""
    ending.stop_due()
    waking.step_all()
