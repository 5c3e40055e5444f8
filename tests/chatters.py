"""A volunteer who chats with a real web server: by HTTP what they do, over a WebSocket what they read.

They do what the chat page does: what got no answer is sent again with the same key, and a lost socket is opened again.
"""

import contextlib
import http.client
import json
import re
import threading
import time
from urllib.parse import urlencode
from uuid import uuid4

from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.client import connect

from tests.raters import cookie_of

CSRF = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
LOST = (OSError, ConnectionClosed, InvalidHandshake, EOFError, TimeoutError)
LOOK = '{"type": "look"}'
FORM = {"Content-Type": "application/x-www-form-urlencoded", "HX-Request": "true"}


class Chatter:
    """A person before one conversation on a server at `port`."""

    def __init__(self, port, user, conversation, slug="demo"):
        self.port = port
        self.cookie = cookie_of(user)
        self.cookies = dict([self.cookie.split("=", 1)])
        self.path = f"/p/{slug}/chat/c/{conversation.pk}/"
        self.live = f"/ws/p/{slug}/chat/{conversation.pk}/"
        self.csrf = ""

    def page(self):
        """The page, read until it comes."""
        text = self._until_answered("GET", self.path)[1]
        found = CSRF.search(text)
        if found:
            self.csrf = found[1]
        return text

    def post(self, act, **form):
        """(status, text) of a deed, sent until there is an answer; its key is made once."""
        if not self.csrf:
            self.page()
        return self._until_answered("POST", f"{self.path}{act}/", {**form, "csrfmiddlewaretoken": self.csrf})

    def say(self, words, key=None):
        """Send a message; returns (status, its key)."""
        key = key or uuid4()
        return self.post("say", submission_key=key, body=words)[0], key

    def ask(self, method, path, form=None):
        """One try: (status, text), or None without an answer."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        try:
            line.request(method, path, urlencode(form) if form else None, headers | (FORM if form else {}))
            response = line.getresponse()
            text = response.read().decode()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            line.close()
        for cookie in response.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.split(";")[0].partition("=")
            self.cookies[name] = value
        return response.status, text

    def socket(self, **more):
        """The page's socket."""
        host = f"127.0.0.1:{self.port}"
        given = {"origin": f"http://{host}", "additional_headers": {"Cookie": self.cookie}, **more}
        return connect(f"ws://{host}{self.live}", open_timeout=20, **given)

    def _until_answered(self, method, path, form=None, seconds=60):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            answer = self.ask(method, path, form)
            if answer is not None and answer[0] != 503:
                return answer
            time.sleep(0.1)
        raise AssertionError(f"{method} {path} had no answer in {seconds} s")


class Reader(threading.Thread):
    """A page's socket, opened again whenever it is lost: all frames it was sent, and how often it was open."""

    def __init__(self, chatter):
        super().__init__(daemon=True)
        self.chatter = chatter
        self.frames = []
        self.opened = 0
        self.page = None
        self.over = threading.Event()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join(30)

    def run(self):
        while not self.over.is_set():
            with contextlib.suppress(*LOST), self.chatter.socket() as page:
                self.opened += 1
                self.page = page
                page.send(LOOK)
                self.read(page)
            self.over.wait(0.1)

    def read(self, page):
        while not self.over.is_set():
            with contextlib.suppress(TimeoutError):
                self.frames.append(json.loads(page.recv(timeout=0.2)))

    def look(self):
        """As the page does when it has sent something; a lost socket asks by itself when it is open again."""
        with contextlib.suppress(*LOST):
            self.page.send(LOOK)

    def of(self, kind, since=0):
        """The frames of a kind, from the `since`th frame on."""
        return [frame for frame in self.frames[since:] if frame["type"] == kind]


class Thumber(threading.Thread):
    """Says up and down of one answer, in turns, without pause; each thumb until it is answered. `said`: how many."""

    def __init__(self, chatter, answer, pause=0.0):
        super().__init__(daemon=True)
        self.chatter, self.answer, self.pause = chatter, answer, pause
        self.said = 0
        self.wrong = []
        self.over = threading.Event()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join(90)
        assert not self.is_alive()

    def run(self):
        while not self.over.wait(self.pause):
            form = {"answer": self.answer, "value": -1 if self.said % 2 else 1, "submission_key": uuid4()}
            status, text = self.chatter.post("thumb", **form)
            if status == 200:
                self.said += 1
            else:
                self.wrong.append(f"{status} {text[:300]}")


def assembled(frames, place="0"):
    """What a browser has made of these frames: the blocks and what follows them."""
    blocks, tail = [], ""
    for frame in frames:
        side = frame["sides"][place]
        assert side["from"] <= len(blocks), "a frame follows one that never came"
        blocks[side["from"] :] = side["blocks"]
        tail = side["tail"]
    return blocks, tail
