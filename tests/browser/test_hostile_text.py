"""Hostile words in every field, in a real browser: they stay words.

Each page is opened twice, once with harmless words and once with hostile ones. The second may differ in its words only:
no element or attribute that the first has not, beyond those that rendered text may have; no request that the first has
not made; no dialog, no window, no complaint of the content policy; and nothing laid over the controls.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from playwright.sync_api import expect

from core.text.cleaning import CLASSES, TAGS, VALUES
from tests.browser.conftest import World
from tests.browser.planting import plant
from tests.security.hostile import CORPUS, SOUP

HARMLESS = [f"Plain words,\nnumber {n}." for n in range(60)]

SHAPE = """() => {
  const frame = {}, foreign = [];
  const walk = root => {
    for (const node of root.querySelectorAll("*")) {
      const home = node.parentElement?.closest(".reading");
      const line = node.tagName.toLowerCase();
      const own = node.matches(".turns, .turn, .turn__who, .turn .reading");
      if (home && !own) {
        foreign.push([line, [...node.attributes].map(one => [one.name, one.value])]);
      } else {
        frame[line] = 1;
        // Our own scripts hide and show while a live page settles.
        for (const one of node.attributes) if (one.name !== "hidden") frame[line + "@" + one.name] = 1;
      }
      if (node.content instanceof DocumentFragment) walk(node.content);
    }
  };
  walk(document);
  return {frame: Object.keys(frame), foreign};
}"""

# Controls under which something else lies where their middle is.
COVERED = """() => {
  const kinds = "a[href], button, select, textarea, summary, input:not([type=hidden])";
  const controls = [...document.querySelectorAll(kinds)];
  const found = [];
  for (const control of controls.filter(one => !one.closest(".reading") && one.checkVisibility()).slice(0, 60)) {
    control.scrollIntoView({block: "center", inline: "center"});
    const box = control.getBoundingClientRect();
    if (!box.width || !box.height) continue;
    const on = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    if (on && on.closest(".reading, .account__words")) found.push(control.outerHTML.slice(0, 90));
  }
  return found;
}"""


class Watched:
    """A window of one person, with everything that it did."""

    def __init__(self, world: World, user: Any) -> None:
        self.world = world
        self.page = world.window(user)
        self.asked: list[str] = []
        self.trouble: list[str] = []
        self.page.on("request", lambda request: self.asked.append(f"{request.method} {request.url}"))
        self.page.on("dialog", self._dialog)
        self.page.context.on("page", lambda page: self.trouble.append(f"a window: {page.url}"))

    def _dialog(self, dialog: Any) -> None:
        self.trouble.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    def look(self, path: str) -> tuple[dict[str, Any], set[str]]:
        """The page's shape, and the requests that it made; what it should not have done is in `trouble`."""
        self.asked.clear()
        self.page.goto(path)
        if self.page.locator("#rate-desk").count():
            self.page.wait_for_selector("#rate-desk[data-ready]")
        if self.page.locator("#chat-live").count():
            self.page.wait_for_selector("#chat-live[data-live-state=on]")
        self.page.evaluate("scrollTo(0, document.body.scrollHeight)")
        self.page.wait_for_timeout(50)
        # Pictures come when they are drawn: a page without them has another shape.
        expect(self.page.locator(".pictures--waiting")).to_have_count(0, timeout=30_000)
        shape = self.page.evaluate(SHAPE)
        self.trouble += [f"{path}: {line} is covered" for line in self.page.evaluate(COVERED)]
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        if wide > self.page.viewport_size["width"]:
            self.trouble.append(f"{path} scrolls sideways: {wide}")
        if urlsplit(self.page.url).path != urlsplit(path).path:
            self.trouble.append(f"{path} went to {self.page.url}")
        return shape, {line.replace(self.world.slug, "SLUG") for line in self.asked}


def paths(world: World, made: Any) -> Iterator[tuple[str, str]]:
    """Every page on which such words stand: a name for it, and the address."""
    p = f"/p/{world.slug}"
    for name in ("overview", "campaigns", "campaigns/first", "campaigns/first/edit", "campaigns/first/preview"):
        yield name, f"{p}/{name}/"
    yield "comparisons", f"{p}/comparisons/"
    yield "comparison", f"{p}/comparisons/{made.comparison}/"
    yield "import preview", f"{p}/imports/{made.waiting}/"
    yield "failed import", f"{p}/imports/{made.failed}/"
    yield "export", f"{p}/exports/{made.exported}/"
    for name in ("imports", "exports", "exports/new", "audit", "members", "jobs"):
        yield name, f"{p}/{name}/"


