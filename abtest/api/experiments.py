"""Experiments over the API: what is tried on whom, and how it stands."""

from typing import Any, ClassVar

from django_filters import ChoiceFilter, FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from abtest import selectors
from abtest.models import Experiment
from core.accounts.access import Right
from core.accounts.models import Scope
from core.api.schema import page_of
from core.api.views import ListView, TokenView

READS = frozenset({Scope.READ, Scope.INGEST})


class ArmSerializer(serializers.Serializer):
    key = serializers.CharField()
    bundle = serializers.CharField(source="bundle.name")
    share = serializers.IntegerField(help_text="Of the units that take part, in millionths.")


class ExperimentSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    key = serializers.CharField()
    name = serializers.CharField()
    state = serializers.ChoiceField(choices=Experiment.State.values)
    unit = serializers.ChoiceField(choices=Experiment.Unit.values, help_text="What is assigned to an arm.")
    ramp = serializers.IntegerField(help_text="How many percent of the eligible units take part.")
    held_because = serializers.CharField(help_text="Why the ramp may not grow now; empty: it may.")
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    stopped_at = serializers.DateTimeField(allow_null=True)
    arms = serializers.SerializerMethodField()

    def get_arms(self, experiment: Experiment) -> list[dict[str, Any]]:
        return list(ArmSerializer(self.context["arms"][experiment.pk], many=True).data)


class ExperimentDetailSerializer(ExperimentSerializer):
    plan = serializers.DictField(help_text="What was said before the start; frozen since (docs/experiments.md).")


class ExperimentFilters(FilterSet):
    state = ChoiceFilter(choices=Experiment.State.choices)


class ExperimentList(ListView):
    scopes: ClassVar = {"GET": READS}
    right = Right.SEE_EXPERIMENTS
    filters = ExperimentFilters

    @extend_schema(responses=page_of(ExperimentSerializer))
    def get(self, request: Request) -> Response:
        """The project's experiments, newest first."""
        return self.page(selectors.experiments_of(self.member), ExperimentSerializer)

    def shown(self, serializer: Any, one: Any, **more: Any) -> Any:
        arms = selectors.arms_by_experiment(experiment.pk for experiment in one)
        return super().shown(serializer, one, **{**more, "context": {**more.get("context", {}), "arms": arms}})


class ExperimentDetail(TokenView):
    scopes: ClassVar = {"GET": READS}
    right = Right.SEE_EXPERIMENTS

    @extend_schema(responses=ExperimentDetailSerializer)
    def get(self, request: Request, key: str) -> Response:
        """One experiment with its plan."""
        experiment = selectors.experiment_for(self.member, key)
        arms = selectors.arms_by_experiment([experiment.pk])
        return Response(self.shown(ExperimentDetailSerializer, experiment, context={"arms": arms}))
