"""What becomes of a flag: looked at, confirmed, explained, dismissed. Steps are added, the last one stands."""

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from alpha.models import Said, Triage
from alpha.reading.inbox import flags_in
from core.accounts import audit
from core.accounts.access import Member, Right
from core.live.topics import publish
from core.tables import locks
from reports.faults import Refused

RIGHT = Right.MANAGE_ALPHA
LONGEST = 2000
NEEDS_A_NOTE = (Triage.State.EXPLAINED, Triage.State.DISMISSED)
"""Nothing is put away without a reason."""


def step(*, said: Said, state: str, note: str, by: Member) -> Triage | None:
    """Say where a flag stands now; as it stands already with these words, nothing changes and None is returned.

    Raises Http404 where `by` may not or it is no flag, Refused for a state there is none of, or without a reason to
    explain or dismiss it.
    """
    if by.project.pk != said.project_id or not by.may(RIGHT):
        raise Http404("No such flag.")
    words = note.replace("\x00", "").strip()
    _check(state, words)
    with transaction.atomic():
        # A judgment's row may not be locked by those who only read the ledger, so its name is.
        locks.wait_for(f"triage {said.pk}")
        if not flags_in(said.conversation.programme).filter(pk=said.pk).exists():
            raise Http404("No such flag.")
        last = Triage.objects.filter(judgment=said.pk).order_by("-pk").first()
        if (last.state, last.note) == (state, words) if last else (state == Triage.State.NEW and not words):
            return None
        made = Triage.objects.create(
            project=said.project, judgment=said.judgment, state=state, note=words, by=by.user.pk
        )
        audit.record(
            project=by.project,
            who=by.user,
            verb="flag.triaged",
            object=f"judgment:{said.pk}",
            # The words may name somebody, and a trail cannot be changed.
            data={"programme": said.conversation.programme.key, "kind": said.kind, "state": state},
        )
        publish(f"alpha.{said.conversation.programme_id}")
    return made


def _check(state: str, words: str) -> None:
    if state not in Triage.State.values:
        raise Refused({"state": _("Choose what becomes of it.")})
    if len(words) > LONGEST:
        raise Refused({"note": _("At most %(most)s characters.") % {"most": f"{LONGEST:,}"}})
    if state in NEEDS_A_NOTE and not words:
        raise Refused({"note": _("Say why: whoever reads it later cannot ask you.")})
