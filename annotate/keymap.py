"""Which key does what on the rating page: the defaults, and a person's own map of them.

A person's map is kept with the person as {action: character} and holds only what differs from the defaults. Whatever
is stored, only characters of the allow-list come out of it again.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.text.invisible import reveal

#: What a key may do, with the key that does it unless a person says otherwise, in the order in which it is listed.
ACTIONS: dict[str, tuple[str, Promise]] = {
    "thumbs": ("t", gettext_lazy("go to the thumbs")),
    "both_bad": ("b", gettext_lazy("both bad")),
    "cannot_judge": ("c", gettext_lazy("cannot judge")),
    "why": ("w", gettext_lazy("write why")),
    "skip": ("s", gettext_lazy("skip with a reason")),
    "report": ("r", gettext_lazy("report a broken pair")),
    "undo": ("u", gettext_lazy("undo the last save")),
    "diff": ("d", gettext_lazy("mark the words that differ")),
    "lock": ("l", gettext_lazy("scroll both together, or not")),
    "fold": ("p", gettext_lazy("show the whole prompt, or fold it")),
    "guideline": ("g", gettext_lazy("the guideline")),
    "keys": ("?", gettext_lazy("the map of the keys")),
}
DEFAULTS = {action: key for action, (key, _words) in ACTIONS.items()}

# Not among them: digits, which pick answers; / and ', by which Firefox searches; signs that dead keys make.
_SIGNS = frozenset("?!,.;:-_+=*#[]")
_DIGIT = re.compile(r"\d")


class BadKeys(ValueError):
    """Keys that cannot be: {action: what is wrong with its key}."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(" ".join(f"{action}: {text}" for action, text in errors.items()))
        self.errors = dict(errors)


@dataclass(frozen=True, slots=True)
class KeyMap:
    """One person's keys. It is hashable, so that what is rendered for the same keys is rendered once."""

    pairs: tuple[tuple[str, str], ...]

    @property
    def by_action(self) -> dict[str, str]:
        return dict(self.pairs)

    @property
    def caps(self) -> dict[str, str]:
        """What stands on the keycaps: letters as capitals."""
        return {action: cap(key) for action, key in self.pairs}


@lru_cache(maxsize=1)
def default() -> KeyMap:
    """The keys of who has chosen none."""
    return KeyMap(tuple(DEFAULTS.items()))


def of_stored(stored: Any) -> KeyMap:
    """The map that is stored with a person; what is not allowed in it, or would clash, is left at its default."""
    if not stored:
        return default()
    own = {
        action: key
        for action, key in (stored.items() if isinstance(stored, dict) else ())
        if action in ACTIONS and isinstance(key, str) and refused(key) is None
    }
    keys = {**DEFAULTS, **own}
    return KeyMap(tuple(keys.items())) if len(set(keys.values())) == len(keys) else default()


def changed(wanted: Mapping[str, str]) -> dict[str, str]:
    """What to store so that these are the keys: those that differ from the defaults. Raises BadKeys with every fault.

    An action that is not named keeps its default.
    """
    keys = {action: folded(wanted.get(action, standard)) for action, standard in DEFAULTS.items()}
    errors = {action: fault for action, key in keys.items() if (fault := refused(key)) is not None}
    for action, key in keys.items():
        others = [one for one, other in keys.items() if other == key and one != action]
        if others and action not in errors:
            errors[action] = _("%(key)s is also the key for “%(other)s”.") % {
                "key": cap(key),
                "other": ACTIONS[others[0]][1],
            }
    if errors:
        raise BadKeys(errors)
    return {action: key for action, key in keys.items() if key != DEFAULTS[action]}


def folded(key: str) -> str:
    """A key as it is stored and compared: composed, in lower case."""
    return unicodedata.normalize("NFC", key.strip()).lower()


def refused(key: str) -> str | None:
    """Why this cannot be a key, in words; None if it can."""
    if not key:
        return _("Press a key, or type its character.")
    if len(key) != 1:
        return _("One character: Enter, Tab, arrows and the like belong to the browser and to screen readers.")
    if _DIGIT.match(key):
        return _("Digits pick answers.")
    # Letters of every script that has them; no marks, no invisible characters.
    letter = unicodedata.category(key) in ("Ll", "Lo") and folded(key) == key and reveal(key) == key
    if not letter and key not in _SIGNS:
        return _("The browser or the keyboard needs this one. Take a letter, or one of %(signs)s") % {
            "signs": " ".join(sorted(_SIGNS))
        }
    return None


def cap(key: str) -> str:
    """What stands on the key's cap."""
    upper = key.upper()
    return upper if len(upper) == 1 else key
