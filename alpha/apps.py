from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AlphaConfig(AppConfig):
    name = "alpha"
    verbose_name = _("alpha")
