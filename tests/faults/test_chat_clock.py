"""Two endpoints side by side, one sixty times as quick to its first word: what a browser sees of each at a real server.

The short round takes 24 turns; PLUMBLINE_FAULTS=whole all 400.
"""

import asyncio
import json
import os
import time

import pytest
from scipy.stats import ks_2samp
from websockets.asyncio.client import connect

from alpha import talking
from alpha.models import Answer, Programme, Voice
from tests import tally
from tests.alpha_chat.planting import programme, taking_part
from tests.chatters import LOOK, Chatter
from tests.raters import Web
from tests.workers import until

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]

CHATS, TURNS = (50, 8) if os.environ.get("PLUMBLINE_FAULTS") in ("whole", "full") else (8, 3)
SAYS = "\n\n".join(f"Paragraph {n}: a plumb line shows what is *upright*." for n in range(5))
QUICK = {"say": SAYS, "first_ms": 50, "chars_per_second": 900, "chunk": 40}
SLOW = {"say": SAYS, "first_ms": 3000, "chars_per_second": 200, "chunk": 7}
# A Kolmogorov–Smirnov distance of more would let somebody guess.
MOST = 0.1


class Seen:
    """When a reader saw what of each side: its first words, each change, and its end, in seconds after sending."""

    def __init__(self):
        self.first, self.moved, self.ended = [], [], []

    def turn(self, changes, end):
        # Whoever is told of nothing before the end sees the first words then.
        self.first.append(changes[0] if changes else end)
        self.moved += changes
        self.ended.append(end)


async def one_turn(chatter, page, words):
    """Per side, when it changed and when it was whole."""
    began = time.monotonic()
    assert (await asyncio.to_thread(chatter.say, words))[0] == 200
    await page.send(LOOK)
    changes, shown = {"0": [], "1": []}, {"0": "", "1": ""}
    while True:
        frame = json.loads(await asyncio.wait_for(page.recv(), 60))
        now = time.monotonic() - began
        if frame["type"] == "frame":
            for place, side in frame["sides"].items():
                what = f"{side['from']} {side['blocks']} {side['tail']}"
                if (side["blocks"] or side["tail"]) and what != shown[place]:
                    shown[place] = what
                    changes[place].append(now)
        elif frame["type"] == "done":
            assert [one["state"] for one in frame["answers"]] == ["done", "done"]
            return changes, now


async def chatting(chatter, quick, seen):
    """All turns of one chat; `quick` is the side of the quick endpoint."""
    host = f"127.0.0.1:{chatter.port}"
    given = {"origin": f"http://{host}", "additional_headers": {"Cookie": chatter.cookie}, "open_timeout": 60}
    async with connect(f"ws://{host}{chatter.live}", **given) as page:
        for n in range(TURNS):
            changes, end = await one_turn(chatter, page, f"Turn {n}")
            for place, side in changes.items():
                seen["quick" if place == quick else "slow"].turn(side, end)


async def all_of(chats, seen):
    await asyncio.gather(*(chatting(chatter, quick, seen) for chatter, quick in chats))


def distance(one, other):
    return ks_2samp(one, other).statistic


def test_what_a_browser_sees_does_not_tell_which_endpoint_is_quick(project, make_user, tmp_path):
    plenty = 50_000_000
    made = programme(
        project, baseline=[QUICK], candidate=[SLOW], tokens=plenty, tokens_a_day=plenty, tokens_a_person_a_day=plenty
    )
    Programme.objects.update(pace=400)
    user = make_user("vera")
    member = taking_part(made, user)
    seen = {"quick": Seen(), "slow": Seen()}
    with Web(tmp_path) as web:
        until(lambda: web.status() == 200)
        chats = []
        for _ in range(CHATS):
            chat = talking.begin(member=member, programme=made, mode="side_by_side")
            quick = Voice.objects.get(conversation=chat, bundle__name="plain").place
            chats.append((Chatter(web.port, user, chat), str(quick)))
        asyncio.run(all_of(chats, seen))
    came = {
        name: list(Answer.objects.filter(voice__bundle__name=name).values_list("model_ms", flat=True))
        for name in ("plain", "warm")
    }
    quick, slow = seen["quick"], seen["slow"]
    found = {
        "first words": distance(quick.first, slow.first),
        "each frame": distance(quick.moved, slow.moved),
        "the end": distance(quick.ended, slow.ended),
    }
    tally.tell(
        "turns of which a browser saw two endpoints, 50 ms and 3 s to the first word",
        acknowledged=len(quick.first),
        found=Answer.objects.filter(state="done").count() // 2,
        doubled=0,
        more="Kolmogorov–Smirnov distance of what came "
        f"{distance(came['plain'], came['warm']):.2f}, of what was seen: "
        + ", ".join(f"{name} {value:.3f}" for name, value in found.items())
        + f"; {len(quick.moved)} frames",
    )
    assert len(quick.first) == CHATS * TURNS
    assert distance(came["plain"], came["warm"]) > 0.9
    assert max(found.values()) <= MOST
