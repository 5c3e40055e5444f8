"""What the pages of monitors show besides pictures: facts, lines of tables, alarms and what was done about them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _

from core.accounts.access import Member
from core.accounts.waiting import Todo
from core.charts.words import percent
from reports.drift import selectors, showing
from reports.models import Alarm, AlarmAction
from reports.pictures import monitors
from reports.pictures.drifting import answer_said, interval_said
from reports.pictures.numbers import Body
from reports.pictures.plumbs import plumbs_of

# The newest so many on a project's first page; the others are on theirs.
MOST_WAITING = 10


def is_empty(bodies: Sequence[Body]) -> bool:
    """No monitor has read anything yet: the page says how to begin."""
    return not any(one.get("stepped_at") or one.get("last_event") for one in bodies)


def facts_of(found: Body) -> list[tuple[str, str]]:
    """What a monitor is told and how it stands, as facts."""
    key, declared = found["key"], found.get("declared") or {}
    since = monitors.at_of(found.get("since"))
    facts = [
        (_("State"), _("closed") if found.get("closed") else monitors.sign_of(found)[1]),
        (_("Since"), monitors.moment_said(since) if since else ""),
        (_("Value"), monitors.value_said(found)),
        (_("Change"), interval_said(found)),
        (_("Since the reference"), monitors.counted(key, found.get("events") or 0)),
        (_("Reference"), monitors.counted(key, int(declared.get("reference") or 0))),
        (_("Tolerance"), monitors.tolerance_said(key, float(declared.get("tolerance") or 0))),
        (_("Target run length"), f"{declared['run_length']:,}" if declared.get("alarms", True) else _("no alarm")),
        (_("Direction"), _("up and down") if declared.get("direction") == "both" else _("up")),
        (_("Owner"), str(found.get("owner") or _("nobody"))),
    ]
    return [(name, value) for name, value in facts if value]


def at_a_glance(member: Member) -> dict[str, Any]:
    """For a project's first page: all monitors, and their answer in a line."""
    bodies = showing.strip(member)
    main = showing.monitor_body(member, selectors.monitor_for(member, showing.MAIN))
    return {"plumbs": plumbs_of(bodies), "drift_verdict": answer_said(main)}


def todos(member: Member) -> Iterator[Todo]:
    """The alarms of the member's project of which nobody has said what they are, the newest first."""
    decided = AlarmAction.objects.filter(alarm=OuterRef("pk"), kind=AlarmAction.Kind.TRIAGE)
    for one in selectors.alarms_of(member).filter(~Exists(decided), closed_at=None)[:MOST_WAITING]:
        yield Todo(
            _("%(key)s %(title)s alarmed on %(at)s, and nobody has said what it is.")
            % {"key": one.monitor.key, "title": monitors.title_of(one.monitor.key), "at": monitors.moment_said(one.at)},
            _("Read the evidence"),
            reverse("drift_alarm", args=[member.project.slug, one.pk]),
        )


def left_out_lines(found: Body) -> list[tuple[str, str]]:
    """Why events were left out, and how many."""
    return [(monitors.left_out_said(why), f"{n:,}") for why, n in (found.get("left_out") or {}).items() if n]


@dataclass(frozen=True, slots=True)
class AlarmLine:
    """An alarm in a list: `kind` and `word` are how it stands."""

    pk: UUID
    key: str
    title: str
    at: Any
    number: str
    suspected: str
    open: bool
    kind: str
    word: str


def alarm_lines(alarms: Iterable[Alarm]) -> list[AlarmLine]:
    """Alarms as lists show them."""
    return [
        AlarmLine(
            pk=one.pk,
            key=one.monitor.key,
            title=monitors.title_of(one.monitor.key),
            at=one.at,
            number=f"{one.number:,}",
            suspected=monitors.suspected_said(one.suspected),
            open=one.closed_at is None,
            kind="fail" if one.closed_at is None else "off",
            word=_("stands") if one.closed_at is None else _("closed"),
        )
        for one in alarms
    ]


@dataclass(frozen=True, slots=True)
class Live:
    """Something that went live, for a list."""

    bundle: str
    at: Any
    share: str


def live_lines(rows: Sequence[Mapping[str, Any]]) -> list[Live]:
    """Go-lives as lists show them, the latest first."""
    lines = []
    for one in rows:
        share = one.get("share")
        said = _("%(share)s of the traffic") % {"share": percent(share)} if share is not None else ""
        lines.append(Live(str(one.get("bundle") or ""), monitors.at_of(one["at"]), said))
    return sorted(lines, key=lambda line: line.at, reverse=True)
