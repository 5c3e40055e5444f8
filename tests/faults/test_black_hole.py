"""Redis as a black hole: its address takes connections and nobody ever answers, neither live pages nor jobs."""

import json

import pytest
from websockets.sync.client import connect

from core.jobs.models import Job
from tests.raters import Web, account_for, at_work, cookie_of, cookies_of, saved, slowest
from tests.servers import Hole
from tests.workers import elsewhere, until

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]


def test_pages_live_on_beside_a_black_hole(tmp_path, make_member, make_campaign):
    make_campaign(200)
    owner = cookie_of(make_member("owner"))
    with Hole() as hole:
        services = {"REDIS_URL": hole.url(), "CELERY_BROKER_URL": hole.url()}
        with Web(tmp_path, **services) as web, at_work(web, cookies_of(make_member, 8), pause=0.1) as raters:
            until(lambda: saved(raters) >= 40, seconds=60)
            host = f"127.0.0.1:{web.port}"
            page = connect(
                f"ws://{host}/ws/p/demo/campaigns/pairs/",
                origin=f"http://{host}",
                additional_headers={"Cookie": owner},
                open_timeout=15,
            )
            with page:
                # Its topics are unheard of, so it reads on its beat; it is there all the same.
                assert json.loads(page.recv(timeout=15))["type"] == "progress"
        took = float(elsewhere(tmp_path, ENQUEUE, **services))
        assert hole.held
    account_for(
        raters,
        "Redis a black hole under 8 raters",
        f"p95 {slowest(raters):.0f} ms, enqueueing a job {1000 * took:.0f} ms",
    )
    assert took < 0.5
    assert Job.objects.filter(state="queued").count() == 2


# The first opens the connection to the database.
ENQUEUE = """
import time
from core.jobs.queue import enqueue
enqueue(kind="test.note", args={})
began = time.monotonic()
enqueue(kind="test.note", args={})
print(time.monotonic() - began)
"""
