"""The people of the demonstration project."""

from dataclasses import dataclass

from core.accounts.models import Membership, Project, Role, User

# One line per role that `make demo` prints a sign-in link for.
CAST = (
    (Role.OWNER, "owner", "Olu Owner"),
    (Role.ML_LEAD, "lead", "Mira Lead"),
    (Role.REVIEWER, "reviewer", "Rene Reviewer"),
    (Role.RATER, "rater", "Rao Rater"),
    (Role.EXPERT, "expert", "Ezra Expert"),
    (Role.VOLUNTEER, "volunteer", "Vera Volunteer"),
)


@dataclass(frozen=True, slots=True)
class Person:
    role: str
    label: str
    user: User


def cast(project: Project) -> list[Person]:
    """The person of each role, made with their membership where missing; nobody has a password."""
    return [Person(str(role), str(role.label), member(project, role, name, full)) for role, name, full in CAST]


def member(project: Project, role: str, name: str, full_name: str) -> User:
    """The user `name`@demo.invalid with this role in the project."""
    email = f"{name}@demo.invalid"
    user = User.objects.filter(email=email).first() or User.objects.create_user(email=email, name=full_name)
    Membership.objects.get_or_create(project=project, user=user, role=role)
    return user
