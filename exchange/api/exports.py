"""Exports over the API: one is ordered, a job makes it, its files are fetched."""

from typing import Any, ClassVar
from uuid import UUID

from django.http import Http404
from django.http.response import HttpResponseBase
from django.urls import reverse
from django_filters import ChoiceFilter, FilterSet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.accounts.access import Right
from core.accounts.models import Scope
from core.api.idempotency import Done
from core.api.problems import invalid
from core.api.schema import page_of
from core.api.serializers import Choice, Flag, Strict, Text, Whole
from core.api.views import ListView, TokenView
from exchange import orders, selectors
from exchange.doubting import Doubted, fault_of_reason, refuse_early
from exchange.files.kinds import FILES
from exchange.formats.writers import WRITERS
from exchange.models import Snapshot
from exchange.rewards import RewardFault, reward_of
from exchange.selection import DOUBTED, INCLUDE, REFUSE, STYLES, Selection
from exchange.views.downloads import attachment
from reports.drift.acting import LONGEST_REASON

_READS = frozenset({Scope.READ, Scope.EXPORT})
_EXPORTS = frozenset({Scope.EXPORT})
_OPTIONS = {name for writer in WRITERS.values() for name in writer.options}


class ExportSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=Snapshot.State.values)
    format = serializers.CharField()
    campaign = serializers.CharField(source="campaign.name", allow_null=True, default=None)
    options = serializers.DictField()
    job = serializers.UUIDField(allow_null=True)
    error = serializers.CharField(help_text="Why there is none, or empty.")
    cut = serializers.DateTimeField(allow_null=True, help_text="What was recorded later is not in it.")
    created_at = serializers.DateTimeField()


class ExportDetailSerializer(ExportSerializer):
    manifest = serializers.DictField(allow_null=True, help_text="When it is ready: rows, checksums, what was left out.")
    files = serializers.DictField(child=serializers.CharField(), help_text="Where each file is, by its name.")
    in_doubt = serializers.CharField(
        help_text="How many users' thumbs in it have come into doubt since it was made, and why; or empty."
    )


