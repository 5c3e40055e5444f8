from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ExchangeConfig(AppConfig):
    name = "exchange"

    def ready(self) -> None:
        from core.accounts.access import Right
        from core.accounts.shell import NavItem, register

        register(NavItem(_("Imports"), "import_list", Right.EXCHANGE, 50, managing=True))
        register(NavItem(_("Exports"), "export_list", Right.EXCHANGE, 60, managing=True))
