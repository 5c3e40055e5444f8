"""What there is to read of an alarm: what it says, the thumbs that contributed most, what went live near the change."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.accounts.access import Member, Right
from core.catalog.content import html_of
from core.catalog.models import Response
from core.ledger.models import Turn
from core.text.plain import excerpt
from reports.drift import saying, selectors, showing
from reports.models import Alarm, DriftEvent
from reports.pictures.monitors import factor_of

MOST_THUMBS = 20
MOST_GIST = 160


@dataclass(frozen=True, slots=True)
class Thumb:
    """A thumb to read: `prompt` and `answer` are safe HTML, empty where only the thumb is known.

    `gist` is the beginning of the answer as plain words, `weight` how much the thumb contributed to the statistic.
    """

    number: int
    up: bool
    sycophantic: float
    correct: float
    context: list[tuple[str, str]]
    solicited: bool
    said_at: datetime
    weight: float | None
    gist: str
    prompt: str
    answer: str

    @property
    def number_said(self) -> str:
        return f"{self.number:,}"


def alarm_body(member: Member, alarm: Alarm) -> dict[str, Any]:
    """An alarm as pictures and sentences take it: the monitor's body with what this alarm says of it."""
    monitor = alarm.monitor
    body = showing.monitor_body(member, monitor)
    if alarm.run != monitor.run:
        # The monitor has begun anew since: its timeline is another one.
        body |= {"path": [], "value": None, "reference": None, "segments": {}, "fault": None, "begun_anew": True}
    told = alarm_json(member, alarm)
    explained = {
        "state": "ALARM",
        "alarm": str(alarm.pk),
        "since": told["at"],
        "needed": None,
        "closed": alarm.closed_at is not None,
        **{name: told[name] for name in ("statistic", "threshold", "change_point", "provisional", "suspected")},
        **{name: told.get(name) or [] for name in ("attribution", "contributors")},
        "near": told["go_lives"],
        "kitagawa": told.get("kitagawa") or {},
        "change": alarm.body.get("change"),
    }
    body |= explained
    return body | showing.around(member, body, [alarm])


def alarm_json(member: Member, alarm: Alarm) -> dict[str, Any]:
    """Everything that the alarm says to this member: who may not see bundles is not told which went live."""
    return saying.alarm_json(alarm, named=member.may(Right.SEE_BUNDLES))


def thumbs_of(member: Member, alarm: Alarm) -> list[Thumb]:
    """The thumbs that contributed most to the alarm, most first, with what they are about."""
    weights = _weights(alarm.body.get("contributors") or ())
    events = selectors.events_of(member, list(weights)[:MOST_THUMBS])
    responses = _responses(member, events)
    contents = {one.content_id: one.content for one in responses.values()}
    contents |= {one.prompt.content_id: one.prompt.content for one in responses.values()}
    html = html_of(contents.values())
    return [_thumb(event, weights, responses.get(event.pk), html) for event in events]


def _weights(contributors: Any) -> dict[int, float | None]:
    """{number of the event: its contribution}; they come as numbers alone or with what they contributed."""
    found: dict[int, float | None] = {}
    for one in contributors:
        if isinstance(one, Mapping):
            number = one.get("event", one.get("number"))
            score = one.get("score", one.get("contribution"))
            if number is not None:
                found[int(number)] = None if score is None else float(score)
        else:
            found[int(one)] = None
    return found


def _responses(member: Member, events: list[DriftEvent]) -> dict[Any, Response]:
    """The answer of each event by the event's id, that of its turn where the thumb is on one."""
    turns = {event.turn for event in events if event.turn and not event.response}
    of_turn = dict(
        Turn.objects.filter(project=member.project, pk__in=turns, response__isnull=False).values_list("pk", "response")
    )
    wanted = {event.pk: event.response or (of_turn.get(event.turn) if event.turn else None) for event in events}
    rows = Response.objects.filter(project=member.project, pk__in={pk for pk in wanted.values() if pk})
    known = {row.pk: row for row in rows.select_related("content", "prompt__content")}
    return {pk: known[answer] for pk, answer in wanted.items() if answer in known}


def _thumb(
    event: DriftEvent, weights: Mapping[int, float | None], answer: Response | None, html: Mapping[Any, str]
) -> Thumb:
    number = event.number or 0
    context = [(name, getattr(event, name)) for name in ("segment", "arm", "memory", "domain", "language")]
    return Thumb(
        number=number,
        up=event.up,
        sycophantic=event.sycophantic,
        correct=event.correct,
        context=[(factor_of(name), value) for name, value in context if value],
        solicited=event.solicited,
        said_at=event.said_at,
        weight=weights.get(number),
        gist=excerpt(answer.content.body or "", MOST_GIST) if answer else "",
        prompt=html[answer.prompt.content_id] if answer else "",
        answer=html[answer.content_id] if answer else "",
    )
