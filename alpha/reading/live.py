"""The programme page's socket: sends the counts again whenever they may have changed."""

from typing import Any

from channels.db import database_sync_to_async

from alpha.models import Programme
from alpha.reading import counting
from alpha.selectors.programmes import programme_for
from core.accounts.access import Right, member_of
from core.live.consumers import LiveConsumer


class ProgrammeConsumer(LiveConsumer):
    """/ws/p/<slug>/alpha/<key>/ for those who see alphas.

    Sends {"type": "counts", "state", "figures": {name: text}}.
    """

    programme: Programme

    def allowed(self) -> bool:
        route = self.scope["url_route"]["kwargs"]
        member = member_of(self.scope["user"], route["slug"], Right.SEE_ALPHA)
        self.programme = programme_for(member, route["key"])
        return True

    def topics(self) -> list[str]:
        return [f"alpha.{self.programme.pk}"]

    async def refresh(self) -> None:
        await self.send_json(await database_sync_to_async(self._message)())

    def _message(self) -> dict[str, Any]:
        self.programme.refresh_from_db(fields=["state"])
        counts = counting.figures(counting.kept_counts(self.programme))
        return {"type": "counts", "state": self.programme.state, "figures": counts}
