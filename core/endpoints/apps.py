from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EndpointsConfig(AppConfig):
    name = "core.endpoints"
    label = "endpoints"

    def ready(self) -> None:
        from core.accounts.access import Right
        from core.accounts.shell import NavItem, register

        register(NavItem(_("Models"), "model_list", Right.MANAGE_ENDPOINTS, 65, managing=True))
