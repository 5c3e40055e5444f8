"""Experiments whose plan says on which day they end."""

import logging
from datetime import UTC, datetime

from django.utils.translation import gettext as _
from django.utils.translation import override

from abtest import experimenting
from abtest.models import Experiment
from abtest.plans import parse

logger = logging.getLogger(__name__)


def stop_due() -> list[Experiment]:
    """Stop every running experiment whose last day is over, in UTC; those that were stopped."""
    today = datetime.now(UTC).date()
    running = Experiment.objects.filter(state=Experiment.State.RUNNING).select_related("project").order_by("pk")
    stopped = []
    with override("en"):
        reason = _("The day on which its plan says that it ends has come.")
        for one in running:
            # What is wrong with one experiment is not to keep the others running, nor their hours open.
            try:
                last = parse(one.plan).ends_on
                if last and last <= today:
                    stopped.append(experimenting.stop(experiment=one, by=None, reason=reason))
            except Exception:
                logger.exception("the experiment %s was not stopped", one.key)
    return stopped
