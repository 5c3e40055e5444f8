"""Settings of the test suite: the same, with a cheap hasher and everything in memory that need not last."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from config.settings import *  # noqa: F403
from config.settings import DATABASES

_scratch = Path(tempfile.mkdtemp(prefix="plumbline-tests-"))
atexit.register(shutil.rmtree, _scratch, ignore_errors=True)

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CELERY_BROKER_URL = "memory://"
CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
UPLOAD_DIR = _scratch / "uploads"
EXPORT_DIR = _scratch / "exports"
REPORT_DIR = _scratch / "reports"
# Hundreds of tests sign in from one address; the tests of the limits turn them on.
ACCOUNT_RATE_LIMITS = False
API_BURST = 1_000_000
# A thread of its own would not see what is in a test's transaction: tests have answers written where they wait.
CHAT_ANSWERS_HERE = False
# Each test client loads the middleware anew, and WhiteNoise would list every static file each time. And a file that is
# saved while the browser's tests run is served as it is, and not with the length that it had.
WHITENOISE_AUTOREFRESH = True
# What a test has written may go with the machine.
_options = DATABASES["default"].setdefault("OPTIONS", {})
_options["options"] = f"{_options.get('options', '')} -c synchronous_commit=off".strip()
DATABASES["default"].setdefault("TEST", {})["NAME"] = "test_plumbline" + os.environ.get("PLUMBLINE_TEST_SUFFIX", "")
