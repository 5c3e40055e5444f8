"""Every page in a language of its own making: whatever the interface says comes through the catalogue.

The language wraps each message in ⟦…⟧. What people and models wrote stands in elements with `dir="auto"` or in `bdi`;
names of things (codes, commands, file names, keys) in `code`, `kbd`, `.mono` or `translate="no"`. All other words are
the interface's, and must be wrapped.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import trans_real

from tests.access.conftest import ACTORS, World
from tests.access.expected import ROUTES
from tests.access.test_matrix import address, codes

SAID = {"aria-label", "title", "placeholder", "alt"}
VOID = {"meta", "link", "input", "br", "hr", "img", "area", "base", "col", "embed", "source", "track", "wbr", "path"}
WORDS_FOR_SCRIPTS = {"rate-words", "status-line", "campaign-words", "experiment-words"}
# What a figure writes (names, dates, shares) stands in its sentence and its table too, where it is told apart.
NOT_OURS = {"script", "style", "code", "kbd", "pre", "bdi", "math", "annotation", "textarea", "svg"}
# Names and signs that are the same in every language.
SAME = re.compile(r"Plumbline|Markdown|[\w.+-]+@[\w.-]+|UTC|[A-Z]{3}\b|https?://\S+|\bv\d+\b|\d+\s?(?:kB|B|MB|s)\b")
# In a page's title nothing can be marked as foreign.
NAMES = re.compile(r"Demonstration|\bfirst\b|\bformer\b|\bApril\b|Shorter answers|Warmth|\blab\b|round-v1|rows\.jsonl")
WRAPPED = re.compile(r"⟦[^⟦⟧]*⟧")


class Wrapped:
    """A translation that shows what it was asked to translate."""

    def gettext(self, message: str) -> str:
        return f"⟦{message.split(chr(4))[-1]}⟧" if message else ""

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        return self.gettext(singular if number == 1 else plural)

    def to_language(self) -> str:
        return "eo"

    def language(self) -> str:
        return "eo"


@pytest.fixture
def wrapped(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.LANGUAGES = [("en-gb", "⟦English⟧"), ("eo", "⟦wrapped⟧")]
    monkeypatch.setitem(trans_real._translations, "eo", Wrapped())  # type: ignore[attr-defined]


class Words(HTMLParser):
    """The words of a page that are the interface's own."""

    def __init__(self) -> None:
        super().__init__()
        self.stack: list[tuple[str, bool]] = []
        self.said: list[str] = []
        self.read = ""
        self.html: dict[str, str | None] = {}

    @property
    def foreign(self) -> bool:
        return bool(self.stack) and self.stack[-1][1]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "html":
            self.html = given
        classes = (given.get("class") or "").split()
        foreign = (
            self.foreign
            or tag in NOT_OURS
            or given.get("dir") == "auto"
            or given.get("translate") == "no"
            or "mono" in classes
        )
        for_scripts = given.get("id") in WORDS_FOR_SCRIPTS or "data-theme-toggle" in given
        for name, value in given.items():
            if (name in SAID and not self.foreign) or (name.startswith("data-") and for_scripts):
                self.said.append(value or "")
        self.read += "¦"
        if tag not in VOID:
            self.stack.append((tag, foreign))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # What closes itself has no end to wait for, and must end nothing else.
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        self.read += "¦"
        while self.stack:
            if self.stack.pop()[0] == tag:
                break

    def handle_data(self, data: str) -> None:
        # A message may hold elements of its own, so its two ends may stand in two places.
        named = NAMES.sub(" ", data) if any(tag == "title" for tag, _foreign in self.stack) else data
        self.read += named if not self.foreign else " "


def bare(page: str) -> list[str]:
    """What the page says that did not come through the catalogue."""
    words = Words()
    words.feed(page)
    return [
        " ".join(text.split())
        for said in (words.read, *words.said)
        for text in unwrapped(said).split("¦")
        if re.search(r"[A-Za-z]{2,}", SAME.sub(" ", text))
    ]


def unwrapped(text: str) -> str:
    """The text without what is wrapped, from the innermost outwards."""
    while WRAPPED.search(text):
        text = WRAPPED.sub(" ", text)
    return text


def pages(world: World) -> Iterator[tuple[str, str, Any]]:
    """Every page that somebody sees, once for each kind of person."""
    for name in sorted(ROUTES):
        for actor in ("anonymous", "rater", "owner"):
            if codes(name, "GET")[actor] != 200:
                continue
            answer = world.client(actor).get(address(world, name), headers={"accept-language": "eo"})
            if answer.headers["Content-Type"].startswith("text/html"):
                yield name, actor, answer


@pytest.mark.usefixtures("wrapped")
def test_every_word_of_the_interface_comes_through_the_catalogue(world: World) -> None:
    for actor in ACTORS:
        person = world.people[actor]
        if person is not None:
            type(person).objects.filter(pk=person.pk).update(language="eo")
    found = {
        f"{name} ({actor}): {text}" for name, actor, answer in pages(world) for text in bare(answer.content.decode())
    }
    assert not found, "\n".join(sorted(found))


@pytest.mark.usefixtures("wrapped")
@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "429", "500", "503"])
def test_an_error_page_speaks_the_language_too(name: str) -> None:
    with translation.override("eo"):
        assert bare(render_to_string(f"{name}.html")) == []


@pytest.mark.usefixtures("wrapped")
def test_a_word_that_is_not_in_the_catalogue_is_found() -> None:
    assert bare('<p>⟦Saved <i>⟦now⟧</i>⟧ <b dir="auto">Foreign words</b> <a title="Go on">⟦Go⟧</a> Not so.</p>') == [
        "Not so.",
        "Go on",
    ]


@pytest.mark.usefixtures("wrapped")
def test_the_person_decides_then_the_browser(world: World) -> None:
    def language(actor: str, asks: str) -> str | None:
        words = Words()
        answer = world.client(actor).get(
            "/account/login/" if actor == "anonymous" else "/me/", headers={"accept-language": asks}
        )
        words.feed(answer.content.decode())
        assert words.html["lang"] == answer.headers["Content-Language"]
        assert words.html["dir"] == "ltr"
        return words.html["lang"]

    assert language("anonymous", "eo") == language("rater", "eo") == "eo"
    assert language("anonymous", "en-US") == language("rater", "xx") == "en-gb"
    rater = world.people["rater"]
    type(rater).objects.filter(pk=rater.pk).update(language="eo")
    assert language("rater", "en") == "eo"
    type(rater).objects.filter(pk=rater.pk).update(language="gone")
    assert language("rater", "en") == "en-gb"
