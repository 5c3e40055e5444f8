"""The arms of an experiment and its names: what is asked for, whether it can be, and putting it down."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from abtest.assignment import WHOLE
from abtest.models import Arm, Experiment
from abtest.plan_fields import Faults
from core.catalog.parts import add_bundles

MOST_ARMS = 10
# The page on which an experiment is set up has this place.
_TAKEN = ("new",)
_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,59}\Z")
_ARM = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}\Z")
_LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class ArmWish:
    """An arm that is wanted: its key, its bundle's name, its share of the units in millionths."""

    key: str
    bundle: str
    share: int


def check(*, key: str, name: str, unit: str, arms: Sequence[ArmWish]) -> None:
    """Raises Refused with all that is wrong."""
    faults = Faults()
    if not _KEY.match(key) or key in _TAKEN:
        faults.add("key", _("1 to 60 small letters, digits and hyphens."))
    if not 1 <= len(name.strip()) <= _LONGEST_NAME or not name.isprintable():
        faults.add("name", _("1 to %(longest)d characters on one line.") % {"longest": _LONGEST_NAME})
    if unit not in Experiment.Unit.values:
        faults.add("unit", _("Choose what is assigned: users or conversations."))
    _check_arms(arms, faults)
    faults.refuse()


def arms_of(experiment: Experiment) -> list[ArmWish]:
    """The arms as they are, the control first."""
    rows = Arm.objects.filter(experiment=experiment).order_by("ordinal")
    return [ArmWish(*row) for row in rows.values_list("key", "bundle__name", "share")]


def put_arms(experiment: Experiment, arms: Sequence[ArmWish]) -> None:
    """Give a draft these arms in the place of those it has; runs in the caller's transaction."""
    bundles = add_bundles(experiment.project, {arm.bundle for arm in arms})
    Arm.objects.filter(experiment=experiment).delete()
    Arm.objects.bulk_create(
        Arm(
            project=experiment.project,
            experiment=experiment,
            key=arm.key,
            bundle_id=bundles[arm.bundle],
            ordinal=ordinal,
            share=arm.share,
        )
        for ordinal, arm in enumerate(arms)
    )


def _check_arms(arms: Sequence[ArmWish], faults: Faults) -> None:
    if not 2 <= len(arms) <= MOST_ARMS:
        faults.add("arms", _("An experiment has 2 to %(most)d arms.") % {"most": MOST_ARMS})
    for place, arm in enumerate(arms):
        if not _ARM.match(arm.key):
            faults.add(f"arms[{place}].key", _("1 to 40 small letters, digits, hyphens and _."))
        if not 1 <= len(arm.bundle) <= _LONGEST_NAME or not arm.bundle.isprintable():
            faults.add(f"arms[{place}].bundle", _("Name the bundle."))
        share: object = arm.share
        if type(share) is not int or not 1 <= share < WHOLE:
            faults.add(f"arms[{place}].share", _("A share is a whole number of millionths, at least one."))
    if len({arm.key for arm in arms}) < len(arms):
        faults.add("arms", _("Each arm has a key of its own."))
    if not any(field.endswith(".share") for field in faults.found) and sum(arm.share for arm in arms) != WHOLE:
        faults.add("arms", _("The shares must add up to all of the units (1,000,000 millionths)."))
