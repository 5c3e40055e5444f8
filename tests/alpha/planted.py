"""Programmes with volunteers, made by the functions that make them in life."""

from collections.abc import Sequence
from typing import Any

from alpha import consenting, programmes
from alpha.models import Programme, Trial, Volunteer
from alpha.plans import TrialWish
from alpha.selectors import places
from alpha.selectors.programmes import newest_text
from core.accounts.models import Membership, Role, User
from core.catalog.models import Bundle
from core.endpoints.bundles import add_bundle
from core.endpoints.models import Endpoint
from core.endpoints.setting import set_endpoint

BASE = "http://testserver/"
TEXT = "You talk with models that are not released. We keep what you write until you delete it."


SCRIPT = """
{"when": "", "say": "I hear you.", "first_ms": 0, "chars_per_second": 0}
"""


def scripted(project: Any, script: str = SCRIPT) -> Endpoint:
    """The project's endpoint that answers from a script."""
    return set_endpoint(project=project, name="scripted", kind="script", by=None, script=script)


def bundle(project: Any, name: str) -> Bundle:
    """A bundle that can be asked: of the endpoint `scripted`, which is there afterwards."""
    there = Bundle.objects.filter(project=project, name=name, spec__isnull=False).first()
    if there is not None:
        return there
    if not Endpoint.objects.filter(project=project, name="scripted").exists():
        scripted(project)
    return add_bundle(project=project, name=name, spec={"endpoint": "scripted", "model": name}, by=None)


def draft(
    project: Any, key: str = "warmth", trials: Sequence[TrialWish] | None = None, consent: str = TEXT, **settings: Any
) -> Programme:
    """A draft with a baseline and a candidate, which could be opened."""
    if trials is None:
        trials = [
            TrialWish(bundle(project, "plain").pk, Trial.Part.BASELINE),
            TrialWish(bundle(project, "warm").pk, Trial.Part.CANDIDATE),
        ]
    settings.setdefault("name", "Warmth")
    return programmes.create(project=project, by=None, key=key, trials=trials, consent=consent, **settings)


def opened(project: Any, key: str = "warmth", **settings: Any) -> Programme:
    """An open programme."""
    return programmes.open_up(programme=draft(project, key, **settings), by=None, base_url=BASE)


def invited(programme: Programme, user: User) -> Volunteer:
    """Somebody with an account who has a place and has not agreed to anything yet."""
    Membership.objects.get_or_create(project=programme.project, user=user, role=Role.VOLUNTEER)
    Volunteer.objects.create(
        project=programme.project, programme=programme, email=user.email, state=Volunteer.State.INVITED
    )
    return places.place_for(user, programme.project, programme.key)


def volunteer(programme: Programme, user: User) -> Volunteer:
    """Somebody who takes part."""
    text = newest_text(programme)
    assert text is not None
    return consenting.agree(volunteer=invited(programme, user), text=text)
