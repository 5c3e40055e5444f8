"""The API's own cleaning."""

from celery import shared_task

from core.api import idempotency


@shared_task(name="core.api.tasks.forget_answers")
def forget_answers() -> int:
    """Every hour: answers that were kept long enough."""
    return idempotency.sweep()
