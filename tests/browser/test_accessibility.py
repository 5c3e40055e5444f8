# ruff: noqa: E501  (scripts for the browser)
"""Accessibility of every page: axe, and what axe cannot see. `inspecting.py` says how each thing is measured.

The pages are those of the gallery: full and empty, with menus, drawers and errors open, in both themes and widths.
"""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.access.expected import ROUTES
from tests.browser.conftest import World
from tests.browser.gallery import PICTURELESS, Gallery
from tests.browser.inspecting import AXE, EVERYTHING, SIDEWAYS, SMALL_TARGETS, UNSEEN_FOCUS, inspect
from tests.browser.raters import Rater, label, press


@pytest.fixture(scope="module")
def found(gallery: Gallery) -> dict[str, list[str]]:
    return inspect(gallery)


@pytest.mark.parametrize(
    "check", ["opening", "axe", "frame", "targets", "focus", "reflow", "spacing", "forced colours", "motion"]
)
def test_every_page_passes(found: dict[str, list[str]], check: str) -> None:
    assert found[check] == [], "\n".join(found[check])


def test_each_page_has_a_title_of_its_own(found: dict[str, list[str]]) -> None:
    """Two pages of one name cannot be told apart in a row of tabs. Faults and dead links may share theirs with nobody."""
    titles = {line.split(" ", 1)[1]: line.split(" ", 1)[0] for line in found["titles"]}
    assert all(title.endswith("Plumbline") and len(title) > len("Plumbline") + 3 for title in titles)
    for line in found["titles"]:
        route, title = line.split(" ", 1)
        assert titles[title] == route, f"{route} and {titles[title]} are both called {title}"


def test_every_route_that_is_a_page_is_in_the_gallery(gallery: Gallery) -> None:
    shown = {visit.route for visit in gallery.visits()}
    pages = {name for name, (gets, _) in ROUTES.items() if "200" in gets.split()}
    assert pages - shown - set(PICTURELESS) == set()
    names = [visit.name for visit in gallery.visits()]
    assert len(names) == len(set(names))


def test_the_checks_would_see_a_fault(world: World) -> None:
    page = world.window()
    page.goto("/account/login/")
    page.evaluate(
        """() => {
          document.querySelector("label").remove();
          const sheet = new CSSStyleSheet();
          sheet.replaceSync(`h1 { color: #eee } a { outline: none !important } main { width: 2000px; max-width: none } body { min-width: 2000px }
            .form-actions { display: flex; gap: 0 } .form-actions button { min-height: 0; height: 12px; padding: 0; width: 20px }`);
          document.adoptedStyleSheets = [sheet];
          document.querySelector(".form-actions").append(document.querySelector(".form-actions button").cloneNode(true));
        }"""
    )
    page.evaluate(Axe().axe_script)
    seen = " ".join(page.evaluate(AXE, EVERYTHING))
    assert "label:" in seen
    assert "color-contrast:" in seen
    page.keyboard.press("Shift")
    assert page.evaluate(SMALL_TARGETS)
    assert page.evaluate(UNSEEN_FOCUS)
    assert page.evaluate(SIDEWAYS)


ACTIVE = """() => { const one = document.activeElement;
  if (!one || one === document.body) return "";
  const box = one.getBoundingClientRect();
  const on = document.elementFromPoint(
    Math.min(Math.max(box.x + box.width / 2, 0), innerWidth - 1), Math.min(Math.max(box.y + Math.min(box.height / 2, 40), 0), innerHeight - 1));
  const bar = on?.closest(".topbar, .rate-dock, .status-line");
  const hidden = bar && !bar.contains(one) ? " HIDDEN" : "";
  return one.tagName + "." + one.className + "#" + one.id + "[" + (one.name ?? "") + "=" + (one.value ?? "") + "]"
    + one.textContent.trim().slice(0, 30) + hidden; }"""


