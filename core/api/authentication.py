"""Who asks: the bearer of a token, and nobody else. No cookie opens the API, so nothing can be forged with one."""

from django.views.decorators.debug import sensitive_variables
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from core.accounts.models import User
from core.accounts.tokens import PREFIX, BadToken, Bearer, bearer_of
from core.api.problems import CHALLENGE


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer plb_…`; `request.auth` is then the Bearer."""

    @sensitive_variables()
    def authenticate(self, request: Request) -> tuple[User, Bearer] | None:
        header: str = request.META.get("HTTP_AUTHORIZATION", "")
        if not header:
            return None
        scheme, _, secret = header.partition(" ")
        if scheme.lower() != "bearer" or not secret.strip().startswith(PREFIX):
            raise AuthenticationFailed
        try:
            bearer = bearer_of(secret.strip())
        except BadToken:
            raise AuthenticationFailed from None
        return bearer.member.user, bearer

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


class BearerScheme(OpenApiAuthenticationExtension):
    """How the OpenAPI document describes it."""

    target_class = BearerAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A token of one project, made on its page Tokens or by the command `token`.",
        }
