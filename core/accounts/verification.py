"""What must hold of people and their trail."""

from collections.abc import Iterator

from core.accounts import audit
from core.accounts.models import AuditEvent, AuditHead, Project
from core.accounts.secrets import UnreadableSecret
from core.tables.verification import Finding, check, found

CHAIN = "the audit trail is as it was written"
OWNED = "people and invitations are whole"


@check(CHAIN)
def audit_chains() -> Iterator[Finding]:
    """Each project's trail, and the installation's own, hangs together from its first event to its last."""
    for project in [None, *Project.objects.order_by("id")]:
        try:
            event, cut = audit.broken(project), audit.cut_off(project)
        except UnreadableSecret as error:
            yield Finding(check=CHAIN, table="accounts_project", row=str(project and project.pk), message=str(error))
            continue
        trail = f"the project {project.slug}" if project else "the installation"
        if event is not None:
            message = f"event {event.seq} ({event.verb}) of {trail} was changed, or one before it is missing"
            yield Finding(check=CHAIN, table=AuditEvent._meta.db_table, row=str(event.pk), message=message)
        elif cut is not None:
            row = str(project and project.pk)
            yield Finding(check=CHAIN, table=AuditHead._meta.db_table, row=row, message=f"the trail of {trail}: {cut}")


@check(OWNED)
def accepted_invitations_have_members() -> Iterator[Finding]:
    """Whoever accepted has an account and a membership, which may have ended since."""
    return found(
        OWNED,
        "accounts_invitation",
        """
        SELECT i.id, i.role FROM accounts_invitation i
        WHERE i.accepted_at IS NOT NULL AND NOT EXISTS (
            SELECT FROM accounts_membership m JOIN accounts_user u ON u.id = m.user_id
            WHERE m.project_id = i.project_id AND m.role = i.role AND u.email = i.email)
        ORDER BY i.id
        """,
        "accepted, but nobody has the membership ({1}) it was for",
    )
