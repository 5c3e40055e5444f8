"""Reports that are asked for: a Report and the job that makes it."""

from django.db import transaction

from core.accounts.models import Project, User
from core.catalog.models import Pool
from core.jobs.queue import enqueue
from reports.models import RecipeVersion, Report

DEFAULT_SEED = 1


def ask_report(
    *, project: Project, recipe: RecipeVersion | None, pool: Pool | None, seed: int = DEFAULT_SEED, who: User | None
) -> Report:
    """Have a reward-weighting report made by a job; returns its Report, which waits.

    Without a recipe or a pool the project's newest at the time of the computation is taken.
    """
    with transaction.atomic():
        report = new_report(project=project, recipe=recipe, pool=pool, seed=seed, who=who)
        report.job = enqueue(
            kind="reports.weighting",
            args={"report": str(report.pk)},
            scope=project.pk,
            dedupe_key=str(report.pk),
        ).pk
        report.save(force_insert=True)
    return report


def pool_called(project: Project, name: str) -> Pool | None:
    """The project's pool of this name, if there is one."""
    return Pool.objects.filter(project=project, name=name).first()


def newest_pool(project: Project) -> Pool | None:
    """The pool of the project that was made last."""
    return Pool.objects.filter(project=project).order_by("-pk").first()


def new_report(
    *, project: Project, recipe: RecipeVersion | None, pool: Pool | None, seed: int, who: User | None
) -> Report:
    """The row of a reward-weighting report, not saved yet."""
    return Report(
        project=project,
        kind=Report.Kind.WEIGHTING,
        recipe_version=recipe,
        pool=pool,
        seed=seed,
        made_by=who,
    )
