"""What a column of an export holds, for every kind of file."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The type of a column: always the same, and never null but for a PERHAPS."""

    TEXT = "text"
    FLAG = "flag"
    WHOLE = "whole number"
    NUMBER = "number"
    PERHAPS = "number or null"
    MESSAGES = "list of messages"
    SIGNALS = "list of signals"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its type, and one line about it."""

    kind: Kind
    about: str


def text(about: str) -> Column:
    return Column(Kind.TEXT, about)


def flag(about: str) -> Column:
    return Column(Kind.FLAG, about)


def whole(about: str) -> Column:
    return Column(Kind.WHOLE, about)


def number(about: str) -> Column:
    return Column(Kind.NUMBER, about)


def perhaps(about: str) -> Column:
    return Column(Kind.PERHAPS, about)


def messages(about: str) -> Column:
    return Column(Kind.MESSAGES, about)


def signals(about: str) -> Column:
    return Column(Kind.SIGNALS, about)
