"""Reports over the API: one is asked for, a job makes it, its body is read."""

from typing import Any, ClassVar
from uuid import UUID

from django.http.response import HttpResponseBase
from django.urls import reverse
from django_filters import ChoiceFilter, FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.accounts.access import Right
from core.accounts.models import Scope
from core.api.idempotency import Done
from core.api.problems import Code, Problem, invalid
from core.api.schema import page_of
from core.api.serializers import Strict, Text, Whole
from core.api.views import ListView, TokenView
from reports import selectors
from reports.models import Report
from reports.ordering import DEFAULT_SEED, ask_report, pool_called
from reports.recipes import newest_version

_READS = frozenset({Scope.READ, Scope.EXPORT})
_ASKS = frozenset({Scope.EXPORT})
_MOST_SEED = 2**53
_KIND = Report.Kind.WEIGHTING.value


class WeightingSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=Report.State.values)
    verdict = serializers.SerializerMethodField(
        help_text="When it is done: within_budget, over_budget or not_enough_data."
    )
    recipe = serializers.CharField(source="recipe_version.recipe.name", allow_null=True, default=None)
    recipe_version = serializers.IntegerField(source="recipe_version.number", allow_null=True, default=None)
    pool = serializers.CharField(source="pool.name", allow_null=True, default=None)
    seed = serializers.IntegerField()
    snapshot = serializers.CharField(help_text="The hash of what it was computed from; empty until it is done.")
    job = serializers.UUIDField(allow_null=True)
    error = serializers.CharField(help_text="Why there is none, or empty.")
    made_at = serializers.DateTimeField()

    def get_verdict(self, report: Report) -> str | None:
        return report.body["verdict"] if report.body else None


class WeightingDetailSerializer(WeightingSerializer):
    body = serializers.DictField(allow_null=True, help_text="When it is done: everything the report says.")


class NewWeightingSerializer(Strict):
    recipe = Text(max_length=80, required=False, help_text="Its newest version; otherwise the version added last.")
    pool = Text(max_length=80, required=False, help_text="Otherwise the pool made last.")
    seed = Whole(min_value=0, max_value=_MOST_SEED, required=False, help_text="Of the resampling.")


class WeightingFilters(FilterSet):
    state = ChoiceFilter(choices=Report.State.choices)


class WeightingList(ListView):
    scopes: ClassVar = {"GET": _READS, "POST": _ASKS}
    right = Right.SEE_REPORTS
    filters = WeightingFilters
    keyed = True

    @extend_schema(responses=page_of(WeightingSerializer))
    def get(self, request: Request) -> Response:
        """The project's reward-weighting reports, newest first."""
        return self.page(selectors.reports_of(self.member, _KIND), WeightingSerializer)

    @extend_schema(request=NewWeightingSerializer, responses={202: WeightingDetailSerializer})
    def post(self, request: Request) -> HttpResponseBase:
        """Ask for a reward-weighting report: a job makes it."""
        if not self.member.may(Right.MANAGE_RECIPES):
            raise Problem(Code.RIGHT_MISSING, f"Whoever made the token may not {Right.MANAGE_RECIPES}.")
        wanted = self.read(NewWeightingSerializer)
        return self.once(lambda: self._ask(wanted))

    def _ask(self, wanted: dict[str, Any]) -> Done:
        project = self.member.project
        recipe = newest_version(project, wanted["recipe"]) if "recipe" in wanted else None
        if "recipe" in wanted and recipe is None:
            raise invalid("recipe", "There is no such recipe in the project.", "does_not_exist")
        pool = pool_called(project, wanted["pool"]) if "pool" in wanted else None
        if "pool" in wanted and pool is None:
            raise invalid("pool", "There is no such pool in the project.", "does_not_exist")
        report = ask_report(
            project=project, recipe=recipe, pool=pool, seed=wanted.get("seed", DEFAULT_SEED), who=self.member.user
        )
        shown = self.shown(WeightingDetailSerializer, selectors.report_for(self.member, _KIND, report.pk))
        return Done(202, shown, reverse("api_weighting_detail", args=[report.pk]))


class WeightingDetail(TokenView):
    scopes: ClassVar = {"GET": _READS}
    right = Right.SEE_REPORTS

    @extend_schema(responses=WeightingDetailSerializer)
    def get(self, request: Request, id: UUID) -> Response:
        """One report: its state, and when it is done what it says."""
        return self.say(WeightingDetailSerializer, selectors.report_for(self.member, _KIND, id))
