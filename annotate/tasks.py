"""What Celery calls for raters' work."""

from celery import shared_task

from annotate import campaigns, requests


@shared_task(name="annotate.tasks.take_requests")  # type: ignore[untyped-decorator]
def take_requests() -> None:
    """Every half minute: label requests that an open campaign subscribes to become its tasks."""
    requests.take_all()


@shared_task(name="annotate.tasks.follow_alarms")  # type: ignore[untyped-decorator]
def follow_alarms() -> None:
    """Every half minute: campaigns mix in more anchors while an alarm asks for more gold."""
    campaigns.follow_alarms()
