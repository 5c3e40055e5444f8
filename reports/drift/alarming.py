"""What is behind an alarm, as far as the events tell: found when it is raised, and again until it is settled."""

from core.accounts.models import Project


def explain_standing(project: Project) -> None:
    """Explain the project's standing alarms that are not settled yet. In the caller's transaction."""