class NewExportSerializer(Strict):
    format = Choice(choices=list(WRITERS))
    campaign = Text(max_length=80, required=False, help_text="Only comparisons that are tasks of it.")
    include_simulated = Flag(required=False)
    style = Choice(choices=list(STYLES), required=False, help_text="dpo, kto: lists of messages, or plain text.")
    min_votes = Whole(min_value=1, max_value=1000, required=False, help_text="dpo: fewer leave the pair out.")
    recipe = Text(
        max_length=80,
        required=False,
        help_text="dpo: margin and reward_weight of each pair by this recipe, as it is now.",
    )
    pool = Text(max_length=80, required=False, help_text="With a recipe: the pool with the scores; else the newest.")
    words = Flag(required=False, help_text="raw: with people's rationales.")
    doubted_thumbs = Choice(
        choices=list(DOUBTED),
        required=False,
        help_text="kto, raw: users' thumbs on which an alarm casts doubt; refuse unless you say so.",
    )
    doubted_reason = Text(
        max_length=LONGEST_REASON, required=False, help_text="With include: why. The manifest carries it."
    )
    file = Choice(choices=list(FILES), required=False, help_text="The kind of file; jsonl unless you say so.")
    spreadsheet = Flag(required=False, help_text="csv: guarded against spreadsheet programs, and no longer lossless.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        of_others = _OPTIONS - set(WRITERS[attrs["format"]].options)
        if strange := sorted(attrs.keys() & of_others):
            words = f"An export as {attrs['format']} has no such option; leave it out."
            raise serializers.ValidationError(dict.fromkeys(strange, words))
        if attrs.get("spreadsheet") and attrs.get("file") != "csv":
            raise serializers.ValidationError({"spreadsheet": "Name csv as the file, or leave this off."})
        if attrs.get("pool") and not attrs.get("recipe"):
            raise serializers.ValidationError({"pool": "Name a recipe too, or leave this out."})
        if attrs.get("recipe") and "reward" not in WRITERS[attrs["format"]].options:
            raise serializers.ValidationError({"recipe": "Ask for a format of pairs, or leave this out."})
        doubted = attrs.get("doubted_thumbs", REFUSE)
        if fault := fault_of_reason(doubted, attrs.get("doubted_reason", "")):
            raise serializers.ValidationError({"doubted_reason": fault})
        if attrs.get("doubted_reason") and doubted != INCLUDE:
            raise serializers.ValidationError({"doubted_reason": "Name include for doubted_thumbs, or leave this out."})
        return attrs


class ExportFilters(FilterSet):
    state = ChoiceFilter(choices=Snapshot.State.choices)
    format = ChoiceFilter(choices=[(name, name) for name in WRITERS])


class ExportList(ListView):
    scopes: ClassVar = {"GET": _READS, "POST": _EXPORTS}
    right = Right.EXCHANGE
    filters = ExportFilters
    keyed = True

    @extend_schema(responses=page_of(ExportSerializer))
    def get(self, request: Request) -> Response:
        """The project's exports, newest first."""
        return self.page(selectors.exports_in(self.member), ExportSerializer)

    @extend_schema(request=NewExportSerializer, responses={202: ExportDetailSerializer})
    def post(self, request: Request) -> HttpResponseBase:
        """Export preference data: a job makes the snapshot."""
        wanted = self.read(NewExportSerializer)
        return self.once(lambda: self._order(wanted))

    def _order(self, wanted: dict[str, Any]) -> Done:
        format, name = wanted.pop("format"), wanted.pop("campaign", None)
        campaign = None if name is None else selectors.campaign_called(self.member, name)
        if name is not None and campaign is None:
            raise invalid("campaign", "There is no such campaign in the project.", "does_not_exist")
        project = self.member.project
        wanted["reward"] = self._reward(wanted.pop("recipe", None), wanted.pop("pool", ""))
        selection = Selection(project=project.pk, campaign=campaign.pk if campaign else None, **wanted)
        try:
            refuse_early(project, format, selection)
        except Doubted as fault:
            how = "Name leave_out for doubted_thumbs, or include with a doubted_reason."
            raise invalid("doubted_thumbs", f"{fault.found} {how}", "in_doubt") from None
        snapshot = orders.order(
            project=project, who=self.member.user, format=format, campaign=campaign, selection=selection
        )
        where = reverse("api_export_detail", args=[snapshot.pk])
        return Done(202, shown(self, selectors.export_for(self.member, snapshot.pk)), where)

    def _reward(self, recipe: str | None, pool: str) -> dict[str, Any] | None:
        if recipe is None:
            return None
        try:
            return reward_of(project=self.member.project, recipe=recipe, pool=pool)
        except RewardFault as fault:
            raise invalid(fault.field, str(fault), "does_not_exist") from None


class ExportDetail(TokenView):
    scopes: ClassVar = {"GET": _READS}
    right = Right.EXCHANGE

    @extend_schema(responses=ExportDetailSerializer)
    def get(self, request: Request, id: UUID) -> Response:
        """One export: its state, and when it is ready its manifest and its files."""
        return Response(shown(self, selectors.export_for(self.member, id)))


class ExportAgain(TokenView):
    scopes: ClassVar = {"POST": _EXPORTS}
    right = Right.EXCHANGE

    @extend_schema(request=None, responses={202: ExportDetailSerializer})
    def post(self, request: Request, id: UUID) -> Response:
        """Write the files of an export that is ready once more, with the same bytes; asked twice is as once."""
        snapshot = selectors.export_for(self.member, id)
        orders.order_again(snapshot=snapshot, who=self.member.user)
        return Response(shown(self, selectors.export_for(self.member, id)), 202)


class ExportFile(TokenView):
    scopes: ClassVar = {"GET": _EXPORTS}
    right = Right.EXCHANGE

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, id: UUID, name: str) -> HttpResponseBase:
        """One file of an export that is ready."""
        snapshot = selectors.export_for(self.member, id)
        # Only what the manifest names, so that no name leads out of the folder.
        if name not in selectors.files_of(snapshot):
            raise Http404
        return attachment(request._request, orders.folder_of(snapshot) / name, name)


def shown(view: TokenView, snapshot: Snapshot) -> dict[str, Any]:
    """An export with its manifest, where its files are, and what has come into doubt in them since."""
    files = {name: reverse("api_export_file", args=[snapshot.pk, name]) for name in selectors.files_of(snapshot)}
    return {
        **view.shown(ExportSerializer, snapshot),
        "manifest": snapshot.manifest,
        "files": files,
        "in_doubt": selectors.doubt_of(snapshot),
    }
