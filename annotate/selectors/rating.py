"""What the rating page shows, read in few queries and without a word about who wrote what."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, OuterRef, Q, Subquery, Sum
from django.db.models.functions import TruncDate
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from annotate.models import Attempt, Campaign, PayRow, Slot, Task
from core.accounts.access import Member
from core.accounts.models import Project
from core.catalog.content import html_of
from core.catalog.models import Content, Prompt
from core.ledger.models import Actor, Judgment
from core.tables.prepared import rows
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
            return _("under 1 min")
        if minutes < 60:
            return _("%(minutes)d min") % {"minutes": minutes}
        return _("%(hours)d h %(minutes)02d") % {"hours": minutes // 60, "minutes": minutes % 60}

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


def shown(slots: Sequence[Slot]) -> dict[UUID, Shown]:
    """What each of these slots (with their tasks) shows, by the slot's id. There are one or two: a query for each."""
    found = {slot.pk: _subject(slot.task) for slot in slots}
    html = _html(found.values())
    return {slot.pk: _show(found[slot.pk], html, flipped=slot.flipped) for slot in slots}


def shown_as(task: Task, *, flipped: bool) -> Shown:
    """What this task shows with its sides so."""
    subject = _subject(task)
    return _show(subject, _html([subject]), flipped=flipped)


def _subject(task: Task) -> Sequence[Any]:
    # One at a time, since for a list the server would plan anew, guessing at its length; that costs more than reading.
    (subject,) = rows(_SUBJECT, {"comparison": task.comparison_id, "response": task.response_id})
    return subject


_SUBJECT = """
SELECT p.domain, p.memory, asked.id, first.id, second.id,
       ARRAY[asked.renderer, first.renderer, second.renderer], ARRAY[asked.html, first.html, second.html]
FROM (
    SELECT id, first_id, second_id FROM catalog_comparison WHERE id = %(comparison)s::uuid
    UNION ALL SELECT id, id, NULL FROM catalog_response WHERE id = %(response)s::uuid
) subject
JOIN catalog_response one ON one.id = subject.first_id
LEFT JOIN catalog_response two ON two.id = subject.second_id
JOIN catalog_prompt p ON p.id = one.prompt_id
JOIN catalog_content asked ON asked.id = p.content_id
JOIN catalog_content first ON first.id = one.content_id
LEFT JOIN catalog_content second ON second.id = two.content_id
"""


def _html(subjects: Iterable[Sequence[Any]]) -> dict[UUID, str]:
    """The HTML of the contents in these rows of _SUBJECT, rendered where it is not there yet."""
    html: dict[UUID, str] = {}
    stale: set[UUID] = set()
    for *_rest, asked, first, second, renderers, texts in subjects:
        for content, renderer, text in zip((asked, first, second), renderers, texts, strict=True):
            if renderer == RENDERER and text is not None:
                html[content] = text
            elif content is not None:
                stale.add(content)
    if stale:
        html.update(html_of(Content.objects.filter(pk__in=stale)))
    return html


def _show(subject: Sequence[Any], html: Mapping[UUID, str], *, flipped: bool) -> Shown:
    domain, memory, asked, *contents, _renderers, _texts = subject
    texts = [html[content] for content in contents if content is not None]
    if flipped and len(texts) > 1:
        texts.reverse()
    return Shown(
        prompt=html[asked],
        domain=tuple(domain),
        memory=memory == Prompt.Memory.ON,
        panes=tuple(Pane(side, text) for side, text in zip("ab", texts, strict=False)),
    )


def today() -> datetime:
    """Midnight in the time zone of whoever asks."""
    return timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)


def figures(*, campaign: Campaign, rater: Actor, since: datetime) -> Figures:
    """What the rater saved in this campaign since then: how many, how long, for how much."""
    ((count, seconds, pay),) = rows(_FIGURES, {"campaign": campaign.pk, "rater": rater.pk, "since": since})
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
    campaigns = (
        Campaign.objects.filter(project=member.project, state__in=(Campaign.State.OPEN, Campaign.State.PAUSED))
        .annotate(
            done=Subquery(mine.annotate(n=Count("pk", filter=Q(outcome="submitted"))).values("n")),
            latest=Subquery(mine.annotate(last=Max("at")).values("last")),
            guideline_seen=Subquery(mine.annotate(seen=Max("guideline_version")).values("seen")),
        )
        .order_by("name")
    )
    work = [Work(row, row.done or 0, row.latest, row.guideline_seen) for row in campaigns]
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
