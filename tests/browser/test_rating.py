"""A rater at work in a real browser, by keyboard alone, by hand on a phone, and without a script."""

import re
import time
from typing import Any

import pytest

from tests.annotate_pages.pairs import long_talk
from tests.browser.raters import ALL, Rater, label, press, settled, token


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


def test_the_next_pair_is_there_before_the_server_has_answered(world: Any) -> None:
    rater = Rater(world, pairs=8)
    page = rater.page
    page.route("**/rate/first/", lambda route: (time.sleep(0.5), route.continue_())[1])
    took = []
    for _ in range(3):
        press(page, ALL)
        took.append(
            page.evaluate(
                """() => new Promise((resolve) => {
                  const start = performance.now();
                  new MutationObserver(() => requestAnimationFrame(() => resolve(performance.now() - start)))
                    .observe(document.getElementById('rate-form'), { childList: true });
                  document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
                })"""
            )
        )
        settled(page)
    assert min(took) < 500
    page.unroute("**/rate/first/")


def test_an_enter_with_something_missing_goes_there_and_says_so(world: Any) -> None:
    rater = Rater(world)
    press(rater.page, "1 1 Enter")
    line = rater.page.locator("#rate-line")
    assert "Missing: A: Cold" in line.inner_text()
    assert rater.page.evaluate("document.activeElement.name") == "a.cold"
    assert rater.saved() == []


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
    assert page.locator("input:checked:not([name=reason], [name=report], [role=switch])").count() == 0
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    with page.expect_response("**/me/keys/switch/"):
        page.get_by_role("switch", name="Single-key shortcuts").press("Space")
    page.keyboard.press("Escape")
    press(page, "1 g")
    assert page.locator("dialog[open]").count() == 0
    assert page.locator("[name='a.correct']:checked").count() == 0
    # The person chose it, so it holds on their other machine too.
    other = rater.open()
    press(other, "1")
    assert other.locator("[name='a.correct']:checked").count() == 0


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


def test_a_folded_prompt_shows_the_question_that_was_asked_last(world: Any) -> None:
    rater = Rater(world, name="talk", pairs=0)
    world.db(long_talk, rater.campaign)
    page = rater.page
    page.reload()
    page.wait_for_selector("#rate-desk[data-ready]")
    asked = page.get_by_text("And what is the capital of Peru?")
    box, fold = asked.bounding_box(), page.locator(".rate-prompt__text").bounding_box()
    assert fold["y"] <= box["y"]
    assert box["y"] + box["height"] <= fold["y"] + fold["height"]
