"""What makes long work bearable: one's own keys, any keyboard, any script, a way to report, a look back."""

from typing import Any

from tests.annotate_pages.pairs import bundle, comparison
from tests.browser.raters import Rater, label, press, settled, token


def test_by_keyboard_alone_a_key_is_changed_and_then_acts(world: Any) -> None:
    rater = Rater(world, pairs=4)
    page = rater.page
    page.goto("/me/keys/")
    page.get_by_label("skip with a reason").focus()
    page.keyboard.press("u")
    assert "U is also the key for “undo the last save”." in page.locator("#fault-skip").inner_text()
    page.keyboard.press("7")
    assert "7 cannot be used here" in page.locator("#fault-skip").inner_text()
    page.keyboard.press("X")
    assert page.get_by_label("skip with a reason").input_value() == "x"
    page.keyboard.press("Enter")
    page.get_by_text("Your keys are saved.").wait_for()
    page.goto(rater.url)
    page.wait_for_selector("#rate-desk[data-ready]")
    first = token(page)
    press(page, "s")
    assert page.locator("[data-box=skip]").get_attribute("open") is None
    assert page.locator("[data-box=skip] summary kbd").inner_text() == "X"
    press(page, "x 3 Enter")
    page.get_by_text("Skipped.").wait_for()
    assert token(page) != first


def strike(page: Any, key: str, code: str, **more: Any) -> None:
    """A key of a keyboard that this machine does not have."""
    page.evaluate(
        """([key, code, more]) => document.activeElement.dispatchEvent(
            new KeyboardEvent('keydown', { key, code, bubbles: true, cancelable: true, ...more }))""",
        [key, code, more],
    )


def test_keyboards_of_other_countries_work(world: Any) -> None:
    page = Rater(world).page
    # A French one writes & where the digit 1 is; Shift writes the digit.
    strike(page, "&", "Digit1")
    assert page.locator("[name='a.correct']:checked").get_attribute("value") == "yes"
    strike(page, "2", "Digit2", shiftKey=True)
    assert page.locator("[name='a.sycophantic']:checked").get_attribute("value") == "somewhat"
    # On a French one Q is where A is elsewhere: the character counts, not the place.
    strike(page, "q", "KeyA")
    strike(page, "Dead", "KeyS")
    strike(page, "s", "KeyS", isComposing=True)
    assert page.locator("details[open].rate-skip").count() == 0
    # A Russian one has no s; its key does what S does.
    strike(page, "ы", "KeyS")
    assert page.locator("[data-box=skip]").get_attribute("open") is not None


def foreign_pair(made: Any) -> None:
    from annotate.planning import Planned, add_tasks

    by = bundle(made.project, "x"), bundle(made.project, "y")
    texts = "نعم، القمر صخرة كبيرة.", "לא. הירח עשוי גבינה."
    one = comparison(made.project, "هل القمر مصنوع من الصخر؟", texts, by, domain="علوم")
    add_tasks(campaign=made, planned=[Planned(comparison=one.pk)])


def test_arabic_and_hebrew_read_from_the_right_and_a_stays_first(world: Any) -> None:
    rater = Rater(world, name="rtl", pairs=0, title="تقييم", guideline="## اقرأ أولاً\n\nثم قل أيهما أصح.")
    world.db(foreign_pair, rater.campaign)
    page = rater.page
    page.reload()
    page.wait_for_selector("#rate-desk[data-ready]")

    def direction(selector: str) -> set[str]:
        return set(page.eval_on_selector_all(selector, "all => all.map(one => getComputedStyle(one).direction)"))

    assert direction(".rate-prompt .reading") == {"rtl"}
    assert direction(".pane .reading") == {"rtl"}
    assert direction(".rate-prompt .tag") == {"rtl"}
    assert direction(".rate-bar__name a") == {"rtl"}
    assert direction("#rate-guide .reading") == {"rtl"}
    assert direction("html") == direction(".q__choices") == {"ltr"}
    assert page.locator("#pane-a").bounding_box()["x"] < page.locator("#pane-b").bounding_box()["x"]
    press(page, "w")
    page.keyboard.type("كلاهما")
    assert direction("[name=rationale]") == {"rtl"}
    page.keyboard.press("Escape")
    press(page, "1 1 1 2 3 2 ArrowDown 1 2 Enter")
    page.get_by_role("heading", name="All done").wait_for()
    page.get_by_role("link", name="What you said").click()
    assert direction(".said__prompt a") == {"rtl"}
    page.locator(".said__prompt a").click()
    assert direction(".reading, q") == {"rtl"}


