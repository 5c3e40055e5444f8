"""Reading what a form names."""

from uuid import UUID

from django.http import Http404, HttpRequest


def uuid_of(request: HttpRequest, field: str) -> UUID:
    """The key in this field of what was posted. Raises Http404, as for a key of nothing."""
    try:
        return UUID(request.POST.get(field, ""))
    except ValueError:
        raise Http404("No such thing.") from None
