"""Bundles that can be called: a name, what it stands for, and the endpoint that answers for it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from core.accounts import audit
from core.accounts.keys import keyed_digest
from core.accounts.models import Project, User
from core.catalog.models import Bundle
from core.catalog.parts import lock
from core.endpoints import specs
from core.endpoints.models import Endpoint
from core.endpoints.specs import BadSpec, Spec

LONGEST_NAME = 120


class NotCallable(Exception):
    """A bundle that cannot be asked: it is known by name only, or its endpoint is gone."""


@dataclass(frozen=True, slots=True)
class Callable:
    """A bundle with what is needed to ask it. The endpoint's key stays encrypted in its row until it is used."""

    bundle: Bundle
    endpoint: Endpoint
    spec: Spec


def add_bundle(*, project: Project, name: str, spec: Mapping[str, Any], by: User | None) -> Bundle:
    """The bundle of this name and specification: found if it is there, added if it is not. Raises BadSpec.

    A bundle never changes. One that an import has made known by its name alone is given its specification here, once.
    """
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or "\0" in name:
        raise BadSpec({"name": _("A bundle needs a name of at most %(most)d characters.") % {"most": LONGEST_NAME}})
    read = specs.read(spec)
    digest = digest_of(project, read)
    with transaction.atomic():
        lock(project)
        if not Endpoint.objects.filter(project=project, name=read.endpoint).exists():
            raise BadSpec({"endpoint": _("The project has no endpoint “%(name)s”.") % {"name": read.endpoint}})
        twin = Bundle.objects.filter(project=project, digest=digest).first()
        if twin is not None and twin.name != name:
            raise BadSpec({"name": _("This very specification is there as “%(name)s”.") % {"name": twin.name}})
        if twin is not None:
            return twin
        known = Bundle.objects.select_for_update().filter(project=project, name=name).first()
        if known is not None and known.spec is not None:
            raise BadSpec({"name": _("“%(name)s” stands for something else already.") % {"name": name}})
        bundle = known or Bundle(project=project, name=name)
        bundle.spec, bundle.digest = read.written(), digest
        bundle.save()
        data = {"name": name, "endpoint": read.endpoint, "model": read.model, "known": known is not None}
        audit.record(project=project, who=by, verb="bundle.specified", object=f"bundle:{bundle.pk}", data=data)
    return bundle


def digest_of(project: Project, spec: Spec) -> bytes:
    """What two equal specifications of a project share, and no others."""
    canonical = json.dumps(spec.written(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return keyed_digest(project, b"bundle", canonical.encode())


def callable(bundle: Bundle) -> Callable:
    """What is needed to ask this bundle. Raises NotCallable."""
    if bundle.spec is None:
        raise NotCallable(_("“%(name)s” is known by its name only.") % {"name": bundle.name})
    try:
        spec = specs.read(bundle.spec)
    except BadSpec:
        raise NotCallable(_("The specification of “%(name)s” cannot be read.") % {"name": bundle.name}) from None
    endpoint = Endpoint.objects.filter(project=bundle.project_id, name=spec.endpoint).first()
    if endpoint is None:
        raise NotCallable(_("The project has no endpoint “%(name)s”.") % {"name": spec.endpoint})
    return Callable(bundle, endpoint, spec)


def callables_of(project: Project) -> list[Callable]:
    """Every bundle of the project that can be asked, by name."""
    endpoints = {one.name: one for one in Endpoint.objects.filter(project=project)}
    found = []
    for bundle in Bundle.objects.filter(project=project, spec__isnull=False).order_by("name"):
        try:
            spec = specs.read(bundle.spec)
        except BadSpec:
            continue
        if spec.endpoint in endpoints:
            found.append(Callable(bundle, endpoints[spec.endpoint], spec))
    return found


def callable_by_id(pk: UUID) -> Callable:
    """The same by the bundle's id. Raises NotCallable."""
    bundle = Bundle.objects.filter(pk=pk).first()
    if bundle is None:
        raise NotCallable(_("There is no such bundle."))
    return callable(bundle)
