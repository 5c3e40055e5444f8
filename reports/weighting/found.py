"""What a report is about: the recipe, the pinned reference, the budget, the signals, the pool; or what is missing."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext as _

from core.catalog.models import Pool as StoredPool
from reports.budgets import budget_of
from reports.models import Budget, RecipeVersion, ReferenceDecision, Report, RewardSignal
from reports.ordering import newest_pool
from reports.recipes import newest_version, reference_of
from reports.weighting.wanting import Missing


@dataclass(frozen=True, slots=True)
class Found:
    """The rows that a report stands on; None where the project has none."""

    report: Report
    recipe: RecipeVersion | None
    reference: ReferenceDecision | None
    stored: StoredPool | None
    budget: Budget
    signals: dict[str, RewardSignal]
    as_of: datetime

    def the_recipe(self) -> RecipeVersion:
        """The recipe. Raises Missing."""
        if self.recipe is None:
            raise Missing(_("There is no recipe yet. Add one with the weights that are to be tried."))
        return self.recipe

    def the_reference(self) -> ReferenceDecision:
        """The decision that pins the reference. Raises Missing."""
        if self.reference is None:
            raise Missing(
                _("No reference is pinned yet. Pin the recipe that is the last known good: shifts start from it.")
            )
        return self.reference

    def the_pool(self) -> StoredPool:
        """The pool. Raises Missing."""
        if self.stored is None:
            raise Missing(_("There is no pool yet. Import several responses to each prompt, with scores and labels."))
        return self.stored

    def complete(self) -> None:
        """Raises Missing, with a sentence for each, where there is no recipe, no reference or no pool."""
        said = []
        for needed in (self.the_recipe, self.the_reference, self.the_pool):
            try:
                needed()
            except Missing as missing:
                said.append(str(missing))
        if said:
            raise Missing(" ".join(said))

    def weights(self) -> tuple[dict[str, float], dict[str, float]]:
        """The weights of the reference and of the recipe. Raises Missing."""
        self.complete()
        return dict(self.the_reference().version.weights), dict(self.the_recipe().weights)

    def mixed(self) -> tuple[str, ...]:
        """The signals that the recipe or the reference weighs, in the order of their keys. Raises Missing."""
        reference, recipe = self.weights()
        return tuple(sorted(key for key in {*reference, *recipe} if reference.get(key) or recipe.get(key)))


def found_for(report: Report) -> Found:
    """What the report was asked about, and where it was not said, what is newest now."""
    project = report.project
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        as_of = cursor.fetchone()[0]
    return Found(
        report=report,
        recipe=report.recipe_version or newest_version(project),
        reference=reference_of(project),
        stored=report.pool or newest_pool(project),
        budget=budget_of(project),
        signals={signal.key: signal for signal in RewardSignal.objects.filter(project=project).order_by("key")},
        as_of=as_of,
    )
