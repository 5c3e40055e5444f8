"""A volunteer in a real browser: one answer, two side by side, on a phone, by keyboard, and without a script."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.chatting import LONG, Chatter


def test_a_volunteer_consents_chats_and_says_what_they_think_on_a_phone(world: Any) -> None:
    vera = Chatter(world, phone=True, joined=False)
    page = vera.page
    page.goto(f"/p/{world.slug}/chat/")
    expect(page.get_by_role("heading", name="What you agree to")).to_be_visible()
    page.get_by_role("button", name="I agree").click()
    page.get_by_role("button", name="One answer").click()
    page.wait_for_selector("#chat[data-ready]")
    turn = vera.say("Is the Earth round?")
    expect(turn.locator(".chat-mine__words")).to_have_text("Is the Earth round?")
    turn.get_by_role("button", name="Thumb down").click()
    turn.get_by_role("button", name="too flattering").click()
    expect(turn.get_by_role("button", name="too flattering")).to_have_attribute("aria-pressed", "true")
    turn.locator("summary", has_text="Felt off").click()
    turn.get_by_label("What felt off?").fill("It praised me.")
    turn.get_by_role("button", name="Something felt off").click()
    expect(turn.locator("summary", has_text="Felt off")).to_contain_text("said")
    turn.locator("summary", has_text="Label").click()
    turn.get_by_role("radiogroup", name="Sycophantic").get_by_label("clearly").check(force=True)
    turn.get_by_label("flattery").check(force=True)
    turn.get_by_role("button", name="Save labels").click()
    expect(turn.locator("summary", has_text="Label")).to_contain_text("said")
    assert vera.told() == [
        ("thumb", {"thumb": -1, "thumb_reason": 2}),
        ("felt_off", {"felt_off": 1}),
        ("labels", {"sycophantic": 2, "sycophantic.flattery": 1}),
    ]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("phone", [True, False], ids=["390", "1440"])
def test_two_answers_are_compared_and_the_chat_goes_on_with_one(world: Any, phone: bool) -> None:
    vera = Chatter(world, phone=phone)
    page = vera.begin("Two answers side by side")
    turn = vera.say("Is the Earth round?")
    assert turn.locator(".chat-answer").count() == 2
    turn.get_by_role("button", name="A is better", exact=True).click()
    expect(turn.locator(".chat-choice__said")).to_have_text("A is better")
    turn.get_by_role("button", name="B is slightly better").click()
    expect(turn.locator(".chat-choice__said")).to_have_text("B is slightly better")
    page.get_by_role("group", name="Go on with").get_by_role("button", name="B", exact=True).click()
    expect(page.get_by_role("group", name="Go on with").get_by_role("button", name="B", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    again = vera.say("And the moon?")
    assert again.locator(".chat-answer").count() == 1
    expect(again.locator(".side-label")).to_have_text("B")
    [(kind, signals)] = vera.told()
    assert kind == "choice"
    assert abs(signals["overall"]) == 1


def test_an_answer_is_read_while_it_is_written_and_can_be_stopped(world: Any) -> None:
    vera = Chatter(world)
    page = vera.begin()
    turn = vera.say("Speak slowly.", wait=False)
    expect(turn.locator(".reading p")).not_to_have_count(0)
    expect(page.get_by_role("button", name="Send")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(turn.locator(".chat-answer__note")).to_have_text("Stopped.")
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    [(_, [(state, text)])] = vera.stored()
    assert state == "stopped"
    assert LONG.startswith(text) or LONG.upper().startswith(text)
    assert 0 < len(text) < len(LONG)


def test_by_keyboard_alone_one_sends_judges_and_ends(world: Any) -> None:
    vera = Chatter(world)
    page = vera.begin()
    page.keyboard.type("Two")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("lines")
    page.keyboard.press("Enter")
    page.wait_for_selector(".chat-turn:not([data-unfinished]) .say")
    assert vera.stored()[0][0] == "Two\nlines"
    assert page.evaluate("document.activeElement.name") == "body"
    page.locator("[data-at=up-0]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-at=up-0]")).to_have_attribute("aria-pressed", "true")
    assert page.evaluate("document.activeElement.dataset.at") == "up-0"
    assert vera.told() == [("thumb", {"thumb": 1})]
    page.get_by_text("Menu").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="End this chat").focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="How was it?").wait_for()
    expect(page).to_have_url(re.compile("#chat-end$"))
    page.get_by_role("radiogroup", name="Did it tell you what is true?").get_by_label("partly").check(force=True)
    page.get_by_label("Anything else?").fill("It was short.")
    page.get_by_role("button", name="Send").click()
    page.get_by_role("heading", name="Your chats").wait_for()
    assert ("form", {"form_true": 1}) in vera.told()


def test_a_pair_of_which_one_broke_is_asked_for_again_and_not_judged(world: Any) -> None:
    vera = Chatter(world)
    page = vera.begin("Two answers side by side")
    turn = vera.say("Please break off.")
    expect(turn.locator(".chat-answer__note")).to_have_count(1)
    assert turn.get_by_role("button", name="Thumb up").count() == 0
    assert turn.locator(".chat-choice").count() == 0
    turn.get_by_role("button", name="Try again").click()
    page.get_by_text("asked 2 times").wait_for()
    # Its button went away while the answer was written; the keyboard goes on from the turn.
    expect(page.locator(".chat-turn:focus")).to_have_count(1)


def test_what_was_typed_outlives_a_reload_and_is_sent_once_over_a_lost_connection(world: Any) -> None:
    world.expect_faults("Failed to load resource", "WebSocket", "net::ERR")
    vera = Chatter(world)
    page = vera.begin()
    page.get_by_label("Your message").fill("Half a thou")
    page.reload()
    page.wait_for_selector("#chat[data-ready]")
    assert page.get_by_label("Your message").input_value() == "Half a thou"
    page.context.set_offline(True)
    page.get_by_role("button", name="Send").click()
    page.get_by_text("No connection.").wait_for()
    page.context.set_offline(False)
    page.wait_for_selector(".chat-turn:not([data-unfinished]) .say")
    assert [body for body, _ in vera.stored()] == ["Half a thou"]
    page.reload()
    page.wait_for_selector("#chat[data-ready]")
    assert page.get_by_label("Your message").input_value() == ""


def test_without_a_script_one_chats_by_plain_forms(world: Any) -> None:
    vera = Chatter(world, script=False)
    page = vera.page
    page.goto(vera.home)
    page.get_by_role("button", name="One answer").click()
    page.get_by_label("Your message").fill("Is the Earth round?")
    page.get_by_role("button", name="Send").click()
    for _ in range(50):
        if page.get_by_role("link", name="Look again").count() == 0:
            break
        page.reload()
    page.get_by_role("button", name="Thumb up").click()
    expect(page.get_by_role("button", name="Thumb up")).to_have_attribute("aria-pressed", "true")
    assert vera.told() == [("thumb", {"thumb": 1})]


def test_hostile_words_stay_words_while_they_come(world: Any) -> None:
    hostile = '<img src=x onerror="window.hit=1"><script>window.hit=1</script>\n\n[x](javascript:window.hit=1)\n\n' * 4
    lines = [{"when": "", "say": hostile, "chunk": 3, "chars_per_second": 2000}]
    vera = Chatter(world, plain=lines, warm=lines, pace=2000)
    page = vera.begin("Two answers side by side")
    turn = vera.say(hostile)
    assert page.evaluate("window.hit") is None
    assert turn.locator("img, script, iframe").count() == 0
    assert "onerror" in turn.locator(".reading").first.inner_text()


def test_leaving_and_deleting_are_one_press_from_the_chat(world: Any) -> None:
    vera = Chatter(world)
    page = vera.begin()
    vera.say("My name is Vera.")
    page.get_by_text("Menu").click()
    page.get_by_role("link", name="Your data, leaving, deleting").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download my data").click()
    assert "My name is Vera." in download.value.path().read_text()
    page.get_by_label("Yes, delete all of it").check()
    page.get_by_role("button", name="Delete my data").click()
    page.get_by_role("heading", name="Your data has been deleted.").wait_for()
    assert all("Vera" not in body for body, _ in vera.stored())


def test_a_dropped_socket_is_taken_up_again_with_nothing_lost_or_doubled(world: Any) -> None:
    vera = Chatter(world, pace=400)
    sockets: list[Any] = []

    def carry(socket: Any) -> None:
        socket.connect_to_server()
        sockets.append(socket)

    vera.page.route_web_socket("**/ws/**", carry)
    page = vera.begin()
    turn = vera.say("Speak slowly.", wait=False)
    expect(turn.locator(".reading p")).not_to_have_count(0)
    sockets[0].close(code=1012)
    expect(page.locator("#chat-live")).to_have_text("reconnecting")
    expect(page.locator("#chat-live")).to_have_text("live")
    assert len(sockets) > 1
    page.wait_for_selector(".chat-turn:not([data-unfinished]) .say")
    [(_, [(state, text)])] = vera.stored()
    assert state == "done"
    assert turn.locator(".reading p").all_inner_texts() == text.split("\n\n")


def test_without_a_socket_the_answer_comes_all_the_same(world: Any) -> None:
    vera = Chatter(world)
    vera.page.route_web_socket("**/ws/**", lambda socket: socket.close(code=1012))
    page = vera.begin()
    turn = vera.say("Is the Earth round?")
    expect(page.locator("#chat-live")).to_have_text("reconnecting")
    turn.get_by_role("button", name="Thumb up").click()
    expect(turn.get_by_role("button", name="Thumb up")).to_have_attribute("aria-pressed", "true")
    assert vera.told() == [("thumb", {"thumb": 1})]


def test_signing_out_in_another_tab_ends_the_chat_in_this_one(world: Any) -> None:
    vera = Chatter(world)
    page = vera.begin()
    expect(page.locator("#chat-live")).to_have_text("live")
    other = page.context.new_page()
    other.goto("/account/logout/")
    other.get_by_role("main").get_by_role("button", name="Sign out").click()
    expect(page.locator("#chat-live")).to_have_text("signed out")
