"""axe on every page of the gallery: full and empty, with menus, drawers and errors open, in both themes and widths.

The rules that depend on colour run four times, the others at both widths. What axe cannot see has tests of its own in
`test_accessibility.py`.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.access.expected import ROUTES
from tests.browser.conftest import World
from tests.browser.gallery import PICTURELESS, Gallery, Visit, go, tour

EVERYTHING = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
RUN = """options => axe.run(document, {resultTypes: ["violations"], ...options}).then(found => found.violations.map(
  one => `${one.id}: ` + one.nodes.map(node => node.target.join(" ") + " " + node.html.slice(0, 120)
    + " " + (node.any[0]?.message ?? node.all[0]?.message ?? node.none[0]?.message ?? "")).slice(0, 3).join(" | ")))"""
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
RUNS = (
    (WIDE, "light", EVERYTHING),
    (WIDE, "dark", COLOURS),
    (NARROW, "dark", COLOURS),
    (NARROW, "light", EVERYTHING),
)


@pytest.fixture
def gallery(server: str, chromium: Any, database_thread: Any) -> Iterator[Gallery]:
    full, empty = (World(server, chromium, database_thread) for _ in range(2))
    yield Gallery(full, empty)
    full.close()
    empty.close()


def test_no_page_has_a_fault_that_axe_can_see(gallery: Gallery) -> None:
    script, faults = Axe().axe_script, []

    def look(page: Any, visit: Visit) -> None:
        page.set_viewport_size(WIDE)
        page.emulate_media(color_scheme="light")
        go(gallery, page, visit)
        page.evaluate(script)
        for size, scheme, options in RUNS:
            page.set_viewport_size(size)
            page.emulate_media(color_scheme=scheme)
            faults.extend(f"{visit.name} ({size['width']}, {scheme}) {line}" for line in page.evaluate(RUN, options))

    faults += tour(gallery, look)
    assert faults == [], "\n".join(faults)


def test_axe_would_see_a_fault(gallery: Gallery) -> None:
    page = gallery.window("nobody")
    page.goto("/account/login/")
    page.evaluate("document.querySelector('label').remove(); document.querySelector('h1').style.color = '#eee'")
    page.evaluate(Axe().axe_script)
    seen = " ".join(page.evaluate(RUN, EVERYTHING))
    assert "label:" in seen
    assert "color-contrast:" in seen


def test_every_route_that_is_a_page_is_in_the_gallery(gallery: Gallery) -> None:
    shown = {visit.route for visit in gallery.visits()}
    pages = {name for name, (gets, _) in ROUTES.items() if "200" in gets.split()}
    assert pages - shown - set(PICTURELESS) == set()
    names = [visit.name for visit in gallery.visits()]
    assert len(names) == len(set(names))
