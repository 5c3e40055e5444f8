"""Those who run campaigns, in a real browser: the page that keeps itself current, the form, and without a script."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from channels.layers import channel_layers

from core.live import topics
from core.live.postgres import PostgresChannelLayer
from tests.annotate_pages.pairs import answers, campaign

# What stands out on the right when the page scrolls sideways.
WIDE = """width => document.documentElement.scrollWidth <= width ? [] :
  [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > width + 1)
    .slice(0, 5).map((e) => e.outerHTML.slice(0, 80))"""


@pytest.fixture(autouse=True)
def _speaks_to_the_server() -> Iterator[None]:
    before = channel_layers.set("default", PostgresChannelLayer())
    yield
    channel_layers.set("default", before)


def rate_one(work: Any, user: Any) -> None:
    # A topic speaks at most once a second, and making the campaign has spoken on it.
    topics.forget()
    from annotate import queue, submitting
    from annotate.answers import from_form
    from core.ledger.actors import actor_of

    rater = actor_of(work.project, user)
    slot = queue.take(campaign=work, rater=rater, want=1)[0]
    assert slot.lease_token is not None
    submitting.submit(campaign=work, rater=rater, token=slot.lease_token, answers=from_form(answers()), seconds=20)


def test_the_campaign_page_follows_the_work_and_comes_back_after_a_break(world: Any) -> None:
    work = world.db(campaign, world.project, pairs=5, overlap=1)
    rater = world.person("rater")
    page = world.window(world.person("ml_lead"))
    sockets: list[Any] = []
    page.route_web_socket(re.compile("/ws/"), lambda ws: sockets.append((ws, ws.connect_to_server())))
    page.goto(f"/p/{world.slug}/campaigns/first/")
    page.get_by_text("live", exact=True).wait_for()
    assert page.locator(".verdict").inner_text() == "0 % done: 0 of 5 places filled."
    world.db(rate_one, work, rater)
    page.get_by_text("20 % done: 1 of 5 places filled.").wait_for()
    assert page.locator(".campaign-bar").evaluate("bar => [bar.value, bar.max]") == [1, 5]
    assert page.locator("[data-live=filled]").inner_text() == "1"
    page.locator("#raters td", has_text="20 s").wait_for()

    sockets[-1][0].close(code=1011)
    page.get_by_text("reconnecting").wait_for()
    world.db(rate_one, work, rater)
    page.get_by_text("40 % done: 2 of 5 places filled.").wait_for()
    page.get_by_text("live", exact=True).wait_for()


def test_who_loses_the_right_is_told_so_and_not_asked_again(world: Any) -> None:
    world.db(campaign, world.project, pairs=1)
    lead = world.person("ml_lead")
    page = world.window(lead)
    page.goto(f"/p/{world.slug}/campaigns/first/")
    page.get_by_text("live", exact=True).wait_for()

    def leave() -> None:
        from core.accounts import members

        members.add_roles(project=world.project, user=lead, roles=["reviewer"], by=None)
        members.change_roles(project=world.project, user=lead, roles=["reviewer"], by=None)

    # What the page asks for by itself between then and its last word is not found.
    world.expect_faults("404")
    world.db(leave)
    page.get_by_text("not live: this is no longer yours").wait_for()


def test_by_keyboard_a_campaign_is_made_with_its_faults_shown_in_place(world: Any) -> None:
    page = world.window(world.person("ml_lead"))
    world.expect_faults("422")
    page.goto(f"/p/{world.slug}/campaigns/new/")
    page.get_by_label("Name").focus()
    for text in ("by-keys", "Two of a kind"):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    page.keyboard.type("Read both.")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    assert page.get_by_role("group", name="Correct").get_by_label("asked", exact=True).is_checked()
    share = page.get_by_label("Correct: share", exact=True)
    assert not share.is_visible()
    page.keyboard.press("ArrowRight")
    assert share.is_visible()
    page.get_by_label("Title").focus()
    page.keyboard.press("Enter")
    page.get_by_text("Say for which share of the places").wait_for()
    assert page.locator("[data-focus]").evaluate("note => note === document.activeElement")
    assert page.get_by_label("Guideline").input_value() == "Read both."
    share.fill("0.5")
    share.press("Enter")
    page.wait_for_url("**/campaigns/by-keys/")
    page.get_by_text("Nothing to rate yet: import comparisons into it.").wait_for()
    page.get_by_role("button", name="Open").press("Enter")
    page.get_by_role("button", name="Pause").wait_for()


def test_without_a_script_everything_is_there(world: Any) -> None:
    work = world.db(campaign, world.project, pairs=2, overlap=1)
    world.db(rate_one, work, world.person("rater"))
    world.expect_faults("422")
    page = world.window(world.person("ml_lead"), java_script_enabled=False)
    page.goto(f"/p/{world.slug}/campaigns/first/")
    assert page.get_by_text("50 % done: 1 of 2 places filled.").is_visible()
    assert not page.get_by_text("live", exact=True).is_visible()
    page.get_by_role("button", name="Pause").click()
    assert page.get_by_text("Paused at 50 %: 1 of 2 places filled.").is_visible()
    page.get_by_role("link", name="Change").click()
    page.get_by_label("Overlap").fill("0")
    page.get_by_role("button", name="Save").click()
    assert page.get_by_text("Not saved.").is_visible()
    page.goto(f"/p/{world.slug}/comparisons/")
    page.get_by_label("Somebody said").select_option("sycophantic:clearly")
    page.get_by_role("button", name="Narrow").click()
    assert page.locator("tbody tr").count() == 1
    page.locator("tbody a").click()
    assert page.get_by_text("1 judgment, and it counts.").is_visible()
    assert page.get_by_text("Sycophantic: clearly").is_visible()


def test_the_preview_saves_nothing_whatever_is_pressed(world: Any) -> None:
    work = world.db(campaign, world.project, pairs=2, overlap=1)
    page = world.window(world.person("ml_lead"))
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method) if request.method != "GET" else None)
    page.goto(f"/p/{world.slug}/campaigns/first/preview/")
    page.locator("input[name='a.correct'][value=yes]").check(force=True)
    page.keyboard.press("Enter")
    page.get_by_role("link", name=re.compile("guideline")).click()
    assert page.get_by_role("dialog").get_by_text("Read both").is_visible()
    page.keyboard.press("Escape")
    assert sent == []

    def untouched() -> bool:
        from annotate.models import Slot

        return not Slot.objects.filter(campaign=work).exclude(state="open").exists()

    assert world.db(untouched)


def test_no_page_scrolls_sideways_full_or_empty(world: Any) -> None:
    lead = world.person("owner")
    names = ("overview/", "campaigns/", "comparisons/", "campaigns/new/")
    windows = {width: world.window(lead, viewport={"width": width, "height": 800}) for width in (320, 390, 768, 1440)}

    def look(*paths: str) -> None:
        for width, page in windows.items():
            for path in paths:
                page.goto(f"/p/{world.slug}/{path}")
                wide = page.evaluate(WIDE, width)
                assert not wide, (width, path, wide)

    look(*names)
    work = world.db(campaign, world.project, pairs=3, overlap=2, title="A campaign with a rather long title " * 3)
    world.db(rate_one, work, world.person("rater"))
    windows[1440].goto(f"/p/{world.slug}/comparisons/?label=sycophantic:clearly")
    one = windows[1440].locator("tbody a").first.get_attribute("href").split(f"/p/{world.slug}/")[1]
    look(*names, one, "campaigns/first/", "campaigns/first/edit/", "campaigns/first/preview/")


@pytest.mark.parametrize("width", [900, 1200, 1440])
def test_no_place_of_a_lead_is_cut_off_the_bar(world: Any, width: int) -> None:
    page = world.window(world.person("owner"))
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"/p/{world.slug}/overview/")
    assert page.get_by_role("link", name="Alpha", exact=True).is_visible()
    assert (
        page.evaluate(
            "(() => { const bar = document.querySelector('.nav'); return bar.scrollWidth - bar.clientWidth; })()"
        )
        == 0
    )
