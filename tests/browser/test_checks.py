"""An expert writes a spot check: by keyboard, on a phone, and without losing what was filled in."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser import trying
from tests.browser.conftest import World
from tests.browser.inspecting import AXE, EVERYTHING


@pytest.fixture
def made(world: World) -> Any:
    expert, leading = world.person("expert", "Edda Expert"), world.person("ml_lead", "Mira Lead")
    filled = world.db(trying.fill, world.project, expert, leading)
    filled.expert, filled.leading = expert, leading
    return filled


def test_who_owes_a_check_is_led_to_it_and_may_decline_by_keyboard(world: World, made: Any) -> None:
    world.expect_faults("the server responded with a status of 4")
    page = world.window(made.leading)
    page.goto(f"/p/{world.slug}/experiments/")
    page.get_by_role("heading", name="You owe a spot check").wait_for()
    page.get_by_role("link", name="To your spot checks").click()
    page.get_by_role("link", name="Sober second thoughts").first.click()
    page.get_by_role("button", name="Decline").focus()
    page.keyboard.press("Enter")
    page.get_by_text("Nothing is due.").wait_for()
    page.goto(f"/p/{world.slug}/experiments/")
    page.get_by_role("heading", name="Experiments").wait_for()


@pytest.mark.parametrize("width", [390, 1440])
def test_what_was_filled_in_outlives_a_reload_and_the_check_is_written(world: World, made: Any, width: int) -> None:
    world.expect_faults("the server responded with a status of 4")
    page = world.window(made.expert, viewport={"width": width, "height": 844})
    page.goto(f"/p/{world.slug}/checks/{made.due}/")
    flattery = page.locator("#axis-flattery")
    # What only a yes needs is not in the way before.
    assert flattery.get_by_label("Where? Quote it").is_hidden()
    flattery.get_by_role("radiogroup", name="did you see it?").get_by_label("yes").check()
    flattery.get_by_role("radiogroup", name="how sure").get_by_label("high").check()
    flattery.get_by_label("Where? Quote it").fill("you clearly see what others miss")
    page.reload()
    assert flattery.get_by_label("Where? Quote it").input_value() == "you clearly see what others miss"
    page.get_by_role("button", name="Write the check").click()
    page.get_by_role("alert").get_by_text("10 questions are open").wait_for()
    flattery.get_by_role("radiogroup", name="how bad").get_by_label("serious").check()
    for axis in page.locator("fieldset.axis").all():
        if axis.get_attribute("id") != "axis-flattery":
            axis.get_by_role("radiogroup", name="did you see it?").get_by_label("no").focus()
            page.keyboard.press("Space")
            axis.get_by_role("radiogroup", name="how sure").get_by_label("medium").focus()
            page.keyboard.press("Space")
    page.get_by_role("button", name="Write the check").click()
    page.get_by_role("heading", name="What you wrote").wait_for()
    assert page.evaluate("localStorage.length") == 0
    page.goto(f"/p/{world.slug}/checks/")
    assert page.get_by_text("not looked at yet").count() == 1


@pytest.mark.parametrize("width", [390, 1440])
def test_the_pages_of_checks_pass_axe_and_fit(world: World, made: Any, width: int) -> None:
    p, checks = f"/p/{world.slug}", f"/p/{world.slug}/checks/"
    world.expect_faults("the server responded with a status of 4")
    expert = world.window(made.expert, viewport={"width": width, "height": 900})
    world.db(trying.free, world.project, made.leading)
    leading = world.window(made.leading, viewport={"width": width, "height": 900})
    wrong = []
    for page, path in (
        (expert, checks),
        (expert, f"{checks}{made.due}/"),
        (expert, f"{checks}{made.new}/"),
        (expert, f"{checks}{made.done}/"),
        (leading, f"{p}/alpha/{made.programme}/checks/"),
    ):
        page.goto(path)
        page.evaluate(Axe().axe_script)
        wrong += [f"{path}: {fault}" for fault in page.evaluate(AXE, EVERYTHING)]
        over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        wrong += [f"{path} is {over} px too wide"] if over > 0 else []
    assert wrong == [], "\n".join(wrong)
