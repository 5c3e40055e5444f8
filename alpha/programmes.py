"""What is done with a programme: set up, changed, opened, closed; and the text that volunteers agree to.

Each verb is one transaction under the lock of the programme's row, leaves an event in the audit trail, and done twice
changes nothing. `by` is the member who acts: whoever may not, or is of another project, finds no programme (Http404).
None is the system: the demonstration. All raise `Refused` with what is wrong by field.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.http import Http404
from django.utils.translation import gettext as _

from alpha import filling, plans
from alpha.models import ConsentText, Programme, Trial
from alpha.plans import TrialWish
from alpha.selectors.programmes import newest_text, trials_of
from core.accounts import audit
from core.accounts.access import Member, Right
from core.accounts.models import Project
from core.live.topics import publish
from reports.faults import Refused

RIGHT = Right.MANAGE_ALPHA
State = Programme.State


def create(
    *,
    project: Project,
    by: Member | None,
    key: str,
    name: str,
    trials: Sequence[TrialWish] = (),
    consent: str = "",
    **settings: Any,
) -> Programme:
    """A new draft. `settings` are fields of `Programme`, see `plans.SETTINGS`; `consent` is the first text."""
    allowed(project, by)
    draft = Programme(project=project, key=key, name=name.strip(), **_known(settings))
    plans.check(draft, trials)
    try:
        with transaction.atomic():
            draft.save(force_insert=True)
            draft.refresh_from_db()
            plans.put_trials(draft, trials)
            _note(draft, by, "created", _said(draft))
            if consent.strip():
                _write_text(draft, by, consent)
    except IntegrityError:
        if not Programme.objects.filter(project=project, key=key).exists():
            raise
        raise Refused({"key": _("There is a programme with this key already.")}) from None
    return draft


def change(
    *,
    programme: Programme,
    by: Member | None,
    base_url: str,
    trials: Sequence[TrialWish] | None = None,
    **settings: Any,
) -> Programme:
    """Change a programme; what is not named stays. Once it is open only `plans.LATER` may change.

    Where there are more places now, whoever waits longest is invited, with links under `base_url`.
    """
    wanted = _known(settings)
    with transaction.atomic():
        locked = lock(programme, by)
        before, held = _set_up(locked), plans.wishes_of(locked)
        for field, value in wanted.items():
            setattr(locked, field, value.strip() if isinstance(value, str) else value)
        after = list(held if trials is None else trials)
        plans.check(locked, after)
        changed = [field for field in before if before[field] != getattr(locked, field)]
        if after != held:
            changed.append("trials")
        _changeable(locked, changed)
        if changed:
            locked.save(update_fields=[field for field in changed if field != "trials"])
            if after != held:
                plans.put_trials(locked, after)
            _note(locked, by, "changed", {**_said(locked), "changed": changed})
            filling.fill(programme=locked, base_url=base_url)
    return locked


def set_consent_text(*, programme: Programme, by: Member | None, body: str) -> ConsentText:
    """The text from now on: a new version, unless it is the newest already. Volunteers are asked to agree again."""
    with transaction.atomic():
        locked = lock(programme, by)
        if locked.state == State.CLOSED:
            raise Refused({"state": _("The programme is closed: its text stays as it is.")})
        return _write_text(locked, by, body)


def open_up(*, programme: Programme, by: Member | None, base_url: str) -> Programme:
    """Let volunteers in. Raises Refused with all that is missing. Open already: nothing changes."""
    with transaction.atomic():
        locked = lock(programme, by)
        if locked.state == State.OPEN:
            return locked
        if locked.state != State.DRAFT:
            raise Refused({"state": _("The programme is closed, for good.")})
        faults = missing(locked)
        if faults:
            raise Refused(faults)
        locked.state = State.OPEN
        locked.save(update_fields=["state"])
        _note(locked, by, "opened", _said(locked))
        filling.fill(programme=locked, base_url=base_url)
    return locked


def close(*, programme: Programme, by: Member | None) -> Programme:
    """End it for good: nobody chats or is invited any more; what was said stays. Closed already: nothing changes."""
    with transaction.atomic():
        locked = lock(programme, by)
        if locked.state != State.CLOSED:
            locked.state = State.CLOSED
            locked.save(update_fields=["state"])
            _note(locked, by, "closed", {})
    return locked


def missing(programme: Programme) -> dict[str, str]:
    """What a draft lacks before it can be opened, by field."""
    faults = {}
    trials = trials_of(programme)
    if not any(one.part == Trial.Part.CANDIDATE for one in trials):
        faults["trials"] = _("Name at least one candidate.")
    for one in trials:
        if (reason := plans.why_not_callable(one.bundle)) is not None:
            faults.setdefault("trials", reason)
    if programme.side_by_side and len(trials) < 2:
        faults["side_by_side"] = _("Side by side needs two bundles: name a baseline or another candidate.")
    if newest_text(programme) is None:
        faults["consent"] = _("Write the text that volunteers agree to.")
    if programme.ends_on is not None and programme.ends_on < _today():
        faults["ends_on"] = _("This day has passed.")
    return faults


def allowed(project: Project, by: Member | None) -> None:
    """Raises Http404 unless `by` runs the programmes of this project."""
    if by is not None and (by.project.pk != project.pk or not by.may(RIGHT)):
        raise Http404("No such programme.")


def lock(programme: Programme, by: Member | None) -> Programme:
    """The programme as it is now, until the transaction ends nobody else's to change. Raises Http404."""
    allowed(programme.project, by)
    return filling.lock(programme)


