"""A real Celery worker for tests, as a process of its own that is surely gone afterwards."""

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent


def environment(data_dir, **more):
    """What a process needs to work on this test's database and in this data folder."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.process_settings",
        # By address, since the data folder is another one, and so would the private cluster be.
        "DATABASE_URL": database_url(),
        "TEST_DATABASE_NAME": connection.settings_dict["NAME"],
        "PLUMBLINE_DATA_DIR": str(data_dir),
        "CELERY_BROKER_URL": os.environ.get("CELERY_BROKER_URL") or "folder://",
        "SECRET_KEY": settings.SECRET_KEY,
        **{name: str(value) for name, value in more.items()},
    }


def database_url():
    """The address of this test's database, with the way to its password where that lies in a file."""
    here = connection.settings_dict
    who = quote(here["USER"]) + (f":{quote(here['PASSWORD'])}" if here["PASSWORD"] else "")
    where = quote(here["HOST"], safe="") + (f":{here['PORT']}" if here["PORT"] else "")
    passfile = here["OPTIONS"].get("passfile")
    rest = f"?passfile={quote(str(passfile))}" if passfile else ""
    return f"postgres://{who}@{where}/{here['NAME']}{rest}"


def run(data_dir, program, **more):
    """Run a program of Python in another process, however it ends; `more` goes into its environment."""
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=environment(data_dir, **more),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def elsewhere(data_dir, code, **more):
    """Run code in another process after django.setup() and return what it printed."""
    done = run(data_dir, "import django\ndjango.setup()\n" + textwrap.dedent(code), **more)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


class Worker:
    """`with Worker(tmp_path) as worker:` runs `celery worker -B` with the handlers of tests/jobs/kinds.py.

    `kept`: as a supervisor does in production, it is started again when it ends by itself; `ended` says how often.
    """

    def __init__(self, data_dir, *, kept=False, **more):
        self.data_dir = data_dir
        self.kept = kept
        self.ended = 0
        self.env = environment(data_dir, **more)
        self.log = Path(data_dir) / "worker.log"

    def __enter__(self):
        self._begin()
        if self.kept:
            threading.Thread(target=self._keep, daemon=True).start()
        return self

    def _keep(self):
        while True:
            self.process.wait()
            time.sleep(0.5)
            if not self.kept:
                return
            self.ended += 1
            self._begin()
            if not self.kept:
                # The test ended meanwhile and has killed the one before.
                os.killpg(self.process.pid, signal.SIGKILL)

    def _begin(self):
        arguments = ["-A", "config.celery", "worker", "-B", "--concurrency", "2", "-I", "tests.jobs.kinds"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "celery", "--quiet", *arguments, "--loglevel", "INFO"],
                cwd=ROOT,
                env=self.env,
                stdout=log,
                stderr=subprocess.STDOUT,
                process_group=0,
            )

    def __exit__(self, *exc):
        self.kept = False
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        if exc[0]:
            sys.stderr.write(self.log.read_text()[-4000:])

    def kill_9(self):
        """The worker and its children, as a power cut would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def until(condition, seconds=60.0):
    """Wait until the condition holds and return what it gave."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s")
