"""Pictures of the rating page, kept under docs/screenshots/ and looked at by people.

They are written only when PLUMBLINE_SCREENSHOTS=1 is set, so that a test run leaves the working tree as it was; the
pages are opened and checked for sideways scrolling always.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.annotate_pages.pairs import bundle, campaign, comparison

ROOT = Path(__file__).resolve().parents[2]
KEEP = os.environ.get("PLUMBLINE_SCREENSHOTS") == "1"
FOLDER = ROOT / "docs" / "screenshots"


def demo_campaign(world: Any) -> Any:
    """A campaign of the demonstration's own texts."""
    from annotate.planning import Planned, add_tasks

    work = campaign(
        world.project,
        "upright",
        pairs=0,
        title="Warm or right?",
        pay="0.5",
        guideline=(ROOT / "scenarios/material/GUIDELINE.md").read_text(),
    )
    by = bundle(world.project, "v41"), bundle(world.project, "v42")
    rows = [json.loads(line) for line in (ROOT / "scenarios/material/advice.jsonl").read_text().splitlines()[:4]]
    for n, row in enumerate(rows):
        texts = row["answers"]["warm"], row["answers"]["sycophantic"]
        one = comparison(world.project, row["prompt"][-1]["content"], texts, by, domain=row["domain"][0])
        add_tasks(campaign=work, planned=[Planned(comparison=one.pk, priority=n)])
    return work


def picture(page: Any, name: str) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    if KEEP:
        FOLDER.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=FOLDER / f"{name}.png", animations="disabled", caret="hide")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_the_rating_page_full_and_empty(world: Any, scheme: str, width: int) -> None:
    world.db(demo_campaign, world)
    phone = width < 900
    options = {"viewport": {"width": width, "height": 844 if phone else 900}, "color_scheme": scheme}
    if phone:
        options |= {"has_touch": True, "is_mobile": True}
    page = world.window(world.person("rater", "Ira"), **options)
    url = f"/p/{world.slug}/rate/upright/"
    page.goto(url)
    page.wait_for_selector("#rate-desk[data-ready]")
    suffix = ("" if scheme == "light" else "-dark") + ("-390" if phone else "")
    for key in ("1", "1", "1", "2", "3", "2", "ArrowDown", "1", "2", "Enter"):
        page.keyboard.press(key)
    page.get_by_text("Saved ").first.wait_for()
    for key in ("1", "1", "1", "2", "3", "1", "2", "ArrowDown", "1"):
        page.keyboard.press(key)
    page.get_by_text("Draft saved").wait_for()
    if phone:
        page.evaluate("scrollTo(0, 0)")
    picture(page, f"rating{suffix}")
    if phone:
        page.locator(".rate-switch a", has_text="B").click()
        page.locator("[data-row='b.sycophantic']").scroll_into_view_if_needed()
        page.wait_for_timeout(300)
        picture(page, f"rating-controls{suffix}")
    for _ in range(3):
        for key in ("1", "1", "1", "1", "1", "1", "4", "Enter"):
            page.keyboard.press(key)
        page.wait_for_timeout(400)
    page.get_by_role("heading", name="All done").wait_for()
    picture(page, f"rating-empty{suffix}")
    page.goto(f"/p/{world.slug}/rate/")
    picture(page, f"rating-home{suffix}")
