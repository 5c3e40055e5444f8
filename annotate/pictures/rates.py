"""A rate as a campaign's pictures show it: with its interval, or with what is missing for one."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from stats.proportions import Proportion
from stats.sufficiency import InsufficientData

Rate = Proportion | InsufficientData


def missing(rate: InsufficientData) -> str:
    """`not enough data: about 7 more raters`."""
    if rate.unit == "raters":
        words = ngettext("about %(n)s more rater", "about %(n)s more raters", rate.needed)
    else:
        words = ngettext("about %(n)s more comparison", "about %(n)s more comparisons", rate.needed)
    return _("not enough data: %(more)s needed") % {"more": words % {"n": f"{rate.needed:,}"}}
