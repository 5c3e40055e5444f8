"""Experiments whose plan says on which day they end."""

from datetime import UTC, datetime

from django.utils.translation import gettext as _
from django.utils.translation import override

from abtest import experimenting
from abtest.models import Experiment
from abtest.plans import parse


def stop_due() -> list[Experiment]:
    """Stop every running experiment whose last day is over, in UTC; those that were stopped."""
    today = datetime.now(UTC).date()
    running = Experiment.objects.filter(state=Experiment.State.RUNNING).select_related("project").order_by("pk")
    due = [one for one in running if (last := parse(one.plan).ends_on) and last <= today]
    with override("en"):
        reason = _("The day on which its plan says that it ends has come.")
        return [experimenting.stop(experiment=one, by=None, reason=reason) for one in due]
