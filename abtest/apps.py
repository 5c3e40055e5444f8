from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AbtestConfig(AppConfig):
    name = "abtest"
    verbose_name = "live experiments"

    def ready(self) -> None:
        from abtest.reading import waiting as found
        from core.accounts import waiting
        from core.accounts.access import Right
        from core.accounts.shell import NavItem, register

        register(NavItem(_("Experiments"), "experiment_list", Right.SEE_EXPERIMENTS, 31))
        waiting.register(found.todos, right=Right.SEE_EXPERIMENTS, order=20)
