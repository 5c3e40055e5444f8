"""What is done on a page before it is looked at."""

from collections.abc import Callable
from typing import Any


def send(page: Any) -> None:
    """The form as it stands, which is not enough; the server is to say so, not the browser."""
    page.evaluate("for (const form of document.forms) form.noValidate = true")
    page.locator("main form button:not([type=button])").first.click()
    page.locator("[role=alert], [aria-invalid=true], .errorlist").first.wait_for()


def send_last(page: Any) -> None:
    """The form at the foot of the page, as it stands."""
    page.evaluate("for (const form of document.forms) form.noValidate = true")
    page.locator("main form button.btn--primary").last.click()
    page.locator("[role=alert]").first.wait_for()


def see_flattery(page: Any) -> None:
    page.locator("#axis-flattery .axis__seen input[value=yes]").check(force=True)


def tell_too_little(page: Any) -> None:
    page.locator("input[name=reference]").fill("12")
    send(page)


def unfold_acts(page: Any) -> None:
    for act in page.locator("details.act").all():
        act.evaluate("act => { act.open = true }")
    page.locator("details.thumb__text").first.evaluate("one => { one.open = true }")


def send_empty_triage(page: Any) -> None:
    page.evaluate("for (const form of document.forms) form.noValidate = true")
    page.locator("#act-triage summary").click()
    page.locator("#act-triage button").click()
    page.locator("#act-triage [aria-invalid=true]").first.wait_for()


def follow_counts(page: Any) -> None:
    page.get_by_text("live", exact=True).wait_for()


def follow_programme(page: Any) -> None:
    page.get_by_text("live", exact=True).wait_for()
    page.locator("#picture-cold .picture__drawn").first.wait_for()


def dismiss_without_reason(page: Any) -> None:
    first = page.locator(".flag").first
    first.get_by_role("radio", name="dismissed").check()
    first.get_by_role("button", name="Save").click()
    page.locator("[role=alert]").first.wait_for()


def send_no_reason(page: Any) -> None:
    page.evaluate("for (const form of document.forms) form.noValidate = true")
    page.locator("#act-stop summary").click()
    page.locator("#act-stop button").click()
    page.locator("#act-stop [aria-invalid=true]").first.wait_for()


def ask_for_link(page: Any) -> None:
    page.get_by_role("textbox").first.fill("somebody@example.org")
    page.locator("main form button").first.click()
    page.get_by_role("heading", name="Look into your mail").wait_for()


def open_menus(page: Any) -> None:
    for menu in page.locator("details.menu").all():
        menu.evaluate("menu => { menu.open = true }")


def open_project_menu(page: Any) -> None:
    page.locator("details.menu").first.evaluate("menu => { menu.open = true }")


def follow(page: Any) -> None:
    page.get_by_text("live", exact=True).wait_for()
    page.locator("#picture-progress").wait_for()


def open_first(page: Any) -> None:
    page.locator("main a[href*='/said/']").first.click()
    page.locator(".pane").first.wait_for()


def open_labels(page: Any) -> None:
    page.locator(".say__fold summary", has_text="Label").first.click()


def delete_unsure(page: Any) -> None:
    page.evaluate("for (const form of document.forms) form.noValidate = true")
    page.get_by_role("button", name="Delete my data").click()
    page.locator("[aria-invalid=true]").wait_for()


def unfold(page: Any) -> None:
    page.locator("details.fold summary").last.click()


def answer_some(page: Any) -> None:
    for key in ("1", "1", "1", "2", "3", "1", "2", "ArrowDown", "1"):
        page.keyboard.press(key)


def save_too_early(page: Any) -> None:
    page.evaluate("for (const one of document.querySelectorAll('#rate-pair input:checked')) one.checked = false")
    page.evaluate("for (const row of document.querySelectorAll('[data-row]')) delete row.dataset.required")
    page.keyboard.press("Enter")
    page.locator(".rate-errors .note").wait_for()


def press(key: str) -> Callable[[Any], None]:
    def act(page: Any) -> None:
        page.keyboard.press(key)
        page.wait_for_timeout(150)

    return act
