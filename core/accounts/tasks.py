"""The letters, sent by the worker."""

from typing import Any

from core.accounts import invitations, mail, webhooks
from core.accounts.models import Invitation
from core.jobs.registry import handler
from core.jobs.running import Run


@handler(mail.SIGN_IN_LINK)
def mail_sign_in_link(run: Run, *, email: str, base_url: str, then: str) -> None:
    """Mail a sign-in link, if somebody has this address."""
    mail.send_sign_in_link(email=email, base_url=base_url, then=then)


@handler(mail.PASSWORD_RESET)
def mail_password_reset(run: Run, *, email: str, base_url: str) -> None:
    """Mail a link to set a new password, if somebody has this address."""
    mail.send_password_reset(email=email, base_url=base_url)


@handler(mail.INVITATION)
def mail_invitation(run: Run, *, invitation: str, base_url: str) -> dict[str, Any]:
    """Mail an invitation with a fresh link; one that was accepted or revoked meanwhile is not mailed."""
    row = Invitation.objects.select_related("project", "invited_by").get(pk=invitation)
    try:
        link = invitations.open_link(invitation=row, base_url=base_url)
    except invitations.DeadInvitation:
        return {"sent": False}
    mail.send_invitation(invitation=row, link=link)
    return {"sent": True}


@handler(webhooks.JOB, label="Webhook")
def post_webhook(run: Run, *, event: str, delivery: str, body: dict[str, Any], tried: int) -> dict[str, Any]:
    """Post one event to the project's address; what cannot be delivered is tried again later, by another job."""
    assert run.scope is not None
    return {"said": webhooks.deliver(project_id=run.scope, event=event, delivery=delivery, body=body, tried=tried)}
