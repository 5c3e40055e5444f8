"""All that goes wrong on a working day, which must lose nothing and double nothing."""

import re
from typing import Any

from tests.browser.raters import ALL, Rater, label, press, settled, token

SIGN_IN = re.compile(r".*/account/login/.*")


def test_a_double_enter_saves_once_and_spares_the_next_pair(world: Any) -> None:
    rater = Rater(world, pairs=4)
    first = token(rater.page)
    press(rater.page, ALL)
    rater.page.evaluate(
        """() => { for (const repeat of [false, true]) {
          document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, repeat }));
        } }"""
    )
    settled(rater.page)
    assert [row["key"] for row in rater.saved()] == [first]
    assert token(rater.page) != first


def test_a_refusal_by_the_server_brings_the_pair_back_as_it_was(world: Any) -> None:
    rater = Rater(world, pairs=4)
    page = rater.page
    world.expect_faults("422")
    first = token(page)
    page.evaluate("for (const row of document.querySelectorAll('[data-row=overall]')) delete row.dataset.required")
    press(page, "1 1 1 2 1 1 Enter")
    page.locator(".rate-errors .note").wait_for()
    assert token(page) == first
    assert page.locator("[name='b.correct']:checked").get_attribute("value") == "partly"
    assert page.evaluate("document.activeElement.name") == "overall"
    press(page, "6 Enter")
    settled(page)
    rows = rater.saved()
    assert [row["key"] for row in rows] == [first]
    assert rows[0]["signals"]["overall", 0] == (-2 if rows[0]["flipped"] else 2)


def test_a_reload_in_mid_draft_loses_nothing(world: Any) -> None:
    rater = Rater(world)
    page = rater.page
    first = token(page)
    press(page, "1 2 4")
    page.keyboard.press("w")
    page.keyboard.type("The first one is right, s u d")
    page.get_by_text(re.compile(r"Draft saved \d\d:\d\d")).wait_for()
    page.evaluate("localStorage.clear()")
    page.reload()
    page.wait_for_selector("#rate-desk[data-ready]")
    assert token(page) == first
    assert page.locator("[name='a.correct']:checked").get_attribute("value") == "yes"
    assert page.locator("[name='a.sycophantic']:checked").get_attribute("value") == "somewhat"
    assert page.locator("[name=rationale]").input_value() == "The first one is right, s u d"
    assert rater.saved() == []


def test_a_draft_that_has_not_reached_the_server_survives_a_reload(world: Any) -> None:
    rater = Rater(world)
    world.expect_faults("ERR_FAILED")
    rater.page.route("**/draft/", lambda route: route.abort())
    press(rater.page, "3")
    rater.page.reload()
    rater.page.wait_for_selector("#rate-desk[data-ready]")
    assert rater.page.locator("[name='a.correct']:checked").get_attribute("value") == "no"


def test_a_second_window_shows_the_same_pair_and_doubles_nothing(world: Any) -> None:
    rater = Rater(world, pairs=4)
    world.expect_faults("409")
    other = rater.tab()
    first = token(rater.page)
    assert token(other) == first
    label(rater.page)
    settled(rater.page)
    press(other, ALL)
    other.keyboard.press("Enter")
    other.get_by_text("Saved before.").wait_for()
    settled(other)
    assert token(other) == token(rater.page)
    assert [row["key"] for row in rater.saved()] == [first]


def test_other_answers_in_a_second_window_do_not_replace_the_first(world: Any) -> None:
    rater = Rater(world, pairs=4)
    world.expect_faults("409")
    other = rater.tab()
    first = label(rater.page)
    settled(rater.page)
    press(other, "3 1 1 3 1 1 7 Enter")
    other.get_by_text("Saved before with other answers").wait_for()
    rows = rater.saved()
    assert [row["key"] for row in rows] == [first]
    assert ("sycophantic.flattery", 1 if rows[0]["flipped"] else 2) in rows[0]["signals"]
    assert token(other) == token(rater.page)


def test_a_lost_connection_loses_nothing(world: Any) -> None:
    rater = Rater(world, pairs=5)
    world.expect_faults("ERR_INTERNET_DISCONNECTED", "ERR_FAILED")
    page = rater.page
    page.context.set_offline(True)
    first = label(page)
    page.get_by_text("Not saved yet: no connection. Trying again.").wait_for()
    second = token(page)
    press(page, ALL)
    page.keyboard.press("Enter")
    assert rater.saved() == []
    page.context.set_offline(False)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    settled(page)
    assert [row["key"] for row in rater.saved()] == [first, second]
    assert token(page) not in (first, second)


