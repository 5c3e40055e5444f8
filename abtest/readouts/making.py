"""Making a readout: computed outside of any transaction, kept in one, with what follows from it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from abtest.closing import last_closed
from abtest.experimenting import hold_ramp
from abtest.models import Experiment, Readout
from abtest.readouts.assembling import assemble
from core.live.topics import publish
from core.tables import locks
from core.version import code_version

Fence = Callable[[], None]


def topic_of(experiment: Experiment) -> str:
    """Where those who look at an experiment are told that there is something new."""
    return f"experiment.{experiment.pk}"


def read_out(
    experiment: Experiment, *, fence: Fence | None = None, simulated_at: datetime | None = None
) -> Readout | None:
    """The readout of the last closed hour, made if it is not there; None before any hour is closed.

    A guardrail that was not breached in the readout before, and is in this one, holds the ramp. `simulated_at` is when
    a simulation of the past has it read, and so when the ramp is held.
    """
    hour = last_closed(experiment)
    if hour is None:
        return None
    stored = _stored(experiment, hour)
    if stored is not None:
        return stored
    body = assemble(experiment, hour)
    with transaction.atomic():
        locks.wait_for(f"read out {experiment.pk}")
        stored = _stored(experiment, hour)
        if stored is not None:
            return stored
        before = Readout.objects.filter(experiment=experiment, hour__lt=hour).order_by("-hour").first()
        made = Readout.objects.create(
            project=experiment.project, experiment=experiment, hour=hour, version=code_version(), body=body
        )
        because = reason_to_hold(body, before.body if before else {})
        if because:
            hold_ramp(experiment=experiment, by=None, because=because, at=simulated_at)
        publish(topic_of(experiment))
        if fence:
            fence()
    return made


def reason_to_hold(body: dict[str, Any], before: dict[str, Any]) -> str:
    """Why the ramp may not grow because of this readout, and not because of the one before; empty for no reason."""
    with override("en"):
        known = {(one["kind"], one["candidate"]) for one in before.get("guardrails", ()) if one["state"] == "breached"}
        reasons = [
            _("%(arm)s, %(kind)s: %(why)s") % {"arm": one["candidate"], "kind": one["kind"], "why": one["why"]}
            for one in body["guardrails"]
            if one["state"] == "breached" and (one["kind"], one["candidate"]) not in known
        ]
        # The units are not alike: either the split is off, or too many were in several arms.
        if body["verdict"]["state"] == "srm" and before.get("verdict", {}).get("state") != "srm":
            reasons.append(body["verdict"]["line"])
    return " ".join(reasons)


def _stored(experiment: Experiment, hour: datetime) -> Readout | None:
    return Readout.objects.filter(experiment=experiment, hour=hour).first()
