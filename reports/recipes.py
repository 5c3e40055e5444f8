"""Recipes: which signals are mixed with which weights, version after version, and the pinned reference.

The weights of a version sum to 1 in absolute value, so that two recipes are compared by their mix and not by how hard
they push. A weight has the sign of its signal's direction.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core.accounts import audit
from core.accounts.models import Project, User
from reports.faults import Refused
from reports.models import Recipe, RecipeVersion, ReferenceDecision, RewardSignal
from stats.mixtures import Change

TOLERANCE = 1e-6
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,78}[a-z0-9])?")
_LONGEST_CHANGE = 80
_LONGEST_REASON = 2000


@dataclass(frozen=True, slots=True)
class Step:
    """A signal whose weight differs between two versions; 0 where a version does not have it."""

    signal: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs between two versions: weights, the largest step first, and declared changes by name."""

    weights: tuple[Step, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    redefined: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.weights or self.added or self.removed or self.redefined)

    def as_json(self) -> dict[str, Any]:
        return {
            "weights": {step.signal: [step.before, step.after] for step in self.weights},
            "changes": {"added": list(self.added), "removed": list(self.removed), "redefined": list(self.redefined)},
        }


def changes_of(version: RecipeVersion) -> list[Change]:
    """The changes that a version declares."""
    return [Change(one["name"], tuple(one["signals"])) for one in version.changes]


def diff(older: RecipeVersion | None, newer: RecipeVersion) -> Difference:
    """What `newer` has otherwise than `older`; without an older one, everything is new."""
    before: Mapping[str, float] = older.weights if older else {}
    names = sorted({*before, *newer.weights})
    steps = [Step(name, float(before.get(name, 0)), float(newer.weights.get(name, 0))) for name in names]
    there = {one.name: frozenset(one.signals) for one in changes_of(older)} if older else {}
    here = {one.name: frozenset(one.signals) for one in changes_of(newer)}
    return Difference(
        weights=tuple(sorted((s for s in steps if s.before != s.after), key=lambda s: -abs(s.after - s.before))),
        added=tuple(name for name in here if name not in there),
        removed=tuple(name for name in there if name not in here),
        redefined=tuple(name for name in here if name in there and here[name] != there[name]),
    )


def add_version(
    *,
    project: Project,
    who: User | None,
    recipe: str,
    weights: Mapping[str, float],
    changes: Sequence[Change] = (),
    note: str = "",
) -> RecipeVersion:
    """The next version of the project's recipe of this name, which is made if need be.

    A version that would not differ from the newest one is not added; the newest is returned. Raises Refused.
    """
    known = dict(RewardSignal.objects.filter(project=project).values_list("key", "direction"))
    faults = {**_faults_of_name(recipe), **_faults_of_weights(weights, known), **_faults_of_changes(changes, known)}
    if faults:
        raise Refused(faults)
    with transaction.atomic():
        made, _new = Recipe.objects.get_or_create(project=project, name=recipe)
        # Two who add at once get two numbers.
        Recipe.objects.select_for_update(no_key=True).get(pk=made.pk)
        newest = RecipeVersion.objects.filter(recipe=made).order_by("-number").first()
        version = RecipeVersion(
            project=project,
            recipe=made,
            number=newest.number + 1 if newest else 1,
            weights={key: float(weight) for key, weight in weights.items()},
            changes=[{"name": change.name, "signals": list(change.signals)} for change in changes],
            note=note,
            made_by=who.pk if who else None,
        )
        difference = diff(newest, version)
        if newest is not None and not difference:
            return newest
        version.save(force_insert=True)
        data = {"version": str(version.pk), "number": version.number, **difference.as_json()}
        audit.record(project=project, who=who, verb="recipe.versioned", object=recipe, data=data)
    return version


