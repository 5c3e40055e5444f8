"""What lies before a rater: the pair they judge, the one that follows, and the line about the last one."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from annotate import drafts, keymap, queue
from annotate.answers import questions_for, rubric_of
from annotate.keymap import KeyMap
from annotate.models import BrokenReport, Campaign, Slot
from annotate.selectors import rating as selectors
from annotate.showing import Fields, render_controls
from annotate.submitting import Receipt
from annotate.views.fixed import fixed
from core.ledger.models import Actor, Ruling
from core.ledger.rubrics import Rubric

_REASONS = (
    ("cannot_follow", gettext_lazy("I do not know this field")),
    ("language", gettext_lazy("not in a language I read")),
    ("distressing", gettext_lazy("distressing")),
    ("other", gettext_lazy("another reason")),
)


def skip_reasons() -> list[dict[str, str | Promise]]:
    """Why a pair may be skipped, with the key of each."""
    return [{"value": value, "label": label, "key": str(n)} for n, (value, label) in enumerate(_REASONS, 1)]


def report_reasons() -> list[dict[str, str | Promise]]:
    """What may be broken about a pair, with the key of each."""
    return [
        {"value": reason.value, "label": reason.label, "key": str(n)} for n, reason in enumerate(BrokenReport.Reason, 1)
    ]


def _clock(at: datetime) -> str:
    return f"{timezone.localtime(at):%H:%M}"


@dataclass(frozen=True, slots=True)
class Trace:
    """The one line about what was done last. `token` is there while it can be undone; `passing` lines are not kept."""

    text: str
    note: str = ""
    token: str = ""
    passing: bool = False

    @classmethod
    def of_receipt(cls, receipt: Receipt, token: UUID, rubric: Rubric) -> "Trace":
        notes = []
        if receipt.standing == Ruling.Standing.SURPLUS:
            notes.append(_("The place had gone to somebody else; your work is kept and paid."))
        if receipt.gold:
            notes.append(_known_answer(receipt.gold, rubric))
        undo = str(token) if receipt.undo_until and receipt.undo_until > timezone.now() else ""
        text = _("Saved before.") if receipt.replayed else _saved_at(timezone.now())
        return cls(text, " ".join(notes), undo)

    @classmethod
    def of_saved(cls, saved: selectors.Saved | None) -> "Trace | None":
        if saved is None:
            return None
        return cls(_saved_at(saved.at), token=saved.token if saved.undo_until > timezone.now() else "")

    @classmethod
    def conflict(cls) -> "Trace":
        return cls(_("Saved before with other answers, in another window; those stand."), passing=True)

    @classmethod
    def gone(cls) -> "Trace":
        return cls(_("That pair is not with you any more; nothing was saved for it."), passing=True)

    @classmethod
    def skipped(cls) -> "Trace":
        return cls(_("Skipped."), passing=True)

    @classmethod
    def reported(cls) -> "Trace":
        return cls(_("Reported. Those who run the project see it."), passing=True)

    @classmethod
    def undone(cls) -> "Trace":
        return cls(_("Taken back. Change what you like and save again."), passing=True)

    @classmethod
    def too_late(cls, reason: str) -> "Trace":
        return cls(reason, passing=True)


def _saved_at(at: datetime) -> str:
    return _("Saved %(time)s.") % {"time": _clock(at)}


def _known_answer(gold: Mapping[str, Any], rubric: Rubric) -> str:
    said = []
    for key, value in gold.items():
        question = rubric.by_key.get(key)
        option = next((one for one in question.options if one.value == value), None) if question else None
        if question and option:
            said.append(f"{_(question.label)}: {_(option.label)}")
    return _("Its known answer: %(answers)s.") % {"answers": "; ".join(said)} if said else ""


@dataclass(frozen=True, slots=True)
class Pair:
    """One pair ready to be put on a page."""

    token: str
    shown: selectors.Shown
    panes: tuple[dict[str, str], ...]
    subject: str
    draft_at: datetime | None = None
    errors: Sequence[dict[str, str]] = ()


@dataclass
class Desk:
    """A rater's desk in one campaign, as it is now."""

    campaign: Campaign
    rater: Actor
    slots: list[Slot]
    trace: Trace | None = None
    keys: KeyMap = field(default_factory=keymap.default)

    @classmethod
    def laid(
        cls,
        *,
        campaign: Campaign,
        rater: Actor,
        trace: Trace | None = None,
        first: UUID | None = None,
        keys: KeyMap | None = None,
    ) -> "Desk":
        """The desk with the rater's oldest lease before them, or with the one named `first`; keycaps as in `keys`."""
        slots = queue.take(campaign=campaign, rater=rater, want=2)
        slots.sort(key=lambda slot: slot.lease_token != first)
        if trace is None:
            trace = Trace.of_saved(selectors.last_saved(campaign=campaign, rater=rater))
        return cls(campaign, rater, slots[:2], trace, keys or keymap.default())

    @cached_property
    def figures(self) -> selectors.Figures:
        return selectors.figures(campaign=self.campaign, rater=self.rater, since=selectors.today())

    def context(
        self,
        *,
        known: Collection[str] = (),
        filled: Fields | None = None,
        errors: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        """What the templates need. Pairs whose token is `known` to the page already are not made again."""
        tokens = [str(slot.lease_token) for slot in self.slots]
        show_current = not tokens or tokens[0] not in known
        wanted = [slot for slot, token in zip(self.slots, tokens, strict=True) if token not in known]
        made = {pair.token: pair for pair in self._pairs(wanted)}
        current = made.get(tokens[0]) if tokens else None
        if current is not None and (filled is not None or errors):
            current = self._refilled(current, filled or {}, errors or {})
        return {
            "slug": self.campaign.project.slug,
            "name": self.campaign.name,
            "campaign": self.campaign,
            "current": current or ({"token": tokens[0]} if tokens else None),
            "show_current": show_current,
            "ahead": made.get(tokens[1]) if len(tokens) > 1 else None,
            "ahead_token": tokens[1] if len(tokens) > 1 else "",
            "figures": self.figures,
            "trace": self.trace,
            "nothing": None if tokens else self._nothing(),
            "caps": self.keys.caps,
            "fixed": fixed(self.keys),
        }

    def _pairs(self, slots: Sequence[Slot]) -> list[Pair]:
        if not slots:
            return []
        kept = drafts.of(rater=self.rater, slots=slots, rubric=rubric_of(self.campaign))
        shown = selectors.shown(slots)
        return [self._pair(slot, shown[slot.pk], *kept.get(slot.pk, ({}, None))) for slot in slots]

    def _pair(self, slot: Slot, shown: selectors.Shown, fields: Fields, at: datetime | None) -> Pair:
        controls = render_controls(questions_for(slot), single=shown.single, fields=fields, keys=self.keys)
        return Pair(
            token=str(slot.lease_token),
            shown=shown,
            panes=tuple(
                {
                    "side": pane.side,
                    "letter": pane.letter,
                    "html": pane.html,
                    "head": controls[f"head_{pane.side}"],
                    "rows": controls[pane.side],
                }
                for pane in shown.panes
            ),
            subject=controls["subject"],
            draft_at=at,
        )

    def _refilled(self, pair: Pair, fields: Fields, errors: dict[str, str]) -> Pair:
        slot = next(slot for slot in self.slots if str(slot.lease_token) == pair.token)
        again = self._pair(slot, pair.shown, fields, None)
        return replace(again, errors=[{"name": key, "text": text} for key, text in errors.items()])

    def _nothing(self) -> dict[str, str]:
        return nothing_words(queue.why_nothing(campaign=self.campaign, rater=self.rater))


def nothing_words(nothing: queue.Nothing) -> dict[str, str]:
    """Why there is no pair, in words."""
    title, text = {
        queue.Reason.PAUSED: (_("Paused"), _("This campaign is paused. What you saved is kept.")),
        queue.Reason.CLOSED: (_("Closed"), _("This campaign is closed. What you saved is kept.")),
        queue.Reason.EMPTY: (_("Nothing here yet"), _("This campaign has no pairs yet.")),
        queue.Reason.DONE: (_("All done"), _("Every pair that can be rated has the judgments it needs.")),
        queue.Reason.YOURS: (
            _("Your part is done"),
            _("You have judged or skipped all that is left (%(n)d). Others will do the rest.") % {"n": nothing.count},
        ),
        queue.Reason.OTHERS: (_("Nothing free at the moment"), _with_others(nothing)),
        queue.Reason.AGAIN: (_("Nothing free a moment ago"), _("There may be something now: look again.")),
    }[nothing.reason]
    return {"title": title, "text": text}


def _with_others(nothing: queue.Nothing) -> str:
    values = {"n": nothing.count, "time": _clock(nothing.until) if nothing.until else ""}
    if nothing.until:
        return (
            ngettext(
                "%(n)d pair is with other raters until %(time)s.",
                "%(n)d pairs are with other raters until %(time)s.",
                nothing.count,
            )
            % values
        )
    return ngettext("%(n)d pair is with other raters.", "%(n)d pairs are with other raters.", nothing.count) % values
