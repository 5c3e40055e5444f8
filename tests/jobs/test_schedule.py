"""What is done every so often is in the schedule: a task that nothing calls does nothing."""

import inspect

from django.conf import settings

from config.celery import app


def test_the_schedule_calls_each_task_that_needs_nothing_and_no_other() -> None:
    app.loader.import_default_modules()
    ours = {name: task for name, task in app.tasks.items() if not name.startswith("celery.")}
    free = {name for name, task in ours.items() if not inspect.signature(task.run).parameters}
    assert free == {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
