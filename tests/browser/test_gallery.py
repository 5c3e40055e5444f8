"""Pictures of every page of the gallery, kept under docs/screenshots/ and looked at by people.

They are made when PLUMBLINE_SCREENSHOTS=1 is set (`make pictures`): a test run leaves the working tree as it was.
"""

import os
from pathlib import Path
from typing import Any

import pytest

from tests.browser import pictures
from tests.browser.gallery import Gallery, Visit, go, tour

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
MOST_BYTES = 10_000_000
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
# One page of each kind is kept in the dark as well.
DARK = {
    "overview",
    "campaign",
    "campaign-form",
    "comparison",
    "comparisons",
    "rating",
    "rating-keys",
    "weighting-report",
    "members",
    "sign-in",
}
making = pytest.mark.skipif(
    os.environ.get("PLUMBLINE_SCREENSHOTS") != "1", reason="pictures are made by `make pictures`"
)


def names(visit: Visit) -> list[str]:
    """The files of one page."""
    dark = [f"{visit.name}-dark.png", f"{visit.name}-dark-390.png"] if visit.name in DARK else []
    return [f"{visit.name}.png", f"{visit.name}-390.png", *dark]


@making
def test_pictures_are_made(gallery: Gallery, chromium: Any) -> None:
    blank = chromium.new_page()
    FOLDER.mkdir(parents=True, exist_ok=True)

    def look(page: Any, visit: Visit) -> None:
        page.set_viewport_size(WIDE)
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        go(gallery, page, visit)
        for name in names(visit):
            page.emulate_media(color_scheme="dark" if "-dark" in name else "light")
            page.set_viewport_size(NARROW if "-390" in name else WIDE)
            page.evaluate("scrollTo(0, 0)")
            pictures.keep(page, blank, FOLDER / name)

    assert tour(gallery, look) == []
    wanted = {name for visit in gallery.visits() for name in names(visit)}
    for path in FOLDER.glob("*.png"):
        if path.name not in wanted:
            path.unlink()


def test_every_page_has_its_picture(gallery: Gallery) -> None:
    wanted = {name for visit in gallery.visits() for name in names(visit)}
    there = {path.name for path in FOLDER.glob("*.png")}
    assert wanted - there == set(), "pages without a picture: run `make pictures`"
    assert there - wanted == set(), "pictures of no page: run `make pictures`"
    assert sum(path.stat().st_size for path in FOLDER.glob("*.png")) < MOST_BYTES
