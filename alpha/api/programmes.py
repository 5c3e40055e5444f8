"""Programmes over the API: which there are, and all that one says."""

from typing import Any, ClassVar

from django_filters import ChoiceFilter, FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from alpha.models import Programme, Trial
from alpha.reading import body
from alpha.selectors.programmes import programme_for, programmes_of, trials_by_programme
from core.accounts.access import Right
from core.accounts.models import Scope
from core.api.schema import page_of
from core.api.views import ListView, TokenView

READS = frozenset({Scope.READ})


class TrialSerializer(serializers.Serializer):
    bundle = serializers.CharField(source="bundle.name")
    part = serializers.ChoiceField(choices=Trial.Part.values)


class ProgrammeSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    key = serializers.CharField()
    name = serializers.CharField()
    state = serializers.ChoiceField(choices=Programme.State.values)
    starts_on = serializers.DateField(allow_null=True)
    ends_on = serializers.DateField(allow_null=True)
    axes = serializers.ListField(child=serializers.CharField(), help_text="What every spot check asks about.")
    created_at = serializers.DateTimeField()
    trials = serializers.SerializerMethodField()

    def get_trials(self, programme: Programme) -> list[dict[str, Any]]:
        return list(TrialSerializer(self.context["trials"].get(programme.pk, []), many=True).data)


class ProgrammeDetailSerializer(ProgrammeSerializer):
    says = serializers.DictField(help_text="What its page says, of one moment (docs/alpha.md).")


class ProgrammeFilters(FilterSet):
    state = ChoiceFilter(choices=Programme.State.choices)


class ProgrammeList(ListView):
    scopes: ClassVar = {"GET": READS}
    right = Right.SEE_ALPHA
    filters = ProgrammeFilters

    @extend_schema(responses=page_of(ProgrammeSerializer))
    def get(self, request: Request) -> Response:
        """The project's alpha programmes, newest first."""
        return self.page(programmes_of(self.member), ProgrammeSerializer)

    def shown(self, serializer: Any, one: Any, **more: Any) -> Any:
        trials = trials_by_programme(programme.pk for programme in one)
        return super().shown(serializer, one, **{**more, "context": {**more.get("context", {}), "trials": trials}})


class ProgrammeDetail(TokenView):
    scopes: ClassVar = {"GET": READS}
    right = Right.SEE_ALPHA

    @extend_schema(responses=ProgrammeDetailSerializer)
    def get(self, request: Request, key: str) -> Response:
        """One programme with all that it says: rates by bundle, who wins, how steady, spot checks, flags, budget."""
        programme = programme_for(self.member, key)
        programme.says = body.read(programme)  # type: ignore[attr-defined]
        context = {"trials": trials_by_programme([programme.pk])}
        return Response(self.shown(ProgrammeDetailSerializer, programme, context=context))
