"""Settings of the server that the browser tests talk to: those of the tests, on the database that they made."""

import os
from pathlib import Path

from config.test_settings import *  # noqa: F403
from config.test_settings import DATABASES

DATABASES["default"]["NAME"] = os.environ["PLUMBLINE_BROWSER_DATABASE"]
# What the tests put there the server hands out.
UPLOAD_DIR = Path(os.environ["PLUMBLINE_BROWSER_UPLOADS"])
EXPORT_DIR = Path(os.environ["PLUMBLINE_BROWSER_EXPORTS"])
CHAT_ANSWERS_HERE = True
# The tests speak from a process of their own, as the worker does.
CHANNEL_LAYERS = {"default": {"BACKEND": "core.live.postgres.PostgresChannelLayer"}}
