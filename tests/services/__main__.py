"""`python -m tests.services COMMAND …`: run a command with a real PostgreSQL 15 and a real Redis.

Those that DATABASE_URL and REDIS_URL name are used if they answer; the others are started here and stopped afterwards.
"""

import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from urllib.parse import urlsplit

import psycopg

from tests import servers


def main(command):
    """Run the command and return its exit status."""
    # Told to end, leave by the exception that lets the servers be stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with ExitStack() as stack:
        try:
            programs = servers.programs_15()
            given = {**_database(stack, programs), **_redis(stack)}
        except servers.Missing as missing:
            sys.stderr.write(f"{missing}.\n")
            return 1
        for name, value in given.items():
            sys.stdout.write(f"{name}: {urlsplit(value).hostname}:{urlsplit(value).port}\n")
        sys.stdout.flush()
        # Tests that crash a server start one of their own, from the same programs.
        return subprocess.run(
            command, env={**os.environ, **given, "PLUMBLINE_PG_BIN": str(programs.folder)}, check=False
        ).returncode


def _database(stack, programs):
    named = os.environ.get("DATABASE_URL", "")
    if named and _is_15(named):
        return {"DATABASE_URL": named}
    return {"DATABASE_URL": stack.enter_context(servers.Postgres(programs, durable=False)).url()}


def _is_15(url):
    try:
        with psycopg.connect(url.split("?")[0], connect_timeout=3) as connection:
            return connection.info.server_version // 10_000 == 15
    except psycopg.Error:
        return False


def _redis(stack):
    named = os.environ.get("REDIS_URL", "")
    parts = urlsplit(named)
    if not named or not servers.answers(parts.port or 6379, parts.hostname):
        redis = stack.enter_context(servers.Redis())
        return {"REDIS_URL": redis.url(0), "CELERY_BROKER_URL": redis.url(1)}
    return {"REDIS_URL": named, "CELERY_BROKER_URL": os.environ.get("CELERY_BROKER_URL") or named}


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: python -m tests.services COMMAND …")
    sys.exit(main(sys.argv[1:]))
