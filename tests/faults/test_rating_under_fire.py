"""Sixty-four raters at once while the server is killed under them and their leases run out.

What a rater saw as saved is saved once; each task ends with exactly its overlap of counted judgments; nobody is counted
twice. The small form has 300 slots; `make faults` (PLUMBLINE_FAULTS=whole) adds the one with 5,000.
"""

import os
import random
import time
from collections import Counter

import pytest
from django.db import connection

from annotate.models import Slot
from core.ledger.models import CountedJudgment
from core.tables import verification
from tests.raters import Web, account_for, at_work, cookies_of, saved

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]

RATERS = 64
OVERLAP = 3


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
    with Web(tmp_path) as web:
        with at_work(web, cookies_of(make_member, RATERS)) as raters:
            fire(web, slots, kills, seconds)
        assert web.kills == kills
    counted = Counter(CountedJudgment.objects.values_list("comparison", flat=True))
    assert set(counted.values()) == {OVERLAP}
    assert sum(counted.values()) == slots
    assert saved(raters) > slots / 2
    account_for(raters, f"web server killed {kills} times under {RATERS} raters")
    assert [finding for check in verification.checks().values() for finding in check()] == []
