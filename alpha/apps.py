from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AlphaConfig(AppConfig):
    name = "alpha"
    verbose_name = _("alpha")

    def ready(self) -> None:
        from alpha import leaving
        from alpha.reading import waiting as found
        from core.accounts import members, waiting
        from core.accounts.access import Right
        from core.accounts.shell import NavItem, register

        register(NavItem(_("Alpha"), "programme_list", Right.SEE_ALPHA, 30))
        register(NavItem(_("Spot checks"), "check_list", Right.SPOT_CHECK, 39))
        register(NavItem(_("Chat"), "chat_home", Right.CHAT, 45))
        waiting.register(found.todos, right=Right.SEE_ALPHA, order=30)
        members.on_departure(leaving.departed)
