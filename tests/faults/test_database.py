"""What the web server does when its database connections are cut, as a restart of PostgreSQL cuts them."""

import asyncio
import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys

import pytest
import websockets
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.test import Client

from tests.workers import ROOT, environment, until

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def server(tmp_path):
    """The port of a web server on this test's database."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with (tmp_path / "web.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", "config.asgi:application", "--port", str(port), "--lifespan", "off"],
            cwd=ROOT,
            env=environment(tmp_path),
            stdout=log,
            stderr=subprocess.STDOUT,
            process_group=0,
        )
    try:
        until(lambda: status(port, "/livez") == 200)
        yield port
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        sys.stderr.write((tmp_path / "web.log").read_text()[-4000:])


def status(port, path, cookie=""):
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
    try:
        line.request("GET", path, headers={"cookie": cookie} if cookie else {})
        return line.getresponse().status
    except OSError:
        return None
    finally:
        line.close()


def cookie_of(user):
    client = Client()
    client.force_login(user)
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def cut():
    """End every other connection to this database; returns how many there were."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return cursor.fetchone()[0]


def test_no_request_fails_after_the_connections_were_cut(server, owner):
    cookie = cookie_of(owner)
    url = "/p/demo/jobs/"
    assert [status(server, url, cookie) for _ in range(5)] == [200] * 5
    assert status(server, "/readyz") == 200
    assert cut() >= 1
    assert [status(server, url, cookie) for _ in range(5)] == [200] * 5
    assert status(server, "/readyz") == 200


def test_a_page_is_kept_from_waiting_for_ever(server, owner):
    """A request whose lock is not given ends as 503 after the lock timeout, and the pool lives on."""
    cookie = cookie_of(owner)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE jobs_job IN ACCESS EXCLUSIVE MODE")
        assert status(server, "/p/demo/jobs/", cookie) == 503
        assert status(server, "/livez") == 200
    assert status(server, "/p/demo/jobs/", cookie) == 200


async def test_a_socket_from_another_origin_or_without_a_person_is_refused(server):
    url = f"ws://127.0.0.1:{server}/ws/p/demo/campaigns/x/"
    for origin in (None, "https://evil.example", f"http://127.0.0.1:{server}"):
        with pytest.raises(websockets.InvalidStatus) as refusal:
            await asyncio.wait_for(websockets.connect(url, origin=origin), 10)
        assert refusal.value.response.status_code == 403


def test_the_pool_is_used(server, owner):
    cookie = cookie_of(owner)
    for _ in range(3):
        status(server, "/p/demo/jobs/", cookie)

    def connections():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            return {row[0] for row in cursor.fetchall()}

    before = connections()
    assert len(before) >= 2
    for _ in range(5):
        status(server, "/p/demo/jobs/", cookie)
    assert before <= connections()
    assert get_user_model().objects.count() == 1
