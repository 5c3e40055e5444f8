"""The campaign page's socket: sends the figures again whenever they may have changed."""

import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from channels.db import database_sync_to_async
from django.conf import settings
from django.utils import translation

from annotate import wording
from annotate.models import Campaign
from annotate.selectors import progress
from annotate.selectors.progress import Progress
from core.accounts.access import Right, member_of
from core.accounts.middleware import language_of
from core.live.consumers import LiveConsumer

# Counting walks over the campaign's slots. However many pages are open, this process spends at most a tenth of its
# time with it: what took t seconds to count is shown for 10 t.
REST = 10


@dataclass(frozen=True, slots=True)
class _Reading:
    now: Progress
    until: float


_readings: dict[UUID, _Reading] = {}


def forget() -> None:
    """Count anew on the next message (for tests)."""
    _readings.clear()


class CampaignConsumer(LiveConsumer):
    """/ws/p/<slug>/campaigns/<name>/ for those who manage campaigns.

    Sends {"type": "progress", "state", "verdict", "value", "max", "figures": {name: text}}.
    """

    campaign: Campaign

    def allowed(self) -> bool:
        route = self.scope["url_route"]["kwargs"]
        member = member_of(self.scope["user"], route["slug"], Right.MANAGE_CAMPAIGNS)
        self.campaign = progress.campaign_for(member, route["name"])
        return True

    def topics(self) -> list[str]:
        return [f"campaign.{self.campaign.pk}"]

    async def refresh(self) -> None:
        await self.send_json(await database_sync_to_async(self._message)())

    def _message(self) -> dict[str, Any]:
        self.campaign.refresh_from_db(fields=["state"])
        now = _read(self.campaign.pk)
        with translation.override(language_of(self.scope["user"].language) or settings.LANGUAGE_CODE):
            return {
                "type": "progress",
                "state": self.campaign.state,
                "verdict": wording.verdict(self.campaign, now),
                "value": now.filled,
                "max": now.slots,
                "figures": wording.figures(now),
            }


def _read(campaign: UUID) -> Progress:
    began = time.monotonic()
    kept = _readings.get(campaign)
    if kept is not None and began < kept.until:
        return kept.now
    now = progress.progress_of([campaign])[campaign]
    done = time.monotonic()
    if len(_readings) >= 1000:
        _readings.clear()
    _readings[campaign] = _Reading(now, done + REST * (done - began))
    return now
