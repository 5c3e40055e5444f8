"""What the monitors of a project are told: the declared objects, as they are and as people change them."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core.accounts import audit
from core.accounts.models import Project, User
from reports.faults import Refused
from reports.models import Monitor
from stats.monitoring.declared import FOR_DISPLAY, KEYS, LEAST_ANCHORS, LEAST_REFERENCE, Declared

PARAMETERS = {
    "M1": "log-odds of a thumb up by sycophancy, at fixed correctness, warmth and context",
    "M2": "thumbs up on sycophantic answers less those on correct ones that are not",
    "M3": "thumbs against experts' labels",
    "M4": "thumbs nobody asked for against those that were asked for: what flattery does to them, and their shares",
    "M5": "agreement by warmth",
    "M6": "shares of segments, domains, languages, memory and arms",
    "M7": "raters' errors on anchors",
    "M8": "labelled thumbs a day and the delay of labels",
    "M9": "by how much memory changes the log-odds of a thumb up by sycophancy",
    "M10": "share of users whose thumbs reward sycophancy",
}
REFERENCE = 8000
"""Labelled thumbs of a reference where nobody has said otherwise."""

REFERENCE_OF_ANCHORS = 400
"""The same for M7, in labels of anchors, which are few: about one of twenty judgments is on one."""

_BOTH = ("M4", "M6", "M7", "M8")
_CHANGEABLE = frozenset({"reference", "tolerance", "run_length"})


def default_of(key: str) -> Declared:
    """What a monitor is told where nobody has said otherwise."""
    return Declared(
        key=key,
        parameter=PARAMETERS[key],
        reference=REFERENCE_OF_ANCHORS if key == "M7" else REFERENCE,
        direction="both" if key in _BOTH else "up",
        alarms=key not in FOR_DISPLAY,
    )


def monitors_for(project: Project) -> list[Monitor]:
    """The project's monitors, those that are missing made, in their order. In the caller's transaction."""
    make_missing(project)
    return sorted(Monitor.objects.filter(project=project), key=lambda one: KEYS.index(one.key))


def make_missing(project: Project) -> None:
    """Make those of the project's monitors that it has not. In the caller's transaction."""
    stored = set(Monitor.objects.filter(project=project).values_list("key", flat=True))
    missing = [
        Monitor(project=project, key=key, declared=default_of(key).as_json()) for key in KEYS if key not in stored
    ]
    if missing:
        Monitor.objects.bulk_create(missing, ignore_conflicts=True)


def declare(*, project: Project, key: str, who: User | None, **wanted: Any) -> Monitor:
    """Change what a monitor is told (`reference`, `tolerance`, `run_length`) or its `owner`; returns it.

    A monitor that has its reference keeps its declared object, with which its state was made: it is changed by giving
    it a new reference (`restarting.restart`). Raises Refused.
    """
    owned = "owner" in wanted
    owner = wanted.pop("owner", None)
    unknown = wanted.keys() - _CHANGEABLE
    if unknown or key not in KEYS:
        raise TypeError(f"no such monitor or field: {key} {', '.join(sorted(unknown))}")
    with transaction.atomic():
        make_missing(project)
        monitor = Monitor.objects.select_for_update().get(project=project, key=key)
        before = Declared.from_json(monitor.declared)
        if owned:
            monitor.owner = owner
        if wanted:
            monitor.declared = changed(before, wanted).as_json()
            if monitor.state is not None and monitor.declared != before.as_json():
                raise Refused({"declared": _("This monitor has its reference; reset it to change what it is told.")})
        monitor.save(update_fields=["declared", "owner"])
        data = {"monitor": key, "declared": wanted, "owner": str(owner.pk) if owner else None}
        audit.record(project=project, who=who, verb="monitor.declared", object=key, data=data)
    return monitor


def changed(declared: Declared, wanted: dict[str, Any]) -> Declared:
    """The declared object with these fields. Raises Refused, naming the field."""
    faults = {}
    least = LEAST_ANCHORS if declared.key == "M7" else LEAST_REFERENCE
    if wanted.get("reference", least) < least:
        faults["reference"] = _("A reference has at least %(least)d events.") % {"least": least}
    if not wanted.get("tolerance", 0.0) >= 0:
        faults["tolerance"] = _("A tolerance is not negative.")
    if wanted.get("run_length", 1) < 1:
        faults["run_length"] = _("A run length is at least 1.")
    if faults:
        raise Refused(faults)
    return Declared.from_json({**declared.as_json(), **wanted})
