"""What a report cannot say, and why: errors of statistics as sentences for people."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from stats.penalty import NoPenalty
from stats.pools import LEAST_PROMPTS, UnusableOutcome, UnusableSignal
from stats.sufficiency import InsufficientData
from stats.tilting import TooThin, Unreachable


class Missing(Exception):
    """Something is not there that a part of the report needs; the message is a sentence for people."""


REFUSALS: tuple[type[Exception], ...] = (
    Missing,
    InsufficientData,
    UnusableSignal,
    UnusableOutcome,
    Unreachable,
    TooThin,
    NoPenalty,
)
"""What a part may raise to say that it has nothing to say. Anything else is a fault of the program."""


def outcome_in_words(name: str) -> str:
    """What people call an outcome; one in a slice is named with it."""
    words = {
        "sycophancy": _("sycophancy"),
        "correctness": _("correctness"),
        "coldness": _("coldness"),
        "length": _("length"),
    }
    return words.get(name, name)


def sentence(error: Exception) -> str:
    """Why there is nothing to say, as a sentence."""
    words = _WORDS.get(type(error))
    return words(error) if words else str(error)


def _insufficient(error: Any) -> str:
    units = {
        "prompts": _("prompts"),
        "raters": _("raters"),
        "choosers": _("choosers"),
        "users": _("users"),
    }
    return _("Not enough data: about %(needed)s more %(unit)s needed.") % {
        "needed": f"{error.needed:,}",
        "unit": units.get(error.unit, error.unit),
    }


def _signal(error: Any) -> str:
    words = {
        "missing": _("No response of the pool has a score of the signal %(signal)s."),
        "incomplete": _("The signal %(signal)s has scored some responses to a prompt and not the others."),
        "constant": _("The signal %(signal)s gives all responses to the same prompt the same score."),
    }
    return words[error.why] % {"signal": error.signal}


def _outcome(error: Any) -> str:
    return ngettext(
        "Only %(prompts)s prompt of the pool has all its responses labelled for %(outcome)s and not all alike; "
        "%(least)s are needed to say anything. Label more of the pool.",
        "Only %(prompts)s prompts of the pool have all their responses labelled for %(outcome)s and not all alike; "
        "%(least)s are needed to say anything. Label more of the pool.",
        error.prompts,
    ) % {
        "prompts": f"{error.prompts:,}",
        "least": LEAST_PROMPTS,
        "outcome": outcome_in_words(error.outcome),
    }


def _unreachable(error: Any) -> str:
    if error.greatest <= 0:
        return _("With these weights no response of the pool is preferred to another, so there is nothing to learn.")
    return _(
        "The pool cannot be tilted by %(kl)s nats a prompt: with these weights it stays under %(greatest)s. Use less "
        "pressure, or more responses to each prompt."
    ) % {"kl": f"{error.kl:g}", "greatest": f"{error.greatest:.3g}"}


def _thin(error: Any) -> str:
    return _(
        "At %(kl)s nats a prompt the pool is worth only %(share)s of its responses. Use less pressure, or more "
        "responses to each prompt."
    ) % {"kl": f"{error.kl:g}", "share": f"{error.share:.0%}"}


def _no_penalty(error: Any) -> str:
    return _("No penalty brings the shift of %(outcome)s down to the reference's: the greatest leaves %(left)s.") % {
        "outcome": outcome_in_words(error.outcome),
        "left": f"{error.left:+.4f}",
    }


_WORDS: dict[type[Exception], Callable[[Any], str]] = {
    InsufficientData: _insufficient,
    UnusableSignal: _signal,
    UnusableOutcome: _outcome,
    Unreachable: _unreachable,
    TooThin: _thin,
    NoPenalty: _no_penalty,
}
