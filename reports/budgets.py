"""The budget: how far a recipe may move behaviour from the reference, and how hard it is optimised meanwhile."""

import math
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from core.accounts import audit
from core.accounts.models import Project, User
from reports.faults import Refused
from reports.models import Budget

_SHARES = ("sycophancy", "coldness", "brake_floor")
_MOST_KL = 5.0
_FIELDS = frozenset({*_SHARES, "domains", "kl"})


def budget_of(project: Project) -> Budget:
    """The project's budget; the defaults where nobody has set one."""
    return Budget.objects.filter(project=project).first() or Budget(project=project)


def set_budget(*, project: Project, who: User | None, **fields: Any) -> Budget:
    """Change some of the budget's fields (see `Budget`); returns it as it now is. Raises Refused."""
    unknown = fields.keys() - _FIELDS
    if unknown:
        raise TypeError(f"unknown fields of a budget: {', '.join(sorted(unknown))}")
    faults = _faults_of(fields)
    if faults:
        raise Refused(faults)
    with transaction.atomic():
        Budget.objects.get_or_create(project=project)
        locked = Budget.objects.select_for_update().get(project=project)
        changed = {name: value for name, value in fields.items() if getattr(locked, name) != value}
        if changed:
            before = {name: getattr(locked, name) for name in changed}
            for name, value in changed.items():
                setattr(locked, name, value)
            locked.changed_at = Now()
            locked.save()
            locked.refresh_from_db()
            data = {"before": before, "after": changed}
            audit.record(project=project, who=who, verb="budget.changed", data=data)
    return locked


def _faults_of(fields: Mapping[str, Any]) -> dict[str, str]:
    faults = {name: _share(fields[name]) for name in _SHARES if name in fields}
    if "kl" in fields and not (_is_number(fields["kl"]) and 0 < fields["kl"] <= _MOST_KL):
        faults["kl"] = _("The divergence is a number above 0 and up to %(most)g nats.") % {"most": _MOST_KL}
    for domain, ceiling in fields.get("domains", {}).items():
        faults[f"domains.{domain}"] = _share(ceiling) if domain.strip() else _("A domain needs a name.")
    return {field: words for field, words in faults.items() if words}


def _share(value: Any) -> str:
    return "" if _is_number(value) and 0 <= value <= 1 else _("This is a share: a number from 0 to 1.")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
