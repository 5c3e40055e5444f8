"""A real Chromium against a real server process on a database of its own.

Playwright's synchronous interface leaves an event loop running in this thread, where Django refuses to touch the
database; what a test asks of the database is therefore asked in a thread beside it (`world.db`). Nothing here turns
Django's guard off.
"""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--font-render-hinting=none",
]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    if not Path(CHROMIUM).exists():
        reason = f"no Chromium at {CHROMIUM}; install it or name one in CHROMIUM"
        if os.environ.get("PLUMBLINE_REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_modify_db_settings: None, django_db_blocker: Any
) -> Iterator[None]:
    """The test database. pytest-django makes it only for tests with its marker, which would empty it after each."""
    from django.test.utils import setup_databases, teardown_databases

    with django_db_blocker.unblock():
        made = setup_databases(verbosity=0, interactive=False, aliases=["default"])
        yield
        teardown_databases(made, verbosity=0)


@pytest.fixture(scope="session")
def database_thread(django_db_setup: None, django_db_blocker: Any) -> Iterator[Callable[..., Any]]:
    """Calls a function where Django may use the database; its rows are committed and stay until the run ends."""
    with django_db_blocker.unblock(), ThreadPoolExecutor(1) as pool:

        def call(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
            return pool.submit(function, *args, **kwargs).result(60)

        yield call

        def close() -> None:
            from django.db import connections

            connections.close_all()

        call(close)


@pytest.fixture(scope="session")
def server(database_thread: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    from django.conf import settings
    from django.db import connection

    port = _free_port()
    base = f"http://127.0.0.1:{port}"
    log = tmp_path_factory.mktemp("server") / "log"
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.browser.server_settings",
        "PLUMBLINE_BROWSER_DATABASE": str(connection.settings_dict["NAME"]),
        "PLUMBLINE_BROWSER_UPLOADS": str(settings.UPLOAD_DIR),
        "PLUMBLINE_BROWSER_EXPORTS": str(settings.EXPORT_DIR),
        "BASE_URL": base,
    }
    serve = [sys.executable, "-W", "ignore", "-m", "uvicorn", "config.asgi:application", "--log-level", "warning"]
    with log.open("wb") as out:
        process = subprocess.Popen([*serve, "--port", str(port)], cwd=ROOT, env=environment, stdout=out, stderr=out)
        try:
            _wait_until_up(process, base, log)
            yield base
        finally:
            process.terminate()
            process.wait(10)
    faults = [line for line in log.read_text().splitlines() if "Traceback" in line or "Internal Server Error" in line]
    assert not faults, log.read_text()[-4000:]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_up(process: subprocess.Popen[bytes], base: str, log: Path) -> None:
    for _ in range(300):
        if process.poll() is not None:
            break
        try:
            urllib.request.urlopen(f"{base}/account/login/", timeout=2).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"the server did not come up:\n{log.read_text()[-4000:]}")


class World:
    """One test's own project, with people made on demand, and browser windows that are watched for faults."""

    def __init__(self, base: str, browser: Any, call: Callable[..., Any], slug: str = "") -> None:
        self.base = base
        self.browser = browser
        self.db = call
        self.slug = slug or f"p{uuid4().hex[:10]}"
        self.faults: list[str] = []
        self.contexts: list[Any] = []
        self.expected: list[str] = []
        self.project = call(self._project)

    def _project(self) -> Any:
        from core.accounts.projects import create_project

        return create_project(slug=self.slug, name="Browser tests", owner=None)

    def person(self, role: str, name: str = "") -> Any:
        """A member of the project with this role; their address begins with the first word of the name."""

        def make() -> Any:
            from core.accounts.models import Membership, User

            user = User.objects.create_user(
                email=f"{(name or role).split()[0].lower()}@{self.slug}.example.org", name=name or role.title()
            )
            Membership.objects.create(project=self.project, user=user, role=role)
            return user

        return self.db(make)

    def cookie(self, user: Any) -> str:
        """The key of a new session of this person."""

        def sign_in() -> str:
            from django.test import Client

            client = Client()
            client.force_login(user, backend="core.accounts.backend.AuthenticationBackend")
            return str(client.cookies["sessionid"].value)

        return str(self.db(sign_in))

    def window(self, user: Any = None, **options: Any) -> Any:
        """A page in a browser context of its own, signed in as `user`."""
        options = {"viewport": {"width": 1440, "height": 900}, "locale": "en-GB", "timezone_id": "UTC", **options}
        context = self.browser.new_context(base_url=self.base, **options)
        # Long enough for two of these windows on a busy machine; nothing waits for it that goes well.
        context.set_default_timeout(30_000)
        self.contexts.append(context)
        if user is not None:
            context.add_cookies([{"name": "sessionid", "value": self.cookie(user), "url": self.base}])
        context.on("page", self.watch)
        return context.new_page()

    def watch(self, page: Any) -> None:
        page.on("pageerror", lambda error: self.faults.append(f"page error: {error}"))
        page.on("console", self._console)

    def _console(self, message: Any) -> None:
        if message.type == "error" or "Content Security Policy" in message.text:
            self.faults.append(f"console: {message.text} ({message.location.get('url', '')})")

    def expect_faults(self, *parts: str) -> None:
        """Console lines with these parts are what the test is about, such as a refused request."""
        self.expected.extend(parts)

    def close(self) -> None:
        for context in self.contexts:
            context.close()
        unexpected = [fault for fault in self.faults if not any(part in fault for part in self.expected)]
        assert not unexpected, "\n".join(unexpected)


@pytest.fixture
def world(server: str, chromium: Any, database_thread: Callable[..., Any]) -> Iterator[World]:
    made = World(server, chromium, database_thread)
    yield made
    made.close()


@pytest.fixture(scope="session")
def gallery(server: str, chromium: Any, database_thread: Callable[..., Any]) -> Iterator[Any]:
    """Every page, full and empty; `tests.browser.gallery.Gallery` says how to walk them."""
    from tests.browser.gallery import Gallery

    full, empty = (World(server, chromium, database_thread, slug) for slug in ("warm-or-right", "new-here"))
    yield Gallery(full, empty)
    full.close()
    empty.close()
