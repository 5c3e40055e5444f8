"""PostgreSQL itself crashed and away while raters work: a server of this test's own, so that it may be."""

import os
import secrets
import subprocess
import sys
import time

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection

from core.tables import verification
from tests import servers
from tests.raters import Web, account_for, at_work, cookies_of, saved, slowest
from tests.workers import ROOT, until

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]

WHOLE = os.environ.get("PLUMBLINE_FAULTS") in ("whole", "full")
RATERS = 20
CRASHES = 10 if WHOLE else 2
AWAY_SECONDS = 60 if WHOLE else 4
# What the founders promise: pages are served again within this after the database is.
RECOVERY_SECONDS = 5


@pytest.fixture(scope="module")
def migrated():
    """A server that only these tests use, with a migrated database for each to copy."""
    with servers.Postgres(servers.programs()) as server:
        environment = {**os.environ, "DATABASE_URL": server.url(), "DJANGO_SETTINGS_MODULE": "config.settings"}
        subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, env=environment, check=True)
        yield server


@pytest.fixture
def own_server(transactional_db, migrated):
    """That server, with a database of this test's own behind Django's default connection."""
    name = f"test_{secrets.token_hex(4)}"
    with migrated.superuser() as superuser:
        superuser.execute(f"CREATE DATABASE {name} OWNER {servers.ROLE} TEMPLATE {servers.DATABASE}")
    before = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict.update(
        {"HOST": "127.0.0.1", "PORT": migrated.port, "USER": servers.ROLE, "PASSWORD": migrated.password},
        NAME=name,
        OPTIONS={},
    )
    ContentType.objects.clear_cache()
    try:
        yield migrated
    finally:
        connection.close()
        connection.settings_dict.update(before)
        ContentType.objects.clear_cache()


def seconds_until_saving(raters):
    """How long it takes until somebody's submit, begun after now, is saved."""
    began = time.monotonic()
    until(lambda: any(begun > began for rater in raters for begun, _ in rater.took[-1:]), seconds=60)
    return min(begun + took for rater in raters for begun, took in rater.took if begun > began) - began


def test_what_was_saved_outlives_a_crash_of_the_database(own_server, tmp_path, make_member, make_campaign):
    make_campaign(2000 if WHOLE else 400)
    recoveries = []
    with Web(tmp_path) as web, at_work(web, cookies_of(make_member, RATERS), pause=0.3) as raters:
        for _ in range(CRASHES):
            before = saved(raters)
            until(lambda before=before: saved(raters) >= before + 2 * RATERS)
            own_server.restart("immediate")
            recoveries.append(seconds_until_saving(raters))
        assert web.kills == 0
    connection.close()
    account_for(
        raters,
        f"PostgreSQL {own_server.programs.major} crashed {CRASHES} times under {RATERS} raters",
        f"saving again {max(recoveries):.1f} s after it was back",
    )
    assert max(recoveries) < RECOVERY_SECONDS
    assert [finding for check in verification.checks().values() for finding in check()] == []


def test_while_the_database_is_away_people_are_told_to_come_again(own_server, tmp_path, make_member, make_campaign):
    make_campaign(400)
    with Web(tmp_path) as web, at_work(web, cookies_of(make_member, RATERS), pause=0.3) as raters:
        until(lambda: saved(raters) >= 2 * RATERS)
        own_server.stop("immediate")
        gone = time.monotonic()
        assert web.status("/livez") == 200
        until(lambda: web.status("/readyz") == 503, seconds=10)
        until(lambda: any(rater.away for rater in raters), seconds=20)
        time.sleep(max(0.0, AWAY_SECONDS - (time.monotonic() - gone)))
        assert web.status("/livez") == 200
        own_server.start()
        back = seconds_until_saving(raters)
        until(lambda: web.status("/readyz") == 200, seconds=10)
        before = saved(raters)
        until(lambda: saved(raters) >= before + RATERS)
    connection.close()
    account_for(
        raters,
        f"PostgreSQL away for {time.monotonic() - gone:.0f} s under {RATERS} raters",
        f"{sum(len(rater.away) for rater in raters)} answers 503 with Retry-After, saving again after {back:.1f} s, "
        f"p95 afterwards {slowest(raters, since=gone + AWAY_SECONDS + back):.0f} ms",
    )
    assert back < RECOVERY_SECONDS
