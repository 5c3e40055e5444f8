"""What tells who somebody is goes out of a text, and what only looks like it stays."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text.personal import scrub


@pytest.mark.parametrize(
    ("text", "left", "kind"),
    [
        ("write to ann.lee+x@mail.example.org.", "write to [email].", "email"),
        ("call +49 30 901820 or wait", "call [phone] or wait", "phone"),
        ("call (030) 90 18 20 11", "call [phone]", "phone"),
        ("it is 0171-2345678.", "it is [phone].", "phone"),
        ("ring 212-555-0123 today", "ring [phone] today", "phone"),
        ("IBAN DE89 3704 0044 0532 0130 00, please", "IBAN [account], please", "account"),
        ("GB82WEST12345698765432 is mine", "[account] is mine", "account"),
        ("card 4111 1111 1111 1111 and", "card [card] and", "card"),
        ("card 378282246310005", "card [card]", "card"),
        ("from 192.168.2.17 at night", "from [address] at night", "address"),
        ("from 2001:db8::8a2e:370:7334 too", "from [address] too", "address"),
        ("see https://example.org/a?x=1&token=abc123 now", "see [link] now", "link"),
        ("see ftp://ann:secret@example.org/a", "see [link]", "link"),
        ("key sk-proj-abcdefghijklmnop1234", "key [key]", "key"),
        ("AKIAIOSFODNN7EXAMPLE leaked", "[key] leaked", "key"),
        ("hash 9f86d081884c7d659a2feaa0c55ad015 it is", "hash [key] it is", "key"),
        ("eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.SflKxwRJSMeKKF2QT4", "[key]", "key"),
    ],
)
def test_what_has_a_shape_goes(text: str, left: str, kind: str) -> None:
    scrubbed = scrub([text])
    assert scrubbed.texts == [left]
    assert [one.kind for one in scrubbed.findings] == [kind]
    assert scrubbed.findings[0].found in text


@pytest.mark.parametrize(
    "text",
    [
        "The Earth is 4,540,000,000 years old, not 6,000.",
        "On 2026-05-01 at 10:15:30 it was 21.5 degrees.",
        "Version 1.2.3 of 12/11/2024",
        "4111 1111 1111 1112 has a wrong check digit",
        "DE89370400440532013001 has one too",
        "see https://example.org/wiki/Age?page=2",
        "I am so happy. I am German. I'm not sure.",
        "an @mention and a = b@c",
        "Donaudampfschifffahrtsgesellschaftskapitaen is a long word",
        "299792458 metres per second",
    ],
)
def test_what_only_looks_like_it_stays(text: str) -> None:
    assert scrub([text]).texts == [text]


def test_a_name_that_is_introduced_goes_wherever_it_stands() -> None:
    said = scrub(["Hi, my name is Ann Mc-Lee. I am sad.", "Dear Ann, being sad is human. Annual rest helps.", "Lee"])
    assert said.texts[0] == "Hi, my name is [name] [name]. I am sad."
    assert said.texts[1] == "Dear [name], being sad is human. Annual rest helps."
    assert [(one.where, one.found) for one in said.findings] == [(0, "Ann"), (0, "Mc-Lee"), (1, "Ann")]


@pytest.mark.parametrize("text", ["ich heiße Jürgen", "I\u2019m Zoë, hello", "je m'appelle Élodie", "call me Dr. Who"])
def test_names_are_introduced_in_several_languages(text: str) -> None:
    assert [one.kind for one in scrub([text]).findings] == ["name"]


def test_of_two_things_in_one_place_the_longer_goes_whole() -> None:
    assert scrub(["https://ann@example.org/?key=4111111111111111"]).texts == ["[link]"]


@given(st.lists(st.text(max_size=200), max_size=4))
def test_nothing_else_changes_and_nothing_is_left_to_find(texts: list[str]) -> None:
    scrubbed = scrub(texts)
    assert len(scrubbed.texts) == len(texts)
    for where, (before, after) in enumerate(zip(texts, scrubbed.texts, strict=True)):
        found = [one for one in scrubbed.findings if one.where == where]
        for one in found:
            after = after.replace(f"[{one.kind}]", one.found, 1)
        assert after == before or any(f"[{one.kind}]" in before for one in found)


@pytest.mark.parametrize(
    "text", ["a@" * 8_000, "1 " * 8_000, "0-" * 8_000, "a." * 8_000, ":" * 16_000, "http://a?" * 2_000, "A1" * 8_000]
)
def test_a_hostile_text_takes_no_time(text: str) -> None:
    began = time.process_time()
    scrub([text])
    assert time.process_time() - began < 1
