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

BASE = "http://testserver/"
TEXT = "You talk with models that are not released. We keep what you write until you delete it."


def bundle(project: Any, name: str) -> Bundle:
    """A bundle that can be asked, as far as its specification says."""
    spec = {"endpoint": "scripted", "model": name, "system": "", "sampling": {}, "memory": {"most": 0}}
    made, _new = Bundle.objects.get_or_create(
        project=project, name=name, defaults={"spec": spec, "digest": name.encode().ljust(32, b".")}
    )
    return made


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
