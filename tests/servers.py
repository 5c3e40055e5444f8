"""A PostgreSQL and a Redis of the tests' own: processes with a folder and a loopback port each, that may be killed."""

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from config.cluster import binaries, layout
from config.cluster import owner as owners
from config.cluster.binaries import Binaries

ROLE = DATABASE = "plumbline"
DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")
START_SECONDS = 20.0


class Missing(Exception):
    """The programs of a service are not on this machine. The message says which package has them."""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def programs_15():
    """PostgreSQL 15's programs: those of PLUMBLINE_PG_BIN, else Debian's. Raises Missing."""
    folder = Path(os.environ.get("PLUMBLINE_PG_BIN") or DEBIAN_15)
    version = binaries._version(folder, owners.find())
    if version is None or not version.startswith("15."):
        raise Missing(f"no PostgreSQL 15 in {folder}: install postgresql-15, or name its folder in PLUMBLINE_PG_BIN")
    return Binaries(folder=folder, version=version)


def programs():
    """For a server that a fault run may crash: version 15 under `make services`, else what this checkout runs on."""
    return programs_15() if os.environ.get("PLUMBLINE_PG_BIN") else binaries.find(layout.find(), owners.find())


class Postgres:
    """`with Postgres(programs) as server:` has a server on `server.port` whose role owns `server.url()`.

    `durable=False` is for runs that neither crash it nor ask what outlives a power cut; emptying tables is then quick.
    """

    def __init__(self, programs, *, durable=True):
        self.durable = durable
        self.programs = programs
        self.owner = owners.find()
        self.port = free_port()
        self.password = secrets.token_hex(16)
        # Not in pytest's folder, which is closed to the user that the server runs as.
        self.folder = Path(tempfile.mkdtemp(prefix="plumbline-postgres-"))
        self.cluster = self.folder / "cluster"

    def __enter__(self):
        try:
            self._make()
            self.start()
            self._give_role()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        with contextlib.suppress(AssertionError):
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database=DATABASE):
        return f"postgres://{ROLE}:{self.password}@127.0.0.1:{self.port}/{database}"

    def start(self):
        options = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": self.folder,
            "max_connections": 200,
            "client_connection_check_interval": "2s",
            "fsync": "on" if self.durable else "off",
        }
        line = " ".join(f"-c {name}={value}" for name, value in options.items())
        self._pg_ctl("start", "-w", "-t", "60", "-l", self.folder / "log", "-o", line)

    def stop(self, mode="immediate"):
        """`immediate` is a crash: no checkpoint, every client cut off in mid-word."""
        self._pg_ctl("stop", "-w", "-m", mode)

    def restart(self, mode="immediate"):
        self._pg_ctl("restart", "-w", "-t", "60", "-m", mode, "-l", self.folder / "log")

    def superuser(self, database="postgres"):
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user="postgres",
            password=self.password,
            dbname=database,
            autocommit=True,
        )

    def _make(self):
        if self.owner.switch:
            os.chown(self.folder, self.owner.uid, self.owner.gid)
        password = self.folder / "password"
        password.write_text(self.password)
        password.chmod(0o600)
        if self.owner.switch:
            os.chown(password, self.owner.uid, self.owner.gid)
        initdb = [self.programs["initdb"], "-D", self.cluster, "-U", "postgres", f"--pwfile={password}"]
        done = self.owner.run([*initdb, "-A", "scram-sha-256", "-E", "UTF8", "--locale=C"])
        assert done.returncode == 0, done.stderr
        password.unlink()

    def _give_role(self):
        # Not a superuser: what an installation's role may not do must fail here as well.
        with self.superuser() as connection:
            connection.execute(f"CREATE ROLE {ROLE} LOGIN CREATEDB PASSWORD '{self.password}'")
            connection.execute(f"GRANT SET ON PARAMETER session_replication_role TO {ROLE}")
            connection.execute(f"CREATE DATABASE {DATABASE} OWNER {ROLE}")

    def _pg_ctl(self, *arguments):
        done = self.owner.run([self.programs["pg_ctl"], *map(str, arguments), "-D", self.cluster])
        assert done.returncode == 0, done.stderr or done.stdout


class Redis:
    """`with Redis() as redis:` has a Redis on `redis.url()` that forgets everything when it stops, the worst case."""

    def __init__(self):
        self.program = shutil.which("redis-server")
        if self.program is None:
            raise Missing("no redis-server in PATH: install redis-server")
        self.port = free_port()
        self.process = None
        self.folder = tempfile.mkdtemp(prefix="plumbline-redis-")

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop(signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, number=0):
        return f"redis://127.0.0.1:{self.port}/{number}"

    def start(self):
        given = {"port": self.port, "bind": "127.0.0.1", "save": "", "appendonly": "no", "dir": self.folder}
        arguments = [part for name, value in given.items() for part in (f"--{name}", str(value))]
        self.process = subprocess.Popen(
            [self.program, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, process_group=0
        )
        deadline = time.monotonic() + START_SECONDS
        while not answers(self.port):
            assert self.process.poll() is None, "redis-server ended at once"
            assert time.monotonic() < deadline, "redis-server does not answer"
            time.sleep(0.02)

    def stop(self, number=signal.SIGTERM):
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(START_SECONDS)
            self.process = None

    def freeze(self):
        """It accepts connections (the kernel does) and never answers, also on those that are open."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def ask(self, *words):
        """One command on a connection of its own; returns the first bytes of the answer."""
        return said(self.port, *words)


class Hole:
    """`with Hole() as hole:` accepts connections on `hole.port` and never answers."""

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self.listener.getsockname()[1]
        self.held = []
        threading.Thread(target=self._swallow, daemon=True).start()
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for line in self.held:
            line.close()

    def url(self, number=0):
        return f"redis://127.0.0.1:{self.port}/{number}"

    def _swallow(self):
        with contextlib.suppress(OSError):
            while True:
                self.held.append(self.listener.accept()[0])


def answers(port, host="127.0.0.1"):
    """Whether a Redis answers there."""
    try:
        # One that asks for a password first is there as well.
        return said(port, "PING", host=host)[:1] in (b"+", b"-")
    except OSError:
        return False


def said(port, *words, host="127.0.0.1"):
    with socket.create_connection((host, port), timeout=2) as line:
        line.settimeout(2)
        line.sendall(b" ".join(str(word).encode() for word in words) + b"\r\n")
        return line.recv(65536)


def lacking(reason):
    """Skip the test for want of a service; fail it where services are required (PLUMBLINE_REQUIRE_SERVICES=1)."""
    if os.environ.get("PLUMBLINE_REQUIRE_SERVICES") == "1":
        pytest.fail(f"{reason}, and PLUMBLINE_REQUIRE_SERVICES=1")
    pytest.skip(reason)


def redis_url():
    """The Redis of this run (REDIS_URL, as `make services` sets it); without one the test is skipped."""
    url = os.environ.get("REDIS_URL", "")
    parts = urlsplit(url)
    if not url or not answers(parts.port or 6379, parts.hostname):
        lacking("no Redis at REDIS_URL: `make services` brings one")
    return url
