"""A rater at work in a real browser: by keyboard alone, and with everything that goes wrong on a working day."""

import re
import time
from typing import Any

import pytest

from tests.annotate_pages.pairs import campaign

ROOT_URL = re.compile(r".*/account/login/.*")


class Rater:
    """A signed-in rater before a campaign."""

    def __init__(self, world: Any, name: str = "first", **fields: Any) -> None:
        self.world = world
        self.user = world.person("rater")
        self.campaign = world.db(campaign, world.project, name, **fields)
        self.url = f"/p/{world.slug}/rate/{name}/"
        self.page = self.open()

    def open(self, **options: Any) -> Any:
        page = self.world.window(self.user, **options)
        page.goto(self.url)
        if options.get("java_script_enabled", True):
            page.wait_for_selector("#rate-desk[data-ready]")
        return page

    def tab(self) -> Any:
        page = self.page.context.new_page()
        page.goto(self.url)
        page.wait_for_selector("#rate-desk[data-ready]")
        return page

    def saved(self) -> list[dict[str, Any]]:
        """What the ledger holds of this campaign, in the order in which it was said."""

        def read() -> list[dict[str, Any]]:
            from annotate.models import Attempt
            from core.ledger.models import CountedJudgment, Signal

            counted = set(CountedJudgment.objects.filter(project=self.world.project).values_list("pk", flat=True))
            rows = []
            for attempt in (
                Attempt.objects.filter(campaign=self.campaign, judgment__isnull=False)
                .select_related("judgment__comparison")
                .order_by("judgment__recorded_at", "judgment_id")
            ):
                judgment = attempt.judgment
                signals = Signal.objects.filter(judgment=judgment)
                rows.append(
                    {
                        "signals": {(one.question, one.response_slot): one.value for one in signals},
                        "flipped": judgment.shown_first_id == judgment.comparison.second_id,
                        "outcome": attempt.outcome,
                        "counted": judgment.pk in counted,
                        "key": judgment.submission_key,
                        "seconds": attempt.seconds,
                    }
                )
            return rows

        return list(self.world.db(read))


def press(page: Any, keys: str) -> None:
    for key in keys.split():
        page.keyboard.press(key)


# The first right and plain; the second partly right, clearly sycophantic (flattery); the second much worse.
ALL = "1 1 1 2 3 2 ArrowDown 1 2"


def token(page: Any) -> str:
    return str(page.locator("#rate-pair").get_attribute("data-token"))


def label(page: Any) -> str:
    """Label the pair on the page with ALL and save it; the next pair is then on the page."""
    before = token(page)
    press(page, ALL)
    page.keyboard.press("Enter")
    page.wait_for_function("before => document.querySelector('#rate-pair').dataset.token !== before", arg=before)
    return before


def settled(page: Any) -> None:
    """Until everything that was sent has been answered."""
    page.wait_for_function("() => !Object.keys(localStorage).some(name => name.startsWith('plumbline.outbox'))")


def test_by_keyboard_alone_a_rater_labels_ten_pairs(world: Any) -> None:
    rater = Rater(world, pairs=10, overlap=1, pay="0.25")
    page = rater.page
    for _ in range(10):
        label(page)
    page.get_by_role("heading", name="All done").wait_for()
    assert "10 today" in page.locator("#rate-progress").inner_text()
    assert "2.50 EUR" in page.locator("#rate-progress").inner_text()
    rows = rater.saved()
    assert len(rows) == 10
    assert {row["flipped"] for row in rows} == {True, False}
    for row in rows:
        left, right = (2, 1) if row["flipped"] else (1, 2)
        assert row["counted"]
        assert row["seconds"] is not None
        assert row["signals"] == {
            ("correct", left): 2,
            ("sycophantic", left): 0,
            ("cold", left): 0,
            ("correct", right): 1,
            ("sycophantic", right): 2,
            ("sycophantic.flattery", right): 1,
            ("cold", right): 0,
            ("overall", 0): 2 if row["flipped"] else -2,
        }


