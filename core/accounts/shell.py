"""What the page frame shows: the project, the person, the ways they can go."""

from dataclasses import dataclass, replace
from functools import cached_property

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise

from core.accounts.access import Member, Right, members_of
from core.accounts.models import Project, User


@dataclass(frozen=True)
class NavItem:
    """A place in a project: shown to members who hold `right` (None: to every member), in `order`.

    `url_name` is a URL that takes the project's `slug` alone. What is for `managing` the project stands in its menu,
    where the daily work has the bar.
    """

    label: str | Promise
    url_name: str
    right: Right | None
    order: int
    managing: bool = False


@dataclass(frozen=True)
class Link:
    """One way to go, as a template shows it. One that is not `open` is withheld from the member for now."""

    label: str
    url: str
    managing: bool = False
    current: bool = False
    open: bool = True

    @property
    def name(self) -> str:
        return self.label


@dataclass(frozen=True)
class Place:
    """A project as the frame shows it."""

    name: str
    slug: str
    url: str


_items: list[NavItem] = []


def register(item: NavItem) -> None:
    """Add a place to the projects' navigation; apps call this in ready()."""
    if all(known.url_name != item.url_name for known in _items):
        _items.append(item)
        _items.sort(key=lambda known: known.order)


def places_for(member: Member) -> list[Link]:
    """Where this member can go in their project, in order. What is withheld for now stays in sight, and says why."""
    links = []
    for item in _items:
        if item.right is None or item.right in member.held:
            try:
                url = reverse(item.url_name, args=[member.project.slug])
            except NoReverseMatch:
                # An app's navigation may be wired before its pages are.
                continue
            links.append(Link(str(item.label), url, item.managing, open=item.right is None or member.may(item.right)))
    return links


class Shell:
    """What `base.html` reads, looked up when it is read: a fragment, which has no frame, costs nothing."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def user(self) -> User | None:
        user = self._request.user
        return user if user.is_authenticated else None

    @cached_property
    def project(self) -> Place | None:
        return _place(self._member.project) if self._member else None

    @cached_property
    def roles(self) -> frozenset[str]:
        return self._member.roles if self._member else frozenset()

    @cached_property
    def items(self) -> list[Link]:
        return [link for link in self._links if not link.managing]

    @cached_property
    def managing(self) -> list[Link]:
        return [link for link in self._links if link.managing]

    @cached_property
    def _links(self) -> list[Link]:
        if self._member is None:
            return []
        links = places_for(self._member)
        here = max((link.url for link in links if self._request.path.startswith(link.url)), key=len, default=None)
        return [replace(link, current=link.url == here) for link in links]

    @cached_property
    def projects(self) -> list[Place]:
        return [_place(member.project) for member in self._members]

    @cached_property
    def _members(self) -> list[Member]:
        return members_of(self._request.user)

    @cached_property
    def _member(self) -> Member | None:
        match = self._request.resolver_match
        slug = match.kwargs.get("slug") if match else None
        if slug is None:
            return None
        return next((member for member in self._members if member.project.slug == slug), None)


def shell(request: HttpRequest) -> dict[str, object]:
    """The context processor behind `base.html`: one query for a page of a signed-in person, none for anybody else."""
    return {"shell": Shell(request)}


def _place(project: Project) -> Place:
    return Place(name=project.name, slug=project.slug, url=reverse("project_home", args=[project.slug]))
