"""Seals: while somebody owes an unbiased look at a bundle, they see nothing of how candidates do in that project.

A spot check that is written after its author has seen the numbers says what the numbers say. So whoever is asked for
one has a seal, and `core.accounts.access` withholds the rights below until it is lifted: from their pages, from their
sockets, and from the tokens that they made.

What is withheld, and why. Rights go with whole pages, and a page that stands among metrics goes with them:

- SEE_REPORTS and MANAGE_RECIPES: reports, drift, recipes; asking for a report or acting on an alarm shows it.
- SEE_EXPERIMENTS and MANAGE_EXPERIMENTS: readouts; every act on an experiment is done on its page.
- SEE_JUDGMENTS and SEE_BUNDLES: what people said of single answers, and which bundle wrote them.
- SEE_ALPHA and MANAGE_ALPHA: what volunteers and the other experts said; turns are promoted for what was said of them.
- MANAGE_CAMPAIGNS: a campaign's page and pictures say how often which side won.
- EXCHANGE: an export holds all of it, an import says what it found.
- SEE_AUDIT: decisions and what became of alarms stand in the trail with their reasons.

What stays, since it says nothing of how a candidate does: MANAGE_MEMBERS, MANAGE_TOKENS, MANAGE_ENDPOINTS, SEE_JOBS
(kinds, errors and counts of rows), RATE, CHAT and SPOT_CHECK themselves.
"""

from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now

from core.accounts.access import Right
from core.accounts.models import Project, User
from core.catalog.models import Bundle
from core.ledger.models import Seal
from core.live.topics import publish

METRICS = frozenset(
    {
        Right.SEE_REPORTS,
        Right.MANAGE_RECIPES,
        Right.SEE_EXPERIMENTS,
        Right.MANAGE_EXPERIMENTS,
        Right.SEE_JUDGMENTS,
        Right.SEE_BUNDLES,
        Right.SEE_ALPHA,
        Right.MANAGE_ALPHA,
        Right.MANAGE_CAMPAIGNS,
        Right.EXCHANGE,
        Right.SEE_AUDIT,
    }
)


def set_seal(*, user: User, project: Project, bundle: Bundle, owed_for: UUID) -> Seal:
    """From the commit of the caller's transaction on, `user` sees no metric of the project until `lift(owed_for)`.

    `owed_for` is the id of what they are to write. Pages of theirs that are open are closed.
    """
    with transaction.atomic():
        seal = Seal.objects.create(user=user, project=project, bundle=bundle, owed_for=owed_for)
        publish(f"user.{user.pk}", kind="sealed", event=str(seal.pk))
    return seal


def lift(*, owed_for: UUID) -> bool:
    """That is written, or will not be: its seal binds no more. Returns whether it did until now."""
    return bool(Seal.objects.filter(owed_for=owed_for, lifted_at=None).update(lifted_at=Now()))


def owed(user: User, project: Project) -> QuerySet[Seal]:
    """The seals that bind this person in this project now, the oldest first."""
    return Seal.objects.filter(user=user, project=project, lifted_at=None).order_by("pk")


def sealed(project: Project) -> QuerySet[Seal]:
    """All seals that bind anybody in the project now."""
    return Seal.objects.filter(project=project, lifted_at=None)


def unlifted() -> Exists:
    """Of a row of Membership: whether its person is bound by a seal in its project."""
    return Exists(Seal.objects.filter(user=OuterRef("user"), project=OuterRef("project"), lifted_at=None))
