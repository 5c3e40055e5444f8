"""What annotate does when a person's membership of a project ends."""

from annotate import queue
from core.accounts.models import Project, User


def free_what_they_hold(project: Project, user: User) -> None:
    """Give the person's leases back, in the transaction that ends the membership."""
    queue.free_leases(project=project, user=user)
