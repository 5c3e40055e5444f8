"""What may have to be looked at: what felt off, thumbs down, reports, and what spot checks saw."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from alpha.models import AxisAnswer, Programme, Said, Triage
from core.ledger.models import CountedJudgment, Signal

KINDS = (Said.Kind.FELT_OFF, Said.Kind.THUMB, Said.Kind.REPORT, Said.Kind.CHECK)
STATES = tuple(Triage.State.values)
OPEN = (Triage.State.NEW, Triage.State.LOOKING)


def flags_in(*programmes: Programme) -> "QuerySet[Any]":
    """What counts there and may have to be looked at, newest first, as `Said`; `triage` is annotated: where it stands.

    A thumb that was taken back, or changed, is not among them; of a spot check it takes an axis on which it says yes.
    """
    down = Signal.objects.filter(judgment=OuterRef("judgment"), question="thumb", value=-1)
    yes = AxisAnswer.objects.filter(check_of__judgment=OuterRef("judgment"), seen=AxisAnswer.Seen.YES)
    last = Triage.objects.filter(judgment=OuterRef("judgment")).order_by("-pk").values("state")[:1]
    return (
        Said.objects.filter(conversation__programme__in=programmes, kind__in=KINDS)
        .filter(Exists(CountedJudgment.objects.filter(pk=OuterRef("judgment"))))
        .filter(
            Q(kind__in=(Said.Kind.FELT_OFF, Said.Kind.REPORT))
            | (Q(kind=Said.Kind.THUMB) & Q(Exists(down)))
            | (Q(kind=Said.Kind.CHECK) & Q(Exists(yes)))
        )
        .annotate(triage=Coalesce(Subquery(last), Value(Triage.State.NEW.value)))
        .order_by("-judgment")
    )


@dataclass(frozen=True, slots=True)
class Filters:
    """What of the inbox is shown: `state` is one of STATES, "all", or empty for what is open; others empty for any."""

    kind: str = ""
    state: str = ""
    bundle: str = ""

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> Self:
        """As an address asks for it; what it may not be is left out."""
        found = cls(**{one.name: asked.get(one.name, "") for one in fields(cls)})
        return cls(
            kind=found.kind if found.kind in [kind.value for kind in KINDS] else "",
            state=found.state if found.state in (*STATES, "all") else "",
            bundle=found.bundle,
        )

    def narrow(self, rows: "QuerySet[Any]") -> "QuerySet[Any]":
        """Those of the flags that are wanted."""
        if self.kind:
            rows = rows.filter(kind=self.kind)
        if self.bundle:
            rows = rows.filter(answer__voice__bundle__name=self.bundle)
        if self.state == "all":
            return rows
        return rows.filter(triage__in=[self.state] if self.state else OPEN)
