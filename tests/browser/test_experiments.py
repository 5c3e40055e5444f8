"""The pages of experiments by keyboard in a real browser: set up, started, watched, decided."""

from typing import Any

import pytest

from tests.abtest_pages import worlds
from tests.browser.conftest import World


def test_an_experiment_is_set_up_and_started_by_keys_alone(world: World) -> None:
    page = world.window(world.person("ml_lead", "Mira Lead"))
    page.goto(f"/p/{world.slug}/experiments/")
    page.get_by_role("link", name="Set up the first one").focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", level=1, name="What is tried").wait_for()
    page.get_by_label("Name").focus()
    for words in ("Warmer", "warmer", "People like it more."):
        page.keyboard.type(words)
        page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("v41")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("v42")
    page.keyboard.press("Enter")
    page.get_by_role("heading", level=1, name="What is measured").wait_for()
    page.get_by_label("thumbs up, of thumbs left unasked: expected change").fill("2")
    page.keyboard.press("Enter")
    page.get_by_role("heading", level=1, name="What may not get worse").wait_for()
    page.get_by_label("Sycophantic answers may rise by at most").focus()
    page.keyboard.type("2")
    # The figure follows what is typed, before anything is saved.
    page.get_by_text("sycophancy within 2 points").wait_for()
    page.keyboard.press("Enter")
    page.get_by_role("heading", level=1, name="How long, and with whom").wait_for()
    page.get_by_label("Planned units").fill("40000")
    page.keyboard.press("Enter")
    page.get_by_text("A draft, ready to start.").wait_for()
    page.get_by_role("button", name="Start it").focus()
    page.keyboard.press("Enter")
    page.get_by_text("Started. 1 % of the units come in.").wait_for()
    page.get_by_role("heading", name="Waiting for the first hour").wait_for()


def test_counts_follow_what_comes_in(world: World) -> None:
    def come() -> None:
        from django.utils import timezone

        from abtest.models import Arm, Event, Experiment
        from core.live import topics
        from core.tables.ids import uuid7

        experiment = Experiment.objects.get(project=world.project, key="april-v42")
        arm = Arm.objects.get(experiment=experiment, key="candidate")
        Event.objects.create(
            project=world.project,
            event_id="one",
            digest=b"12345678",
            kind="thumb",
            experiment=experiment,
            arm=arm,
            unit=uuid7(),
            said_at=timezone.now(),
            hour=timezone.now(),
        )
        topics.publish(f"experiment.{experiment.pk}")

    world.db(worlds.held, world.project)
    page = world.window(world.person("ml_lead", "Mira Lead"))
    page.goto(f"/p/{world.slug}/experiments/april-v42/")
    page.get_by_text("live", exact=True).wait_for()
    assert page.locator('[data-live="1-thumb"]').inner_text() == "0"
    world.db(come)
    page.locator('[data-live="1-thumb"]', has_text="1").wait_for()


def test_a_part_comes_when_it_is_opened_and_the_page_stays(world: World) -> None:
    world.db(worlds.held, world.project)
    page = world.window(world.person("owner"))
    page.goto(f"/p/{world.slug}/experiments/april-v42/")
    assert page.locator("p.verdict").inner_text() == worlds.LINE
    page.evaluate("window.here = true")
    page.locator("#memory summary").focus()
    page.keyboard.press("Enter")
    page.locator("#memory").get_by_text("no broad effect shown").wait_for()
    assert page.evaluate("window.here")
    figure = page.get_by_role("img", name="Liked next to right: Thumbs up, of thumbs left unasked: +2.1")
    assert figure.count() == 1


@pytest.mark.parametrize("width", [1440, 900, 390, 320])
def test_no_word_of_a_figure_is_cut_off_and_nothing_runs_over(world: World, width: int) -> None:
    world.db(worlds.held, world.project)
    page = world.window(world.person("owner"), viewport={"width": width, "height": 900})
    page.goto(f"/p/{world.slug}/experiments/april-v42/?open=all")
    wrong: Any = page.evaluate(
        """() => [...document.querySelectorAll("svg.chart")].flatMap(svg => {
            const box = svg.getBoundingClientRect();
            if (!box.width) return [];
            return [...svg.querySelectorAll("text")].filter(text => {
                const b = text.getBoundingClientRect();
                return b.left < box.left - 1 || b.right > box.right + 1 || b.bottom > box.bottom + 1;
            }).map(text => text.textContent);
        })"""
    )
    assert wrong == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
