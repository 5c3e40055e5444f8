"""The Celery app: `celery -A config.celery worker` (with `-B` where one process is to sweep as well)."""

import os
import sys
from typing import Any

from celery import Celery, signals
from django.conf import settings

from config import cluster
from core.jobs import folder

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
app = Celery("plumbline")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
if settings.CELERY_BROKER_URL.startswith("folder:"):
    folder.register(settings.CELERY_BROKER_TRANSPORT_OPTIONS)


@signals.celeryd_init.connect  # type: ignore[untyped-decorator]
@signals.beat_init.connect  # type: ignore[untyped-decorator]
def hold_cluster(**_: Any) -> None:
    """Workers use the database; who only imports the app to ring the bell may not."""
    try:
        cluster.hold()
    except cluster.ClusterError as error:
        # Celery logs what a receiver raises and goes on.
        sys.exit(str(error))
