"""The signals and recipes of a simulated ledger: the last known good, pinned, and the one with three changes."""

from core.accounts.models import Project
from reports.models import RewardSignal
from reports.recipes import add_version, pin_reference, reference_of
from reports.registry import register_signal
from scenarios import worlds
from stats.mixtures import Change

KNOWN_GOOD, CHANGED = "known-good", "april-25"
_KINDS = RewardSignal.Kind
# By key: name, kind, where its scores come from, whether it is a brake.
_SIGNALS = {
    "primary": ("Primary reward model", _KINDS.REWARD_MODEL, "a reward model of raters' preferences", True),
    "thumbs": ("Users' thumbs", _KINDS.THUMBS, "a reward model of users' thumbs", False),
    "memory": ("Memory helpfulness", _KINDS.REWARD_MODEL, "a reward model of answers that use the memory", False),
    "raters": ("Raters", _KINDS.RATERS, "raters who compared pairs", False),
    "users": ("Users, side by side", _KINDS.THUMBS, "users who compared pairs", False),
    "fresh": ("Fresh data", _KINDS.REWARD_MODEL, "a reward model of newer preferences", False),
}


def register(project: Project) -> None:
    """Register what is not registered yet, in the caller's transaction. A reference that is pinned stays."""
    known = set(RewardSignal.objects.filter(project=project).values_list("key", flat=True))
    for key, (name, kind, source, brake) in _SIGNALS.items():
        if key not in known:
            register_signal(
                project=project,
                who=None,
                key=key,
                name=name,
                kind=kind,
                source=f"simulated: {source}",
                unit="points",
                is_brake=brake,
            )
    good = add_version(
        project=project,
        who=None,
        recipe=KNOWN_GOOD,
        weights={key: weight for key, weight in worlds.REFERENCE.items() if weight},
        note="Simulated: the recipe before the changes.",
    )
    if reference_of(project) is None:
        pin_reference(
            version=good, who=None, reason="Simulated: the recipe of the last release whose behaviour was approved."
        )
    add_version(
        project=project,
        who=None,
        recipe=CHANGED,
        weights=worlds.CHANGED,
        changes=[Change(name, (name,)) for name in worlds.CHANGES],
        note="Simulated: three signals added to the known good recipe.",
    )
