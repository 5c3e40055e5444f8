"""How allauth behaves here."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from core.accounts import mail
from core.live.topics import publish
from core.tables.ids import uuid7


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up unasked: people come by invitation."""
        return False

    def logout(self, request: HttpRequest) -> None:
        """End the session, and with it whatever is open live in other tabs of it, without waiting for their beat."""
        person = request.user.pk
        super().logout(request)
        if person is not None:
            publish(f"user.{person}", kind="signed_out", event=str(uuid7()))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """A job writes the letter, so that how long the page takes does not tell whether the address is known.

        Raises NotImplementedError for a letter that is not ours: a new one must not slip past the job.
        """
        if template_prefix != "account/email/password_reset_key":
            raise NotImplementedError(f"Nobody has written the letter {template_prefix}.")
        mail.ask_for_password_reset(email=email, base_url=context["request"].build_absolute_uri("/"))
