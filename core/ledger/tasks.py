"""What Celery calls for the ledger."""

from celery import shared_task

from core.ledger import buckets


@shared_task(name="core.ledger.tasks.settle")  # type: ignore[untyped-decorator]
def settle() -> None:
    """Every few seconds: aggregates that somebody made wrong."""
    buckets.settle()
