"""What Celery calls for raters' work."""

from celery import shared_task

from annotate import requests


@shared_task(name="annotate.tasks.take_requests")  # type: ignore[untyped-decorator]
def take_requests() -> None:
    """Every half minute: label requests that an open campaign subscribes to become its tasks."""
    requests.take_all()
