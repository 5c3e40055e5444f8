from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "core.accounts"
    label = "accounts"

    def ready(self) -> None:
        from core.accounts import checks, members, tokens  # noqa: F401  (checks registers its checks)
        from core.accounts.access import Right
        from core.accounts.shell import NavItem, register

        register(NavItem(_("Jobs"), "job_list", Right.SEE_JOBS, 70, managing=True))
        register(NavItem(_("Members"), "member_list", Right.MANAGE_MEMBERS, 80, managing=True))
        register(NavItem(_("Tokens"), "token_list", Right.MANAGE_TOKENS, 75, managing=True))
        register(NavItem(_("Audit"), "audit_list", Right.SEE_AUDIT, 90, managing=True))
        members.on_departure(tokens.revoke_of_departed)
