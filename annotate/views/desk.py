"""What lies before a rater: the pair they judge, the one that follows, and the line about the last one."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.utils import timezone

from annotate import drafts, queue
from annotate.answers import questions_for, rubric_of
from annotate.models import Campaign, Slot
from annotate.selectors import rating as selectors
from annotate.showing import Fields, render_controls
from annotate.submitting import Receipt
from core.ledger.models import Actor, Ruling
from core.ledger.rubrics import Rubric

_REASONS = (
    ("cannot_follow", "I do not know this field"),
    ("language", "not in a language I read"),
    ("distressing", "distressing"),
    ("broken", "broken or cut off"),
    ("other", "another reason"),
)


def skip_reasons() -> list[dict[str, str]]:
    """Why a pair may be skipped, with the key of each."""
    return [{"value": value, "label": label, "key": str(n)} for n, (value, label) in enumerate(_REASONS, 1)]


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
            notes.append("Somebody else had filled the place; your work is kept and paid.")
        if receipt.gold:
            notes.append(_known_answer(receipt.gold, rubric))
        undo = str(token) if receipt.undo_until and receipt.undo_until > timezone.now() else ""
        text = "Saved before." if receipt.replayed else f"Saved {_clock(timezone.now())}."
        return cls(text, " ".join(notes), undo)

    @classmethod
    def of_saved(cls, saved: selectors.Saved | None) -> "Trace | None":
        if saved is None:
            return None
        return cls(f"Saved {_clock(saved.at)}.", token=saved.token if saved.undo_until > timezone.now() else "")

    @classmethod
    def conflict(cls) -> "Trace":
        return cls("Saved before with other answers, in another window; those stand.", passing=True)

    @classmethod
    def gone(cls) -> "Trace":
        return cls("That pair is not with you any more; nothing was saved for it.", passing=True)

    @classmethod
    def skipped(cls) -> "Trace":
        return cls("Skipped.", passing=True)

    @classmethod
    def undone(cls) -> "Trace":
        return cls("Taken back. Change what you like and save again.", passing=True)

    @classmethod
    def too_late(cls, reason: str) -> "Trace":
        return cls(reason, passing=True)


def _known_answer(gold: Mapping[str, Any], rubric: Rubric) -> str:
    said = []
    for key, value in gold.items():
        question = rubric.by_key.get(key)
        option = next((one for one in question.options if one.value == value), None) if question else None
        if question and option:
            said.append(f"{question.label}: {option.label}")
    return f"Its known answer: {'; '.join(said)}." if said else ""


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
    _extra: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def laid(cls, *, campaign: Campaign, rater: Actor, trace: Trace | None = None, first: UUID | None = None) -> "Desk":
        """The desk with the rater's oldest lease before them, or with the one named `first`."""
        slots = queue.take(campaign=campaign, rater=rater, want=2)
        slots.sort(key=lambda slot: slot.lease_token != first)
        if trace is None:
            trace = Trace.of_saved(selectors.last_saved(campaign=campaign, rater=rater))
        return cls(campaign, rater, slots[:2], trace)

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
        }

    def _pairs(self, slots: Sequence[Slot]) -> list[Pair]:
        if not slots:
            return []
        kept = drafts.of(rater=self.rater, slots=slots, rubric=rubric_of(self.campaign))
        shown = selectors.shown(slots)
        return [self._pair(slot, shown[slot.pk], *kept.get(slot.pk, ({}, None))) for slot in slots]

    def _pair(self, slot: Slot, shown: selectors.Shown, fields: Fields, at: datetime | None) -> Pair:
        controls = render_controls(questions_for(slot), single=shown.single, fields=fields)
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
    until = f" until {_clock(nothing.until)}" if nothing.until else ""
    n, pairs = nothing.count, "1 pair is" if nothing.count == 1 else f"{nothing.count} pairs are"
    words = {
        queue.Reason.PAUSED: ("Paused", "This campaign is paused. What you saved is kept."),
        queue.Reason.CLOSED: ("Closed", "This campaign is closed. What you saved is kept."),
        queue.Reason.EMPTY: ("Nothing here yet", "This campaign has no pairs yet."),
        queue.Reason.DONE: ("All done", "Every pair of this campaign has the judgments it needs."),
        queue.Reason.YOURS: (
            "Your part is done",
            f"You have judged or skipped all that is left ({n}). Others will do the rest.",
        ),
        queue.Reason.OTHERS: ("Nothing free at the moment", f"{pairs} with other raters{until}."),
        queue.Reason.AGAIN: ("Nothing free a moment ago", "There may be something now: look again."),
    }
    title, text = words[nothing.reason]
    return {"title": title, "text": text}
