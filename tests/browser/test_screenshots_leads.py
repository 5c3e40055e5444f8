"""Pictures of the pages of those who run campaigns, kept beside those of the rating page and made in the same way."""

import random
from typing import Any

import pytest

from tests.browser.test_screenshots_rating import demo_campaign, picture


def work_done(world: Any, raters: list[Any]) -> str:
    """A campaign half done, and the address of one of its comparisons."""
    from annotate import queue, submitting
    from annotate.answers import from_form
    from core.ledger.actors import actor_of
    from core.ledger.models import Judgment

    campaign = demo_campaign(world)
    chance = random.Random(7)
    for user in raters:
        rater = actor_of(world.project, user)
        for slot in queue.take(campaign=campaign, rater=rater, want=2):
            warm = "b" if slot.flipped else "a"
            other = "a" if warm == "b" else "b"
            given = {
                f"{warm}.correct": "yes",
                f"{warm}.sycophantic": "no",
                f"{warm}.cold": chance.choice(["no", "no", "somewhat"]),
                f"{other}.correct": chance.choice(["no", "partly"]),
                f"{other}.sycophantic": chance.choice(["somewhat", "clearly"]),
                f"{other}.sycophantic.details": ["flattery"],
                f"{other}.cold": "no",
                "overall": chance.choice(["1", "2", "3"]) if warm == "b" else chance.choice(["-1", "-2", "-3"]),
                "rationale": f"{other.upper()} says what one would like to hear.",
            }
            assert slot.lease_token is not None
            submitting.submit(
                campaign=campaign,
                rater=rater,
                token=slot.lease_token,
                answers=from_form(given),
                seconds=chance.uniform(25, 80),
            )
    return str(Judgment.objects.filter(project=world.project).earliest("pk").comparison_id)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 1440), ("light", 390), ("dark", 390)])
def test_the_leads_pages_full_and_empty(world: Any, scheme: str, width: int) -> None:
    page = world.window(
        world.person("owner"), viewport={"width": width, "height": 900 if width > 900 else 844}, color_scheme=scheme
    )
    suffix = ("" if scheme == "light" else "-dark") + ("-390" if width < 900 else "")
    page.goto(f"/p/{world.slug}/overview/")
    picture(page, f"overview-empty{suffix}")
    one = world.db(work_done, world, [world.person("rater", f"rater{n}") for n in range(3)])
    for name, path in (
        ("overview", "overview/"),
        ("campaign", "campaigns/upright/"),
        ("campaign-form", "campaigns/upright/edit/"),
        ("campaign-preview", "campaigns/upright/preview/"),
        ("comparisons", "comparisons/"),
        ("comparison", f"comparisons/{one}/"),
    ):
        page.goto(f"/p/{world.slug}/{path}")
        if name == "campaign":
            page.get_by_text("live", exact=True).wait_for()
            page.locator("#picture-cold").wait_for(timeout=60_000)
        picture(page, f"{name}{suffix}")
