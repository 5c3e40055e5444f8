from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    name = "reports"

    def ready(self) -> None:
        from core.accounts import waiting
        from core.accounts.access import Right
        from core.accounts.shell import NavItem, register
        from reports import watching

        register(NavItem(_("Weighting"), "weighting_list", Right.SEE_REPORTS, 32))
        register(NavItem(_("Drift"), "drift_list", Right.SEE_REPORTS, 33))
        waiting.register(watching.todos, right=Right.SEE_REPORTS, order=10)
