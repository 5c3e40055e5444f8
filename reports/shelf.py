"""What a member sees of the reports that were made; another project's does not exist."""

from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from core.accounts.access import Member
from core.accounts.models import Project
from core.catalog.models import Pool
from reports.models import RecipeVersion, Report


def reports_of(member: Member) -> "QuerySet[Report]":
    """The project's reward-weighting reports, to be paged through."""
    found = Report.objects.filter(project=member.project, kind=Report.Kind.WEIGHTING)
    return found.select_related("recipe_version__recipe", "pool", "made_by")


def report_for(member: Member, pk: UUID) -> Report:
    """One reward-weighting report of the member's project. Raises Http404."""
    found = reports_of(member).filter(pk=pk).first()
    if found is None:
        raise Http404("No such report.")
    return found


def newest_of(member: Member) -> Report | None:
    """The newest report that is done."""
    return reports_of(member).filter(state=Report.State.DONE).order_by("-pk").first()


def recipe_called(project: Project, name: str) -> RecipeVersion | None:
    """The newest version of the project's recipe of this name, if there is one."""
    return _versions(project).filter(recipe__name=name).first()


def newest_recipe(project: Project) -> RecipeVersion | None:
    """The recipe version of the project that was added last."""
    return _versions(project).first()


def pool_called(project: Project, name: str) -> Pool | None:
    """The project's pool of this name, if there is one."""
    return Pool.objects.filter(project=project, name=name).first()


def newest_pool(project: Project) -> Pool | None:
    """The pool of the project that was made last."""
    return Pool.objects.filter(project=project).order_by("-pk").first()


def _versions(project: Project) -> "QuerySet[RecipeVersion]":
    return RecipeVersion.objects.filter(project=project).select_related("recipe").order_by("-pk")
