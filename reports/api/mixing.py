"""What recipes are made of and tried on, over the API: signals, recipes with their versions, pools."""

from typing import Any, ClassVar

from django.urls import URLPattern, path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.accounts.access import Right
from core.accounts.models import Scope
from core.api.schema import page_of
from core.api.views import ListView, TokenView
from core.catalog.models import Pool
from reports import selectors
from reports.models import RecipeVersion, RewardSignal

_MIXES = frozenset({Scope.READ, Scope.EXPORT})
_POOLS = frozenset({Scope.READ, Scope.IMPORT})


class SignalSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    key = serializers.CharField(help_text="Names its scores in pools and its weight in recipes.")
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=RewardSignal.Kind.values)
    source = serializers.CharField()
    direction = serializers.ChoiceField(choices=RewardSignal.Direction.values, help_text="1: more of it is better.")
    unit = serializers.CharField()
    is_brake = serializers.BooleanField(help_text="It holds sycophancy in check.")
    note = serializers.CharField()
    created_at = serializers.DateTimeField()


class ChangeSerializer(serializers.Serializer):
    name = serializers.CharField()
    signals = serializers.ListField(child=serializers.CharField())


class VersionSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    number = serializers.IntegerField()
    weights = serializers.DictField(
        child=serializers.FloatField(), help_text="By signal; they sum to 1 in absolute value."
    )
    normalisation = serializers.ChoiceField(choices=RecipeVersion.Normalisation.values)
    changes = ChangeSerializer(many=True, help_text="The parts in which it differs from the reference.")
    note = serializers.CharField()
    made_at = serializers.DateTimeField()


class RecipeSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    name = serializers.CharField()
    note = serializers.CharField()
    created_at = serializers.DateTimeField()


class RecipeDetailSerializer(RecipeSerializer):
    versions = VersionSerializer(many=True, help_text="Newest first.")
    reference = serializers.IntegerField(
        allow_null=True, help_text="The number of the version that is the project's pinned reference, if one is."
    )


class CoverageSerializer(serializers.Serializer):
    signal = serializers.CharField()
    scores = serializers.IntegerField()
    share = serializers.FloatField(help_text="Of the pool's responses, how many it scores.")
    registered = serializers.BooleanField()


class PoolSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    name = serializers.CharField()
    note = serializers.CharField()
    base_bundle = serializers.SerializerMethodField(
        help_text="The one that wrote all of its responses; null if several did, or where you may not see bundles."
    )
    created_at = serializers.DateTimeField()

    def get_base_bundle(self, pool: Pool) -> str | None:
        seen = pool.base_bundle is not None and self.context["member"].may(Right.SEE_BUNDLES)
        return pool.base_bundle.name if seen and pool.base_bundle is not None else None


class PoolDetailSerializer(PoolSerializer):
    prompts = serializers.IntegerField()
    responses = serializers.IntegerField()
    coverage = CoverageSerializer(many=True)


class SignalList(ListView):
    scopes: ClassVar = {"GET": _MIXES}
    right = Right.SEE_REPORTS

    @extend_schema(responses=page_of(SignalSerializer))
    def get(self, request: Request) -> Response:
        """The project's reward signals, newest first."""
        return self.page(selectors.signals_of(self.member), SignalSerializer)


class RecipeList(ListView):
    scopes: ClassVar = {"GET": _MIXES}
    right = Right.SEE_REPORTS

    @extend_schema(responses=page_of(RecipeSerializer))
    def get(self, request: Request) -> Response:
        """The project's recipes, newest first."""
        return self.page(selectors.recipes_of(self.member), RecipeSerializer)


class RecipeDetail(TokenView):
    scopes: ClassVar = {"GET": _MIXES}
    right = Right.SEE_REPORTS

    @extend_schema(responses=RecipeDetailSerializer)
    def get(self, request: Request, name: str) -> Response:
        """One recipe with its versions, and which of them is the pinned reference."""
        recipe = selectors.recipe_for(self.member, name)
        stands = selectors.decisions_of(self.member).first()
        shown: dict[str, Any] = self.shown(RecipeSerializer, recipe)
        shown["versions"] = self.shown(VersionSerializer, selectors.versions_of(self.member, recipe), many=True)
        mine = stands is not None and stands.version.recipe_id == recipe.pk
        return Response({**shown, "reference": stands.version.number if mine and stands else None})


class PoolList(ListView):
    scopes: ClassVar = {"GET": _POOLS}
    right = Right.SEE_REPORTS

    @extend_schema(responses=page_of(PoolSerializer))
    def get(self, request: Request) -> Response:
        """The project's pools, newest first. An import makes the pool that it names."""
        return self.page(selectors.pools_of(self.member), PoolSerializer)


class PoolDetail(TokenView):
    scopes: ClassVar = {"GET": _POOLS}
    right = Right.SEE_REPORTS

    @extend_schema(responses=PoolDetailSerializer)
    def get(self, request: Request, name: str) -> Response:
        """One pool: how much is in it, and how much of it each signal scores."""
        pool = selectors.pool_for(self.member, name)
        size = selectors.size_of(pool)
        shown: dict[str, Any] = self.shown(PoolSerializer, pool)
        shown["coverage"] = self.shown(CoverageSerializer, size.coverage, many=True)
        return Response({**shown, "prompts": size.prompts, "responses": size.responses})


urlpatterns: list[URLPattern] = [
    path("signals/", SignalList.as_view(), name="api_signal_list"),
    path("recipes/", RecipeList.as_view(), name="api_recipe_list"),
    path("recipes/<slug:name>/", RecipeDetail.as_view(), name="api_recipe_detail"),
    path("pools/", PoolList.as_view(), name="api_pool_list"),
    path("pools/<slug:name>/", PoolDetail.as_view(), name="api_pool_detail"),
]
