"""Filing label requests: "please label this on that rubric, because …". A campaign that subscribes takes them."""

from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, transaction

from core.accounts.models import Project
from core.catalog.models import Comparison, Response
from core.ledger.models import LabelRequest, RubricVersion, Turn

_DEFAULT = "default"


class UnknownSubject(ValueError):
    """The project has no such comparison, response, turn or rubric; `field` says which was named."""

    def __init__(self, field: str) -> None:
        super().__init__(f"There is no such {field} in the project.")
        self.field = field


class AlreadyRequested(Exception):
    """The project has a request for this purpose about this subject."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for: exactly one of comparison, response and turn, sampled with `probability`."""

    purpose: str
    because: str
    comparison: UUID | None = None
    response: UUID | None = None
    turn: UUID | None = None
    rubric: str = _DEFAULT
    probability: float = 1.0


def file_request(*, project: Project, wish: Wish, filed_by: str) -> LabelRequest:
    """A new open request. Raises UnknownSubject and AlreadyRequested."""
    for field, model in (("comparison", Comparison), ("response", Response), ("turn", Turn)):
        named = getattr(wish, field)
        if named is not None and not model._default_manager.filter(project=project, pk=named).exists():
            raise UnknownSubject(field)
    known = RubricVersion.objects.filter(project=project, name=wish.rubric)
    if wish.rubric != _DEFAULT and not known.exists():
        raise UnknownSubject("rubric")
    request = LabelRequest(
        project=project,
        comparison_id=wish.comparison,
        response_id=wish.response,
        turn_id=wish.turn,
        rubric=wish.rubric,
        because=wish.because,
        probability=wish.probability,
        purpose=wish.purpose,
        filed_by=filed_by,
    )
    try:
        with transaction.atomic():
            request.save(force_insert=True)
    except IntegrityError as error:
        same = LabelRequest.objects.filter(project=project, purpose=wish.purpose)
        same = same.filter(comparison=wish.comparison, response=wish.response, turn=wish.turn)
        if (known_id := same.values_list("pk", flat=True).first()) is not None:
            raise AlreadyRequested(f"The same was asked for already, in the request {known_id}.") from error
        raise
    request.refresh_from_db()
    return request
