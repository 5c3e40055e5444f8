"""What those who manage a project's models see of them. Every read takes who is asking; the rest is 404."""

from collections import Counter
from dataclasses import dataclass
from uuid import UUID

from django.http import Http404

from core.accounts.access import Member, Right
from core.catalog.models import Bundle
from core.endpoints import specs
from core.endpoints.models import Endpoint
from core.endpoints.specs import BadSpec, Spec

RIGHT = Right.MANAGE_ENDPOINTS


@dataclass(frozen=True, slots=True)
class EndpointLine:
    """An endpoint in the list: `has_key` is all that is told of its key."""

    endpoint: Endpoint
    has_key: bool
    bundles: int


@dataclass(frozen=True, slots=True)
class BundleLine:
    """A bundle with its specification, None if it was written before such ones were read; `answered`: it can be."""

    bundle: Bundle
    spec: Spec | None
    answered: bool


def endpoint_lines(member: Member) -> list[EndpointLine]:
    """The project's endpoints by name."""
    _may(member)
    named = Counter(line.spec.endpoint for line in bundle_lines(member) if line.spec)
    rows = Endpoint.objects.filter(project=member.project).select_related("set_by").order_by("name")
    return [EndpointLine(one, one.key_encrypted is not None, named[one.name]) for one in rows]


def bundle_lines(member: Member) -> list[BundleLine]:
    """The project's bundles that have a specification, the newest first."""
    _may(member)
    names = set(Endpoint.objects.filter(project=member.project).values_list("name", flat=True))
    rows = Bundle.objects.filter(project=member.project, spec__isnull=False).order_by("-created_at", "name")
    return [_line(one, names) for one in rows]


def known_by_name(member: Member) -> int:
    """How many bundles the project knows by their names only."""
    _may(member)
    return Bundle.objects.filter(project=member.project, spec=None).count()


def endpoint_for(member: Member, name: str) -> Endpoint:
    """The project's endpoint of this name. Raises Http404."""
    _may(member)
    found = Endpoint.objects.select_related("project", "set_by").filter(project=member.project, name=name).first()
    if found is None:
        raise Http404("No such page.")
    return found


def bundle_for(member: Member, pk: UUID) -> BundleLine:
    """The project's bundle, which has a specification. Raises Http404."""
    _may(member)
    found = Bundle.objects.filter(project=member.project, pk=pk, spec__isnull=False).first()
    if found is None:
        raise Http404("No such page.")
    return _line(found, set(Endpoint.objects.filter(project=member.project).values_list("name", flat=True)))


def _line(bundle: Bundle, endpoints: set[str]) -> BundleLine:
    try:
        spec = specs.read(bundle.spec)
    except BadSpec:
        return BundleLine(bundle, None, answered=False)
    return BundleLine(bundle, spec, spec.endpoint in endpoints)


def _may(member: Member) -> None:
    if not member.may(RIGHT):
        raise Http404("No such page.")
