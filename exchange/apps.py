from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "exchange"

    def ready(self) -> None:
        from core.accounts.access import Right
        from core.accounts.shell import NavItem, register

        register(NavItem("Imports", "import_list", Right.EXCHANGE, 50))
        register(NavItem("Exports", "export_list", Right.EXCHANGE, 60))
