"""Who is in which arm, asked over the API: one unit, many units, or the parameters to compute it without asking."""

from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from abtest import selectors
from abtest.api.experiments import READS
from abtest.assignment import METHOD, Parameters, assigned
from abtest.models import Experiment
from core.accounts.access import Right
from core.api.problems import invalid
from core.api.serializers import Strict, Text
from core.api.views import TokenView

LONGEST_UNIT = 200
MOST_UNITS = 10_000
_UNIT = "The product's own opaque name of the user or conversation, up to 200 characters."


class ShareSerializer(serializers.Serializer):
    key = serializers.CharField()
    bundle = serializers.CharField()
    share = serializers.IntegerField(help_text="In millionths.")


class ParametersSerializer(serializers.Serializer):
    key = serializers.CharField()
    method = serializers.ChoiceField(choices=[METHOD])
    state = serializers.ChoiceField(choices=Experiment.State.values)
    unit = serializers.ChoiceField(choices=Experiment.Unit.values)
    salt = serializers.CharField()
    ramp = serializers.IntegerField(help_text="Percent of the units that take part; 0 unless it is running.")
    arms = ShareSerializer(many=True, help_text="The control first.")
    label_share = serializers.IntegerField(help_text="Millionths of the turns that are labelled.")
    eligibility = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        help_text="Which values a factor of the segment may have; leave out whoever has another one.",
    )


class AssignmentSerializer(serializers.Serializer):
    unit = serializers.CharField()
    arm = serializers.CharField(allow_null=True, help_text="Null: it takes no part now.")
    bundle = serializers.CharField(allow_null=True)


class AssignmentListSerializer(serializers.Serializer):
    results = AssignmentSerializer(many=True, help_text="In the order of the units.")


class UnitsSerializer(Strict):
    units = serializers.ListField(
        child=Text(max_length=LONGEST_UNIT, trim_whitespace=False), min_length=1, max_length=MOST_UNITS
    )


class ParametersDetail(TokenView):
    scopes: ClassVar = {"GET": READS}
    right = Right.SEE_EXPERIMENTS
    tells = False

    @extend_schema(responses=ParametersSerializer)
    def get(self, request: Request, key: str) -> Response:
        """What a client needs to assign units by itself (docs/clients/). Read it again every few minutes."""
        return Response(_parameters(self, key).as_json())


class AssignmentDetail(TokenView):
    scopes: ClassVar = {"GET": READS}
    right = Right.SEE_EXPERIMENTS
    tells = False
    parameters = ("unit",)

    @extend_schema(
        parameters=[
            OpenApiParameter("unit", {"type": "string", "minLength": 1, "maxLength": LONGEST_UNIT}, required=True)
        ],
        responses=AssignmentSerializer,
    )
    def get(self, request: Request, key: str) -> Response:
        """In which arm this unit is now. Eligibility is the client's to check."""
        parameters = _parameters(self, key)
        unit = request.GET.get("unit")
        if unit is None:
            raise invalid("unit", "name the unit", "required")
        if "\0" in unit:
            raise invalid("unit", "a unit holds no NUL")
        if len(unit) > LONGEST_UNIT:
            raise invalid("unit", f"at most {LONGEST_UNIT} characters", "max_length")
        return Response(_assignment(parameters, unit))


class AssignmentList(TokenView):
    scopes: ClassVar = {"POST": READS}
    right = Right.SEE_EXPERIMENTS
    tells = False

    @extend_schema(request=UnitsSerializer, responses=AssignmentListSerializer)
    def post(self, request: Request, key: str) -> Response:
        """In which arm each of up to 10,000 units is now. It writes nothing and needs no Idempotency-Key."""
        parameters = _parameters(self, key)
        units = self.read(UnitsSerializer)["units"]
        return Response({"results": [_assignment(parameters, unit) for unit in units]})


def _parameters(view: TokenView, key: str) -> Parameters:
    experiment = selectors.experiment_for(view.member, key)
    return selectors.parameters_of(experiment, selectors.arms_of(experiment))


def _assignment(parameters: Parameters, unit: str) -> dict[str, Any]:
    share = assigned(parameters, unit)
    return {"unit": unit, "arm": share and share.arm, "bundle": share and share.bundle}
