"""Imports over the API: a file comes in, a job imports it, its rejected lines can be fetched."""

from typing import Any, ClassVar
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.http import Http404
from django.http.response import HttpResponseBase
from django.urls import reverse
from django_filters import ChoiceFilter, FilterSet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from core.accounts.access import Right
from core.accounts.models import Scope
from core.api.idempotency import Done
from core.api.problems import Code, Problem
from core.api.schema import page_of
from core.api.serializers import Choice, Flag, Strict
from core.api.views import ListView, TokenView
from exchange import selectors, uploads
from exchange.formats.readers import AUTO, READERS
from exchange.forms import CAMPAIGN_NAME
from exchange.models import Import
from exchange.views.downloads import attachment

_READS = frozenset({Scope.READ, Scope.IMPORT})
_WRITES = frozenset({Scope.IMPORT})


class RejectedLineSerializer(serializers.Serializer):
    line = serializers.IntegerField()
    code = serializers.CharField()
    reason = serializers.CharField()


class ImportSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=Import.State.values, help_text="`uploaded`: waits to be confirmed.")
    campaign = serializers.CharField(source="campaign_name", help_text="Where its rows go, or empty.")
    pool = serializers.CharField(source="pool_name", help_text="Where its rows go instead, or empty.")
    file_name = serializers.CharField()
    format = serializers.CharField()
    job = serializers.UUIDField(allow_null=True)
    error = serializers.CharField(help_text="Why the whole file was refused, or empty.")
    created_at = serializers.DateTimeField()


class ImportDetailSerializer(ImportSerializer):
    counts = serializers.DictField(
        child=serializers.IntegerField(), help_text="What became of the rows, once it is done."
    )
    faults = RejectedLineSerializer(many=True, help_text="The first lines that were rejected.")


class PreviewSerializer(serializers.Serializer):
    """What the first lines hold. `problem`: why the file as a whole cannot be taken, or empty."""

    looked_at = serializers.IntegerField()
    whole = serializers.BooleanField(help_text="The file has no more lines than were looked at.")
    good = serializers.IntegerField()
    bad = serializers.IntegerField()
    votes = serializers.IntegerField(help_text="Of a pool, how many responses have labels.")
    faults = RejectedLineSerializer(many=True)
    problem = serializers.CharField()


class NewImportSerializer(Strict):
    file = serializers.FileField(max_length=500, help_text="The rows, up to 200 MB: docs/formats.md says how.")
    campaign = serializers.RegexField(
        CAMPAIGN_NAME, max_length=80, required=False, help_text="Made, and opened, if there is none."
    )
    pool = serializers.RegexField(
        CAMPAIGN_NAME,
        max_length=80,
        required=False,
        help_text="Instead of a campaign, for rows with several scored responses. Made if there is none.",
    )
    format = Choice(choices=[AUTO, *READERS], required=False)
    dry_run = Flag(
        required=False, help_text="Only look: the answer has a `preview`, and nothing lands until confirmed."
    )

    def validate_file(self, file: UploadedFile) -> UploadedFile:
        if (file.size or 0) > uploads.MOST_BYTES:
            raise Problem(Code.TOO_LARGE, f"A file has at most {uploads.MOST_BYTES >> 20} MB; compress or split it.")
        return file

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "campaign" not in attrs and "pool" not in attrs:
            raise serializers.ValidationError({"campaign": "name the campaign or the pool"}, "required")
        if "campaign" in attrs and "pool" in attrs:
            raise serializers.ValidationError({"pool": "name a campaign or a pool, not both"}, "invalid")
        return attrs


class AcceptedSerializer(ImportDetailSerializer):
    preview = PreviewSerializer(allow_null=True)


class ImportFilters(FilterSet):
    state = ChoiceFilter(choices=Import.State.choices)


class ImportList(ListView):
    scopes: ClassVar = {"GET": _READS, "POST": _WRITES}
    right = Right.EXCHANGE
    filters = ImportFilters
    parser_classes = (MultiPartParser,)
    keyed = True

    @extend_schema(responses=page_of(ImportSerializer))
    def get(self, request: Request) -> Response:
        """The project's imports, newest first."""
        return self.page(selectors.imports_in(self.member), ImportSerializer)

    @extend_schema(request={"multipart/form-data": NewImportSerializer}, responses={202: AcceptedSerializer})
    def post(self, request: Request) -> HttpResponseBase:
        """Import a file: a job does it. With `dry_run`, keep the file and say what its first lines hold."""
        wanted = self.read(NewImportSerializer)
        return self.once(lambda: self._take(wanted))

    def _take(self, wanted: dict[str, Any]) -> Done:
        record = uploads.store(
            project=self.member.project,
            who=self.member.user,
            file=wanted["file"],
            campaign_name=wanted.get("campaign", ""),
            pool_name=wanted.get("pool", ""),
            format=wanted.get("format", AUTO),
        )
        preview = None
        if wanted.get("dry_run"):
            preview = self.shown(PreviewSerializer, uploads.preview(record))
        else:
            record = uploads.confirm(record=record, who=self.member.user)
        where = reverse("api_import_detail", args=[record.pk])
        return Done(202, {**shown(self, record), "preview": preview}, where)


class ImportDetail(TokenView):
    scopes: ClassVar = {"GET": _READS, "DELETE": _WRITES}
    right = Right.EXCHANGE

    @extend_schema(responses=ImportDetailSerializer)
    def get(self, request: Request, id: UUID) -> Response:
        """One import: its state, and when it is done what became of its rows."""
        return Response(shown(self, selectors.import_for(self.member, id)))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, id: UUID) -> Response:
        """Forget an upload that was not confirmed."""
        try:
            uploads.discard(record=selectors.import_for(self.member, id))
        except uploads.NotWaiting as error:
            raise Problem(Code.CONFLICT, str(error)) from None
        return Response(status=204)


class ImportConfirm(TokenView):
    scopes: ClassVar = {"POST": _WRITES}
    right = Right.EXCHANGE

    @extend_schema(request=None, responses={202: ImportDetailSerializer})
    def post(self, request: Request, id: UUID) -> Response:
        """Import an upload that was looked at with `dry_run`."""
        record = selectors.import_for(self.member, id)
        try:
            record = uploads.confirm(record=record, who=self.member.user)
        except uploads.NotWaiting as error:
            raise Problem(Code.CONFLICT, str(error)) from None
        return Response(shown(self, record), status=202)


class ImportRejected(TokenView):
    scopes: ClassVar = {"GET": _READS}
    right = Right.EXCHANGE

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, id: UUID) -> HttpResponseBase:
        """The rejected lines as a file, each with its code and reason. 404 if none was."""
        record = selectors.import_for(self.member, id)
        if not record.path:
            raise Http404
        return attachment(request._request, uploads.rejected_path_of(record), f"{record.file_name}.rejected.jsonl")


def shown(view: TokenView, record: Import) -> dict[str, Any]:
    """An import with its counts and its first faults."""
    faults = [{"line": fault.line, "code": fault.code, "reason": fault.reason} for fault in selectors.faults_of(record)]
    return {**view.shown(ImportSerializer, record), "counts": selectors.figures_of(record), "faults": faults}
