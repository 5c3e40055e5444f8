"""What comes in pieces: events on the wire and halves of characters, wherever they were cut."""

import pytest

from core.endpoints import words
from core.endpoints.adapters.events import Events
from core.endpoints.faults import Fault, ModelFault
from core.endpoints.words import Words

WIRE = b': a comment\r\nevent: x\r\ndata: {"a": 1}\r\n\r\ndata:{"b":\n'
WIRE += b'data: "\xe2\x80\xa8\x0b"}\n\n\nid: 3\n\ndata: [DONE]'
DATA = [b'{"a": 1}', b'{"b":\n"\xe2\x80\xa8\x0b"}', b"[DONE]"]


def test_events_are_whole_wherever_the_wire_was_cut() -> None:
    for cut in range(len(WIRE) + 1):
        events = Events()
        assert events.take(WIRE[:cut]) + events.take(WIRE[cut:]) + events.rest() == DATA
    events = Events()
    single = [one for n in range(len(WIRE)) for one in events.take(WIRE[n : n + 1])]
    assert single + events.rest() == DATA
    assert events.rest() == []


def test_halves_of_a_character_are_joined_wherever_they_were_cut() -> None:
    whole = "a\U0001f600b\ud83d\0c\ude00\ud83d\ud83d\ude00"
    halves = whole.replace("\U0001f600", "\ud83d\ude00")
    for cut in range(len(halves) + 1):
        taken = Words()
        said = taken.take(halves[:cut]) + taken.take(halves[cut:]) + taken.rest()
        assert said == "a\U0001f600b\ufffd\ufffdc\ufffd\ufffd\U0001f600"
        assert taken.length == len(said)


def test_an_answer_without_end_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "LONGEST", 10)
    taken = Words()
    taken.take("0123456789")
    with pytest.raises(ModelFault) as caught:
        taken.take("x")
    assert caught.value.fault == Fault.TOO_LONG