def pin_reference(*, version: RecipeVersion, who: User | None, reason: str) -> ReferenceDecision:
    """Decide that this version is the last known good, against which the project's recipes are measured.

    Nothing else moves the reference: a reference that followed the last step would let a recipe drift by any distance
    in steps that each are small. Raises Refused.
    """
    if not reason.strip():
        raise Refused({"reason": _("Say why this version is the last known good.")})
    if len(reason) > _LONGEST_REASON:
        words = _("This has %(length)d characters; shorten it to %(longest)d.")
        raise Refused({"reason": words % {"length": len(reason), "longest": _LONGEST_REASON}})
    with transaction.atomic():
        # One decision of a project at a time, so that each is made in sight of the one before.
        project = Project.objects.select_for_update(no_key=True).get(pk=version.project_id)
        before = reference_of(project)
        if before is not None and before.version_id == version.pk:
            raise Refused({"version": _("This version is the reference already.")})
        decision = ReferenceDecision.objects.create(
            project=project, version=version, reason=reason, decided_by=who.pk if who else None
        )
        audit.record(
            project=project,
            who=who,
            verb="reference.pinned",
            object=f"{version.recipe.name} {version.number}",
            data={"version": str(version.pk), "before": str(before.version_id) if before else None},
        )
    return decision


def reference_of(project: Project) -> ReferenceDecision | None:
    """The decision that stands, with its version and recipe; None as long as nothing was decided."""
    made = ReferenceDecision.objects.filter(project=project).select_related("version__recipe")
    return made.order_by("-pk").first()


def newest_version(project: Project, recipe: str = "") -> RecipeVersion | None:
    """The project's newest version, of the recipe of this name if one is named."""
    versions = RecipeVersion.objects.filter(project=project).select_related("recipe")
    if recipe:
        versions = versions.filter(recipe__name=recipe)
    return versions.order_by("-pk").first()


def _faults_of_name(name: str) -> dict[str, str]:
    if _NAME.fullmatch(name):
        return {}
    return {
        "recipe": _(
            "%(name)r cannot be a recipe's name: use up to 80 lower-case letters, digits, hyphens and underscores, "
            "with a letter or digit first and last."
        )
        % {"name": name}
    }


def _faults_of_weights(weights: Mapping[str, Any], known: Mapping[str, int]) -> dict[str, str]:
    faults = {}
    for key, weight in weights.items():
        fault = _fault_of_weight(key, weight, known)
        if fault:
            faults[f"weights.{key}"] = fault
    if not weights:
        return {"weights": _("A recipe needs at least one signal with its weight.")}
    if not faults:
        total = math.fsum(abs(weight) for weight in weights.values())
        if abs(total - 1) > TOLERANCE:
            faults["weights"] = _(
                "The weights sum to %(total)s in absolute value; they must sum to 1. Divide each by %(total)s."
            ) % {"total": f"{total:.6g}"}
    return faults


def _fault_of_weight(key: str, weight: Any, known: Mapping[str, int]) -> str:
    if key not in known:
        return _unknown(key, known)
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not math.isfinite(weight):
        return _("The weight is %(weight)r; it must be a finite number.") % {"weight": weight}
    if weight * known[key] < 0:
        if known[key] > 0:
            return _("The weight is negative, but of this signal more is better. A weight has its signal's direction.")
        return _("The weight is positive, but of this signal less is better. A weight has its signal's direction.")
    return ""


def _faults_of_changes(changes: Sequence[Change], known: Mapping[str, int]) -> dict[str, str]:
    faults = {}
    names: set[str] = set()
    touched: dict[str, str] = {}
    for n, change in enumerate(changes):
        if not change.name.strip() or len(change.name) > _LONGEST_CHANGE:
            words = _("A change needs a name of up to %(longest)d characters.") % {"longest": _LONGEST_CHANGE}
            faults[f"changes[{n}].name"] = words
        elif change.name in names:
            faults[f"changes[{n}].name"] = _("Two changes are called %(name)r.") % {"name": change.name}
        names.add(change.name)
        fault = _fault_of_touched(change, known, touched)
        if fault:
            faults[f"changes[{n}].signals"] = fault
        touched.update(dict.fromkeys(change.signals, change.name))
    return faults


def _fault_of_touched(change: Change, known: Mapping[str, int], touched: Mapping[str, str]) -> str:
    if not change.signals:
        return _("A change names at least one signal.")
    for key in change.signals:
        if key not in known:
            return _unknown(key, known)
        if key in touched:
            # With a signal in two changes, a mix with one of them and without the other has no meaning.
            return _("%(key)r is in the change %(name)r already; a signal is in one change.") % {
                "key": key,
                "name": touched[key],
            }
    return ""


def _unknown(key: str, known: Mapping[str, int]) -> str:
    if not known:
        return _("There is no signal %(key)r: the project has registered none.") % {"key": key}
    return _("There is no signal %(key)r; registered are %(known)s.") % {"key": key, "known": ", ".join(sorted(known))}
