"""The pages of drift by keyboard in a real browser: what is found is read, and what is decided is recorded."""

from typing import Any

import pytest

from tests.browser.conftest import World
from tests.reports import watched


@pytest.fixture
def alarm(world: World) -> Any:
    from tests.annotate_pages.pairs import bundle, comparison

    def plant() -> Any:
        by = bundle(world.project, "v41"), bundle(world.project, "v42")
        pair = comparison(world.project, "Shall I quit?", ("Not today.", "You deserve better."), by)
        named = watched.thumbs(world.project, [pair.first, pair.second])
        watched.went_live(world.project)
        return watched.drifting(world.project, contributors=named)

    return world.db(plant)


def test_from_the_first_page_to_a_recorded_verdict_by_keys_alone(world: World, alarm: Any) -> None:
    page = world.window(world.person("ml_lead", "Mira Lead"))
    page.goto(f"/p/{world.slug}/overview/")
    page.get_by_role("link", name="Read the evidence").focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", level=1, name="Alarm of 14 May").wait_for()
    page.get_by_role("link", name="Decide").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Say what it is"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type("Memory went on for all.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("Done, and recorded: triage.").wait_for()
    assert page.locator(".drift-done").inner_text().startswith("triage real bias drift")
    assert "Mira Lead" in page.locator(".drift-done").inner_text()


def test_a_refused_verdict_keeps_its_form_open_with_what_is_wrong(world: World, alarm: Any) -> None:
    world.expect_faults("422")
    page = world.window(world.person("owner"))
    page.goto(f"/p/{world.slug}/drift/alarms/{alarm.pk}/")
    page.locator("#act-triage summary").click()
    page.get_by_role("button", name="Save the verdict").click()
    page.get_by_text("Choose what the alarm is.").wait_for()
    assert page.locator("#act-triage[open]").count() == 1
    assert page.locator("#act-reset[open]").count() == 0


def test_the_figure_is_a_sentence_for_those_who_do_not_see_it(world: World, alarm: Any) -> None:
    page = world.window(world.person("reviewer"))
    page.goto(f"/p/{world.slug}/drift/")
    figure = page.get_by_role("img", name="Bias coefficient over time: Now +1.07")
    assert figure.count() == 1
    assert "v42" not in (figure.text_content() or ""), "a reviewer may have to judge blind"
    page.get_by_role("link", name="M9 Memory modifier").click()
    page.get_by_role("heading", level=1, name="Does memory make thumbs").wait_for()


def test_how_soon_a_rise_is_found_comes_by_itself(world: World, alarm: Any) -> None:
    page = world.window(world.person("reviewer"))
    page.goto(f"/p/{world.slug}/drift/M1/")
    page.get_by_text("How soon this monitor finds a change cannot be foretold.").wait_for()


@pytest.mark.parametrize("width", [1440, 900, 390, 320])
def test_no_word_of_the_timeline_is_cut_off_or_too_small(world: World, alarm: Any, width: int) -> None:
    page = world.window(world.person("owner"), viewport={"width": width, "height": 900})
    page.goto(f"/p/{world.slug}/drift/alarms/{alarm.pk}/")
    wrong = page.evaluate(
        """() => [...document.querySelectorAll("svg.chart")].flatMap(svg => {
            const box = svg.getBoundingClientRect();
            if (!box.width) return [];
            const [, , drawn] = svg.getAttribute("viewBox").split(" ").map(Number);
            return [...svg.querySelectorAll("text")].filter(text => {
                const b = text.getBoundingClientRect();
                const size = parseFloat(text.getAttribute("font-size")) * box.width / drawn;
                return b.left < box.left - 1 || b.right > box.right + 1 || b.bottom > box.bottom + 1 || size < 9.5;
            }).map(text => text.textContent);
        })"""
    )
    assert wrong == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
