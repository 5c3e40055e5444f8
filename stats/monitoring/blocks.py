"""Blocks of events that are aligned to the events' numbers, so that batches do not matter, and what was seen."""

from collections.abc import Iterator, Mapping
from typing import Any


def pieces(n: int, first: int, block: int) -> Iterator[tuple[slice, int | None]]:
    """Slices of `n` events, the first with number `first`, that do not cross the end of a block of `block` events.

    A block ends with a number that `block` divides: with a slice that ends so comes that number, else None.
    """
    start = 0
    while start < n:
        stop = min(n, start + block - (first + start - 1) % block)
        last = first + stop - 1
        yield slice(start, stop), None if last % block else last
        start = stop


def until_end(state: Mapping[str, Any], block: int) -> int:
    """How many events the block that is open in `state` lacks; a whole one before there was any event."""
    return block if state["last"] is None else block - int(state["last"]) % block


def counted(so_far: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    """Both counts together, in the order of their names whatever came first."""
    return {name: so_far.get(name, 0) + more.get(name, 0) for name in sorted(so_far.keys() | more.keys())}


def take_note(state: dict[str, Any], first: int, n: int) -> None:
    """Note in `state` that `n` events were seen, the first with number `first`. Raises ValueError if it was before."""
    if state["last"] is not None and first <= state["last"]:
        raise ValueError(f"event {first} has been seen: the last was {state['last']}")
    if n:
        state["events"] += n
        state["last"] = first + n - 1
