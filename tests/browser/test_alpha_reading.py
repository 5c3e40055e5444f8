"""What an alpha says, in a real browser: the inbox by keys alone, numbers that follow, names that stay words."""

from types import SimpleNamespace
from typing import Any

from tests.browser import filling
from tests.browser.conftest import World


def opened(world: World, path: str) -> tuple[Any, Any]:
    """The page of a programme in which people have chatted, as an ML lead sees it."""
    made = SimpleNamespace()
    world.db(filling._said_in_alpha, world, made, [])
    page = world.window(world.person("ml_lead", "Mira Lead"))
    page.goto(f"/p/{world.slug}/alpha/april/{path}")
    return page, made


def test_the_inbox_is_worked_through_by_keys_alone(world: World) -> None:
    world.expect_faults("the server responded with a status of 422")
    page, _made = opened(world, "inbox/")
    flags = page.locator(".flag")
    before = flags.count()
    page.get_by_role("button", name="Narrow").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "flag"
    page.keyboard.press("j")
    page.keyboard.press("k")
    # Dismissed without a reason: said in place, with the focus on it.
    page.keyboard.press("5")
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()
    assert "Say why" in page.evaluate("document.activeElement.textContent")
    # Letters in the field are letters.
    page.locator(".flag").first.focus()
    page.keyboard.press("5")
    page.keyboard.press("n")
    page.keyboard.type("just joking, 1 2")
    page.keyboard.press("Enter")
    page.get_by_text("Saved: dismissed.").wait_for()
    assert page.locator(".flag").count() == before - 1
    # The next one stands where it was, and has the focus.
    assert page.evaluate("document.activeElement === document.querySelector('.flag')")


def test_the_numbers_of_the_page_follow_what_is_said(world: World) -> None:
    page, made = opened(world, "")
    page.get_by_text("live", exact=True).wait_for()
    waiting = page.locator("[data-live=open]")
    before = int(waiting.inner_text())

    def say() -> None:
        from alpha import saying
        from alpha.models import Answer, Conversation

        conversation = Conversation.objects.get(pk=made.talk)
        answer = Answer.objects.filter(message__conversation=conversation).order_by("message__n")[1]
        saying.felt_off(answer=answer, actor=conversation.actor, note="odd", submission_key="once")

    world.db(say)
    page.wait_for_function("n => document.querySelector('[data-live=open]').textContent === String(n)", arg=before + 1)
    page.get_by_text("More has come in.").wait_for()