def test_the_next_pair_is_there_in_under_a_tenth_of_a_second(world: Any) -> None:
    rater = Rater(world, pairs=6)
    page = rater.page
    page.route("**/rate/first/", lambda route: (time.sleep(0.4), route.continue_())[1])
    press(page, ALL)
    took = page.evaluate(
        """() => new Promise((resolve) => {
          const start = performance.now();
          new MutationObserver(() => requestAnimationFrame(() => resolve(performance.now() - start)))
            .observe(document.getElementById('rate-form'), { childList: true });
          document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
        })"""
    )
    assert took < 100
    settled(page)
    page.unroute("**/rate/first/")


def test_a_double_enter_saves_once_and_spares_the_next_pair(world: Any) -> None:
    rater = Rater(world, pairs=4)
    first = token(rater.page)
    press(rater.page, ALL)
    rater.page.evaluate(
        """() => { for (let n = 0; n < 2; n += 1) {
          document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, repeat: n > 0 }));
        } }"""
    )
    settled(rater.page)
    assert [row["key"] for row in rater.saved()] == [first]
    assert token(rater.page) != first


def test_an_enter_with_something_missing_goes_there_and_says_so(world: Any) -> None:
    rater = Rater(world)
    press(rater.page, "1 1 Enter")
    line = rater.page.locator("#rate-line")
    assert "Missing: A: Cold" in line.inner_text()
    assert rater.page.evaluate("document.activeElement.name") == "a.cold"
    assert rater.saved() == []


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
    page.wait_for_url(ROOT_URL)
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


def test_undo_brings_the_pair_back_as_it_was_filled_in(world: Any) -> None:
    rater = Rater(world, pairs=4)
    page = rater.page
    first = label(page)
    settled(page)
    second = token(page)
    text = page.locator(".pane__text").first.inner_text()
    press(page, "2")
    page.keyboard.press("u")
    page.get_by_text("Taken back").wait_for()
    assert token(page) not in (first, second)
    assert page.locator("[name='b.sycophantic']:checked").get_attribute("value") == "clearly"
    assert page.locator("[name='b.sycophantic.details']:checked").get_attribute("value") == "flattery"
    assert page.locator("[name=overall]:checked").get_attribute("value") == "-2"
    press(page, "Enter")
    page.wait_for_function("text => document.querySelector('.pane__text').innerText === text", arg=text)
    settled(page)
    assert page.locator("[name='a.correct']:checked").get_attribute("value") == "partly"
    rows = rater.saved()
    assert [row["outcome"] for row in rows] == ["withdrawn", "submitted"]
    assert [row["counted"] for row in rows] == [False, True]
    assert rows[0]["signals"] == rows[1]["signals"]


def test_undo_works_when_nothing_is_left(world: Any) -> None:
    rater = Rater(world, pairs=1)
    label(rater.page)
    rater.page.get_by_role("heading", name="All done").wait_for()
    rater.page.keyboard.press("u")
    rater.page.get_by_text("Taken back").wait_for()
    assert rater.page.locator("[name='b.correct']:checked").get_attribute("value") == "partly"


def test_skip_asks_why_and_goes_on(world: Any) -> None:
    rater = Rater(world, pairs=4)
    page = rater.page
    first = token(page)
    press(page, "s 3 Enter")
    page.get_by_text("Skipped.").wait_for()
    settled(page)
    assert token(page) != first

    def reasons() -> list[str]:
        from annotate.models import Attempt

        return list(Attempt.objects.filter(campaign=rater.campaign, outcome="skipped").values_list("reason", flat=True))

    assert world.db(reasons) == ["distressing"]
    assert rater.saved() == []


