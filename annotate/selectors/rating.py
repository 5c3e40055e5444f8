"""What the rating page shows, read in few queries and without a word about who wrote what."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import connection
from django.db.models import Count, Max, OuterRef, Q, Subquery, Sum
from django.db.models.functions import TruncDate
from django.http import Http404
from django.utils import timezone

from annotate.models import Attempt, Campaign, PayRow, Slot
from core.accounts.access import Member
from core.accounts.models import Project
from core.catalog.content import html_of
from core.catalog.models import Comparison, Content, Prompt, Response
from core.ledger.models import Actor, Judgment
from core.text.rendering import RENDERER


@dataclass(frozen=True, slots=True)
class Pane:
    """One response as shown: under which letter, and its safe HTML."""

    side: str
    html: str

    @property
    def letter(self) -> str:
        return self.side.upper()


@dataclass(frozen=True, slots=True)
class Shown:
    """All that a rater sees of one task: the prompt and one or two responses, in the order of the slot."""

    prompt: str
    domain: tuple[str, ...]
    memory: bool
    panes: tuple[Pane, ...]

    @property
    def single(self) -> bool:
        return len(self.panes) == 1


@dataclass(frozen=True, slots=True)
class Figures:
    """What a rater did in one campaign in a stretch of time."""

    count: int
    seconds: float
    pay: Decimal
    currency: str

    @property
    def worked(self) -> str:
        """`4 h 10`, `12 min` or `under 1 min`."""
        minutes = int(self.seconds // 60)
        if minutes == 0:
            return "under 1 min"
        return f"{minutes // 60} h {minutes % 60:02}" if minutes >= 60 else f"{minutes} min"

    @property
    def earned(self) -> str:
        return f"{self.pay:.2f} {self.currency}"


@dataclass(frozen=True, slots=True)
class Saved:
    """The rater's last judgment in a campaign; `token` is the key it was sent under."""

    token: str
    at: datetime
    undo_until: datetime


@dataclass(frozen=True, slots=True)
class Work:
    """One campaign as a rater sees it on their first page."""

    campaign: Campaign
    done: int
    latest: datetime | None
    guideline_seen: int | None

    @property
    def guideline_changed(self) -> bool:
        return self.guideline_seen is not None and self.guideline_seen < self.campaign.guideline_version


def campaign_to_rate(member: Member, name: str) -> Campaign:
    """The campaign of this name in the member's project, once it has been opened. Raises Http404."""
    campaign = (
        Campaign.objects.select_related("project", "rubric_version")
        .filter(project=member.project, name=name)
        .exclude(state=Campaign.State.DRAFT)
        .first()
    )
    if campaign is None:
        raise Http404("No such page.")
    return campaign


def shown(slots: Sequence[Slot]) -> dict[UUID, Shown]:
    """What each of these slots (with their tasks) shows, by the slot's id: one query per kind of task there is."""
    comparisons = {slot.task.comparison_id for slot in slots if slot.task.comparison_id}
    responses = {slot.task.response_id for slot in slots if slot.task.response_id}
    pairs = {row.pk: row for row in _comparisons(comparisons)} if comparisons else {}
    singles = {row.pk: row for row in _responses(responses)} if responses else {}
    html = _html([*_contents_of(pairs.values(), singles.values())])
    found: dict[UUID, Shown] = {}
    for slot in slots:
        if slot.task.comparison_id:
            pair = pairs[slot.task.comparison_id]
            sides = (pair.second, pair.first) if slot.flipped else (pair.first, pair.second)
            found[slot.pk] = _show(pair.prompt, sides, html)
        elif slot.task.response_id:
            single = singles[slot.task.response_id]
            found[slot.pk] = _show(single.prompt, (single,), html)
    return found


def _comparisons(ids: Iterable[UUID]) -> Iterable[Comparison]:
    return (
        Comparison.objects.filter(pk__in=ids)
        .select_related("prompt__content", "first__content", "second__content")
        .only("prompt__domain", "prompt__memory", *_words("prompt"), *_words("first"), *_words("second"))
    )


def _responses(ids: Iterable[UUID]) -> Iterable[Response]:
    return (
        Response.objects.filter(pk__in=ids)
        .select_related("prompt__content", "content")
        .only("prompt__domain", "prompt__memory", *_words("prompt"), *_words(""))
    )


def _words(of: str) -> tuple[str, ...]:
    content = f"{of}__content" if of else "content"
    return (content, f"{content}__html", f"{content}__renderer")


def _contents_of(pairs: Iterable[Comparison], singles: Iterable[Response]) -> Iterable[Content]:
    for pair in pairs:
        yield from (pair.prompt.content, pair.first.content, pair.second.content)
    for single in singles:
        yield from (single.prompt.content, single.content)


