"""A rater's pay: one row per accepted judgment, surplus ones included, and one that takes it back when withdrawn."""

from decimal import Decimal
from uuid import UUID

from django.db.models import Sum

from annotate.models import PayRow
from core.accounts.models import Project
from core.ledger.models import Actor


def reverse(*, judgment: UUID) -> None:
    """Take back what was paid for a judgment, in the caller's transaction. Nothing was paid, nothing is taken back."""
    paid = PayRow.objects.filter(judgment=judgment, kind=PayRow.Kind.JUDGMENT).first()
    if paid is not None:
        PayRow.objects.create(
            project_id=paid.project_id,
            campaign_id=paid.campaign_id,
            rater_id=paid.rater_id,
            judgment_id=judgment,
            kind=PayRow.Kind.REVERSAL,
            amount=-paid.amount,
            currency=paid.currency,
        )


def earned(*, project: Project, rater: Actor) -> dict[str, Decimal]:
    """All that the rater has earned in the project, by currency."""
    rows = (
        PayRow.objects.filter(project=project, rater=rater).order_by().values("currency").annotate(total=Sum("amount"))
    )
    return {row["currency"]: row["total"] for row in rows}