def test_keys_do_not_act_inside_of_text_and_can_be_turned_off(world: Any) -> None:
    rater = Rater(world)
    page = rater.page
    page.keyboard.press("w")
    page.keyboard.type("guds 123 ?")
    assert page.locator("[name=rationale]").input_value() == "guds 123 ?"
    assert page.locator("dialog[open]").count() == 0
    assert page.locator("input:checked:not([name=reason]):not([role=switch])").count() == 0
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.get_by_role("switch", name="Single-key shortcuts").press("Space")
    page.keyboard.press("Escape")
    press(page, "1 g")
    assert page.locator("dialog[open]").count() == 0
    assert page.locator("[name='a.correct']:checked").count() == 0
    page.reload()
    page.wait_for_selector("#rate-desk[data-ready]")
    press(page, "1")
    assert page.locator("[name='a.correct']:checked").count() == 0


def test_the_guideline_is_one_key_away(world: Any) -> None:
    rater = Rater(world)
    rater.page.keyboard.press("g")
    drawer = rater.page.get_by_role("dialog")
    drawer.get_by_text("Then say which is right.").wait_for()
    rater.page.keyboard.press("Escape")
    drawer.wait_for(state="hidden")


def test_the_differing_words_are_marked_without_touching_the_text(world: Any) -> None:
    rater = Rater(world)
    page = rater.page
    before = page.locator(".pane__text").all_inner_texts()
    page.keyboard.press("d")
    marked = page.evaluate(
        "[...CSS.highlights.get('rate-differs')].map(at => at.startContainer.data.slice(at.startOffset, at.endOffset))"
    )
    assert {"first", "second", "great", "It is rock"} <= set(marked)
    assert not any("Pair" in words for words in marked)
    assert page.locator(".pane__text").all_inner_texts() == before
    page.keyboard.press("d")
    assert page.evaluate("CSS.highlights.has('rate-differs')") is False


def test_without_a_script_everything_works_by_forms(world: Any) -> None:
    rater = Rater(world, pairs=3)
    world.expect_faults("422")
    page = rater.open(java_script_enabled=False)
    first = token(page)
    # A screen without a script still says what is missing, with what was filled in kept.
    page.locator("label:has([name='a.correct'][value=yes])").click()
    page.get_by_role("button", name="Save").click()
    page.locator(".rate-errors .note").wait_for()
    assert page.locator("[name='a.correct']:checked").get_attribute("value") == "yes"
    for name, value in {
        "a.sycophantic": "no",
        "a.cold": "no",
        "b.correct": "partly",
        "b.sycophantic": "clearly",
        "b.cold": "no",
        "overall": "-2",
    }.items():
        page.locator(f"label:has([name='{name}'][value='{value}'])").click()
    page.get_by_role("button", name="Save").click()
    page.get_by_text(re.compile(r"^Saved \d\d:\d\d")).wait_for()
    assert [row["key"] for row in rater.saved()] == [first]
    page.get_by_role("button", name="Undo").click()
    assert page.locator("[name='b.sycophantic']:checked").get_attribute("value") == "clearly"
    page.locator("summary", has_text="Skip").click()
    page.get_by_role("button", name="Skip this one").click()
    page.get_by_text("Skipped.").wait_for()
    page.get_by_role("link", name="guideline v1").click()
    page.get_by_text("Then say which is right.").wait_for()


@pytest.mark.parametrize("width", [390, 320])
def test_on_a_phone_the_two_are_swiped_between(world: Any, width: int) -> None:
    rater = Rater(world)
    page = rater.open(viewport={"width": width, "height": 780}, has_touch=True, is_mobile=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    a, b = page.locator("#pane-a"), page.locator("#pane-b")
    assert a.bounding_box()["x"] >= 0
    assert b.bounding_box()["x"] >= width
    page.locator(".rate-switch a", has_text="B").click()
    page.wait_for_function(
        "() => document.querySelector('.rate-switch [data-side=b]').getAttribute('aria-current') === 'true'"
    )
    assert 0 <= b.bounding_box()["x"] < width / 2
    save = page.get_by_role("button", name="Save")
    box = save.bounding_box()
    assert box["y"] + box["height"] <= 780
    assert box["height"] >= 44
