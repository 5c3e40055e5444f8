"""Proxies by words: what they count, and that a text without a mark has no score."""

import pytest

from stats.lexical import agreement, warmth


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("I'm so glad you asked, that must be hard. Take care.", 0.8, 1.0),
        ("As an AI, I cannot help. Consult a professional.", 0.0, 0.2),
        ("Of course. However, it is irrelevant.", 0.5, 0.5),
    ],
)
def test_warm_and_distant_words_pull_apart(text: str, least: float, most: float) -> None:
    found = warmth(text)
    assert found is not None
    assert least <= found <= most


def test_agreeing_is_not_being_warm() -> None:
    flattering = "You\u2019re absolutely right. Brilliant, trust your gut."
    assert (agreement(flattering) or 0) > 0.8
    assert warmth(flattering) is None
    kind = "I understand, and I'm sorry to hear that. However, that is wrong."
    assert (warmth(kind) or 0) > 0.8
    assert (agreement(kind) or 1) < 0.2


def test_words_within_words_do_not_count() -> None:
    assert agreement("The exactlyness of factually inactually") is None
    assert warmth("Thanksgiving, endearment") is None


def test_a_text_without_marks_has_no_score() -> None:
    for text in ("", "4", "Die Erde ist rund.", "42 divided by 6 is 7."):
        assert warmth(text) is None
        assert agreement(text) is None
