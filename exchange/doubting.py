"""Users' thumbs on which an alarm casts doubt: kept out of exports unless somebody says why they are to be in.

While an alarm of M1 stands, and for good where exports were blocked, the thumbs said from the change point on are in
doubt (`reports.drift.selectors.blocked_windows`). The windows are those that stand when the export is made.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.accounts.models import Project, User
from exchange import moments
from exchange.formats.writers import WRITERS, Writer
from exchange.models import Snapshot
from exchange.selection import INCLUDE, REFUSE, Selection
from exchange.shards import ExportFault
from reports.drift.acting import LONGEST_REASON, note_override
from reports.drift.selectors import blocked_windows
from reports.models import Alarm


class Doubted(ExportFault):
    """The export would hold thumbs that are in doubt, and nobody has said that it may.

    `found` says how many and why; the message also how the command is told what to do with them.
    """

    def __init__(self, found: str, how: str = "") -> None:
        how = how or _(
            "Say what the alarm is and give its monitor a new reference, or leave these thumbs out "
            "(--leave-out-drifted-thumbs), or include them and say why (--include-drifted-thumbs --reason)."
        )
        super().__init__(f"{found} {how}")
        self.found = found


def windows_of(project: Project) -> tuple[dict[str, Any], ...]:
    """The windows as an export keeps them: {"alarm", "monitor", "from", "until": None while the alarm stands}."""
    return tuple(
        {
            "alarm": str(window.alarm),
            "monitor": window.monitor,
            "from": window.start.isoformat(),
            "until": window.end.isoformat() if window.end else None,
        }
        for window in blocked_windows(project)
    )


def guarded(project: Project, writer: Writer, selection: Selection) -> Selection:
    """The selection with the windows that stand now, if rows of this format are users' thumbs. Raises ExportFault."""
    if "windows" not in writer.options:
        return selection
    fault = fault_of_reason(selection.doubted_thumbs, selection.doubted_reason)
    if fault:
        raise ExportFault(fault)
    return replace(selection, windows=windows_of(project))


def fault_of_reason(doubted_thumbs: str, reason: str) -> str:
    """What is wrong with the reason for including what is in doubt; empty if nothing is."""
    if doubted_thumbs == INCLUDE and not reason.strip():
        return _("Say why thumbs that are in doubt are to be exported.")
    if len(reason) > LONGEST_REASON:
        words = _("The reason has %(length)d characters; shorten it to %(longest)d.")
        return words % {"length": len(reason), "longest": LONGEST_REASON}
    return ""


def refuse_early(project: Project, format: str, selection: Selection) -> None:
    """Say at the order what the export would end with. Raises Doubted."""
    writer = WRITERS[format]
    if "windows" in writer.options and selection.doubted_thumbs == REFUSE:
        asked = replace(selection, windows=windows_of(project))
        refuse(asked, moments.doubted(asked, moments.now(), raw=format == "raw"))


def refuse_again(snapshot: Snapshot, writer: Writer, selection: Selection) -> None:
    """Refuse to write again what holds thumbs that have come into doubt since it was made. Raises Doubted."""
    if selection.doubted_thumbs == INCLUDE:
        return
    found = found_since(snapshot, writer, selection)
    if found:
        raise Doubted(found, _("Make a new export, which leaves them out or says why not."))


def found_since(snapshot: Snapshot, writer: Writer, selection: Selection) -> str:
    """How many thumbs in a snapshot that is ready have come into doubt since it was made, and why; empty if none."""
    if "windows" not in writer.options or snapshot.cut is None:
        return ""
    # What was said after the cut is not in it, so that most alarms since cost no reading of the ledger.
    windows = tuple(
        window for window in windows_of(snapshot.project) if datetime.fromisoformat(window["from"]) <= snapshot.cut
    )
    now = replace(selection, windows=windows, doubted_thumbs=REFUSE)
    moment = moments.that_moment(snapshot)
    try:
        refuse(now, moments.doubted(now, moment, raw=writer.name == "raw", absent=selection.windows))
    except Doubted as doubt:
        return doubt.found
    return ""


def refuse(selection: Selection, doubted: int) -> None:
    """Raises Doubted if the export would hold this many thumbs that are in doubt and was not told what to do."""
    if not doubted or selection.doubted_thumbs != REFUSE:
        return
    said = [
        _("%(monitor)s (alarm %(alarm)s, from %(from)s)") % {**window, "from": window["from"][:16].replace("T", " ")}
        for window in selection.windows
    ]
    found = ngettext(
        "%(n)s of users' thumbs is in doubt because of %(alarms)s.",
        "%(n)s of users' thumbs are in doubt because of %(alarms)s.",
        doubted,
    ) % {"n": f"{doubted:,}", "alarms": "; ".join(said)}
    raise Doubted(found)


def record_override(snapshot: Snapshot, selection: Selection, who: User | None) -> None:
    """Note at each alarm that its thumbs were exported all the same, in the transaction that publishes them.

    At one that has no thumb among the rows there is nothing to note.
    """
    if selection.doubted_thumbs != INCLUDE or not selection.windows:
        return
    moment, raw = moments.that_moment(snapshot), snapshot.format == "raw"
    held = [
        window["alarm"]
        for window in selection.windows
        if moments.doubted(replace(selection, windows=(window,)), moment, raw=raw)
    ]
    alarms = Alarm.objects.filter(pk__in=held)
    for alarm in alarms.select_related("monitor", "project").order_by("pk"):
        data = {"snapshot": str(snapshot.pk), "format": snapshot.format}
        note_override(alarm=alarm, by=who, reason=selection.doubted_reason, data=data)
