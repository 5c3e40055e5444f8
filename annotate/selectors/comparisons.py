"""The browser of comparisons: pages narrowed by family, bundle, label, source and campaign, newest first."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, TextField, When
from django.db.models.functions import Left, Length
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotate.models import Campaign, GoldAnswer, Task
from annotate.selectors import browsing
from annotate.selectors.excerpts import WHOLE_BODY, first_words_of
from core.accounts.access import Member, Right
from core.accounts.models import Project
from core.catalog.models import Bundle, Comparison, Content
from core.ledger import rubrics
from core.ledger.models import CountedJudgment, Signal

PAGE = 50


@dataclass(frozen=True, slots=True)
class Filters:
    """What the browser is narrowed to; an empty string narrows nothing. `label` is "question:answer"."""

    family: str = ""
    bundle: str = ""
    label: str = ""
    source: str = ""
    campaign: str = ""
    external_id: str = ""

    @classmethod
    def of(cls, data: Mapping[str, str], member: Member) -> "Filters":
        """The filters in a query string, without those that the member has no right to."""
        hidden = set() if member.may(Right.SEE_BUNDLES) else {"bundle", "external_id"}
        hidden |= set() if member.may(Right.MANAGE_CAMPAIGNS) else {"campaign"}
        return cls(**{name: _clean(data.get(name, "")) for name in _FILTERS if name not in hidden})

    def used(self) -> dict[str, str]:
        """Those that narrow something."""
        return {name: value for name in _FILTERS if (value := getattr(self, name))}


_FILTERS = tuple(field.name for field in fields(Filters))


@dataclass(frozen=True, slots=True)
class Line:
    """One comparison in the list. `overall` are the counted overall answers, in the comparison's order."""

    comparison: Comparison
    prompt: str
    counted: int
    overall: tuple[int, ...]
    simulated: int
    gold: bool

    @property
    def grades(self) -> tuple[int, ...]:
        """The preferences among the answers: without both bad and cannot judge."""
        return tuple(value for value in self.overall if value < rubrics.FIRST_CODE)

    @property
    def mean(self) -> float | None:
        """The mean preference (−3 first is much better … 3 second is much better), without the codes."""
        return sum(self.grades) / len(self.grades) if self.grades else None

    @property
    def number(self) -> str:
        """The mean as it is printed: `+1.3`, `−0.5`."""
        if self.mean is None:
            return ""
        rounded = round(self.mean, 1)
        sign = "+" if rounded > 0 else "−" if rounded < 0 else ""
        return f"{sign}{abs(rounded):.1f}"

    @property
    def words(self) -> str:
        """The mean in the words of the scale, of how many answers if not of all, and how many lie outside of it."""
        said = []
        if self.mean is not None:
            n = len(self.grades)
            of = "" if n == self.counted else f" ({ngettext('%(n)d answer', '%(n)d answers', n) % {'n': n}})"
            said.append(_in_words(self.mean) + of)
        for value, word in ((rubrics.BOTH_BAD, _("both bad")), (rubrics.CANNOT_JUDGE, _("cannot judge"))):
            if value in self.overall:
                said.append(f"{self.overall.count(value)} {word}")
        return ", ".join(said)


@dataclass(frozen=True, slots=True)
class Page:
    """One page; `after` is the key of the next, older one, None on the last.

    `cut`: there may be more, but finding it would have taken longer than a page may; the next one goes on there.
    """

    lines: list[Line]
    after: UUID | None
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Choices:
    """What the filters offer; labels as (question, [(value, answer)])."""

    families: list[str]
    bundles: list[str]
    labels: list[tuple[str, list[tuple[str, str]]]]
    sources: list[str]
    campaigns: list[tuple[str, str]]


