"""What is done with an experiment: set up, changed, started, ramped up, held, stopped, decided.

Each verb is one transaction under the lock of the experiment's row, leaves an event in the audit trail, and done twice
changes nothing. `by` is the member who acts: whoever may not, or is of another project, finds no experiment (Http404).
None is the system: a guardrail that holds the ramp, a simulation. `at` is for simulations alone, which say their own
time. All raise `Refused` with what is wrong by field.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.http import Http404
from django.utils.translation import gettext as _

from abtest import plans, shaping
from abtest.assignment import WHOLE
from abtest.models import Arm, Decision, Experiment, Readout, Step
from abtest.shaping import ArmWish
from core.accounts import audit
from core.accounts.access import Member, Right
from core.accounts.models import Project
from core.catalog.launches import note_go_live
from reports.faults import Refused

RIGHT = Right.MANAGE_EXPERIMENTS
RAMP = (1, 5, 10, 25, 50, 100)
LONGEST_REASON = 2000
# What may be decided: the arm that is named is adopted, the control is kept, or it is tried once more.
CHOICES = ("adopt", "keep", "again")
State = Experiment.State
Kind = Step.Kind


def create(
    *,
    project: Project,
    by: Member | None,
    key: str,
    name: str,
    arms: Sequence[ArmWish],
    plan: Mapping[str, Any],
    unit: str = Experiment.Unit.USER,
    salt: str = "",
) -> Experiment:
    """A new draft. The first arm is the control; bundles that are not there yet are added by name.

    `plan` is read by `plans.parse`. `salt` is for simulations, whose units fall into the same arms each time.
    """
    _allowed(project, by)
    shaping.check(key=key, name=name, unit=unit, arms=arms)
    draft = Experiment(
        project=project,
        key=key,
        name=name.strip(),
        unit=unit,
        salt=salt or secrets.token_hex(16),
        plan=plans.parse(plan).as_json(),
    )
    try:
        with transaction.atomic():
            draft.save(force_insert=True)
            draft.refresh_from_db()
            shaping.put_arms(draft, arms)
            _note(draft, by, "created", _said(draft))
    except IntegrityError:
        if not Experiment.objects.filter(project=project, key=key).exists():
            raise
        raise Refused({"key": _("There is an experiment with this key already.")}) from None
    return draft


def change(
    *,
    experiment: Experiment,
    by: Member | None,
    name: str | None = None,
    unit: str | None = None,
    arms: Sequence[ArmWish] | None = None,
    plan: Mapping[str, Any] | None = None,
) -> Experiment:
    """Change a draft; what is None stays. Raises Refused once it has started."""
    with transaction.atomic():
        locked = _locked(experiment, by)
        if locked.state != State.DRAFT:
            raise Refused({"state": _("It has started: its plan stays as it is.")})
        before, held = _set_up(locked), shaping.arms_of(locked)
        locked.name = locked.name if name is None else name.strip()
        locked.unit = locked.unit if unit is None else unit
        wanted = held if arms is None else list(arms)
        shaping.check(key=locked.key, name=locked.name, unit=locked.unit, arms=wanted)
        locked.plan = plans.parse(locked.plan if plan is None else plan).as_json()
        if wanted != held:
            shaping.put_arms(locked, wanted)
        if _set_up(locked) != before or wanted != held:
            locked.save(update_fields=["name", "unit", "plan"])
            _note(locked, by, "changed", _said(locked))
    return locked


def start(*, experiment: Experiment, by: Member | None, at: datetime | None = None) -> Experiment:
    """Start it at the ramp's first step. Raises Refused for a plan without a guardrail on behaviour, among others."""
    with transaction.atomic():
        locked = _locked(experiment, by)
        if locked.state == State.RUNNING:
            return locked
        _require(locked, State.DRAFT)
        now = at or _clock()
        _startable(plans.parse(locked.plan), now)
        locked.state, locked.started_at, locked.ramp = State.RUNNING, now, RAMP[0]
        locked.save(update_fields=["state", "started_at", "ramp"])
        _go_live(locked, now)
        _step(locked, by, Kind.STARTED, at=now, **_said(locked))
    return locked


