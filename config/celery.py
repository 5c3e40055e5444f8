"""The Celery app: `celery -A config.celery worker` (with `-B` where one process is to sweep as well)."""

import os

from celery import Celery
from django.conf import settings

from core.jobs import folder

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
app = Celery("plumbline")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
if settings.CELERY_BROKER_URL.startswith("folder:"):
    folder.register(settings.CELERY_BROKER_TRANSPORT_OPTIONS)
