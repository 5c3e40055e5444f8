"""Drift monitors over the API: how each stands, its timeline, and its alarms."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.accounts.access import Right
from core.accounts.models import Scope
from core.api.schema import page_of
from core.api.views import ListView, TokenView
from reports.drift import saying, selectors
from reports.models import Alarm, Monitor
from stats.monitoring.declared import KEYS

_READS = frozenset({Scope.READ, Scope.EXPORT})
_SUSPECTED = Monitor.Suspected.values


class MonitorSerializer(serializers.Serializer):
    key = serializers.ChoiceField(choices=KEYS)
    state = serializers.ChoiceField(choices=[*Monitor.Standing.values, saying.STALE])
    since = serializers.DateTimeField(allow_null=True)
    since_event = serializers.IntegerField(allow_null=True)
    events = serializers.IntegerField(help_text="Labelled thumbs that were read since the reference.")
    last_event = serializers.IntegerField(help_text="The number of the last one.")
    needed = serializers.DictField(allow_null=True, help_text="While it warms up: what its reference still needs.")
    fault = serializers.CharField(allow_null=True)
    value = serializers.DictField(allow_null=True, help_text="The estimate with its 95 % interval and its n.")
    statistic = serializers.FloatField(allow_null=True)
    threshold = serializers.FloatField(allow_null=True, help_text="At this statistic the monitor alarms.")
    warning = serializers.FloatField(allow_null=True, help_text="How near the early warning is: 1 at its limit.")
    alarm = serializers.UUIDField(allow_null=True, help_text="The alarm that stands.")
    change_point = serializers.DictField(allow_null=True)
    attribution = serializers.ListField(child=serializers.DictField())
    provisional = serializers.BooleanField(help_text="Whether the alarm's explanation may still change.")
    suspected = serializers.ChoiceField(choices=_SUSPECTED, allow_null=True)
    left_out = serializers.DictField(help_text="How many thumbs could not be used, by reason.")
    declared = serializers.DictField(help_text="What the monitor is told.")
    stepped_at = serializers.DateTimeField(allow_null=True)


class MonitorDetailSerializer(MonitorSerializer):
    path = serializers.ListField(child=serializers.DictField(), help_text="Points of its timeline; `at` in seconds.")
    segments = serializers.DictField()


class AlarmSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    monitor = serializers.ChoiceField(choices=KEYS)
    run = serializers.IntegerField(help_text="Which of the monitor's references it was measured against.")
    event = serializers.IntegerField()
    at = serializers.DateTimeField()
    raised_at = serializers.DateTimeField()
    suspect_from = serializers.DateTimeField(help_text="Thumbs said from here on are in doubt,")
    closed_at = serializers.DateTimeField(allow_null=True, help_text="until here; null while the alarm stands.")
    provisional = serializers.BooleanField()
    suspected = serializers.ChoiceField(choices=_SUSPECTED, allow_null=True)
    statistic = serializers.FloatField(allow_null=True)
    threshold = serializers.FloatField(allow_null=True)
    change_point = serializers.DictField(allow_null=True)
    change = serializers.DictField(allow_null=True, help_text="The rise over all, with its interval.")
    attribution = serializers.ListField(child=serializers.DictField(), allow_null=True)
    kitagawa = serializers.DictField(allow_null=True)
    go_lives = serializers.ListField(child=serializers.DictField())
    contributors = serializers.ListField(child=serializers.DictField(), allow_null=True)
    fault = serializers.CharField(allow_null=True)


class MonitorPageSerializer(serializers.Serializer):
    results = MonitorSerializer(many=True)
    next = serializers.URLField(allow_null=True)


class MonitorList(TokenView):
    scopes: ClassVar = {"GET": _READS}
    right = Right.SEE_REPORTS

    @extend_schema(responses=MonitorPageSerializer)
    def get(self, request: Request) -> Response:
        """The project's ten drift monitors, from M1 to M10, on one page."""
        found = saying.monitors_json(selectors.monitors_of(self.member))
        shown = self.shown(MonitorSerializer, [{"key": key, **said} for key, said in found.items()], many=True)
        return Response({"results": shown, "next": None})


class MonitorDetail(TokenView):
    scopes: ClassVar = {"GET": _READS}
    right = Right.SEE_REPORTS

    @extend_schema(responses=MonitorDetailSerializer)
    def get(self, request: Request, key: str) -> Response:
        """One monitor with its timeline."""
        monitor = selectors.monitor_for(self.member, key)
        said = saying.monitors_json([monitor])[key]
        return self.say(MonitorDetailSerializer, {"key": key, **said, **saying.timeline_json(monitor)})


class AlarmList(ListView):
    scopes: ClassVar = {"GET": _READS}
    right = Right.SEE_REPORTS

    @extend_schema(responses=page_of(AlarmSerializer))
    def get(self, request: Request, key: str) -> Response:
        """The alarms of one monitor, newest first."""
        selectors.monitor_for(self.member, key)
        return self.page(selectors.alarms_of(self.member, key), AlarmSerializer, self._told)

    def _told(self, alarms: list[Alarm]) -> list[dict[str, Any]]:
        named = self.member.may(Right.SEE_BUNDLES)
        return [saying.alarm_json(alarm, named=named) for alarm in alarms]
