"""Identifiers are ordered by the time of their making, one at a time or many."""

from core.tables.ids import uuid7, uuid7s


def test_identifiers_of_one_process_strictly_increase() -> None:
    made = [uuid7(), *uuid7s(3), uuid7(), *uuid7s(2000), *uuid7s(0), uuid7()]
    assert made == sorted(set(made))
    assert {(one.version, one.variant) for one in made} == {(7, "specified in RFC 4122")}


def test_their_tails_are_random() -> None:
    tails = {one.int & ((1 << 62) - 1) for one in uuid7s(1000)}
    assert len(tails) == 1000
    assert max(tails) > 1 << 61
