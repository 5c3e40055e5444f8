"""The jobs of alpha, and what Celery calls."""

from typing import Any
from uuid import UUID

from celery import shared_task

from alpha import talking
from alpha.generating import ending
from alpha.generating.writing import write_here
from core.jobs.registry import handler
from core.jobs.running import Run


@handler(talking.JOB, label="Answers in a chat")
def run_answers(run: Run, message: str) -> dict[str, Any]:
    """Have those answers written that nobody claimed; those that are being written are left alone."""
    return {"written": write_here(UUID(message))}


@shared_task(name="alpha.tasks.interrupt_lost")  # type: ignore[untyped-decorator]
def interrupt_lost() -> None:
    """Every few seconds: answers whose process has died."""
    ending.interrupt_lost()
