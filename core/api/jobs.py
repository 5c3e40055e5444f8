"""Work that is done in the background."""

from typing import ClassVar
from uuid import UUID

from django_filters import ChoiceFilter, FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.accounts import retrying
from core.accounts.access import Right
from core.accounts.models import Scope
from core.api.problems import Code, Problem
from core.api.schema import page_of
from core.api.views import ListView, TokenView
from core.jobs import queue, selectors
from core.jobs.models import Job

_READS = frozenset({Scope.READ, Scope.IMPORT, Scope.EXPORT})


class JobProgressSerializer(serializers.Serializer):
    done = serializers.IntegerField()
    total = serializers.IntegerField(allow_null=True)
    note = serializers.CharField()


class JobSerializer(serializers.Serializer):
    id = serializers.UUIDField(source="job.id")
    kind = serializers.CharField(source="job.kind")
    label = serializers.CharField()
    state = serializers.ChoiceField(choices=Job.State.values, source="job.state")
    tried = serializers.IntegerField(help_text="Attempts since it was asked for or retried.")
    progress = JobProgressSerializer(source="*")
    result = serializers.JSONField(source="job.result", allow_null=True)
    error = serializers.CharField(source="job.error")
    created_at = serializers.DateTimeField(source="job.created_at")
    finished_at = serializers.DateTimeField(source="job.finished_at", allow_null=True)


class JobFilters(FilterSet):
    state = ChoiceFilter(choices=Job.State.choices)


class JobList(ListView):
    scopes: ClassVar = {"GET": _READS}
    right = Right.SEE_JOBS
    filters = JobFilters

    @extend_schema(responses=page_of(JobSerializer))
    def get(self, request: Request) -> Response:
        """The project's jobs, newest first."""
        return self.page(selectors.jobs_of(self.member.project.pk), JobSerializer, selectors.as_rows)


class JobDetail(TokenView):
    scopes: ClassVar = {"GET": _READS}
    right = Right.SEE_JOBS

    @extend_schema(responses=JobSerializer)
    def get(self, request: Request, id: UUID) -> Response:
        """One job: how far it is, what came of it, or why it failed."""
        return self.say(JobSerializer, selectors.JobRow(selectors.job_of(self.member.project.pk, id)))


class JobRetry(TokenView):
    scopes: ClassVar = {"POST": frozenset({Scope.IMPORT, Scope.EXPORT})}
    right = Right.SEE_JOBS

    @extend_schema(request=None, responses=JobSerializer)
    def post(self, request: Request, id: UUID) -> Response:
        """Try a failed job again."""
        job = selectors.job_of(self.member.project.pk, id)
        try:
            job = retrying.retry(job=job, member=self.member)
        except queue.NotRetryable as error:
            raise Problem(Code.CONFLICT, str(error)) from None
        return self.say(JobSerializer, selectors.JobRow(job))
