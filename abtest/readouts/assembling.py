"""Putting a readout together."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np
from django.utils.translation import override

from abtest.assignment import WHOLE
from abtest.metrics import METRICS
from abtest.models import Experiment
from abtest.plans import Plan
from abtest.readouts import choosing
from abtest.readouts.figures import entry, figures
from abtest.readouts.ground import Ground, ground_of
from abtest.readouts.guarding import guardrails
from abtest.readouts.verdicts import too_many_crossed, verdict
from core.version import code_version
from stats.sequential.srm import sample_ratio

Json = dict[str, Any]

# Of several candidates the gravest verdict stands first.
_GRAVEST = ("srm", "breached", "worse", "unproven", "better", "no_difference", "open", "too_early")


def assemble(experiment: Experiment, hour: datetime) -> Json:
    """The body of the readout at the end of a closed hour, in the language of the code, since it is for everybody."""
    with override("en"):
        return _body(ground_of(experiment, hour))


def _body(ground: Ground) -> Json:
    srm = _srm(ground)
    metrics, guards = figures(ground), guardrails(ground)
    verdicts = _verdicts(ground, metrics, guards, srm)
    units = {arm.key: int(ground.path.of("")[arm.ordinal].exposed[-1]) for arm in ground.arms}
    return {
        "verdict": min(verdicts, key=lambda one: _GRAVEST.index(one["state"])),
        "verdicts": verdicts,
        "hour": ground.hour.isoformat(),
        "control": ground.arms[0].key,
        "bundles": {arm.key: arm.bundle.name for arm in ground.arms},
        "primary": ground.plan.primary,
        "units": units,
        "planned": ground.plan.planned_units,
        "srm": srm,
        "crossed": ground.crossed,
        "metrics": metrics,
        "guardrails": guards,
        "labelled": choosing.labelled(ground),
        "selection": choosing.selection(ground, ground.candidates[0]),
        "provenance": _provenance(ground),
    }


def _srm(ground: Ground) -> Json:
    found = sample_ratio(ground.path.exposed(), [arm.share for arm in ground.arms])
    since = ground.path.hours[found.since].isoformat() if found.since is not None else None
    shares = {arm.key: arm.share / WHOLE for arm in ground.arms}
    return {"p": found.p, "found": found.found, "since": since, "shares": shares}


def _verdicts(ground: Ground, metrics: list[Json], guards: list[Json], srm: Json) -> list[Json]:
    exposed = float(ground.path.exposed()[-1].sum())
    mixed = too_many_crossed(ground.crossed, exposed)
    primaries = {arm.key: entry(metrics, ground.plan.primary, arm.key) for arm in ground.candidates}
    return [
        {
            "candidate": arm.key,
            **verdict(
                control=ground.arms[0],
                candidate=arm,
                primary=primaries[arm.key],
                guardrails=[one for one in guards if one["candidate"] == arm.key],
                srm=srm,
                planned_reached=_planned_reached(ground.plan, primaries[arm.key], exposed),
                mixed=mixed,
            ).as_json(),
        }
        for arm in ground.candidates
    ]


def _planned_reached(plan: Plan, primary: Mapping[str, Any], exposed: float) -> bool:
    """Whether nothing is left to come that the plan waits for: of planned looks, the last has been made."""
    if plan.looks is not None:
        return bool(primary["looks"] and primary["looks"]["done"])
    return plan.planned_units is not None and exposed >= plan.planned_units


def _provenance(ground: Ground) -> Json:
    """What it was made from: digests of the totals at all hours, and of the labelled slice as it was then."""
    totals = hashlib.sha256()
    for key in ("", *METRICS):
        for moments in ground.path.of(key):
            columns = [moments.exposed, moments.units, moments.sx, moments.sm, moments.sxx, moments.sxm, moments.smm]
            totals.update(np.ascontiguousarray(np.stack(columns)).tobytes())
    labels = hashlib.sha256()
    ground.slice.feed(labels)
    return {
        "code": code_version(),
        "hours": len(ground.path.hours),
        "first_hour": ground.path.hours[0].isoformat(),
        "totals_sha256": totals.hexdigest(),
        "labelled_sha256": labels.hexdigest(),
        "labelled_turns": len(ground.slice.labelled),
        "simulated_labels": ground.slice.simulated,
    }
