"""The ledger over the API: judgments to read, label requests to read and to file."""

from typing import Any, ClassVar
from uuid import UUID

from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django_filters import CharFilter, ChoiceFilter, FilterSet, UUIDFilter
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from core.accounts.access import Right
from core.accounts.models import Scope
from core.api.filters import MomentFilter
from core.api.idempotency import Done
from core.api.problems import Code, Problem, invalid
from core.api.schema import page_of
from core.api.serializers import Id, Number, Strict, Text
from core.api.views import ListView, TokenView
from core.ledger import requests, selectors
from core.ledger.models import Judgment, LabelRequest, Ruling

_SUBJECTS = ("comparison", "response", "turn")
_READ = frozenset({Scope.READ})
_LABEL = frozenset({Scope.READ, Scope.LABEL})
_STANDINGS = (*Ruling.Standing.values, selectors.SUPERSEDED)
_TRUTH = (("true", "true"), ("false", "false"))


class AnswerSerializer(serializers.Serializer):
    question = serializers.CharField(help_text="Its key in the rubric; `question.detail` for a refinement.")
    group = serializers.ChoiceField(choices=("epistemic", "social", "choice", ""))
    about = serializers.ChoiceField(choices=("subject", "first", "second"))
    answer = serializers.CharField(help_text="The answer's key in the rubric.")
    value = serializers.IntegerField(help_text="What the ledger holds for it.")


class RulingSerializer(serializers.Serializer):
    standing = serializers.ChoiceField(choices=Ruling.Standing.values)
    weight = serializers.FloatField()
    reason = serializers.CharField()
    recorded_at = serializers.DateTimeField()


class JudgmentSerializer(serializers.Serializer):
    id = serializers.UUIDField(source="judgment.id")
    actor = serializers.CharField(source="judgment.actor.pseudonym", help_text="A pseudonym.")
    actor_kind = serializers.CharField(source="judgment.actor.kind")
    source = serializers.ChoiceField(choices=Judgment.Source.values, source="judgment.source")
    comparison = serializers.UUIDField(source="judgment.comparison_id", allow_null=True)
    response = serializers.UUIDField(source="judgment.response_id", allow_null=True)
    turn = serializers.UUIDField(source="judgment.turn_id", allow_null=True)
    shown_first = serializers.UUIDField(
        source="judgment.shown_first_id", allow_null=True, help_text="The response that stood on the left."
    )
    answers = AnswerSerializer(many=True)
    standing = serializers.ChoiceField(choices=_STANDINGS)
    counted = serializers.BooleanField()
    weight = serializers.FloatField()
    rulings = RulingSerializer(many=True)
    supersedes = serializers.UUIDField(source="judgment.supersedes_id", allow_null=True)
    simulated = serializers.BooleanField(source="judgment.simulated")
    solicited = serializers.BooleanField(source="judgment.solicited")
    memory = serializers.CharField(source="judgment.memory")
    said_at = serializers.DateTimeField(source="judgment.said_at", allow_null=True)
    recorded_at = serializers.DateTimeField(source="judgment.recorded_at")


class LabelRequestSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    comparison = serializers.UUIDField(source="comparison_id", allow_null=True)
    response = serializers.UUIDField(source="response_id", allow_null=True)
    turn = serializers.UUIDField(source="turn_id", allow_null=True)
    purpose = serializers.CharField()
    because = serializers.CharField()
    rubric = serializers.CharField()
    probability = serializers.FloatField()
    state = serializers.ChoiceField(choices=LabelRequest.State.values)
    filed_at = serializers.DateTimeField()


class NewLabelRequestSerializer(Strict):
    """Name exactly one of comparison, response and turn."""

    comparison = Id(required=False)
    response = Id(required=False)
    turn = Id(required=False)
    purpose = Text(max_length=80, help_text="What a campaign subscribes to.")
    because = Text(max_length=2000)
    rubric = Text(max_length=80, required=False)
    probability = Number(required=False, help_text="Above 0, at most 1: with which the subject was sampled.")

    def validate_probability(self, value: float) -> float:
        if not 0 < value <= 1:
            raise ValidationError("above 0 and at most 1")
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if sum(name in attrs for name in _SUBJECTS) != 1:
            raise ValidationError("name exactly one of comparison, response and turn")
        return attrs


