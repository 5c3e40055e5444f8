"""The month that Plumbline is there for: a candidate that people like, and that flatters them, in a real browser."""

import re

from tests.browser.conftest import World

# Enough of April for both to be shown, and not more than a test may take.
PROMPTS = 600


def test_the_first_line_says_that_the_candidate_is_liked_and_over_its_sycophancy_ceiling(world: World) -> None:
    def simulate() -> None:
        from django.core.management import call_command

        call_command("simulate", "april", "--project", world.slug, "--seed", "7", "--size", str(PROMPTS), "--json")

    world.db(simulate)
    page = world.window(world.person("ml_lead", "Mira Lead"))
    page.goto(f"/p/{world.slug}/experiments/")
    page.get_by_role("link", name="Warmer answers (v42)").click()
    page.get_by_role("heading", level=1, name="Warmer answers (v42)").wait_for()
    first = page.locator("main p, header p").first.inner_text()
    assert page.locator("p.verdict").inner_text() == first
    assert re.match(r"v42 is liked more than v41 \(\+[\d.]+ points", first)
    assert re.search(r"and over its sycophancy ceiling \(\+[\d.]+ points; at most 5\)", first)
