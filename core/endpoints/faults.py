"""Why a model gave no answer: a code for programs and a sentence for people that tells nothing of the model."""

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Fault(StrEnum):
    """What went wrong.

    `refused`: the request was not taken, or its address may not be reached. `garbage`: what came is no answer of a
    model. `cut`: it ended in the middle. `key`: the endpoint does not take the key, or it cannot be read any more.
    """

    SLOW = "slow"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    REDIRECT = "redirect"
    KEY = "key"
    LIMIT = "limit"
    SERVER = "server"
    GARBAGE = "garbage"
    CUT = "cut"
    TOO_LONG = "too_long"
    UNKNOWN = "unknown"


# All that has its cause on our side or in the set-up reads alike: the reader can do nothing about it.
_NONE = _("No answer could be had. Try again, or tell the people who invited you.")
WORDS: dict[Fault, Promise] = {
    Fault.SLOW: _("The answer took too long. Try again."),
    Fault.REFUSED: _NONE,
    Fault.UNREACHABLE: _NONE,
    Fault.REDIRECT: _NONE,
    Fault.KEY: _NONE,
    Fault.LIMIT: _("Too much is being asked for right now. Wait a minute and try again."),
    Fault.SERVER: _NONE,
    Fault.GARBAGE: _("What came back could not be read. Try again."),
    Fault.CUT: _("The answer broke off. Try again."),
    Fault.TOO_LONG: _("The answer was too long. Ask for a shorter one."),
    Fault.UNKNOWN: _NONE,
}


class ModelFault(Exception):
    """A model that was not asked or gave no answer that can be used; its words are fit for everybody."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(WORDS[fault]))
        self.fault = fault


def words_for(code: str) -> str:
    """The sentence for a stored code; that for `unknown` if there is no such fault, '' for ''."""
    if not code:
        return ""
    return str(WORDS[Fault(code)] if code in WORDS else WORDS[Fault.UNKNOWN])