def _html(contents: Sequence[Content]) -> dict[UUID, str]:
    html = {row.pk: row.html for row in contents if row.html is not None and row.renderer == RENDERER}
    stale = {row.pk for row in contents} - html.keys()
    if stale:
        html.update(html_of(Content.objects.filter(pk__in=stale)))
    return html


def _show(prompt: Prompt, responses: Sequence[Response], html: Mapping[UUID, str]) -> Shown:
    return Shown(
        prompt=html[prompt.content_id],
        domain=tuple(prompt.domain),
        memory=prompt.memory == Prompt.Memory.ON,
        panes=tuple(Pane(side, html[one.content_id]) for side, one in zip("ab", responses, strict=False)),
    )


def today() -> datetime:
    """Midnight in the time zone of whoever asks."""
    return timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)


def figures(*, campaign: Campaign, rater: Actor, since: datetime) -> Figures:
    """What the rater saved in this campaign since then: how many, how long, for how much."""
    with connection.cursor() as cursor:
        cursor.execute(_FIGURES, {"campaign": campaign.pk, "rater": rater.pk, "since": since})
        count, seconds, pay = cursor.fetchone()
    return Figures(count, seconds, pay, campaign.currency)


_FIGURES = """
SELECT count(*), coalesce(sum(a.seconds), 0), coalesce((
    SELECT sum(p.amount) FROM annotate_payrow p
    WHERE p.rater_id = %(rater)s AND p.campaign_id = %(campaign)s AND p.at >= %(since)s
), 0)
FROM annotate_attempt a
WHERE a.campaign_id = %(campaign)s AND a.rater_id = %(rater)s AND a.at >= %(since)s AND a.outcome = 'submitted'
"""


def last_saved(*, campaign: Campaign, rater: Actor) -> Saved | None:
    """The rater's last judgment here, if nothing happened since that makes its trace untrue."""
    row = (
        Attempt.objects.filter(campaign=campaign, rater=rater, outcome__in=("submitted", "withdrawn"))
        .select_related("judgment")
        .only("outcome", "judgment__submission_key", "judgment__recorded_at")
        .order_by("-at", "-pk")
        .first()
    )
    if row is None or row.outcome != Attempt.Outcome.SUBMITTED or row.judgment is None:
        return None
    at = row.judgment.recorded_at
    return Saved(row.judgment.submission_key, at, at + timedelta(seconds=campaign.undo_seconds))


def judgment_sent_as(*, project: Project, rater: Actor, token: str) -> Judgment:
    """The rater's own judgment that was sent under this token. Raises Http404."""
    found = Judgment.objects.filter(
        project=project, source=Judgment.Source.RATING, submission_key=token, actor=rater
    ).first()
    if found is None:
        raise Http404("No such judgment.")
    return found


def work_of(*, member: Member, rater: Actor) -> list[Work]:
    """The campaigns in which this rater can work or has worked lately, the one they were last in first."""
    mine = Attempt.objects.filter(campaign=OuterRef("pk"), rater=rater).order_by().values("campaign")
    rows = (
        Campaign.objects.filter(project=member.project, state__in=(Campaign.State.OPEN, Campaign.State.PAUSED))
        .annotate(
            done=Subquery(mine.annotate(n=Count("pk", filter=Q(outcome="submitted"))).values("n")),
            latest=Subquery(mine.annotate(last=Max("at")).values("last")),
            guideline_seen=Subquery(mine.annotate(seen=Max("guideline_version")).values("seen")),
        )
        .order_by("name")
    )
    work = [Work(row, row.done or 0, row.latest, row.guideline_seen) for row in rows]
    return sorted(
        work, key=lambda one: (one.latest is None, -one.latest.timestamp() if one.latest else 0, one.campaign.name)
    )


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a rater's week."""

    day: date
    count: int


def week_of(*, member: Member, rater: Actor) -> tuple[list[Day], dict[str, Decimal]]:
    """The rater's last seven days (today last) and what they earned in them, by currency."""
    since = today() - timedelta(days=6)
    counts = dict(
        Attempt.objects.filter(project=member.project, rater=rater, at__gte=since, outcome=Attempt.Outcome.SUBMITTED)
        .annotate(day=TruncDate("at"))
        .values("day")
        .annotate(n=Count("pk"))
        .values_list("day", "n")
    )
    pay = dict(
        PayRow.objects.filter(project=member.project, rater=rater, at__gte=since)
        .values("currency")
        .annotate(total=Sum("amount"))
        .values_list("currency", "total")
    )
    days = [since.date() + timedelta(days=n) for n in range(7)]
    return [Day(day, counts.get(day, 0)) for day in days], pay
