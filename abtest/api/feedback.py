"""Feedback over the API: what a product's users did, said and saw, as NDJSON, many events at once."""

import hashlib
from typing import Any, ClassVar

from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from abtest.ingest.arriving import Arriving, lines_of_request
from abtest.ingest.faults import CODES
from abtest.ingest.taking import Batch, Taken, read, write
from core.accounts.access import Right
from core.accounts.models import Scope
from core.api import idempotency
from core.api.problems import Code, Problem
from core.api.views import TokenView
from core.files.opening import FileFault, TooMuch

NDJSON = ("application/x-ndjson", "application/ndjson", "application/jsonl")
_LINES = {"type": "string", "format": "binary", "description": "One event a line, as docs/feedback.md describes them."}
_PACKED = {"": False, "identity": False, "gzip": True}


class RejectedEventSerializer(serializers.Serializer):
    index = serializers.IntegerField(help_text="The line of the event, counted from 0.")
    code = serializers.ChoiceField(choices=sorted(CODES))
    detail = serializers.CharField()


class TakenSerializer(serializers.Serializer):
    accepted = serializers.IntegerField(help_text="Events that are new.")
    duplicate = serializers.IntegerField(help_text="Events that had come before, and change nothing.")
    rejected = RejectedEventSerializer(many=True)


class FeedbackList(TokenView):
    scopes: ClassVar = {"POST": frozenset({Scope.INGEST})}
    right = Right.MANAGE_EXPERIMENTS
    tells = False
    keyed = True

    @extend_schema(
        request={NDJSON[0]: _LINES},
        responses=TakenSerializer,
        parameters=[OpenApiParameter("Content-Encoding", str, "header", enum=["gzip", "identity"])],
    )
    def post(self, request: Request) -> HttpResponseBase:
        """Send up to 10,000 events, one JSON object a line. What is wrong with one says its `code`; the others land."""
        batch, digest = self._read()
        return idempotency.once(
            bearer=self.bearer,
            endpoint=request.resolver_match.url_name,
            key=request.headers.get(idempotency.HEADER),
            asked=digest,
            effect=lambda: self._write(batch),
        )

    def _read(self) -> tuple[Batch, bytes]:
        kind = self.request.content_type.partition(";")[0].strip().lower()
        if kind not in NDJSON:
            raise Problem(Code.UNSUPPORTED, f"Send the events as {NDJSON[0]}, one JSON object a line.")
        packed = _PACKED.get(self.request.headers.get("Content-Encoding", "").strip().lower())
        if packed is None:
            raise Problem(Code.UNSUPPORTED, "The Content-Encoding may be gzip, or left out.")
        # Not through REST framework, which takes a body without a Content-Length for an empty one.
        arriving = Arriving(self.request._request)
        try:
            batch = read(project=self.member.project, lines=lines_of_request(arriving, packed=packed))
        except TooMuch as fault:
            raise Problem(Code.TOO_LARGE, str(fault)) from None
        except FileFault as fault:
            raise Problem(Code.MALFORMED, str(fault)) from None
        return batch, hashlib.sha256(self.request.path.encode() + arriving.digest).digest()

    def _write(self, batch: Batch) -> idempotency.Done:
        return idempotency.Done(200, said(write(project=self.member.project, batch=batch)))


def said(taken: Taken) -> dict[str, Any]:
    """What became of events, as it is answered."""
    rejected = [{"index": one.index, "code": one.code, "detail": one.detail} for one in taken.rejected]
    return {"accepted": taken.accepted, "duplicate": taken.duplicate, "rejected": rejected}
