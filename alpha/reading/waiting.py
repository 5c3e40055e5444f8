"""What an alpha has for somebody to decide: flags that nobody has looked at, and turns to be looked over."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alpha.models import Promotion, Triage
from alpha.reading.inbox import flags_in
from alpha.selectors.programmes import programmes_of
from core.accounts.access import Member
from core.accounts.waiting import Todo


def todos(member: Member) -> Iterator[Todo]:
    """What waits in each programme of the member's project, the newest programme first."""
    programmes = list(programmes_of(member))
    flags = _counted(flags_in(*programmes).filter(triage=Triage.State.NEW), "conversation__programme")
    turns = _counted(
        Promotion.objects.filter(project=member.project, state=Promotion.State.REVIEW),
        "answer__message__conversation__programme",
    )
    for one in programmes:
        where = [member.project.slug, one.key]
        if waiting := flags.get(one.pk):
            told = ngettext(
                "“%(name)s” has %(n)s flag that nobody has looked at.",
                "“%(name)s” has %(n)s flags that nobody has looked at.",
                waiting,
            )
            values = {"name": one.name, "n": f"{waiting:,}"}
            yield Todo(told % values, _("Look at them"), reverse("flag_list", args=where))
        if waiting := turns.get(one.pk):
            told = ngettext(
                "%(n)s turn of “%(name)s” is to be looked over before raters see it.",
                "%(n)s turns of “%(name)s” are to be looked over before raters see them.",
                waiting,
            )
            values = {"name": one.name, "n": f"{waiting:,}"}
            yield Todo(told % values, _("Look over"), reverse("promotion_list", args=where))


def _counted(rows: "QuerySet[Any]", programme: str) -> dict[UUID, int]:
    return dict(rows.order_by().values_list(programme).annotate(n=Count("pk")))
