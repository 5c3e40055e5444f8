"""How a programme may be set up: which settings it has, what they may be, and its bundles on trial."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from alpha.models import Programme, Trial
from core.catalog.models import Bundle
from core.endpoints import bundles
from reports.faults import Refused

SETTINGS = frozenset(
    {
        "name",
        "purpose",
        "starts_on",
        "ends_on",
        "axes",
        "high_risk",
        "single",
        "side_by_side",
        "most_volunteers",
        "ask_share",
        "memory_share",
        "first_ms",
        "pace",
        "tokens",
        "tokens_a_day",
        "tokens_a_person_a_day",
    }
)
LATER = frozenset(
    {
        "name",
        "purpose",
        "ends_on",
        "axes",
        "high_risk",
        "most_volunteers",
        "tokens",
        "tokens_a_day",
        "tokens_a_person_a_day",
    }
)
"""What may change while it is open: nothing that what was said until then depends on."""

MOST_TRIALS = 6
LONGEST_NAME, LONGEST_PURPOSE, LONGEST_TEXT = 120, 4000, 20_000
# The page on which a programme is set up has this place.
_TAKEN = ("new",)
_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,39}\Z")
_WORD = re.compile(r"[a-z][a-z0-9_.-]{0,39}\Z")
_LEAST = {"most_volunteers": 0, "first_ms": 0, "pace": 1, "tokens": 0, "tokens_a_day": 0, "tokens_a_person_a_day": 0}
_MOST = {"most_volunteers": 100_000, "first_ms": 60_000, "pace": 10_000}
_MOST_TOKENS = 10**12


@dataclass(frozen=True, slots=True)
class TrialWish:
    """A bundle that is to be on trial, by id, as what: "baseline" or "candidate"."""

    bundle: UUID
    part: str


def wishes_of(programme: Programme) -> list[TrialWish]:
    """The bundles on trial as they are, the baseline first."""
    rows = Trial.objects.filter(programme=programme).order_by("ordinal")
    return [TrialWish(*row) for row in rows.values_list("bundle_id", "part")]


def put_trials(programme: Programme, trials: Sequence[TrialWish]) -> None:
    """Give a draft these bundles in the place of those it has, in the caller's transaction."""
    Trial.objects.filter(programme=programme).delete()
    first = sorted(trials, key=lambda one: one.part != Trial.Part.BASELINE)
    start = 0 if any(one.part == Trial.Part.BASELINE for one in trials) else 1
    Trial.objects.bulk_create(
        Trial(project=programme.project, programme=programme, bundle_id=one.bundle, part=one.part, ordinal=ordinal)
        for ordinal, one in enumerate(first, start)
    )


def why_not_callable(bundle: Bundle) -> str | None:
    """In a sentence why this bundle cannot be asked; None if it can."""
    try:
        bundles.callable(bundle)
    except bundles.NotCallable as reason:
        return str(reason)
    return None


def check(programme: Programme, trials: Sequence[TrialWish]) -> None:
    """Raises Refused with all that is wrong with these settings and bundles, by field."""
    faults = {**_words(programme), **_numbers(programme), **_trials(programme, trials)}
    if programme.starts_on and programme.ends_on and programme.ends_on < programme.starts_on:
        faults["ends_on"] = _("It cannot end before it starts.")
    if not (programme.single or programme.side_by_side):
        faults["single"] = _("Choose at least one way to chat.")
    if faults:
        raise Refused(faults)


def _words(programme: Programme) -> dict[str, str]:
    faults = {}
    if not _KEY.match(programme.key) or programme.key in _TAKEN:
        faults["key"] = _("1 to 40 small letters, digits and hyphens.")
    if not 1 <= len(programme.name) <= LONGEST_NAME or not programme.name.isprintable():
        faults["name"] = _("1 to %(longest)d characters on one line.") % {"longest": LONGEST_NAME}
    if len(programme.purpose) > LONGEST_PURPOSE or "\0" in programme.purpose:
        faults["purpose"] = _("At most %(longest)d characters.") % {"longest": LONGEST_PURPOSE}
    for field in ("axes", "high_risk"):
        words: list[str] = getattr(programme, field)
        if len(set(words)) < len(words) or not all(_WORD.match(word) for word in words):
            faults[field] = _("Each once, in small letters, digits, hyphens and _.")
    return faults


def _numbers(programme: Programme) -> dict[str, str]:
    faults = {}
    for field, least in _LEAST.items():
        value: Any = getattr(programme, field)
        most = _MOST.get(field, _MOST_TOKENS)
        if type(value) is not int or not least <= value <= most:
            faults[field] = _("A whole number from %(least)d to %(most)d.") % {"least": least, "most": most}
    for field in ("ask_share", "memory_share"):
        share: Any = getattr(programme, field)
        if not isinstance(share, int | float) or not 0 <= share <= 1:
            faults[field] = _("A share from 0 to 1.")
    return faults


def _trials(programme: Programme, trials: Sequence[TrialWish]) -> dict[str, str]:
    parts = [one.part for one in trials]
    known = Bundle.objects.filter(project=programme.project, pk__in=[one.bundle for one in trials]).count()
    if len({one.bundle for one in trials}) < len(trials):
        return {"trials": _("Each bundle can be on trial once.")}
    if len(trials) > MOST_TRIALS or known < len(trials) or not set(parts) <= set(Trial.Part.values):
        return {"trials": _("Choose at most %(most)d bundles of this project.") % {"most": MOST_TRIALS}}
    if parts.count(Trial.Part.BASELINE) > 1:
        return {"trials": _("There is one baseline at most.")}
    return {}
