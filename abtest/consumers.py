"""The result page's socket: sends the counts again whenever they may have changed, and says when there is news."""

from typing import Any

from channels.db import database_sync_to_async
from django.conf import settings
from django.utils import translation

from abtest import counting, selectors
from abtest.models import Experiment
from core.accounts.access import Right, member_of
from core.accounts.middleware import language_of
from core.live.consumers import LiveConsumer


class ExperimentConsumer(LiveConsumer):
    """/ws/p/<slug>/experiments/<key>/ for those who see experiments.

    Sends {"type": "counts", "state", "ramp", "held", "readout", "figures": {name: text}}; `readout` names the newest.
    """

    experiment: Experiment
    arms: list[str]

    def allowed(self) -> bool:
        route = self.scope["url_route"]["kwargs"]
        member = member_of(self.scope["user"], route["slug"], Right.SEE_EXPERIMENTS)
        self.experiment = selectors.experiment_for(member, route["key"])
        self.arms = [arm.key for arm in selectors.arms_of(self.experiment)]
        return True

    def topics(self) -> list[str]:
        return [f"experiment.{self.experiment.pk}"]

    async def refresh(self) -> None:
        await self.send_json(await database_sync_to_async(self._message)())

    def _message(self) -> dict[str, Any]:
        self.experiment.refresh_from_db(fields=["state", "ramp", "held_because"])
        newest = selectors.readouts_of(self.experiment).values_list("pk", flat=True).first()
        counts = counting.kept_counts(self.experiment)
        with translation.override(language_of(self.scope["user"].language) or settings.LANGUAGE_CODE):
            return {
                "type": "counts",
                "state": self.experiment.state,
                "ramp": self.experiment.ramp,
                "held": bool(self.experiment.held_because),
                "readout": str(newest or ""),
                "figures": counting.figures(counts, self.arms),
            }