def _write_text(programme: Programme, by: Member | None, body: str) -> ConsentText:
    body = body.strip()
    if not 1 <= len(body) <= plans.LONGEST_TEXT or "\0" in body:
        raise Refused({"consent": _("1 to %(longest)d characters.") % {"longest": plans.LONGEST_TEXT}})
    last = newest_text(programme)
    if last is not None and last.body == body:
        return last
    made = ConsentText.objects.create(
        project=programme.project, programme=programme, version=last.version + 1 if last else 1, body=body
    )
    digest = hashlib.sha256(body.encode()).hexdigest()
    _note(programme, by, "consent_set", {"version": made.version, "sha256": digest})
    return made


def _known(settings: Mapping[str, Any]) -> dict[str, Any]:
    unknown = settings.keys() - plans.SETTINGS
    if unknown:
        raise TypeError(f"A programme has no {', '.join(sorted(unknown))}.")
    return dict(settings)


def _changeable(programme: Programme, changed: Sequence[str]) -> None:
    if programme.state == State.CLOSED and changed:
        raise Refused({"state": _("The programme is closed: it stays as it is.")})
    if programme.state == State.OPEN and set(changed) - plans.LATER:
        fixed = _("The programme is open. What people have said was said under this, so it stays as it is.")
        raise Refused({field: fixed for field in changed if field not in plans.LATER})


def _set_up(programme: Programme) -> dict[str, Any]:
    return {field: getattr(programme, field) for field in sorted(plans.SETTINGS)}


def _said(programme: Programme) -> dict[str, Any]:
    """What the trail keeps of how a programme is set up: no words, since nobody can change a trail."""
    kept = {field: value for field, value in _set_up(programme).items() if field not in ("name", "purpose")}
    days = {field: str(kept.pop(field) or "") for field in ("starts_on", "ends_on")}
    return {**kept, **days, "trials": [[one.part, str(one.bundle)] for one in plans.wishes_of(programme)]}


def _note(programme: Programme, by: Member | None, verb: str, data: Mapping[str, Any]) -> None:
    audit.record(
        project=programme.project,
        who=by.user if by else None,
        verb=f"programme.{verb}",
        object=f"programme:{programme.pk}",
        data={"key": programme.key, **data},
    )
    publish(f"alpha.{programme.pk}")


def _today() -> date:
    with connection.cursor() as cursor:
        cursor.execute("SELECT (now() AT TIME ZONE 'UTC')::date")
        today: date = cursor.fetchone()[0]
    return today
