"""What the tests of services get: a Redis of their own, which they may kill, and jobs whose bell rings over it."""

import kombu
import pytest
from celery import current_app

from core.jobs import bell
from tests import servers
from tests.annotate.conftest import make_campaign as make_campaign
from tests.annotate.conftest import make_comparisons as make_comparisons
from tests.tally import pytest_terminal_summary as pytest_terminal_summary


@pytest.fixture
def redis():
    """A Redis of this test's own."""
    try:
        made = servers.Redis()
    except servers.Missing as missing:
        servers.lacking(str(missing))
    with made:
        yield made


@pytest.fixture
def ringing(redis, monkeypatch):
    """Jobs enqueued in this process ring over that Redis; nobody listens before a worker is started."""

    def ring(job_id):
        with kombu.Connection(redis.url()) as broker:
            current_app.send_task(bell.RUN, args=[str(job_id)], connection=broker, ignore_result=True)

    monkeypatch.setattr(bell, "ring", ring)
    return redis
