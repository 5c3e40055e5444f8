"""The web server killed at each step of a submit: before, between and after its writes, and before it could say so."""

import pytest

from tests.raters import Web, account_for, at_work, cookies_of, saved
from tests.workers import until

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]

POINTS = ("submit.after_lock", "submit.after_insert", "submit.after_commit", "submit.before_response")


def test_whoever_was_told_that_it_is_saved_was_told_the_truth_at_every_step(tmp_path, make_member, make_campaign):
    make_campaign(300)
    marks = {point: tmp_path / point for point in POINTS}
    armed = ",".join(f"{point}={mark}" for point, mark in marks.items())
    with Web(tmp_path, PLUMBLINE_FAILPOINTS=armed) as web:
        with at_work(web, cookies_of(make_member, 8), pause=0.1) as raters:
            for mark in marks.values():
                before = saved(raters)
                until(lambda before=before: saved(raters) >= before + 8)
                mark.touch()
                until(web.revived)
                assert not mark.exists()
            before = saved(raters)
            until(lambda: saved(raters) >= before + 8)
        assert web.kills == len(POINTS)
    account_for(raters, f"web server killed at {len(POINTS)} steps of a submit")
