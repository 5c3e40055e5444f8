"""What the page frame shows: the project, the person, the ways they can go."""

from django.http import HttpRequest


def shell(request: HttpRequest) -> dict[str, object]:
    return {"shell": {"project": None, "items": [], "projects": [], "user": request.user}}
