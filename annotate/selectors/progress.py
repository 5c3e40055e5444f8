"""How far campaigns are, and what was said in a project."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from django.http import Http404
from django.utils.translation import gettext as _

from annotate import tallies
from annotate.answers import asked_as, rubric_of
from annotate.models import ASIDE, Attempt, Campaign, Slot
from core.accounts.access import Member
from core.catalog.models import Comparison
from core.ledger import tallies as told
from core.ledger.models import Actor, ExportCut, Judgment, LabelRequest
from reports.drift.raters import Quality, quality_of


@dataclass(frozen=True, slots=True)
class Progress:
    """Slots by state now; `leased` counts live leases only, a lapsed one is open again. `held` wait for a decision.

    `as_of`: what was done since then may be missing; None when nothing is.
    """

    tasks: int
    complete: int
    slots: int
    filled: int
    leased: int
    open: int
    held: int = 0
    as_of: datetime | None = None

    @property
    def share(self) -> str:
        """`62 %`; never 0 or 100 while there is something or something is missing."""
        if not self.slots:
            return "0 %"
        whole = 100 * self.filled // self.slots
        return _("under 1 %(percent)s") % {"percent": "%"} if self.filled and not whole else f"{whole} %"

    @property
    def done(self) -> bool:
        return bool(self.slots) and self.filled == self.slots


@dataclass(frozen=True, slots=True)
class RaterLine:
    """One rater in a campaign, by pseudonym. `quality` is how they do on anchors of the project, None without any."""

    pseudonym: str
    submitted: int
    skipped: int
    lapsed: int
    median_seconds: float | None
    last: datetime | None
    quality: Quality | None = None

    @property
    def on_anchors(self) -> str:
        """`91 % (80–96 %) of 64`, how often they agree with experts, or how many more judgments that needs."""
        if self.quality is None:
            return ""
        agrees = self.quality.agrees
        if agrees is None:
            return _("not enough data: about %(n)d more needed") % {"n": self.quality.needed}
        share, low, high = (round(100 * value) for value in (agrees.estimate, agrees.low, agrees.high))
        values = {"share": share, "low": low, "high": high, "n": agrees.n}
        return _("%(share)d %% (%(low)d–%(high)d %%) of %(n)d") % values

    @property
    def flag(self) -> str:
        """What has changed in how they judge anchors, empty while nothing has."""
        if self.quality is None or self.quality.standing not in ("watch", "alarm"):
            return ""
        sure = self.quality.standing == "alarm"
        if self.quality.towards == "lenient":
            return _("more lenient than before") if sure else _("perhaps more lenient than before")
        return _("stricter than before") if sure else _("perhaps stricter than before")


@dataclass(frozen=True, slots=True)
class ProjectState:
    """The project in a few numbers. `simulated` of the counted judgments were made by a simulation.

    `as_of`: what was said since then may be missing from the judgments; None when nothing is.
    """

    comparisons: int
    counted: int
    simulated: int
    raters: int
    last_judgment: datetime | None
    last_cut: datetime | None
    since_cut: int
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class CampaignLine:
    """One campaign in a list."""

    campaign: Campaign
    progress: Progress


@dataclass(frozen=True, slots=True)
class AskedLine:
    """One question of a campaign's rubric: what it is about, and how it is put."""

    key: str
    label: str
    group: str
    of: str
    how: str
    off: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """Label requests of one purpose that no open campaign takes."""

    purpose: str
    count: int


def campaign_for(member: Member, name: str) -> Campaign:
    """The campaign of this name in the member's project. Raises Http404."""
    found = (
        Campaign.objects.select_related("project", "rubric_version").filter(project=member.project, name=name).first()
    )
    if found is None:
        raise Http404("No such page.")
    return found


def campaigns_of(member: Member) -> list[CampaignLine]:
    """Every campaign of the member's project with its progress, the newest first."""
    rows = list(Campaign.objects.filter(project=member.project).order_by("-created_at", "name"))
    found = progress_of(row.pk for row in rows)
    return [CampaignLine(row, found[row.pk]) for row in rows]


def campaigns_in(member: Member) -> "QuerySet[Campaign]":
    """The campaigns of the member's project, to be paged through."""
    return Campaign.objects.filter(project=member.project)