def advance_ramp(*, experiment: Experiment, by: Member | None, to: int, at: datetime | None = None) -> Experiment:
    """Let more units in: `to` is the step after the present one. Raises Refused while the ramp is held."""
    with transaction.atomic():
        locked = _locked(experiment, by)
        _require(locked, State.RUNNING)
        if locked.ramp == to:
            return locked
        if locked.held_because:
            raise Refused({"ramp": _("The ramp is held: %(reason)s") % {"reason": locked.held_because}})
        step = next((one for one in RAMP if one > locked.ramp), None)
        if to != step:
            words = _("It takes in %(ramp)d %% of the units now; the next step is %(step)d %%.")
            told = words % {"ramp": locked.ramp, "step": step} if step else _("All units are in.")
            raise Refused({"ramp": told})
        now, before, locked.ramp = at or _clock(), locked.ramp, to
        locked.save(update_fields=["ramp"])
        _go_live(locked, now)
        _step(locked, by, Kind.RAMPED, at=now, before=before)
    return locked


def hold_ramp(*, experiment: Experiment, by: Member | None, because: str, at: datetime | None = None) -> Experiment:
    """Keep the ramp where it is until it is released, and say why among its steps.

    Held already, the reason is added to those that are shown, unless they are as long as one may be. Not running, or
    held for this reason: nothing changes. A reason that the system gives is cut to the longest.
    """
    because = _reason(because if by else because[:LONGEST_REASON])
    with transaction.atomic():
        locked = _locked(experiment, by)
        if locked.state == State.RUNNING and because not in locked.held_because:
            # A guardrail that comes and goes gives another reason each time: all of them stand among the steps.
            if len(locked.held_because) < LONGEST_REASON:
                locked.held_because = f"{locked.held_because} {because}".strip()
                locked.save(update_fields=["held_because"])
            _step(locked, by, Kind.HELD, because, at=at)
    return locked


def release_ramp(*, experiment: Experiment, by: Member | None, reason: str) -> Experiment:
    """Let the ramp grow again, for a reason that is kept. Not held: nothing changes."""
    reason = _reason(reason)
    with transaction.atomic():
        locked = _locked(experiment, by)
        _require(locked, State.RUNNING)
        if locked.held_because:
            locked.held_because = ""
            locked.save(update_fields=["held_because"])
            _step(locked, by, Kind.RELEASED, reason)
    return locked


def stop(*, experiment: Experiment, by: Member | None, reason: str, at: datetime | None = None) -> Experiment:
    """Take no more units in, for good; what was said before is still received. Stopped already: nothing changes."""
    reason = _reason(reason)
    with transaction.atomic():
        locked = _locked(experiment, by)
        if locked.state in (State.STOPPED, State.DECIDED):
            return locked
        _require(locked, State.RUNNING)
        now = at or _clock()
        locked.state, locked.stopped_at = State.STOPPED, now
        locked.save(update_fields=["state", "stopped_at"])
        _go_live(locked, now)
        _step(locked, by, Kind.STOPPED, reason, at=now)
    return locked


def decide(
    *,
    experiment: Experiment,
    by: Member | None,
    choice: str,
    reason: str,
    guardrails: Mapping[str, str],
    arm: str | None = None,
    readout: UUID | None = None,
) -> Decision:
    """Decide a stopped experiment: `choice` is one of CHOICES, `arm` the one that is adopted.

    `guardrails` has words on each guardrail of the plan, by kind. `readout` is the one that was read: the latest, or
    None where there is none. The same decision twice is one.
    """
    with transaction.atomic():
        locked = _locked(experiment, by)
        body = _body(locked, choice, arm, reason, guardrails)
        done = Decision.objects.filter(experiment=locked).first()
        if done is not None and done.body == body:
            return done
        _require(locked, State.STOPPED)
        latest = Readout.objects.filter(experiment=locked).order_by("-hour").values_list("pk", flat=True).first()
        if readout != latest:
            raise Refused({"readout": _("There is a newer readout. Read it, then decide.")})
        who = by.user.pk if by else None
        made = Decision.objects.create(project=locked.project, experiment=locked, readout=readout, body=body, by=who)
        locked.state = State.DECIDED
        locked.save(update_fields=["state"])
        _note(locked, by, "decided", {"decision": str(made.pk), "choice": choice, "arm": arm})
    return made


def _allowed(project: Project, by: Member | None) -> None:
    if by is not None and (by.project.pk != project.pk or not by.may(RIGHT)):
        raise Http404("No such experiment.")


def _locked(experiment: Experiment, by: Member | None) -> Experiment:
    """The experiment as it is now, until the transaction ends nobody else's to change. Raises Http404."""
    _allowed(experiment.project, by)
    # Without the key, since ingest refers to the row all the time.
    rows = Experiment.objects.select_for_update(of=("self",), no_key=True).select_related("project")
    return rows.get(pk=experiment.pk)


