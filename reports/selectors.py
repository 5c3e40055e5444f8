"""What a member sees of signals, recipes, pools and reports; another project's do not exist.

Each function takes a Member, which `core.accounts.access.member_of` makes with `Right.SEE_REPORTS`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from django.db import models
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import Http404

from core.accounts.access import Member
from core.accounts.models import User
from core.catalog.models import Pool
from core.tables.bulk import fetch
from reports.models import Recipe, RecipeVersion, ReferenceDecision, Report, RewardSignal

M = TypeVar("M", bound=models.Model)


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of how many of a pool's responses there is a score of this signal."""

    signal: str
    scores: int
    share: float
    registered: bool


@dataclass(frozen=True, slots=True)
class PoolSize:
    """How much is in a pool."""

    prompts: int
    responses: int
    coverage: tuple[Coverage, ...]


def signals_of(member: Member) -> "QuerySet[RewardSignal]":
    """The project's signals by key."""
    return RewardSignal.objects.filter(project=member.project).order_by("key")


def signal_for(member: Member, key: str) -> RewardSignal:
    """The project's signal with this key. Raises Http404."""
    return _one(signals_of(member).filter(key=key))


def recipes_of(member: Member) -> "QuerySet[Recipe]":
    """The project's recipes, the one with the newest version first."""
    versions = RecipeVersion.objects.filter(recipe=OuterRef("pk")).order_by("-number").values("pk")
    return Recipe.objects.filter(project=member.project).annotate(newest=Subquery(versions[:1])).order_by("-newest")


def recipe_for(member: Member, name: str) -> Recipe:
    """The project's recipe of this name. Raises Http404."""
    return _one(Recipe.objects.filter(project=member.project, name=name))


def versions_of(member: Member, recipe: Recipe | None = None) -> "QuerySet[RecipeVersion]":
    """The project's versions, of one recipe if one is given, the newest first."""
    versions = RecipeVersion.objects.filter(project=member.project).select_related("recipe").order_by("-pk")
    return versions if recipe is None else versions.filter(recipe=recipe)


def version_for(member: Member, name: str, pk: UUID) -> RecipeVersion:
    """A version of the project's recipe of this name. Raises Http404."""
    return _one(versions_of(member).filter(recipe__name=name, pk=pk))


def decisions_of(member: Member) -> "QuerySet[ReferenceDecision]":
    """The decisions that pinned the project's reference, the one that stands first."""
    made = ReferenceDecision.objects.filter(project=member.project).select_related("version__recipe")
    return made.order_by("-pk")


def pools_of(member: Member) -> "QuerySet[Pool]":
    """The project's pools, the newest first."""
    return Pool.objects.filter(project=member.project).select_related("base_bundle").order_by("-pk")


def pool_for(member: Member, name: str) -> Pool:
    """The project's pool of this name. Raises Http404."""
    return _one(pools_of(member).filter(name=name))


def size_of(pool: Pool) -> PoolSize:
    """What is in the pool: one walk over its responses and one over its scores."""
    [(responses, prompts)] = fetch(_RESPONSES, [pool.pk])
    keys = set(RewardSignal.objects.filter(project=pool.project_id).values_list("key", flat=True))
    scored = fetch("SELECT signal, count(*) FROM catalog_score WHERE pool_id = %s GROUP BY 1 ORDER BY 1", [pool.pk])
    coverage = tuple(Coverage(signal, count, count / responses, signal in keys) for signal, count in scored)
    return PoolSize(prompts, responses, coverage)


_RESPONSES = """
SELECT count(*), count(DISTINCT r.prompt_id) FROM catalog_poolresponse m
JOIN catalog_response r ON r.id = m.response_id WHERE m.pool_id = %s
"""


def reports_of(member: Member, kind: str) -> "QuerySet[Report]":
    """The project's reports of this kind, the newest first."""
    made = Report.objects.filter(project=member.project, kind=kind)
    return made.select_related("recipe_version__recipe", "pool", "made_by").order_by("-pk")


def report_for(member: Member, kind: str, pk: UUID) -> Report:
    """A report of the project. Raises Http404."""
    return _one(reports_of(member, kind).filter(pk=pk))


def names_of(ids: Sequence[UUID | None]) -> dict[UUID, str]:
    """What the people with these ids are called; who is gone is not in it."""
    return {user.pk: str(user) for user in User.objects.filter(pk__in={pk for pk in ids if pk})}


def _one(rows: "QuerySet[M]") -> M:
    found = rows.first()
    if found is None:
        raise Http404("No such page.")
    return found
