"""What can be done about an alarm and what was done, as its page shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from core.accounts.access import Member
from reports import selectors as people
from reports.drift import acting, selectors, sparing
from reports.models import Alarm, AlarmAction
from reports.monitor_forms import NoteForm, ResetForm, TriageForm
from reports.pictures.monitors import moment_said

Kind = AlarmAction.Kind


@dataclass(frozen=True, slots=True)
class _Kind:
    """How a kind of act is offered. `once`: it is done once; `standing`: only while the alarm stands."""

    url_name: str
    title: str
    words: str
    button: str
    once: bool = True
    standing: bool = False
    grave: bool = False


OFFERED = {
    Kind.TRIAGE: _Kind(
        "drift_triage",
        gettext_noop("Say what it is"),
        gettext_noop("The last verdict stands; the earlier ones stay in the record."),
        gettext_noop("Save the verdict"),
        once=False,
    ),
    Kind.THUMBS_OFF: _Kind(
        "drift_thumbs_off",
        gettext_noop("Switch users' thumbs off in recipes"),
        gettext_noop(
            "Every recipe that gives users' thumbs some weight gets a new version in which they have none and the "
            "other signals keep their proportions. Nothing is trained by that."
        ),
        gettext_noop("Switch thumbs off"),
        standing=True,
        grave=True,
    ),
    Kind.BLOCK_EXPORTS: _Kind(
        "drift_block_exports",
        gettext_noop("Keep these thumbs out of exports for good"),
        gettext_noop(
            "Thumbs said since the change stay out of preference exports, also once this alarm is closed. Who needs "
            "them all the same gives a reason, which the export carries."
        ),
        gettext_noop("Block exports"),
        grave=True,
    ),
    Kind.RAISE_GOLD: _Kind(
        "drift_raise_gold",
        gettext_noop("Give raters more tasks with a known answer"),
        gettext_noop("While the alarm stands. It shows whether the labels drift, and not the thumbs."),
        gettext_noop("Raise gold"),
        standing=True,
    ),
    Kind.ASK_INCIDENT: _Kind(
        "drift_ask_incident",
        gettext_noop("Ask for an incident"),
        gettext_noop("Whoever keeps incidents is asked to open one that names this alarm."),
        gettext_noop("Ask for an incident"),
    ),
    Kind.RESET: _Kind(
        "drift_reset",
        gettext_noop("Close it and begin a new reference"),
        gettext_noop(
            "The alarm is closed and the monitor warms up again: the labelled thumbs that come from now on are its new "
            "reference. Do this when what is usual has changed, or the fault is mended."
        ),
        gettext_noop("Begin a new reference"),
        standing=True,
        grave=True,
    ),
}


@dataclass(frozen=True, slots=True)
class Act:
    """Something that can be done: what it does in words, and the form that does it."""

    kind: str
    url_name: str
    title: str
    words: str
    button: str
    grave: bool
    open: bool
    form: forms.Form


@dataclass(frozen=True, slots=True)
class Done:
    """Something that was done."""

    title: str
    detail: str
    reason: str
    who: str
    at: Any


def form_for(alarm: Alarm, kind: str, data: Any = None) -> NoteForm | ResetForm:
    """The form of a kind of act, each with ids of its own: a page has several."""
    options: dict[str, Any] = {"auto_id": f"{kind}_%s"}
    if kind == Kind.TRIAGE:
        return TriageForm(data, **options)
    if kind == Kind.RESET:
        return ResetForm(data, monitor=alarm.monitor, **options)
    return NoteForm(data, **options)


def acts_of(member: Member, alarm: Alarm, tried: Mapping[str, forms.Form]) -> list[Act]:
    """What this member can do about the alarm; `tried` is a form that was refused, by its kind."""
    if not member.may(acting.RIGHT):
        return []
    made = set(selectors.actions_of(alarm).values_list("kind", flat=True))
    if Kind.THUMBS_OFF in made and sparing.recipes_to_spare(member.project):
        made.remove(Kind.THUMBS_OFF)
    return [
        Act(
            kind=kind,
            url_name=one.url_name,
            title=_(one.title),
            words=_(one.words),
            button=_(one.button),
            grave=one.grave,
            open=kind in tried,
            form=tried.get(kind) or form_for(alarm, kind),
        )
        for kind, one in OFFERED.items()
        if not (one.once and kind in made) and not (one.standing and alarm.closed_at is not None)
    ]


def done_of(alarm: Alarm) -> list[Done]:
    """What was done about the alarm, in order, by whom and why."""
    rows = list(selectors.actions_of(alarm))[::-1]
    names = people.names_of([one.by for one in rows])
    return [
        Done(
            title=str(one.get_kind_display()),
            detail=_detail(one),
            reason=one.reason,
            who=names.get(one.by, "") if one.by else "",
            at=one.at,
        )
        for one in rows
    ]


def _detail(one: AlarmAction) -> str:
    if one.kind == Kind.TRIAGE:
        return str(one.get_verdict_display())
    if one.kind != Kind.THUMBS_OFF:
        return ""
    recipes, alone = one.data.get("recipes") or {}, one.data.get("only_thumbs") or []
    said = ngettext("%(n)s recipe has a new version.", "%(n)s recipes have a new version.", len(recipes))
    words = [said % {"n": len(recipes)}] if recipes else [_("No recipe had to change.")]
    if alone:
        words.append(_("Made of thumbs alone, so left as they are: %(names)s.") % {"names": ", ".join(alone)})
    return " ".join(words)


def notes_of(member: Member) -> list[str]:
    """What is in force in the project because of alarms."""
    notes = []
    off = selectors.thumbs_switched_off(member.project)
    if off is not None:
        words = _("Users' thumbs are switched off in recipes since %(at)s, because of an alarm of %(key)s.")
        notes.append(words % {"at": moment_said(off.at), "key": off.alarm.monitor.key})
        again = sparing.recipes_to_spare(member.project)
        if again:
            words = _("Recipes that weigh users' thumbs again since then: %(names)s.")
            notes.append(words % {"names": ", ".join(again)})
    for window in selectors.blocked_windows(member.project):
        if window.end is None:
            words = _("Thumbs said since %(start)s stay out of preference exports, because of an alarm of %(key)s.")
        else:
            words = _(
                "Thumbs said from %(start)s to %(end)s stay out of preference exports, because of an alarm of %(key)s."
            )
        end = moment_said(window.end) if window.end else ""
        notes.append(words % {"start": moment_said(window.start), "end": end, "key": window.monitor})
    return notes