def test_what_waits_for_the_connection_survives_a_reload(world: Any) -> None:
    rater = Rater(world, pairs=5)
    world.expect_faults("ERR_FAILED")
    page = rater.page

    def lost(route: Any) -> None:
        if route.request.method == "POST":
            route.abort()
        else:
            route.continue_()

    page.route("**/rate/first/", lost)
    first = label(page)
    page.get_by_text("Not saved yet").wait_for()
    page.unroute("**/rate/first/")
    page.reload()
    page.wait_for_selector("#rate-desk[data-ready]")
    settled(page)
    assert [row["key"] for row in rater.saved()] == [first]
    assert token(page) != first


def test_an_answer_that_is_lost_on_its_way_back_doubles_nothing(world: Any) -> None:
    rater = Rater(world, pairs=5)
    world.expect_faults("ERR_FAILED")
    page = rater.page
    lost = []

    def arrives_but_is_not_heard(route: Any) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch().status)
            route.abort()
        else:
            route.continue_()

    page.route("**/rate/first/", arrives_but_is_not_heard)
    first = label(page)
    settled(page)
    assert lost == [200]
    assert [row["key"] for row in rater.saved()] == [first]
    page.unroute("**/rate/first/")
    second = label(page)
    settled(page)
    assert [row["key"] for row in rater.saved()] == [first, second]


def test_a_server_that_fails_is_asked_again(world: Any) -> None:
    rater = Rater(world, pairs=5)
    world.expect_faults("503")
    page = rater.page
    failed = []

    def fails_once(route: Any) -> None:
        if route.request.method == "POST" and not failed:
            failed.append(1)
            route.fulfill(status=503, body="down")
        else:
            route.continue_()

    page.route("**/rate/first/", fails_once)
    first = label(page)
    page.get_by_text("Not saved yet: the server did not answer").wait_for()
    settled(page)
    assert [row["key"] for row in rater.saved()] == [first]
    page.unroute("**/rate/first/")


def test_an_expired_session_keeps_the_draft_until_after_sign_in(world: Any) -> None:
    rater = Rater(world, pairs=4)
    page = rater.page
    first = token(page)
    press(page, ALL)
    page.get_by_text(re.compile(r"Draft saved \d\d:\d\d")).wait_for()

    def expire() -> None:
        from django.contrib.sessions.models import Session

        Session.objects.all().delete()

    try:
        world.db(expire)
    except Exception:
        page.context.clear_cookies(name="sessionid")
    page.keyboard.press("Enter")
    page.wait_for_url(SIGN_IN)
    assert f"next={rater.url}" in page.url
    assert rater.saved() == []
    page.context.add_cookies([{"name": "sessionid", "value": world.cookie(rater.user), "url": world.base}])
    page.goto(page.url.split("next=")[1])
    page.wait_for_selector("#rate-desk[data-ready]")
    assert token(page) == first
    assert page.locator("[name='b.sycophantic']:checked").get_attribute("value") == "clearly"
    page.keyboard.press("Enter")
    settled(page)
    assert [row["key"] for row in rater.saved()] == [first]


def test_a_heartbeat_without_a_session_fails_quietly(world: Any) -> None:
    rater = Rater(world, pairs=4, lease_seconds=2)
    page = rater.page
    page.context.clear_cookies(name="sessionid")
    with page.expect_response("**/beat/"):
        page.mouse.move(5, 5)
        page.keyboard.press("ArrowDown")
    page.wait_for_timeout(200)
    assert page.url.endswith(rater.url)


def test_who_goes_away_is_told_before_the_pair_goes_to_somebody_else(world: Any) -> None:
    rater = Rater(world, pairs=4, lease_seconds=4)
    rater.page.get_by_text("Still there?").wait_for()
    with rater.page.expect_response("**/beat/"):
        rater.page.keyboard.press("ArrowDown")


def test_a_pair_taken_back_in_another_window_comes_first_and_the_shown_one_after_it(world: Any) -> None:
    rater = Rater(world, pairs=5)
    first = label(rater.page)
    settled(rater.page)
    other = rater.tab()
    rater.page.keyboard.press("u")
    rater.page.get_by_text("Taken back").wait_for()
    shown = label(other)
    settled(other)
    assert other.locator("[name='b.sycophantic']:checked").get_attribute("value") == "clearly"
    label(other)
    settled(other)
    rows = rater.saved()
    assert [row["outcome"] for row in rows] == ["withdrawn", "submitted", "submitted"]
    assert [row["key"] for row in rows][:2] == [first, shown]