def progress_of(campaigns: Iterable[UUID]) -> dict[UUID, Progress]:
    """The progress of each campaign, by its id; zeros where it has no slots."""
    wanted = list(campaigns)
    counted, as_of = tallies.counts(wanted)
    slots_of = (
        Slot.objects.filter(campaign__in=wanted, priority__lt=ASIDE)
        .values_list("campaign")
        .annotate(n=Count("pk"))
        .order_by()
    )
    leased = dict(slots_of.filter(state=Slot.State.LEASED, lease_until__gte=Now()))
    held = dict(slots_of.filter(state=Slot.State.HELD))
    found = {}
    for campaign in wanted:
        tasks, complete, slots, filled = counted.get(campaign, (0, 0, 0, 0))
        away = (leased.get(campaign, 0), held.get(campaign, 0))
        # What is leased or held was counted at another moment than what is filled.
        left = max(0, slots - filled - sum(away))
        found[campaign] = Progress(tasks, complete, slots, filled, away[0], left, away[1], as_of)
    return found


def project_state(member: Member) -> ProjectState:
    """The project of the member in a few numbers."""
    cut = ExportCut.objects.filter(project=member.project).aggregate(last=Max("taken_at"))["last"]
    said = told.said(member.project.pk, cut)
    # Counting the distinct actors of all judgments would sort every one of them; whom a file brought has rated nothing.
    rated = Judgment.objects.filter(actor=OuterRef("pk"), source=Judgment.Source.RATING)
    return ProjectState(
        comparisons=Comparison.objects.filter(project=member.project).count(),
        counted=said.counted,
        simulated=said.simulated,
        raters=Actor.objects.filter(Exists(rated), project=member.project).exclude(kind=Actor.Kind.IMPORTED).count(),
        last_judgment=said.latest,
        last_cut=cut,
        since_cut=said.since_cut,
        as_of=said.as_of,
    )


def requests_without_campaign(member: Member) -> list[Waiting]:
    """What somebody asked raters to label and no open campaign of the member's project takes."""
    opened = Campaign.objects.filter(project=member.project, state=Campaign.State.OPEN)
    taken = {purpose for purposes in opened.values_list("purposes", flat=True) for purpose in purposes}
    rows = (
        LabelRequest.objects.filter(project=member.project, state=LabelRequest.State.OPEN)
        .exclude(purpose__in=taken)
        .values("purpose")
        .annotate(count=Count("pk"))
        .order_by("-count", "purpose")[:20]
    )
    return [Waiting(row["purpose"], row["count"]) for row in rows]


def asked_of(campaign: Campaign) -> list[AskedLine]:
    """Each question of the campaign's rubric and how the campaign puts it, in the rubric's order."""
    lines = []
    for question in rubric_of(campaign).questions:
        how = asked_as(campaign, question)
        words = {
            "required": _("required"),
            "optional": _("asked"),
            "sampled": _("required for %(share)s of the places")
            % {"share": f"{100 * float(how.get('probability', 0)):g} %"},
            "off": _("not asked"),
        }
        of = _("each response") if question.per == "response" else _("the two together")
        lines.append(
            AskedLine(question.key, _(question.label), question.group, of, words[how["ask"]], how["ask"] == "off")
        )
    return lines


def raters_of(campaign: Campaign, limit: int = 200) -> list[RaterLine]:
    """Who worked on the campaign, the busiest first."""
    rows = (
        Attempt.objects.filter(campaign=campaign)
        .values("rater")
        .annotate(
            submitted=Count("pk", filter=Q(outcome="submitted")),
            skipped=Count("pk", filter=Q(outcome="skipped")),
            lapsed=Count("pk", filter=Q(outcome="lapsed")),
            last=Max("at"),
        )
        .order_by("-submitted", "rater")[:limit]
    )
    medians = _median_seconds(campaign)
    quality = quality_of(campaign.project_id, [row["rater"] for row in rows])
    names = dict(Actor.objects.filter(pk__in=[row["rater"] for row in rows]).values_list("pk", "pseudonym"))
    return [
        RaterLine(
            names[row["rater"]],
            row["submitted"],
            row["skipped"],
            row["lapsed"],
            medians.get(row["rater"]),
            row["last"],
            quality.get(row["rater"]),
        )
        for row in rows
    ]


def example_slot(campaign: Campaign, n: int = 0) -> Slot | None:
    """A slot of the campaign's n-th task to preview, without taking it: in the queue's order while there is a queue."""
    slots = Slot.objects.filter(campaign=campaign, priority__lt=ASIDE).select_related(
        "task__campaign__rubric_version", "campaign"
    )
    waiting = slots.filter(state__in=(Slot.State.OPEN, Slot.State.LEASED)).order_by("priority", "rnd")
    place = n * campaign.overlap
    return waiting[place : place + 1].first() or waiting.first() or slots.exclude(state=Slot.State.CLOSED).first()


def _median_seconds(campaign: Campaign) -> dict[UUID, float]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rater_id, percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) FROM annotate_attempt "
            "WHERE campaign_id = %s AND outcome = 'submitted' AND seconds IS NOT NULL GROUP BY rater_id",
            [campaign.pk],
        )
        return dict(cursor.fetchall())
