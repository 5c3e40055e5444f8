"""What may be wrong with one event: the codes of the answer, which are part of the contract."""

from dataclasses import dataclass


class Refused(Exception):
    """One event cannot be taken. `code` is one of CODES; `detail` says what is wrong and what to do, in one line."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        if code not in CODES:
            raise ValueError(f"{code!r} is not a code of an event that is refused")
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Rejected:
    """An event that was refused: the place of its line in the batch, counted from 0, with code and detail."""

    index: int
    code: str
    detail: str


CODES = {
    "utf8": "the line is not UTF-8",
    "json": "the line is not JSON (a half line, say), or nested too deeply",
    "duplicate_key": "an object has the same key twice",
    "not_object": "the line is JSON but not an object",
    "too_long": "the line is longer than 1 MiB",
    "unknown_key": "a key that this kind of event does not have",
    "missing_key": "a key that this kind of event needs is not there",
    "wrong_type": "a value has another type than it must have",
    "bad_text": "a text is empty, too long, or holds what cannot be stored (NUL, half of a surrogate pair)",
    "unknown_kind": "`kind` is none of the kinds of event",
    "out_of_range": "a number or a word is not one of the values that are taken",
    "time": "`at` is not ISO 8601 with a zone",
    "clock_future": "`at` is more than 5 minutes ahead of the server's clock",
    "clock_past": "`at` is more than 30 days ago",
    "segment": "`segment` has a name or a value that cannot be used",
    "messages": "`messages` is not a conversation that ends with the user and the assistant's answer",
    "unknown_experiment": "the project has no such experiment",
    "unknown_arm": "the experiment has no such arm",
    "unknown_bundle": "the project has no such bundle, or it is not that of the arm",
    "not_running": "the experiment did not run when this was said",
    "not_chosen": "the published hash did not choose this turn to be labelled",
    "conflict": "another event came under this `event_id`",
}
