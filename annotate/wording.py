"""Campaigns in words: the sentence at the head of a page, and what a page's figures are called."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from annotate.anchors import share_of
from annotate.models import Campaign
from annotate.selectors.accounts import Account
from annotate.selectors.progress import CampaignLine, Progress, ProjectState

STATES = {"draft": "wait", "open": "run", "paused": "warn", "closed": "off"}


def verdict(campaign: Campaign, now: Progress) -> str:
    """The one sentence about how far the campaign is."""
    if not now.slots:
        return _("Nothing to rate yet: import comparisons into it.")
    filled = _("%(filled)s of %(places)s filled") % {"filled": f"{now.filled:,}", "places": places(now.slots)}
    if campaign.state == Campaign.State.DRAFT:
        values = {"places": places(now.slots), "tasks": _tasks(now.tasks)}
        return _("A draft: %(places)s on %(tasks)s wait until you open it.") % values
    if now.done:
        if now.slots == 1:
            return _("The only place is filled.")
        return _("All %(places)s are filled.") % {"places": places(now.slots)}
    if now.leased:
        filled = _("%(filled)s, %(n)s with raters now") % {"filled": filled, "n": f"{now.leased:,}"}
    return str(_SO_FAR[Campaign.State(campaign.state)]) % {"share": now.share, "filled": filled}


_SO_FAR = {
    Campaign.State.OPEN: gettext_lazy("%(share)s done: %(filled)s."),
    Campaign.State.PAUSED: gettext_lazy("Paused at %(share)s: %(filled)s."),
    Campaign.State.CLOSED: gettext_lazy("Closed at %(share)s: %(filled)s."),
}


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
        return _("Nothing here yet: import comparisons, and raters can begin.")
    opened = [line for line in lines if line.campaign.state == Campaign.State.OPEN]
    if not opened:
        return _("%(comparisons)s, and no campaign is open: raters have nothing to do.") % {
            "comparisons": _comparisons(state.comparisons)
        }
    filled, slots = sum(line.progress.filled for line in opened), sum(line.progress.slots for line in opened)
    if not slots:
        return ngettext(
            "%(n)s campaign open, with nothing in it to rate.",
            "%(n)s campaigns open, with nothing in them to rate.",
            len(opened),
        ) % _n(len(opened))
    if filled == slots:
        return ngettext(
            "Every place of %(n)s open campaign is filled.",
            "Every place of %(n)s open campaigns is filled.",
            len(opened),
        ) % _n(len(opened))
    values = {"filled": f"{filled:,}", "places": places(slots), "left": places(slots - filled)}
    return ngettext(
        "%(n)s campaign open, %(filled)s of %(places)s filled; %(left)s left.",
        "%(n)s campaigns open, %(filled)s of %(places)s filled; %(left)s left.",
        len(opened),
    ) % {**_n(len(opened)), **values}


def comparison(said: Sequence[Account]) -> str:
    """The one sentence about what was said of a comparison."""
    if not said:
        return _("Nobody has judged this yet.")
    count = sum(one.counted for one in said)
    if count == len(said):
        return ngettext("%(n)s judgment, and it counts.", "%(n)s judgments, and all count.", count) % _n(count)
    judgments = ngettext("%(n)s judgment", "%(n)s judgments", len(said)) % _n(len(said))
    if not count:
        return _("%(judgments)s, of which none counts.") % {"judgments": judgments}
    return ngettext("%(judgments)s, of which %(n)s counts.", "%(judgments)s, of which %(n)s count.", count) % {
        **_n(count),
        "judgments": judgments,
    }


def broken(count: int) -> str:
    """`2 pairs are reported as broken.`"""
    return ngettext("%(n)d pair is reported as broken.", "%(n)d pairs are reported as broken.", count) % {"n": count}


def places(count: int) -> str:
    """`664 places`."""
    return ngettext("%(n)s place", "%(n)s places", count) % _n(count)


def pay(campaign: Campaign) -> str:
    """`0.50 EUR`; as many decimals as it has, and at least two."""
    text = f"{campaign.pay:.4f}"
    return f"{text[:-2]}{text[-2:].rstrip('0')} {campaign.currency}"


def anchors(campaign: Campaign) -> str:
    """`5 % of each rater's tasks from fixed, never the same twice`."""
    if not campaign.anchor_share or campaign.anchor_set is None:
        return _("none")
    values = {"share": f"{100 * share_of(campaign):g}", "set": campaign.anchor_set.name, "n": campaign.anchor_gap_days}
    if campaign.anchor_gap_days is None:
        words = _("%(share)s %% of what each rater takes, from %(set)s; never the same one twice") % values
    else:
        words = (
            ngettext(
                "%(share)s %% of what each rater takes, from %(set)s; the same one again after %(n)d day",
                "%(share)s %% of what each rater takes, from %(set)s; the same one again after %(n)d days",
                campaign.anchor_gap_days,
            )
            % values
        )
    if campaign.anchors_raised:
        return _("%(words)s. Doubled, as an alarm asks for more gold.") % {"words": words}
    return words


def _tasks(count: int) -> str:
    return ngettext("%(n)s task", "%(n)s tasks", count) % _n(count)


def _comparisons(count: int) -> str:
    return ngettext("%(n)s comparison", "%(n)s comparisons", count) % _n(count)


def _n(count: int) -> dict[str, str]:
    return {"n": f"{count:,}"}
