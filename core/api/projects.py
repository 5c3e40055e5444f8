"""The project that the token is of."""

from typing import ClassVar

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.accounts import selectors
from core.accounts.models import Scope
from core.api.schema import page_of
from core.api.views import ANY_SCOPE, ListView, TokenView


class TokenSerializer(serializers.Serializer):
    """The token that asks."""

    name = serializers.CharField()
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=Scope.values))
    expires_at = serializers.DateTimeField()


class ProjectSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    slug = serializers.CharField()
    name = serializers.CharField()
    created_at = serializers.DateTimeField()


class ProjectDetailSerializer(ProjectSerializer):
    token = TokenSerializer()


class ProjectList(ListView):
    scopes: ClassVar = {"GET": ANY_SCOPE}

    @extend_schema(responses=page_of(ProjectSerializer))
    def get(self, request: Request) -> Response:
        """The one project that the token is of."""
        return self.page(selectors.project_of(self.member), ProjectSerializer)


class ProjectDetail(TokenView):
    scopes: ClassVar = {"GET": ANY_SCOPE}

    @extend_schema(responses=ProjectDetailSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """The project, and what the token may do in it."""
        project = self.member.project
        if slug != project.slug:
            raise Http404
        shown = self.shown(ProjectSerializer, project)
        return Response({**shown, "token": self.shown(TokenSerializer, self.bearer.token)})