@pytest.mark.parametrize(
    "path", ["rate/first/", "campaigns/first/edit/", "members/", "comparisons/", "drift/", "drift/M1/settings/"]
)
def test_a_page_is_walked_by_the_keyboard_from_one_end_to_the_other(world: World, path: str) -> None:
    """2.1.1, 2.1.2, 2.4.3, 2.4.11: Tab reaches everything, is held nowhere, and nothing that it reaches lies hidden."""
    rater = Rater(world)
    page = rater.page if path.startswith("rate/") else world.window(world.person("owner"))
    page.goto(f"/p/{world.slug}/{path}")
    steps = []
    for _ in range(90):
        page.keyboard.press("Tab")
        steps.append(page.evaluate(ACTIVE))
        if steps[-1] == "" or steps[-1] in steps[:1] * (len(steps) > 1):
            break
    else:
        pytest.fail(f"Tab does not come to an end: {steps[-5:]}")
    # The rating page begins in its first row, where the work is.
    assert steps[0].startswith("INPUT" if path.startswith("rate/") else "A.skip")
    assert len(set(steps)) > 6
    assert [step for step in steps if step.endswith("HIDDEN")] == []


def test_the_skip_link_leads_past_the_navigation(world: World) -> None:
    page = world.window(world.person("owner"))
    page.goto(f"/p/{world.slug}/members/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_a_drawer_takes_the_focus_and_gives_it_back(world: World) -> None:
    page = Rater(world).page
    row = page.evaluate("document.activeElement.outerHTML")
    for key, drawer in (("?", "#rate-keys"), ("g", "#rate-guide")):
        page.keyboard.press(key)
        page.locator(f"{drawer}[open]").wait_for()
        assert page.evaluate(f"document.querySelector('{drawer}').contains(document.activeElement)")
        page.keyboard.press("Escape")
        page.locator(drawer).wait_for(state="hidden")
        assert page.evaluate("document.activeElement.outerHTML") == row


def test_what_happens_is_said_where_it_is_heard(world: World) -> None:
    """4.1.3: saved, undone, skipped and refused stand in regions that announce themselves."""
    page = Rater(world).page
    world.expect_faults("422")
    label(page)
    page.locator("[role=status]", has_text="Saved").first.wait_for()
    press(page, "u")
    page.locator("[role=status]", has_text="Taken back").first.wait_for()
    page.evaluate("for (const row of document.querySelectorAll('[data-row]')) delete row.dataset.required")
    page.evaluate("for (const one of document.querySelectorAll('#rate-pair input:checked')) one.checked = false")
    page.keyboard.press("Enter")
    page.locator("[role=alert]", has_text="Not saved").wait_for()


def test_a_form_that_was_refused_takes_the_focus_to_what_is_wrong(world: World) -> None:
    page = world.window(world.person("owner"))
    world.expect_faults("422")
    page.goto(f"/p/{world.slug}/campaigns/new/")
    page.locator("#campaign-form button").last.click()
    alert = page.locator("#campaign-form [role=alert]")
    alert.wait_for()
    page.wait_for_function("document.activeElement.closest('[role=alert], [aria-invalid=true]') !== null")


def test_what_is_chosen_shows_without_colours(world: World) -> None:
    page = Rater(world).page
    page.emulate_media(forced_colors="active")
    page.keyboard.press("1")
    faces = page.evaluate(
        """() => { const row = document.querySelector("#rate-pair input:checked").closest(".q__choices");
          return [...row.querySelectorAll(".q__choice")].map(one => {
            const style = getComputedStyle(one.querySelector(".q__face"));
            return [one.querySelector("input").checked, style.backgroundColor + style.borderColor + style.borderWidth
              + style.outlineStyle]; }); }"""
    )
    chosen = {look for checked, look in faces if checked}
    others = {look for checked, look in faces if not checked}
    assert chosen
    assert others
    assert not chosen & others


def test_letters_do_nothing_while_shortcuts_are_off(world: World) -> None:
    """2.1.4: keys of one character can be turned off."""
    page = Rater(world).page
    page.keyboard.press("?")
    page.locator("[data-act=shortcuts]").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    assert page.locator("input:checked").count() == page.locator(".rate-skip input:checked").count()
