"""Settings of processes that tests start: the real ones, on the test's own database and data folder."""

import os

from config.settings import *  # noqa: F403
from config.settings import CELERY_BEAT_SCHEDULE, CELERY_BROKER_TRANSPORT_OPTIONS, DATABASES

DATABASES["default"]["NAME"] = os.environ["TEST_DATABASE_NAME"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
_sweep = float(os.environ.get("TEST_SWEEP_SECONDS", "5"))
# As in the real settings: behind a queue so long that they come too late, sweeps vanish and do not ring yet more.
CELERY_BEAT_SCHEDULE["sweep"] |= {"schedule": _sweep, "options": {"expires": 2 * _sweep}}
if "TEST_VISIBILITY_SECONDS" in os.environ:
    CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"] = int(os.environ["TEST_VISIBILITY_SECONDS"])
