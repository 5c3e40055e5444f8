from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AnnotateConfig(AppConfig):
    name = "annotate"

    def ready(self) -> None:
        from annotate import departure, tallies
        from core.accounts import members
        from core.accounts.access import Right
        from core.accounts.shell import NavItem, register
        from core.ledger import buckets

        register(NavItem(_("Overview"), "overview", Right.MANAGE_CAMPAIGNS, 10))
        register(NavItem(_("Campaigns"), "campaign_list", Right.MANAGE_CAMPAIGNS, 20))
        register(NavItem(_("Comparisons"), "comparison_list", Right.SEE_JUDGMENTS, 30))
        register(NavItem(_("Reports"), "report_list", Right.SEE_JUDGMENTS, 35))
        register(NavItem(_("Rate"), "rate_home", Right.RATE, 40))
        buckets.register(buckets.Scope(tallies.NAME, tallies.store))
        members.on_departure(departure.free_what_they_hold)
