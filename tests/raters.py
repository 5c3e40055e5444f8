"""Raters and the web server they meet, as processes and threads that a test may kill or cut off.

The raters do what the rating page does: they send what they have until they are told that it is saved.
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

from django.conf import settings
from django.test import Client

from core.ledger.models import Judgment
from tests import tally
from tests.annotate.conftest import ANSWERS
from tests.workers import ROOT, environment

TOKENS = re.compile(r'data-token="([0-9a-f-]{36})"')
NEXT = re.compile(r'data-current="([0-9a-f-]*)"')
CSRF = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class Web:
    """A web server on one port that can be killed and comes back; its listening socket outlives it.

    `revived()` starts it again if it ended by itself, and says whether it did.
    """

    def __init__(self, folder, **more):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port = self.listener.getsockname()[1]
        self.environment = environment(folder, **more)
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

    def revived(self):
        ended = self.process.poll() is not None
        if ended:
            self.start()
        return ended

    def status(self, path="/livez"):
        """What it answers to this address now; None if it does not."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            line.request("GET", path)
            return line.getresponse().status
        except (OSError, http.client.HTTPException):
            return None
        finally:
            line.close()

    def _end(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Rater(threading.Thread):
    """A browser that sends what it has until it is told that it is saved.

    `saved` are the tokens it was told of, `took` each answered submit's (when, seconds), `away` when it was told to
    come again later, and `wrong` whatever should not have been said.
    """

    def __init__(self, port, cookie, over, pause):
        super().__init__(daemon=True)
        self.port, self.over, self.pause = port, over, pause
        self.cookies = dict([cookie.split("=", 1)])
        self.saved: list[str] = []
        self.wrong: list[str] = []
        self.took: list[tuple[float, float]] = []
        self.away: list[float] = []
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
            while token and not self.over.wait(self.pause):
                token = self.submit(token, csrf)

    def submit(self, token, csrf):
        """Send until there is an answer; returns the token of the next pair, None if the page is to be read again."""
        form = {**{name: values[0] for name, values in ANSWERS.items()}, "token": token, "csrfmiddlewaretoken": csrf}
        while not self.over.is_set():
            began = time.monotonic()
            answer = self.ask("POST", form)
            if answer is not None:
                self.took.append((began, time.monotonic() - began))
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
        if response.status == 503 and response.headers["Retry-After"]:
            self.away.append(time.monotonic())
        else:
            self.wrong.append(f"{method}: {response.status} {text[:300]}")
        time.sleep(0.1)
        return None

    def hang_up(self):
        if self.line is not None:
            self.line.close()
            self.line = None
        time.sleep(random.uniform(0.02, 0.2))


def cookie_of(user):
    client = Client()
    client.force_login(user)
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def cookies_of(make_member, count):
    return [cookie_of(make_member("rater", f"rater-{n}")) for n in range(count)]


@contextlib.contextmanager
def at_work(web, cookies, pause=0.0):
    """A rater for each cookie, for the length of the block, each pausing so long over a pair.

    Afterwards they finish what they have begun.
    """
    over = threading.Event()
    raters = [Rater(web.port, cookie, over, pause) for cookie in cookies]
    for rater in raters:
        rater.start()
    try:
        yield raters
    finally:
        over.set()
        for rater in raters:
            rater.join(40)


def saved(raters):
    return sum(len(rater.saved) for rater in raters)


def slowest(raters, since=0.0, until=float("inf"), share=0.95):
    """The time in milliseconds within which this share of the submits begun in that span were answered."""
    took = sorted(seconds for rater in raters for begun, seconds in rater.took if since <= begun < until)
    return 1000 * took[min(len(took) - 1, int(share * len(took)))] if took else float("nan")


def account_for(raters, what, more=""):
    """Print and require: every token that a rater saw as saved is one judgment, and nobody judged a pair twice."""
    assert [wrong for rater in raters for wrong in rater.wrong] == []
    acknowledged = {token for rater in raters for token in rater.saved}
    keys = Counter(Judgment.objects.values_list("submission_key", flat=True))
    pairs = Counter(Judgment.objects.values_list("comparison", "actor"))
    tally.tell(
        what,
        acknowledged=len(acknowledged),
        found=len(acknowledged & keys.keys()),
        doubled=sum(n - 1 for n in pairs.values()) + sum(n - 1 for n in keys.values()),
        more=more,
    )
