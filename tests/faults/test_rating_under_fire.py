"""Sixty-four raters at once while the server is killed under them and their leases run out.

What a rater saw as saved is saved once; each task ends with exactly its overlap of counted judgments; nobody is counted
twice. The small form has 300 slots; `make faults` (PLUMBLINE_FAULTS=whole) adds the one with 5,000.
"""

import contextlib
import http.client
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from annotate.models import Slot
from core.ledger.models import CountedJudgment, Judgment
from core.tables import verification
from tests.annotate.conftest import ANSWERS
from tests.annotate.conftest import make_campaign as make_campaign
from tests.annotate.conftest import make_comparisons as make_comparisons
from tests.workers import ROOT, environment

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]

RATERS = 64
OVERLAP = 3
TOKENS = re.compile(r'data-token="([0-9a-f-]{36})"')
NEXT = re.compile(r'data-current="([0-9a-f-]*)"')
CSRF = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class Web:
    """A web server on one port that can be killed and comes back; its listening socket outlives it."""

    def __init__(self, folder):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port = self.listener.getsockname()[1]
        self.environment = environment(folder)
        self.log = folder / "web.log"
        self.kills = -1

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self._end()
        self.listener.close()

    def start(self):
        self.kills += 1
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "scenarios.web", str(self.listener.fileno())],
                cwd=ROOT,
                env=self.environment,
                pass_fds=[self.listener.fileno()],
                stdout=log,
                stderr=subprocess.STDOUT,
                process_group=0,
            )

    def kill_9(self):
        self._end()
        self.start()

    def _end(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Rater(threading.Thread):
    """A browser that sends what it has until it is told that it is saved, as the rating page does."""

    def __init__(self, port, cookie, over):
        super().__init__(daemon=True)
        self.port, self.over = port, over
        self.cookies = dict([cookie.split("=", 1)])
        self.saved: list[str] = []
        self.wrong: list[str] = []
        self.line: http.client.HTTPConnection | None = None

    def run(self):
        try:
            self.work()
        finally:
            self.hang_up()

    def work(self):
        while not self.over.is_set():
            page = self.ask("GET")
            token = next(iter(TOKENS.findall(page or "")), None)
            if token is None:
                time.sleep(0.2)
                continue
            csrf = CSRF.search(page)[1]
            while token and not self.over.is_set():
                token = self.submit(token, csrf)

    def submit(self, token, csrf):
        """Send until there is an answer; returns the token of the next pair, None if the page is to be read again."""
        form = {**{name: values[0] for name, values in ANSWERS.items()}, "token": token, "csrfmiddlewaretoken": csrf}
        while not self.over.is_set():
            answer = self.ask("POST", form)
            if answer is not None:
                found = NEXT.search(answer)
                if found is None:
                    return None
                self.saved.append(token)
                return found[1] or None
        return None

    def ask(self, method, form=None):
        """The page's text; the empty string for "not yours any more"; None when no answer came."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        body = None
        if form is not None:
            body = urlencode(form)
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "HX-Request": "true"}
        try:
            if self.line is None:
                self.line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            self.line.request(method, "/p/demo/rate/pairs/", body, headers)
            response = self.line.getresponse()
            text = response.read().decode()
        except (OSError, http.client.HTTPException):
            self.hang_up()
            return None
        for cookie in response.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.split(";")[0].partition("=")
            self.cookies[name] = value
        if response.status == 200:
            return text
        if response.status == 409:
            return ""
        if response.status != 503:
            self.wrong.append(f"{method}: {response.status} {text[:300]}")
        time.sleep(0.1)
        return None

    def hang_up(self):
        if self.line is not None:
            self.line.close()
            self.line = None
        time.sleep(random.uniform(0.02, 0.2))


def cookies_of(make_member):
    cookies = []
    for n in range(RATERS):
        client = Client()
        client.force_login(make_member("rater", f"rater-{n}"))
        cookies.append(f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}")
    return cookies


def let_some_lapse(chance):
    """End a few leases as if time had passed."""
    held = list(Slot.objects.filter(state="leased").values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE annotate_slot SET lease_until = now() - interval '1 second' "
            "WHERE state = 'leased' AND id = ANY(%s)",
            [chance.sample(held, min(3, len(held)))],
        )


def unfilled():
    return Slot.objects.exclude(state="filled").count()


def fire(web, slots, kills, seconds):
    """Kill the server so many times while the work goes on, and let leases lapse, until all slots are filled."""
    chance = random.Random(slots)
    when = sorted((chance.uniform(0.05, 0.9) * slots for _ in range(kills)), reverse=True)
    until = time.monotonic() + seconds
    while left := unfilled():
        assert time.monotonic() < until, f"{left} slots were still not filled after {seconds} s"
        if when and slots - left >= when[-1]:
            when.pop()
            web.kill_9()
        let_some_lapse(chance)
        time.sleep(0.25)


@pytest.mark.parametrize(
    ("slots", "kills", "seconds"),
    [
        pytest.param(300, 4, 90, id="small"),
        pytest.param(
            5_000,
            40,
            900,
            id="whole",
            marks=pytest.mark.skipif(
                os.environ.get("PLUMBLINE_FAULTS") not in ("whole", "full"),
                reason="takes minutes; set PLUMBLINE_FAULTS=whole",
            ),
        ),
    ],
)
def test_nothing_saved_is_lost_or_doubled(tmp_path, make_member, make_campaign, slots, kills, seconds):
    make_campaign(-(-slots // OVERLAP), overlap=OVERLAP)
    slots = Slot.objects.count()
    over = threading.Event()
    with Web(tmp_path) as web:
        raters = [Rater(web.port, cookie, over) for cookie in cookies_of(make_member)]
        for rater in raters:
            rater.start()
        try:
            fire(web, slots, kills, seconds)
        finally:
            over.set()
            for rater in raters:
                rater.join(40)
        assert web.kills == kills
    assert [wrong for rater in raters for wrong in rater.wrong] == []
    counted = Counter(CountedJudgment.objects.values_list("comparison", flat=True))
    assert set(counted.values()) == {OVERLAP}
    assert sum(counted.values()) == slots
    twice = Counter(Judgment.objects.values_list("comparison", "actor"))
    assert max(twice.values()) == 1
    keys = set(Judgment.objects.values_list("submission_key", flat=True))
    saved = Counter(token for rater in raters for token in rater.saved)
    assert len(saved) > slots / 2
    assert [token for token in saved if token not in keys] == []
    assert [finding for check in verification.checks().values() for finding in check()] == []
