"""Redis gone, frozen or emptied while twenty raters submit and jobs are enqueued: nobody waits, nothing is lost.

Redis keeps nothing on disk here, so that each loss is total.
"""

import contextlib
import os
import re
import subprocess
import sys
import textwrap
import threading
import time

import pytest

from core.jobs.models import Job
from tests import tally
from tests.raters import Web, account_for, at_work, cookies_of, saved, slowest
from tests.services.losses import flushed, frozen, killed, terminated
from tests.workers import ROOT, Worker, environment, until

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]

RATERS = 20
AWAY_SECONDS = 30 if os.environ.get("PLUMBLINE_FAULTS") in ("whole", "full") else 4
# A page that waited for Redis would wait for its connect (1 s) or its answer (4 s and more), and its p95 would say so.
PATIENCE_MS = 800
# Workers try to reach a lost broker at growing pauses, and the sweeper rings for what nobody heard.
CATCHING_UP_SECONDS = 120
FAULTS = (terminated, killed, frozen, flushed)


class Enqueuer(threading.Thread):
    """A process that enqueues a job twice a second and says when each is in the table, and after how long."""

    PROGRAM = """
        import sys, time, django
        django.setup()
        from core.jobs.queue import enqueue
        folder, n = sys.argv[1], 0
        while True:
            began = time.monotonic()
            enqueue(kind="test.note", args={"path": f"{folder}/{n}"})
            print(n, time.monotonic() - began, flush=True)
            n += 1
            time.sleep(0.5)
    """

    def __init__(self, folder, env):
        super().__init__(daemon=True)
        self.folder = folder
        folder.mkdir()
        self.process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(self.PROGRAM), str(folder)],
            cwd=ROOT,
            env=env,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.seconds = []
        self.start()

    def run(self):
        for line in self.process.stdout:
            self.seconds.append(float(line.split()[1]))

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.join(10)
        self.process.stdout.close()

    def ends(self):
        return [word for file in self.folder.iterdir() for word in re.findall(r"^end-", file.read_text(), re.MULTILINE)]


def none_waits():
    return not Job.objects.exclude(state="done").exists()


def test_nobody_waits_for_redis_and_nothing_is_lost_with_it(redis, tmp_path, make_member, make_campaign):
    make_campaign(2000)
    services = {"REDIS_URL": redis.url(1), "CELERY_BROKER_URL": redis.url(), "JOBS_LOST_AFTER_SECONDS": 3}
    said = []
    with contextlib.ExitStack() as stack:
        web = stack.enter_context(Web(tmp_path, **services))
        worker = stack.enter_context(Worker(tmp_path, kept=True, TEST_SWEEP_SECONDS=2, **services))
        enqueuer = Enqueuer(tmp_path / "notes", environment(tmp_path, **services))
        stack.callback(enqueuer.stop)
        raters = stack.enter_context(at_work(web, cookies_of(make_member, RATERS), pause=1.0))
        until(lambda: saved(raters) >= 3 * RATERS and enqueuer.ends(), seconds=60)
        calm = slowest(raters)
        for fault in FAULTS:
            away, before = time.monotonic(), saved(raters)
            with fault(redis):
                time.sleep(AWAY_SECONDS)
                until(lambda before=before: saved(raters) >= before + RATERS)
                back = time.monotonic()
            begun = slowest(raters, since=away, until=back)
            enqueued = len(enqueuer.seconds)
            until(lambda n=enqueued: len(enqueuer.ends()) >= n, seconds=CATCHING_UP_SECONDS)
            said.append((fault.__name__, begun, time.monotonic() - back))
        enqueuer.stop()
        until(none_waits, seconds=CATCHING_UP_SECONDS)
    slow = ", ".join(f"{name} {p95:.0f}" for name, p95, _ in said)
    account_for(
        raters, f"Redis lost in {len(FAULTS)} ways under {RATERS} raters", f"p95 in ms: calm {calm:.0f}, {slow}"
    )
    ends = enqueuer.ends()
    tally.tell(
        f"jobs enqueued while Redis was lost in {len(FAULTS)} ways",
        acknowledged=len(enqueuer.seconds),
        # One may have been written without our having heard of it.
        found=min(len(ends), len(enqueuer.seconds)),
        doubled=len(ends) - Job.objects.count(),
        more=f"slowest to enqueue {1000 * max(enqueuer.seconds):.0f} ms; all done after Redis was back by "
        + ", ".join(f"{seconds:.0f} s ({name})" for name, _, seconds in said)
        + f"; the worker was started again {worker.ended} times",
    )
    assert max(p95 for _, p95, _ in said) < calm + PATIENCE_MS
