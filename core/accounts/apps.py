from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "core.accounts"
    label = "accounts"

    def ready(self) -> None:
        from core.accounts import checks, members, tokens  # noqa: F401  (checks registers its checks)
        from core.accounts.access import Right
        from core.accounts.shell import NavItem, register

        register(NavItem("Jobs", "job_list", Right.SEE_JOBS, 70))
        register(NavItem("Members", "member_list", Right.MANAGE_MEMBERS, 80))
        register(NavItem("Tokens", "token_list", Right.MANAGE_TOKENS, 75))
        register(NavItem("Audit", "audit_list", Right.SEE_AUDIT, 90))
        members.on_departure(tokens.revoke_of_departed)
