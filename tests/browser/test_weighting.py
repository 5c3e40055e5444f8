"""The sliders of a weighting report in a real browser: by keyboard, answered in place, over a pool of its own."""

from typing import Any

import pytest

from tests.browser.conftest import World


@pytest.fixture
def report(world: World) -> Any:
    """A report on a small pool of April, which the server makes ready from the database when it is first asked."""

    def make() -> Any:
        import numpy as np

        from benchmarks import _pools
        from reports.making import make
        from reports.ordering import new_report
        from scenarios.worlds import CHANGED, CHANGES, REFERENCE, april

        project = world.project
        stored = _pools.plant(project, april(200, 4, np.random.default_rng(7)))
        _pools.signals(project, dict.fromkeys(CHANGED, "reward_model") | {"thumbs": "thumbs"})
        _pools.recipe(project, "good", {key: weight for key, weight in REFERENCE.items() if weight}, pin=True)
        changes = [{"name": change, "signals": [change]} for change in CHANGES]
        version = _pools.recipe(project, "april", CHANGED, changes)
        asked = new_report(project=project, recipe=version, pool=stored, seed=1, who=None)
        asked.save(force_insert=True)
        return make(asked)

    return world.db(make)


def test_a_slider_moved_by_key_is_answered_in_place(world: World, report: Any) -> None:
    page = world.window(world.person("reviewer"))
    page.goto(f"/p/{world.slug}/weighting/{report.pk}/")
    before = page.locator(".strips tbody tr").first.inner_text()
    was = page.locator("#output-thumbs").inner_text()
    page.locator("#weight-thumbs").focus()
    with page.expect_response(lambda answer: answer.url.endswith("/what-if/")) as answered:
        page.keyboard.press("End")
    assert answered.value.status == 200
    page.locator("#output-thumbs", has_not_text=was).wait_for()
    assert page.locator(".strips tbody tr").first.inner_text() != before
    assert page.evaluate("document.activeElement.id") == "weight-thumbs"
    outputs = [float(one.inner_text()) for one in page.locator(".slider output").all()]
    assert sum(outputs) == pytest.approx(1, abs=0.021)
    assert page.locator(".what-if__said").get_attribute("role") == "status"


def test_a_preset_puts_the_sliders_back(world: World, report: Any) -> None:
    page = world.window(world.person("reviewer"))
    page.goto(f"/p/{world.slug}/weighting/{report.pk}/")
    page.get_by_role("button", name="As in the reference").click()
    page.locator("#weight-primary[value='100']").wait_for()
    assert page.locator("#output-thumbs").inner_text() == "0.00"
    assert page.locator(".what-if__said").inner_text() == "Within budget."
    assert page.locator(".what-if").count() == 1


def test_a_closed_part_comes_when_it_is_opened_by_key(world: World, report: Any) -> None:
    page = world.window(world.person("reviewer"))
    page.goto(f"/p/{world.slug}/weighting/{report.pk}/")
    assert page.locator("#picture-influence").count() == 0
    page.locator("#influence > summary").focus()
    page.keyboard.press("Enter")
    page.locator("#picture-influence svg").first.wait_for()
