"""The guideline of a campaign as raters read it."""

from functools import lru_cache

from annotate.models import Campaign
from core.text.rendering import render

LONGEST = 100_000


def guideline_html(campaign: Campaign) -> str:
    """Safe HTML of the campaign's guideline; the empty string if it has none."""
    return _rendered(campaign.guideline) if campaign.guideline else ""


# Each page of each rater shows it, and it changes a few times in a campaign's life.
_rendered = lru_cache(maxsize=64)(render)