def page_of(*, member: Member, filters: Filters, after: UUID | None = None) -> Page:
    """Fifty comparisons of the member's project, newest first, older than `after` if one is named."""
    facets = _facets(member, filters)
    found = browsing.newest(facets, before=after, most=PAGE + 1) if facets else browsing.Found([], None)
    more, ids = len(found.ids) > PAGE, found.ids[:PAGE]
    shown = _with_excerpts(Comparison.objects.filter(pk__in=ids)).order_by("-pk")
    said = _said(ids)
    lines = [
        Line(row, _excerpt_of(row), counted, tuple(overall), simulated, bool(getattr(row, "gold", False)))
        for row in shown
        for counted, simulated, overall in [said.get(row.pk, (0, 0, []))]
    ]
    return Page(lines, ids[-1] if more else found.searched_to, cut=found.searched_to is not None)


def choices(member: Member) -> Choices:
    """The filters' values that occur in the member's project; bundles and campaigns for those who may see them."""
    project = member.project
    bundles: list[str] = []
    campaigns: list[tuple[str, str]] = []
    if member.may(Right.SEE_BUNDLES):
        bundles = list(Bundle.objects.filter(project=project).order_by("name").values_list("name", flat=True)[:500])
    if member.may(Right.MANAGE_CAMPAIGNS):
        campaigns = list(Campaign.objects.filter(project=project).order_by("title").values_list("name", "title")[:500])
    sources = [source for source in _distinct("catalog_comparison", "source", project) if source]
    return Choices(
        families=_distinct("catalog_comparison", "family", project),
        bundles=bundles,
        labels=[
            (_(question.label), [(value, _(word)) for value, word in _answers(question)])
            for question in rubrics.DEFAULT.questions
            if question.options
        ],
        sources=sources if member.may(Right.SEE_BUNDLES) else _without_bundles(sources, project),
        campaigns=campaigns,
    )


def comparisons_of(member: Member) -> "QuerySet[Comparison]":
    """The comparisons of the member's project, to be narrowed further."""
    return Comparison.objects.filter(project=member.project)


def comparison_for(member: Member, pk: UUID) -> Comparison:
    """The comparison with prompt, responses and their words. Raises Http404 when it is not of the member's project."""
    found = (
        Comparison.objects.filter(project=member.project, pk=pk)
        .select_related("prompt__content", "first__content", "first__bundle", "second__content", "second__bundle")
        .annotate(gold=Exists(GoldAnswer.objects.filter(comparison=OuterRef("pk"))))
        .first()
    )
    if found is None:
        raise Http404("No such page.")
    return found


def campaigns_with(comparison: Comparison) -> list[Campaign]:
    """The campaigns that ask about this comparison."""
    tasks = Task.objects.filter(comparison=comparison).exclude(kind=Task.Kind.ANCHOR).values("campaign")
    return list(Campaign.objects.filter(pk__in=tasks).order_by("title"))


def label_in_words(label: str) -> str:
    """`sycophantic:clearly` as `Sycophantic: clearly`; what the rubric does not say comes back as it is."""
    if label not in _LABELS:
        return label
    question, word = _LABELS[label]
    return f"{_(question)}: {_(word)}"


def _clean(value: str) -> str:
    # PostgreSQL's text holds every character but this one.
    return value.replace("\x00", "").strip()


def _in_words(mean: float) -> str:
    size = abs(mean)
    if size < 0.5:
        return _("about equal")
    degree = _("slightly better") if size < 1.5 else _("better") if size < 2.5 else _("much better")
    return f"{'A' if mean < 0 else 'B'} {degree}"


def _with_excerpts(found: "QuerySet[Comparison]") -> "QuerySet[Comparison]":
    body = "prompt__content__body"
    begun = Case(
        When(Q(prompt__content__kind=Content.Kind.TEXT), then=Left(body, 2_000)),
        default=Left(body, WHOLE_BODY),
        output_field=TextField(),
    )
    return found.select_related("prompt", "first__bundle", "second__bundle").annotate(
        begun=begun,
        kind=F("prompt__content__kind"),
        length=Length(body),
        gold=Exists(GoldAnswer.objects.filter(comparison=OuterRef("pk"))),
    )


