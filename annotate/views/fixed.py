"""What the rating page says at every pair, made once for each language and key map."""

from collections.abc import Mapping
from functools import lru_cache

from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from annotate import keymap
from annotate.keymap import KeyMap

_PARTS = ("words", "map", "tools", "fold")


def fixed(keys: KeyMap | None = None) -> Mapping[str, str]:
    """The fixed parts of the page by name, in the language of the moment, with these keys on the caps."""
    return _made(get_language(), keys or keymap.default())


@lru_cache(maxsize=512)
def _made(_language: str | None, keys: KeyMap) -> Mapping[str, str]:
    context = {"caps": keys.caps}
    return {
        **{part: render_to_string(f"annotate/_rate_{part}.html", context) for part in _PARTS},
        "prompt": _("Prompt"),
        "prompt_text": _("Prompt text"),
        "response": _("Response"),
        "memory": _("memory on"),
        "today": _("today"),
        "undo": _("Undo"),
    }