def _require(experiment: Experiment, state: State) -> None:
    if experiment.state != state:
        told = {"now": State(experiment.state).label, "state": state.label}
        raise Refused({"state": _("The experiment is %(now)s; for this it must be %(state)s.") % told})


def _startable(plan: plans.Plan, now: datetime) -> None:
    faults = plans.missing(plan)
    today = now.astimezone(UTC).date()
    if plan.starts_on and today < plan.starts_on:
        faults["starts_on"] = _("The plan says that it starts later.")
    if plan.ends_on and today >= plan.ends_on:
        faults["ends_on"] = _("The day on which it should end has come.")
    if faults:
        raise Refused(faults)


def _body(
    experiment: Experiment, choice: str, arm: str | None, reason: str, guardrails: Mapping[str, str]
) -> dict[str, Any]:
    faults: dict[str, str] = {}
    if choice not in CHOICES:
        faults["choice"] = _("Choose what is decided.")
    candidates = [one.key for one in shaping.arms_of(experiment)[1:]]
    if (choice == "adopt") != (arm is not None) or (arm is not None and arm not in candidates):
        faults["arm"] = _("Name the arm that is adopted, and only then.")
    if not reason.strip():
        faults["reason"] = _("Say why.")
    kinds = [one.kind for one in plans.parse(experiment.plan).guardrails]
    for kind in kinds:
        if not str(guardrails.get(kind, "")).strip():
            faults[f"guardrails.{kind}"] = _("Say in words what this guardrail showed and what it means for you.")
    for kind in guardrails.keys() - set(kinds):
        faults[f"guardrails.{kind}"] = _("The plan has no such guardrail.")
    for field, words in {"reason": reason, **{f"guardrails.{kind}": guardrails[kind] for kind in guardrails}}.items():
        if len(words) > LONGEST_REASON:
            faults[field] = _too_long(words)
    if faults:
        raise Refused(faults)
    said = {kind: guardrails[kind].strip() for kind in kinds}
    return {"choice": choice, "arm": arm, "reason": reason.strip(), "guardrails": said}


def _reason(words: str) -> str:
    if not words.strip():
        raise Refused({"reason": _("Say why.")})
    if len(words) > LONGEST_REASON:
        raise Refused({"reason": _too_long(words)})
    return words.strip()


def _too_long(words: str) -> str:
    told = {"length": len(words), "longest": LONGEST_REASON}
    return _("This has %(length)d characters; shorten it to %(longest)d.") % told


def _go_live(experiment: Experiment, at: datetime) -> None:
    """Note for each candidate which share of all traffic it has from now on; the control was live before."""
    percent = experiment.ramp if experiment.state == State.RUNNING else 0
    for arm in Arm.objects.filter(experiment=experiment, ordinal__gt=0).order_by("ordinal"):
        share = percent / 100 * arm.share / WHOLE
        note_go_live(
            project=experiment.project,
            bundle=arm.bundle_id,
            at=at,
            share=share,
            source=f"experiment {experiment.key}",
        )


def _set_up(experiment: Experiment) -> tuple[Any, ...]:
    return experiment.name, experiment.unit, experiment.plan


def _said(experiment: Experiment) -> dict[str, Any]:
    """What the trail keeps of how an experiment is set up: words only as a digest, since nobody can change a trail."""
    arms = [[one.key, one.share] for one in shaping.arms_of(experiment)]
    plan = json.dumps(experiment.plan, sort_keys=True).encode()
    kinds = [one["kind"] for one in experiment.plan["guardrails"]]
    digest = hashlib.sha256(plan).hexdigest()
    return {"unit": experiment.unit, "arms": arms, "guardrails": kinds, "plan_sha256": digest}


def _step(
    experiment: Experiment,
    by: Member | None,
    kind: Kind,
    reason: str = "",
    at: datetime | None = None,
    **data: Any,
) -> None:
    """Write the step and its event; the reason stays out of the trail, since people write names into reasons."""
    step = Step.objects.create(
        project=experiment.project,
        experiment=experiment,
        kind=kind,
        ramp=experiment.ramp,
        reason=reason,
        by=by.user.pk if by else None,
        at=at or _clock(),
    )
    _note(experiment, by, kind.value, {"step": str(step.pk), "ramp": experiment.ramp, **data})


def _note(experiment: Experiment, by: Member | None, verb: str, data: Mapping[str, Any]) -> None:
    audit.record(
        project=experiment.project,
        who=by.user if by else None,
        verb=f"experiment.{verb}",
        object=f"experiment:{experiment.pk}",
        data={"key": experiment.key, **data},
    )


def _clock() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now