def _excerpt_of(row: Any) -> str:
    """The first words of the prompt's last message."""
    return _("Erased.") if row.begun is None else first_words_of(row.begun, row.length, row.kind)


def _facets(member: Member, filters: Filters) -> list[browsing.Facet]:
    """What a comparison must have; nothing when one of the filters names what does not exist."""
    project = member.project
    facets: list[browsing.Facet | None] = []
    if filters.family:
        facets.append(browsing.family(project.pk, filters.family))
    if filters.source:
        facets.append(browsing.source(project.pk, filters.source))
    if filters.bundle and member.may(Right.SEE_BUNDLES):
        bundle = Bundle.objects.filter(project=project, name=filters.bundle).values_list("pk", flat=True).first()
        facets.append(browsing.bundle(bundle) if bundle else None)
    if filters.external_id and member.may(Right.SEE_BUNDLES):
        facets.append(browsing.named(project.pk, filters.external_id))
    if filters.campaign and member.may(Right.MANAGE_CAMPAIGNS):
        campaign = Campaign.objects.filter(project=project, name=filters.campaign).values_list("pk", flat=True).first()
        facets.append(browsing.campaign(campaign) if campaign else None)
    if filters.label:
        value = _VALUES.get(filters.label)
        key = filters.label.partition(":")[0]
        facets.append(browsing.label(project.pk, key, value) if value is not None else None)
    if None in facets:
        return []
    return [facet for facet in facets if facet is not None] or [browsing.everything(project.pk)]


def _said(ids: list[UUID]) -> dict[UUID, tuple[int, int, list[int]]]:
    """By comparison: how many judgments count, how many of them are simulated, and their overall answers."""
    counted = CountedJudgment.objects.filter(comparison__in=ids)
    rows = counted.values("comparison").annotate(n=Count("pk"), simulated=Count("pk", filter=Q(simulated=True)))
    found: dict[UUID, tuple[int, int, list[int]]] = {
        row["comparison"]: (row["n"], row["simulated"], []) for row in rows
    }
    overall = Signal.objects.filter(judgment__in=counted.values("pk"), question="overall")
    for comparison, value in overall.values_list("judgment__comparison", "value"):
        found[comparison][2].append(value)
    return found


def _answers(question: rubrics.Question) -> list[tuple[str, str]]:
    plain = [(f"{question.key}:{option.key}", option.label) for option in question.options]
    return plain + [(f"{question.key}.{detail.key}:yes", detail.label) for detail in question.details]


_LABELS = {label: (one.label, word) for one in rubrics.DEFAULT.questions for label, word in _answers(one)}
_VALUES = {
    **{f"{one.key}:{option.key}": option.value for one in rubrics.DEFAULT.questions for option in one.options},
    **{f"{one.key}.{detail.key}:yes": detail.value for one in rubrics.DEFAULT.questions for detail in one.details},
}


LABELS = tuple(_VALUES)


def _without_bundles(sources: list[str], project: Project) -> list[str]:
    """The sources that name no bundle: a file is often called after what it compares."""
    names = [name.casefold() for name in Bundle.objects.filter(project=project).values_list("name", flat=True)]
    return [source for source in sources if not any(name in source.casefold() for name in names)]


def _distinct(table: str, column: str, project: Project, limit: int = 500) -> list[str]:
    """The values of an indexed column in this project, each found by one step along the index."""
    step = f"SELECT min({column}) FROM {table} WHERE project_id = %s"  # noqa: S608  (both are named in this module)
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH RECURSIVE found (value) AS (({step}) UNION ALL "  # noqa: S608
            f"SELECT ({step} AND {column} > found.value) FROM found WHERE found.value IS NOT NULL) "
            "SELECT value FROM found WHERE value IS NOT NULL LIMIT %s",
            [project.pk, project.pk, limit],
        )
        return [value for (value,) in cursor.fetchall()]
