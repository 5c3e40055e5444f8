"""Comparisons over the API: what the browser of comparisons shows, to those who may see it."""

from typing import Any, ClassVar
from uuid import UUID

from django_filters import CharFilter, ChoiceFilter, FilterSet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.selectors import comparisons
from annotate.selectors.comparisons import Filters
from core.accounts.access import Right
from core.accounts.models import Scope
from core.api import paging
from core.api.problems import Code, Problem
from core.api.schema import page_of
from core.api.views import ListView, TokenView, checked
from core.catalog.content import turns_of
from core.catalog.models import Comparison, Prompt

_READ = frozenset({Scope.READ})
_NAMING = ("bundle", "source", "external_id")


class SideSerializer(serializers.Serializer):
    id = serializers.UUIDField(help_text="The response's id.")
    bundle = serializers.SerializerMethodField()

    def get_bundle(self, response: Any) -> str | None:
        return response.bundle.name if _sees_bundles(self) else None


class ComparisonSerializer(serializers.Serializer):
    """What names or could name a bundle is null where the token's maker may not see which bundle wrote what."""

    id = serializers.UUIDField()
    external_id = serializers.SerializerMethodField()
    source = serializers.SerializerMethodField()
    family = serializers.CharField(source="prompt.family", allow_null=True)
    variant = serializers.CharField(source="prompt.variant")
    premise = serializers.ChoiceField(choices=Prompt.Premise.values, source="prompt.premise")
    domain = serializers.ListField(child=serializers.CharField(), source="prompt.domain")
    memory = serializers.ChoiceField(choices=Prompt.Memory.values, source="prompt.memory")
    identical = serializers.BooleanField(help_text="Both texts are the same.")
    created_at = serializers.DateTimeField()

    def get_external_id(self, one: Comparison) -> str | None:
        return one.external_id if _sees_bundles(self) else None

    def get_source(self, one: Comparison) -> str | None:
        return one.source if _sees_bundles(self) else None


class ComparisonLineSerializer(ComparisonSerializer):
    first = SideSerializer()
    second = SideSerializer()
    excerpt = serializers.SerializerMethodField(help_text="How the prompt's last message begins.")
    judgments = serializers.SerializerMethodField(help_text="How many judgments of it count.")

    def get_excerpt(self, one: Comparison) -> str:
        return str(self.context["lines"][one.pk].prompt)

    def get_judgments(self, one: Comparison) -> int:
        return int(self.context["lines"][one.pk].counted)


class MessageSerializer(serializers.Serializer):
    role = serializers.CharField()
    content = serializers.CharField()


class AnswerTextSerializer(SideSerializer):
    text = serializers.CharField(source="content.body", allow_null=True, help_text="Null: it was erased.")


class ComparisonDetailSerializer(ComparisonSerializer):
    prompt = serializers.SerializerMethodField(help_text="The messages; null: they were erased.")
    first = AnswerTextSerializer()
    second = AnswerTextSerializer()

    @extend_schema_field(MessageSerializer(many=True, allow_null=True))
    def get_prompt(self, one: Comparison) -> list[dict[str, str]] | None:
        return turns_of(one.prompt.content)


class ComparisonFilters(FilterSet):
    family = CharFilter(max_length=500)
    bundle = CharFilter(max_length=120)
    label = ChoiceFilter(choices=[(label, label) for label in comparisons.LABELS])
    source = CharFilter(max_length=500)
    campaign = CharFilter(max_length=80)
    external_id = CharFilter(max_length=500)


class ComparisonList(ListView):
    scopes: ClassVar = {"GET": _READ}
    right = Right.SEE_JUDGMENTS
    filters = ComparisonFilters
    most = comparisons.PAGE

    @extend_schema(responses=page_of(ComparisonLineSerializer))
    def get(self, request: Request) -> Response:
        """The project's comparisons, newest first. They come in by an import."""
        limit, after = paging.limit_of(request.GET, self.most), paging.after_of(request.GET)
        wanted = self._wanted(request)
        page = comparisons.page_of(member=self.member, filters=Filters.of(wanted, self.member), after=after)
        shown = {line.comparison.pk: line for line in page.lines[:limit]}
        last = page.lines[limit - 1].comparison.pk if len(page.lines) > limit else page.after
        return self.page_of([line.comparison for line in shown.values()], last, ComparisonLineSerializer, lines=shown)

    def _wanted(self, request: Request) -> dict[str, str]:
        found = checked(ComparisonFilters, request, comparisons.comparisons_of(self.member)).form.cleaned_data
        wanted = {name: value for name, value in found.items() if value}
        if not self.member.may(Right.SEE_BUNDLES) and wanted.keys() & set(_NAMING):
            raise Problem(Code.RIGHT_MISSING, f"Whoever made the token may not {Right.SEE_BUNDLES}.")
        if not self.member.may(Right.MANAGE_CAMPAIGNS) and "campaign" in wanted:
            raise Problem(Code.RIGHT_MISSING, f"Whoever made the token may not {Right.MANAGE_CAMPAIGNS}.")
        return wanted


class ComparisonDetail(TokenView):
    scopes: ClassVar = {"GET": _READ}
    right = Right.SEE_JUDGMENTS

    @extend_schema(responses=ComparisonDetailSerializer)
    def get(self, request: Request, id: UUID) -> Response:
        """One comparison with its prompt and both responses. What was said of it is under judgments."""
        return self.say(ComparisonDetailSerializer, comparisons.comparison_for(self.member, id))


def _sees_bundles(serializer: serializers.BaseSerializer) -> bool:
    allowed: bool = serializer.context["member"].may(Right.SEE_BUNDLES)
    return allowed