class JudgmentFilters(FilterSet):
    comparison = UUIDFilter()
    response = UUIDFilter()
    actor = CharFilter(field_name="actor__pseudonym", max_length=24)
    source = ChoiceFilter(choices=Judgment.Source.choices)
    simulated = ChoiceFilter(choices=_TRUTH, method="narrow_simulated")
    recorded_from = MomentFilter(field_name="recorded_at", lookup_expr="gte")
    recorded_before = MomentFilter(field_name="recorded_at", lookup_expr="lt")

    def narrow_simulated(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(simulated=value == "true")


class LabelRequestFilters(FilterSet):
    purpose = CharFilter(max_length=80)
    state = ChoiceFilter(choices=LabelRequest.State.choices)
    comparison = UUIDFilter()


class JudgmentList(ListView):
    scopes: ClassVar = {"GET": _READ}
    right = Right.SEE_JUDGMENTS
    filters = JudgmentFilters

    @extend_schema(responses=page_of(JudgmentSerializer))
    def get(self, request: Request) -> Response:
        """What was said, newest first, counted or not: by pseudonym, with its answers and rulings."""
        return self.page(selectors.judgments_of(self.member), JudgmentSerializer, selectors.told)


class JudgmentDetail(TokenView):
    scopes: ClassVar = {"GET": _READ}
    right = Right.SEE_JUDGMENTS

    @extend_schema(responses=JudgmentSerializer)
    def get(self, request: Request, id: UUID) -> Response:
        """One judgment."""
        [one] = selectors.told([selectors.judgment_for(self.member, id)])
        return self.say(JudgmentSerializer, one)


class LabelRequestList(ListView):
    scopes: ClassVar = {"GET": _LABEL, "POST": frozenset({Scope.LABEL})}
    right = Right.MANAGE_CAMPAIGNS
    filters = LabelRequestFilters
    keyed = True

    @extend_schema(responses=page_of(LabelRequestSerializer))
    def get(self, request: Request) -> Response:
        """What was asked of raters, newest first."""
        return self.page(selectors.requests_of(self.member), LabelRequestSerializer)

    @extend_schema(request=NewLabelRequestSerializer, responses={201: LabelRequestSerializer})
    def post(self, request: Request) -> HttpResponseBase:
        """Ask raters to label a comparison, a response or a turn. A campaign of that purpose takes it."""
        wish = requests.Wish(**self.read(NewLabelRequestSerializer))
        return self.once(lambda: self._file(wish))

    def _file(self, wish: requests.Wish) -> Done:
        by = f"token:{self.bearer.token.pk}"
        try:
            filed = requests.file_request(project=self.member.project, wish=wish, filed_by=by)
        except requests.UnknownSubject as error:
            raise invalid(error.field, str(error), "does_not_exist") from None
        except requests.AlreadyRequested as error:
            raise Problem(Code.CONFLICT, str(error)) from None
        where = reverse("api_label_request_detail", args=[filed.pk])
        return Done(201, self.shown(LabelRequestSerializer, filed), where)


class LabelRequestDetail(TokenView):
    scopes: ClassVar = {"GET": _LABEL}
    right = Right.MANAGE_CAMPAIGNS

    @extend_schema(responses=LabelRequestSerializer)
    def get(self, request: Request, id: UUID) -> Response:
        """One label request."""
        return self.say(LabelRequestSerializer, selectors.request_for(self.member, id))


urlpatterns: list[URLPattern] = [
    path("judgments/", JudgmentList.as_view(), name="api_judgment_list"),
    path("judgments/<uuid:id>/", JudgmentDetail.as_view(), name="api_judgment_detail"),
    path("label-requests/", LabelRequestList.as_view(), name="api_label_request_list"),
    path("label-requests/<uuid:id>/", LabelRequestDetail.as_view(), name="api_label_request_detail"),
]
