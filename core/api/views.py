"""What every address of the API begins with: a token, its scope, its maker's right, and a request without surprises."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django_filters import FilterSet
from rest_framework.exceptions import NotAuthenticated
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from core.accounts import tokens
from core.accounts.access import Member, Right
from core.accounts.models import Scope
from core.accounts.tokens import Bearer
from core.api import idempotency, paging, reading, throttling
from core.api.authentication import BearerAuthentication
from core.api.problems import Code, Fault, Problem

ANY_SCOPE = frozenset(Scope)
_METHODS = ("get", "post", "patch", "delete")


class TokenView(APIView):
    """An address for the bearers of tokens.

    `scopes` says by method which scopes open it (any one of them), `right` what the token's maker must be allowed.
    `member` is the maker in the token's project; every read goes through a selector that takes it. What `tells` nothing
    of how candidates do, and serves a product's traffic, stays open while the right is withheld from the maker.
    """

    authentication_classes = (BearerAuthentication,)
    scopes: ClassVar[Mapping[str, frozenset[Scope]]] = {}
    right: ClassVar[Right | None] = None
    tells: ClassVar[bool] = True
    parameters: ClassVar[tuple[str, ...]] = ()

    @property
    def bearer(self) -> Bearer:
        found: Bearer = self.request.auth
        return found

    @property
    def member(self) -> Member:
        return self.bearer.member

    @property
    def allowed_methods(self) -> list[str]:
        named = [name.upper() for name in _METHODS if hasattr(self, name)]
        return [*named, "HEAD"] if "GET" in named else named

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        reading.require_utf8(request)
        if request.method not in self.allowed_methods:
            raise Problem(Code.METHOD_NOT_ALLOWED, headers={"Allow": ", ".join(self.allowed_methods)})
        super().initial(request, *args, **kwargs)
        reading.require_known(request, set(self.known_parameters()) if request.method in ("GET", "HEAD") else set())

    def check_permissions(self, request: Any) -> None:
        if not isinstance(request.auth, Bearer):
            raise NotAuthenticated
        throttling.take(request.auth.token)
        tokens.note_use(request.auth.token)
        wanted = self.scopes["GET" if request.method == "HEAD" else request.method]
        if wanted.isdisjoint(request.auth.token.scopes):
            named = " or ".join(f"“{scope.value}”" for scope in Scope if scope in wanted)
            raise Problem(Code.SCOPE_MISSING, f"This needs a token with the scope {named}.")
        self._check_right(request.auth.member)

    def _check_right(self, member: Member) -> None:
        if self.right is None or member.may(self.right):
            return
        if self.right not in member.held:
            raise Problem(Code.RIGHT_MISSING, f"Whoever made the token may not {self.right}.")
        if self.tells:
            raise Problem(Code.CHECK_OWED)

    def finalize_response(self, request: Any, response: HttpResponseBase, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        return response

    def known_parameters(self) -> tuple[str, ...]:
        """The names that the address takes after its question mark."""
        return self.parameters

    def read(self, serializer: type[BaseSerializer], **context: Any) -> dict[str, Any]:
        """What the request's body says. Raises what REST framework raises for a body that is wrong."""
        found = serializer(data=self.request.data, context={"member": self.member, **context})
        found.is_valid(raise_exception=True)
        said: dict[str, Any] = found.validated_data
        return said

    def say(self, serializer: type[BaseSerializer], one: Any, status: int = 200) -> Response:
        """One thing as the answer."""
        return Response(self.shown(serializer, one), status=status)

    def shown(self, serializer: type[BaseSerializer], one: Any, **more: Any) -> Any:
        """One thing, or with `many=True` a list of them, in plain values."""
        context = {"member": self.member, **more.pop("context", {})}
        return serializer(one, context=context, **more).data

    def once(self, effect: Callable[[], idempotency.Done]) -> HttpResponseBase:
        """Do what is asked exactly once under the request's Idempotency-Key. The body must have been read before."""
        files = dict(self.request.FILES.items())
        fields = {name: value for name, value in self.request.data.items() if name not in files}
        return idempotency.once(
            bearer=self.bearer,
            endpoint=self.request.resolver_match.url_name,
            key=self.request.headers.get(idempotency.HEADER),
            asked=idempotency.digest_of(self.request.path, fields, files),
            effect=effect,
        )


class ListView(TokenView):
    """An address that lists: pages by cursor, narrowed by the filters that are named and by no others."""

    filters: ClassVar[type[FilterSet] | None] = None
    most: ClassVar[int] = paging.MOST

    def known_parameters(self) -> tuple[str, ...]:
        named = tuple(self.filters.base_filters) if self.filters else ()
        return (*named, *paging.PARAMETERS)

    def page(self, rows: "QuerySet[Any]", serializer: type[BaseSerializer], build: Any = list) -> Response:
        """One page of these rows; `build` makes what is shown of them. Raises Problem."""
        narrowed = rows if self.filters is None else narrow(self.filters, self.request, rows)
        found, after = paging.cut(narrowed, self.request.GET)
        return self.page_of(build(found), after, serializer)

    def page_of(self, found: Any, after: UUID | None, serializer: type[BaseSerializer], **context: Any) -> Response:
        """A page that was cut already; the next one comes after this id. The serializer sees `context`."""
        results = self.shown(serializer, found, many=True, context=context)
        return Response({"results": results, "next": paging.next_url(self.request, after)})


def narrow(filters: type[FilterSet], request: HttpRequest, rows: "QuerySet[Any]") -> "QuerySet[Any]":
    """The rows that the address's filters leave. Raises Problem."""
    return checked(filters, request, rows).qs  # type: ignore[no-any-return]


def checked(filters: type[FilterSet], request: HttpRequest, rows: "QuerySet[Any]") -> Any:
    """The filter set of this request, valid. Raises Problem."""
    found = filters(data=request.GET, queryset=rows)
    if not found.is_valid():
        faults = [
            Fault(name, "invalid_choice" if error.code == "invalid_choice" else "invalid", " ".join(error.messages))
            for name, errors in found.errors.as_data().items()
            for error in errors
        ]
        raise Problem(Code.INVALID, "; ".join(f"{f.field}: {f.detail}" for f in faults), faults=faults)
    return found