def foreign_faults(foreign: list[Any]) -> set[str]:
    """What stands in rendered text beyond its allow-list."""
    faults = set()
    for tag, attributes in foreign:
        if tag not in TAGS:
            faults.add(f"<{tag}>")
        for name, value in attributes:
            if name == "class":
                faults |= {f"<{tag} class={word}>" for word in value.split() if word not in CLASSES.get(tag, ())}
            elif value not in VALUES.get(tag, {}).get(name, ()):
                faults.add(f"<{tag} {name}={value[:40]}>")
    return faults


def compared(quiet: tuple[World, Any], loud: tuple[World, Any]) -> list[str]:
    """What the hostile project's pages have or do that those of the harmless one have not."""
    faults: list[str] = []
    for who in ("owner", "rater", "volunteer"):
        watched = []
        for world, made in (quiet, loud):
            user, seen = {
                "owner": (made.owner, list(paths(world, made))),
                "rater": (made.raters[0], rater_paths(world)),
                "volunteer": (made.volunteer, volunteer_paths(world, made)),
            }[who]
            window = Watched(world, user)
            watched.append({name: window.look(path) for name, path in seen})
            faults += window.trouble
            window.page.context.close()
            world.contexts.clear()
        for name, (shape, asked) in watched[1].items():
            plain, asked_before = watched[0][name]
            faults += [f"{name}: {what}" for what in set(shape["frame"]) - set(plain["frame"])]
            faults += [f"{name}: {what}" for what in foreign_faults(shape["foreign"])]
            faults += [f"{name} asked for {line}" for line in named(asked) - named(asked_before)]
    return faults


def rater_paths(world: World) -> list[tuple[str, str]]:
    p = f"/p/{world.slug}/rate/"
    return [("rate home", p), ("rate", f"{p}first/"), ("guideline", f"{p}first/guideline/")]


def volunteer_paths(world: World, made: Any) -> list[tuple[str, str]]:
    p = f"/p/{world.slug}/chat/"
    chats = [(name, f"{p}c/{chat}/") for name, chat in zip(("chat", "pair"), made.chats, strict=True)]
    return [("chat programme", f"{p}warmth/"), ("chat data", f"{p}warmth/data/"), *chats]


def named(lines: set[str]) -> set[str]:
    """Requests without the identifiers in which two projects differ."""
    import re

    return {re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", line) for line in lines}


@pytest.fixture
def quiet(server: str, chromium: Any, database_thread: Any) -> Iterator[tuple[World, Any]]:
    world = World(server, chromium, database_thread)
    yield world, world.db(plant, world, HARMLESS)
    world.close()


def test_hostile_words_stay_words(quiet: tuple[World, Any], world: World) -> None:
    assert compared(quiet, (world, world.db(plant, world, CORPUS))) == []


@settings(
    max_examples=1,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(st.lists(SOUP, min_size=60, max_size=60))
def test_any_words_stay_words(
    quiet: tuple[World, Any], server: str, chromium: Any, database_thread: Any, texts: list[str]
) -> None:
    world = World(server, chromium, database_thread)
    assert compared(quiet, (world, world.db(plant, world, texts))) == []
    world.close()


def test_the_comparison_would_see_what_leaks(quiet: tuple[World, Any], world: World) -> None:
    """The same checks over a text whose stored HTML was never cleaned."""
    made = world.db(plant, world, HARMLESS)

    def spoil() -> None:
        from core.catalog.models import Comparison, Content
        from core.text.rendering import RENDERER

        one = Comparison.objects.get(pk=made.comparison).first.content_id
        html = "<p onclick=x()>a</p><img src=/static/x.png><b hx-get=/me/ style='position:fixed;inset:0'>b</b>"
        Content.objects.filter(pk=one).update(html=html, renderer=RENDERER)

    world.db(spoil)
    world.expect_faults("Content Security Policy", "404", "Refused")
    faults = " ".join(compared(quiet, (world, made)))
    for part in ("<img>", "onclick", "hx-get", "style", "asked for GET"):
        assert part in faults, part
