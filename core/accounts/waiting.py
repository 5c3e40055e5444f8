"""What waits for a person in a project: each part of the product says what it has, and the first page shows it all."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from core.accounts.access import Member, Right


@dataclass(frozen=True, slots=True)
class Todo:
    """Something that only a person can decide: what, what they would do, and at which address."""

    text: str
    action: str
    url: str


Find = Callable[[Member], Iterable[Todo]]
"""Looks up what waits in the member's project, the most pressing first."""


@dataclass(frozen=True, slots=True)
class _Source:
    order: int
    right: Right
    find: Find


_sources: list[_Source] = []


def register(find: Find, *, right: Right, order: int) -> None:
    """Let `find` be asked for members who hold `right`, in `order`; apps call this in ready()."""
    if all(known.find is not find for known in _sources):
        _sources.append(_Source(order, right, find))
        _sources.sort(key=lambda known: known.order)


def waiting_for(member: Member) -> list[Todo]:
    """All that waits for this member in their project, in order."""
    return [todo for source in _sources if member.may(source.right) for todo in source.find(member)]
