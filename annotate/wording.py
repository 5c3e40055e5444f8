"""Campaigns in words: the sentence at the head of a page, and what a page's figures are called."""

from collections.abc import Sequence
from dataclasses import dataclass

from annotate.models import Campaign
from annotate.selectors.accounts import Account
from annotate.selectors.progress import CampaignLine, Progress, ProjectState, Waiting

STATES = {"draft": "wait", "open": "run", "paused": "warn", "closed": "off"}


@dataclass(frozen=True, slots=True)
class Todo:
    """Something that waits for a person: what, and where to do it (a URL's name with the campaign's, if any)."""

    text: str
    action: str
    url_name: str
    campaign: str = ""


def verdict(campaign: Campaign, now: Progress) -> str:
    """The one sentence about how far the campaign is."""
    if not now.slots:
        return "Nothing to rate yet: import comparisons into it."
    filled = f"{now.filled:,} of {places(now.slots)} filled"
    if campaign.state == Campaign.State.DRAFT:
        return f"A draft: {places(now.slots)} on {_count(now.tasks, 'task')} wait until you open it."
    if now.done:
        return f"All {places(now.slots)} are filled." if now.slots > 1 else "The only place is filled."
    held = f", {now.leased:,} with raters now" if now.leased else ""
    if campaign.state == Campaign.State.OPEN:
        return f"{now.share} done: {filled}{held}."
    word = "Paused" if campaign.state == Campaign.State.PAUSED else "Closed"
    return f"{word} at {now.share}: {filled}{held}."


def figures(now: Progress) -> dict[str, str]:
    """The numbers of a campaign as they are printed."""
    return {
        "filled": f"{now.filled:,}",
        "leased": f"{now.leased:,}",
        "open": f"{now.open:,}",
        "slots": f"{now.slots:,}",
        "complete": f"{now.complete:,}",
        "tasks": f"{now.tasks:,}",
        "share": now.share,
    }


def overview(state: ProjectState, lines: list[CampaignLine]) -> str:
    """The one sentence about the project."""
    if not state.comparisons:
        return "Nothing here yet: import comparisons, and raters can begin."
    opened = [line for line in lines if line.campaign.state == Campaign.State.OPEN]
    if not opened:
        return f"{_count(state.comparisons, 'comparison')}, and no campaign is open: raters have nothing to do."
    filled, slots = sum(line.progress.filled for line in opened), sum(line.progress.slots for line in opened)
    if not slots:
        return (
            f"{_count(len(opened), 'campaign')} open, with nothing in {'it' if len(opened) == 1 else 'them'} to rate."
        )
    if filled == slots:
        return f"Every place of {_count(len(opened), 'open campaign')} is filled."
    left = f"{filled:,} of {places(slots)} filled; {_count(slots - filled, 'place')} left"
    return f"{_count(len(opened), 'campaign')} open, {left}."


def comparison(said: Sequence[Account]) -> str:
    """The one sentence about what was said of a comparison."""
    if not said:
        return "Nobody has judged this yet."
    count = sum(one.counted for one in said)
    if count == len(said):
        return f"{_count(count, 'judgment')}, and {'it counts' if count == 1 else 'all count'}."
    return f"{_count(len(said), 'judgment')}, of which {count or 'none'} {'counts' if count < 2 else 'count'}."


def todos(state: ProjectState, lines: list[CampaignLine], waiting: list[Waiting]) -> list[Todo]:
    """What waits for those who run the project, the most pressing first."""
    found = [todo for line in lines if (todo := _todo(line)) is not None]
    found += [
        Todo(
            f"{_count(one.count, 'label request')} for “{one.purpose}” {'waits' if one.count == 1 else 'wait'}: "
            "no open campaign takes them.",
            "See campaigns",
            "campaign_list",
        )
        for one in waiting
    ]
    if state.since_cut:
        since = "since the last export" if state.last_cut else "and nothing has been exported yet"
        found.append(Todo(f"{_count(state.since_cut, 'counted judgment')} {since}.", "Export", "export_new"))
    return found


def places(count: int) -> str:
    """`664 places`."""
    return _count(count, "place")


def pay(campaign: Campaign) -> str:
    """`0.50 EUR`; as many decimals as it has, and at least two."""
    text = f"{campaign.pay:.4f}"
    return f"{text[:-2]}{text[-2:].rstrip('0')} {campaign.currency}"


def _todo(line: CampaignLine) -> Todo | None:
    campaign, now = line.campaign, line.progress
    title = f"“{campaign.title}”"
    if campaign.state == Campaign.State.CLOSED:
        return None
    if not now.slots:
        return Todo(f"{title} has nothing to rate yet.", "Import comparisons", "import_new", campaign.name)
    if campaign.state == Campaign.State.DRAFT:
        return Todo(f"{title} is a draft with {places(now.slots)}.", "Open it", "campaign_detail", campaign.name)
    if campaign.state == Campaign.State.PAUSED:
        return Todo(f"{title} is paused at {now.share}.", "Go on", "campaign_detail", campaign.name)
    if now.done:
        return Todo(f"{title} is done and still open.", "Close it", "campaign_detail", campaign.name)
    return None


def _count(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
