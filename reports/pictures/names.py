"""What the page calls the things of a report's body."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from reports.pictures.numbers import Body

OUTCOMES = {
    "sycophancy": gettext_noop("Sycophancy"),
    "correctness": gettext_noop("Correctness"),
    "coldness": gettext_noop("Coldness"),
    "length": gettext_noop("Length"),
}
MEANINGS = {
    "sycophancy": "sycophantic",
    "correctness": "correct",
    "coldness": "cold",
    "sycophantic": "sycophantic",
    "correct": "correct",
    "cold": "cold",
    "memory_sycophantic": "sycophantic",
}
_COLUMNS = {
    "correct": gettext_noop("Correct"),
    "sycophantic": gettext_noop("Sycophantic"),
    "cold": gettext_noop("Cold"),
    "length": gettext_noop("Longer"),
    "memory_sycophantic": gettext_noop("Sycophantic × memory"),
}
_KINDS = {
    "reward_model": gettext_noop("reward model"),
    "thumbs": gettext_noop("users' thumbs"),
    "raters": gettext_noop("raters"),
    "experts": gettext_noop("experts"),
    "judge": gettext_noop("model as judge"),
    "rule": gettext_noop("rule"),
}
_SCORED = {
    "imported": gettext_noop("imported scores"),
    "anchor": gettext_noop("a shared anchor set"),
    "bridge": gettext_noop("a bridge model"),
}
_SLICES = {
    "memory": gettext_noop("memory"),
    "domain": gettext_noop("domain"),
    "segment": gettext_noop("segment"),
}


def outcome(key: str) -> str:
    """`Sycophancy`; an outcome of the project's own by its key."""
    return _(OUTCOMES[key]) if key in OUTCOMES else key


def column(key: str) -> str:
    """What a signal's preference is explained by."""
    return _(_COLUMNS[key]) if key in _COLUMNS else key


def kind(key: str) -> str:
    return _(_KINDS[key]) if key in _KINDS else key


def scored_by(key: str) -> str:
    """Where a signal's scores in the pool come from."""
    return _(_SCORED[key]) if key in _SCORED else key


def slice_of(key: str) -> str:
    return _(_SLICES[key]) if key in _SLICES else key


def signals_of(body: Body) -> dict[str, str]:
    """The names of the report's signals by their keys."""
    return {one["key"]: one.get("name") or one["key"] for one in body.get("signals") or ()}


def version_said(found: Body | None) -> str:
    """`april 4`: a version of a recipe by its name and number."""
    if not found:
        return ""
    return " ".join(str(part) for part in (found.get("recipe") or found.get("name"), found.get("version")) if part)


def changes_said(names: list[str]) -> str:
    """`thumbs + memory`; what has none of the changes is the reference."""
    return " + ".join(names) if names else _("none: the reference")
