"""Pictures in a real browser: what people wrote stays words, the colours follow the page, nothing is cut off."""

import random
from typing import Any

import pytest

from tests.annotate_pages.pairs import bundle, comparison

HOSTILE = (
    '"><script>document.title="run"</script>',
    "</text></svg><img src=x onerror=document.title='run'>",
    "{signal:'x'} \u202egnissap\u202c & ]]> <!--",
)
ALL_WIDTHS = (1440, 900, 390, 320)


def judged(world: Any, title: str = "Upright", pairs: int = 24, raters: int = 6) -> Any:
    """A campaign on three bundles with hostile names, that simulated raters have half done."""
    from annotate import queue, submitting
    from annotate.answers import from_form
    from annotate.campaigns import create_campaign
    from annotate.planning import Planned, add_tasks
    from core.accounts.models import Membership, User
    from core.ledger.actors import actor_of

    names = [bundle(world.project, name) for name in HOSTILE]
    made = create_campaign(project=world.project, name="upright", title=title, who=None, state="open", overlap=3)
    pks = [
        comparison(world.project, f"Question {n}?", (f"One {n}.", f"Two {n}."), (names[n % 3], names[(n + 1) % 3])).pk
        for n in range(pairs)
    ]
    add_tasks(campaign=made, planned=[Planned(comparison=pk) for pk in pks])
    chance = random.Random(7)
    for n in range(raters):
        user = User.objects.create_user(email=f"r{n}@{world.slug}.example.org", name=f"R{n}")
        Membership.objects.create(project=world.project, user=user, role="rater")
        rater = actor_of(world.project, user)
        for _ in range(10):
            [slot, *_rest] = queue.take(campaign=made, rater=rater, want=1)
            given = {"overall": chance.choice(["1", "2", "-1"])}
            for side in "ab":
                given[f"{side}.correct"] = chance.choice(["yes", "yes", "partly", "no"])
                given[f"{side}.sycophantic"] = chance.choice(["no", "no", "somewhat", "clearly"])
                given[f"{side}.cold"] = chance.choice(["no", "no", "no", "no", "somewhat"])
            submitting.submit(
                campaign=made, rater=rater, token=slot.lease_token, answers=from_form(given), simulated=True
            )
    return made


def opened(world: Any, **options: Any) -> Any:
    page = world.window(world.person("owner"), **options)
    page.goto(f"/p/{world.slug}/campaigns/upright/")
    page.locator("#picture-correct").wait_for(timeout=60_000)
    return page


def test_names_that_people_gave_are_only_words_in_a_picture(world: Any) -> None:
    world.db(judged, world, '"><script>document.title="title"</script>')
    page = opened(world)
    assert page.title() not in ("run", "title")
    assert page.locator("#campaign-pictures :is(script, img, style, a[href^='javascript:'])").count() == 0
    assert page.locator("#campaign-pictures [style], #campaign-pictures [onerror]").count() == 0
    said = page.locator("#picture-correct svg.chart").text_content()
    assert '"><script' in said
    assert "\u202e" not in page.locator("#campaign-pictures").inner_text()
    assert page.get_by_role("img", name="Correct: ").count() == 1


@pytest.mark.parametrize("width", ALL_WIDTHS)
def test_no_word_of_a_picture_is_cut_off_or_too_small(world: Any, width: int) -> None:
    world.db(judged, world)
    page = opened(world, viewport={"width": width, "height": 900})
    wrong = page.evaluate(
        """() => [...document.querySelectorAll("#campaign-pictures svg.chart")].flatMap(svg => {
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
    shown = page.locator("#picture-progress .picture__drawn:visible")
    assert shown.count() == 1


def test_one_picture_serves_light_and_dark_and_the_systems_own_colours(world: Any) -> None:
    world.db(judged, world)
    page = opened(world)
    hue = "getComputedStyle(document.querySelector('#picture-cold svg.chart path[fill*=cold]')).fill"
    light = page.evaluate(hue)
    page.emulate_media(color_scheme="dark")
    dark = page.evaluate(hue)
    page.emulate_media(color_scheme="light", forced_colors="active")
    ink = "getComputedStyle(document.querySelector('#picture-cold svg.chart text')).fill"
    assert light == "rgb(31, 92, 153)"
    assert dark == "rgb(132, 184, 238)"
    assert page.evaluate(ink) == page.evaluate("getComputedStyle(document.body).color")