def test_in_an_interface_from_the_right_a_is_at_the_right_and_arrows_follow(world: Any) -> None:
    page = Rater(world).page
    page.evaluate("document.documentElement.dir = 'rtl'")
    assert page.locator("#pane-a").bounding_box()["x"] > page.locator("#pane-b").bounding_box()["x"]


def test_a_broken_pair_is_reported_by_keyboard_and_two_reports_take_it_out(world: Any) -> None:
    rater = Rater(world, pairs=1, overlap=3)
    page = rater.page
    press(page, "r 6 Enter")
    assert "Say in your words" in page.locator("#rate-line").inner_text()
    page.keyboard.type("B is about something else.")
    page.keyboard.press("Control+Enter")
    page.get_by_text("Reported.").wait_for()
    page.get_by_role("heading", name="Your part is done").wait_for()

    second = world.window(world.person("rater", "second"))
    second.goto(rater.url)
    second.wait_for_selector("#rate-desk[data-ready]")
    press(second, "r 1 Enter")
    second.get_by_role("heading", name="All done").wait_for()

    lead = world.window(world.person("ml_lead"))
    lead.goto(f"/p/{world.slug}/overview/")
    lead.get_by_text("1 pair is reported as broken.").wait_for()
    lead.get_by_role("link", name="Decide").click()
    lead.get_by_text("B is about something else.").wait_for()
    lead.get_by_text("out of the queue", exact=True).wait_for()
    lead.get_by_role("button", name="back into the queue").click()
    lead.get_by_text("It is in the queue again.").wait_for()

    third = world.window(world.person("rater", "third"))
    third.goto(rater.url)
    third.wait_for_selector("#rate-desk[data-ready]")
    assert token(third)


def test_on_a_phone_what_may_be_broken_is_in_sight(world: Any) -> None:
    page = Rater(world).open(viewport={"width": 390, "height": 780}, has_touch=True, is_mobile=True)
    for box in ("report", "skip"):
        page.locator(f"[data-box={box}] summary").click()
        seen = page.locator(f"[data-box={box}] fieldset").bounding_box()
        assert seen["x"] >= 0
        assert seen["x"] + seen["width"] <= 390
        assert seen["y"] >= 0


def test_a_report_works_without_a_script(world: Any) -> None:
    rater = Rater(world, pairs=2)
    page = rater.open(java_script_enabled=False)
    first = token(page)
    page.locator("summary", has_text="Report").click()
    page.locator("label:has([name=report][value=same])").click()
    page.get_by_role("button", name="Report and go on").click()
    page.get_by_text("Reported.").wait_for()
    assert token(page) != first


def test_a_rater_reads_again_what_they_said_as_it_was_shown(world: Any) -> None:
    rater = Rater(world, pairs=2, pay="0.25")
    page = rater.page
    texts = page.locator("#rate-pair .pane__text").all_inner_texts()
    label(page)
    settled(page)
    page.goto(f"{rater.url}said/")
    line = page.locator(".said li")
    assert line.count() == 1
    for words in ("A is better", "0.25 EUR", "kept"):
        assert words in line.inner_text()
    line.get_by_role("link").click()
    assert page.locator(".pair .reading").all_inner_texts() == texts
    row = page.get_by_role("row", name="Sycophantic")
    assert row.get_by_role("cell").all_inner_texts() == ["no", "clearly, flattery"]
    page.get_by_role("button", name="Undo").click()
    page.wait_for_selector("#rate-desk[data-ready]")
    assert page.locator("[name='b.sycophantic']:checked").get_attribute("value") == "clearly"
    page.goto(f"{rater.url}said/")
    page.get_by_text("taken back by you").wait_for()
