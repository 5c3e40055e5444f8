"""What experiments have for somebody to decide: a ramp that is held, a result that nobody has decided upon."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _

from abtest import selectors
from abtest.models import Experiment
from core.accounts.access import Member
from core.accounts.waiting import Todo

State = Experiment.State


def todos(member: Member) -> Iterator[Todo]:
    """What waits in each experiment of the member's project, the newest first."""
    for experiment in selectors.experiments_of(member).filter(state__in=(State.RUNNING, State.STOPPED)):
        values = {"name": experiment.name, "ramp": experiment.ramp, "why": experiment.held_because}
        url = reverse("experiment_detail", args=[member.project.slug, experiment.key])
        if experiment.state == State.STOPPED:
            yield Todo(_("“%(name)s” is stopped, and nobody has decided what follows.") % values, _("Decide"), url)
        elif experiment.held_because:
            yield Todo(_("“%(name)s” is held at %(ramp)s %%: %(why)s") % values, _("Read the evidence"), url)
