"""Inviting volunteers, and the links by which they come."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db.models.functions import Now
from django.http import Http404
from django.test import Client

from alpha import inviting, leaving, programmes
from alpha.models import Volunteer
from alpha.selectors import places
from core.accounts import members
from core.accounts.access import Member, member_of
from core.accounts.models import Invitation, User
from core.jobs import running
from core.jobs.models import Job
from reports.faults import Refused
from tests.accounts.conftest import path_of, trail, without_tokens
from tests.alpha.planted import BASE, draft, opened, volunteer

PostOffice = Callable[[], list[str]]


@pytest.fixture
def lead(owner: Any, project: Any) -> Member:
    return member_of(owner, "demo")


def states(programme: Any) -> dict[str, str]:
    rows = Volunteer.objects.filter(programme=programme)
    return dict(rows.order_by("pk").values_list("email", "state"))


def add(programme: Any, by: Member, *emails: str) -> inviting.Added:
    return inviting.add(programme=programme, emails=emails, by=by, base_url=BASE)


def accept(link: str, name: str = "Vera") -> Client:
    client = Client()
    assert client.post(path_of(link), {"name": name}).status_code == 302
    return client


def test_an_invited_person_accepts_and_has_a_place(project: Any, lead: Member, post_office: PostOffice) -> None:
    made = opened(project)
    assert add(made, lead, " Vera@Example.org ") == inviting.Added(invited=1, waiting=0, known=0)
    accept(post_office()[-1])
    vera = User.objects.get(email="vera@example.org")
    assert members.held_roles(project, vera) == {"volunteer"}
    place = places.place_for(vera, project, made.key)
    assert (place.state, place.user) == ("invited", vera)
    with pytest.raises(places.NotConsented):
        places.taking_part(vera, project, made.key)


def test_who_comes_when_all_places_are_taken_waits_and_comes_next(
    project: Any, lead: Member, post_office: PostOffice
) -> None:
    made = opened(project, most_volunteers=1)
    assert add(made, lead, "a@example.org", "b@example.org", "c@example.org").waiting == 2
    add(made, lead, "d@example.org")
    assert len(post_office()) == 1
    first = Volunteer.objects.get(email="a@example.org")
    inviting.revoke(volunteer=first, by=lead, base_url=BASE)
    assert states(made) == {
        "a@example.org": "removed",
        "b@example.org": "invited",
        "c@example.org": "waiting",
        "d@example.org": "waiting",
    }
    programmes.change(programme=made, by=lead, base_url=BASE, most_volunteers=2)
    assert states(made)["c@example.org"] == "invited"
    assert states(made)["d@example.org"] == "waiting"


def test_nobody_who_waits_sees_the_programme(project: Any, lead: Member, make_member: Any) -> None:
    made = opened(project, most_volunteers=0)
    vera = make_member("volunteer", "vera")
    add(made, lead, vera.email)
    assert places.places_of(vera, project) == []
    with pytest.raises(Http404):
        places.place_for(vera, project, made.key)


def test_a_draft_keeps_its_people_waiting_until_it_opens(project: Any, lead: Member, post_office: PostOffice) -> None:
    made = draft(project)
    assert add(made, lead, "vera@example.org").waiting == 1
    assert post_office() == []
    programmes.open_up(programme=made, by=lead, base_url=BASE)
    assert states(made) == {"vera@example.org": "invited"}
    assert len(post_office()) == 1


def test_nobody_is_invited_to_a_closed_programme(project: Any, lead: Member) -> None:
    made = programmes.close(programme=opened(project), by=lead)
    with pytest.raises(Refused):
        add(made, lead, "vera@example.org")
    assert states(made) == {}


def test_an_address_is_on_the_list_once_whatever_its_case(project: Any, lead: Member) -> None:
    made = opened(project)
    add(made, lead, "vera@example.org")
    assert add(made, lead, "VERA@example.org", "vera@example.org") == inviting.Added(invited=0, waiting=0, known=1)
    assert len(states(made)) == 1


def test_a_volunteer_of_the_project_gets_a_letter_without_a_secret(
    project: Any, lead: Member, make_member: Any, post_office: PostOffice
) -> None:
    made, vera = opened(project), make_member("volunteer", "vera")
    add(made, lead, vera.email)
    links = post_office()
    assert links == ["http://testserver/p/demo/"]
    assert mail.outbox[-1].to == [vera.email]
    assert not Invitation.objects.exists()
    assert places.place_for(vera, project, made.key).state == "invited"


def test_a_link_that_is_sent_again_kills_the_one_before(project: Any, lead: Member, post_office: PostOffice) -> None:
    made = opened(project)
    add(made, lead, "vera@example.org")
    first = post_office()[-1]
    inviting.resend(volunteer=Volunteer.objects.get(), by=lead, base_url=BASE)
    second = post_office()[-1]
    assert Client().get(path_of(first)).status_code == 404
    assert Client().get(path_of(second)).status_code == 200


def test_an_invitation_that_died_elsewhere_is_made_anew(project: Any, lead: Member, post_office: PostOffice) -> None:
    made = opened(project)
    add(made, lead, "vera@example.org")
    Invitation.objects.update(revoked_at=Now())
    inviting.resend(volunteer=Volunteer.objects.get(), by=lead, base_url=BASE)
    accept(post_office()[-1])


def test_only_who_has_not_joined_is_sent_a_link_again(project: Any, lead: Member, make_user: Any) -> None:
    vera = volunteer(opened(project), make_user("vera"))
    with pytest.raises(Refused):
        inviting.resend(volunteer=vera, by=lead, base_url=BASE)


def test_a_revoked_link_is_dead_unless_another_programme_sent_it_too(
    project: Any, lead: Member, post_office: PostOffice
) -> None:
    one, two = opened(project, "one"), opened(project, "two")
    add(one, lead, "vera@example.org")
    add(two, lead, "vera@example.org")
    link = post_office()[-1]
    inviting.revoke(volunteer=Volunteer.objects.get(programme=one), by=lead, base_url=BASE)
    assert Client().get(path_of(link)).status_code == 200
    inviting.revoke(volunteer=Volunteer.objects.get(programme=two), by=lead, base_url=BASE)
    assert Client().get(path_of(link)).status_code == 404
    assert trail(project).count("volunteer.removed") == 2


def test_who_was_removed_can_be_invited_again(project: Any, lead: Member, make_user: Any) -> None:
    made = opened(project)
    vera = volunteer(made, make_user("vera"))
    for _twice in range(2):
        inviting.revoke(volunteer=vera, by=lead, base_url=BASE)
    with pytest.raises(Http404):
        places.taking_part(vera.user, project, made.key)
    assert add(made, lead, "vera@example.org").invited == 1
    # Their agreement stands, but they come back by their own act.
    with pytest.raises(places.NotConsented):
        places.taking_part(vera.user, project, made.key)


def test_expired_used_revoked_and_guessed_links_answer_alike(
    project: Any, lead: Member, post_office: PostOffice
) -> None:
    made = opened(project)
    add(made, lead, "one@example.org", "two@example.org", "three@example.org")
    used, expired, revoked = post_office()
    accept(used)
    Invitation.objects.filter(email="two@example.org").update(expires_at=Now() - timedelta(seconds=1))
    inviting.revoke(volunteer=Volunteer.objects.get(email="three@example.org"), by=lead, base_url=BASE)
    paths = [*map(path_of, (used, expired, revoked)), "/join/" + "A" * 43 + "/"]
    for method in ("get", "post"):
        answers = [getattr(Client(), method)(path) for path in paths]
        assert [answer.status_code for answer in answers] == [404] * 4
        bodies = {
            without_tokens(answer).replace(path.encode(), b"") for answer, path in zip(answers, paths, strict=True)
        }
        assert len(bodies) == 1
        assert len({tuple(sorted(answer.headers)) for answer in answers}) == 1


def test_looking_at_a_link_uses_nothing_up(project: Any, lead: Member, post_office: PostOffice) -> None:
    add(opened(project), lead, "vera@example.org")
    link = path_of(post_office()[-1])
    for _scanner in range(3):
        assert Client().get(link).status_code == 200
    assert not User.objects.filter(email="vera@example.org").exists()
    accept(link)


def test_a_link_is_for_its_address_alone(project: Any, lead: Member, post_office: PostOffice, make_user: Any) -> None:
    made = opened(project)
    add(made, lead, "vera@example.org")
    link, mallory = post_office()[-1], make_user("mallory")
    client = Client()
    client.force_login(mallory)
    client.post(path_of(link), {"name": "Mallory"})
    with pytest.raises(Http404):
        places.place_for(mallory, project, made.key)


@pytest.mark.usefixtures("limits")
def test_guessing_is_slowed_down(db: None) -> None:
    answers = [Client().post(f"/join/{n:043d}/").status_code for n in range(40)]
    assert answers[0] == 404
    assert answers[-1] == 429


def test_who_leaves_the_project_gives_their_places_back(project: Any, lead: Member, make_user: Any) -> None:
    made = opened(project, most_volunteers=1)
    vera = volunteer(made, make_user("vera"))
    add(made, lead, "next@example.org")
    members.end_membership(project=project, user=vera.user, by=lead.user)
    running.run(Job.objects.get(kind=leaving.DEPARTED).pk)
    assert states(made) == {"vera@example.org": "removed", "next@example.org": "invited"}


def test_leaving_frees_a_place_at_once(project: Any, lead: Member, make_user: Any) -> None:
    made = opened(project, most_volunteers=1)
    vera = volunteer(made, make_user("vera"))
    add(made, lead, "next@example.org")
    for _twice in range(2):
        leaving.leave(volunteer=vera, by=vera.user, base_url=BASE)
    assert states(made) == {"vera@example.org": "left", "next@example.org": "invited"}
    assert trail(project).count("volunteer.left") == 1
    with pytest.raises(Http404):
        places.taking_part(vera.user, project, made.key)
    assert places.place_for(vera.user, project, made.key).state == "left"


def test_who_does_not_run_the_programme_invites_nobody(project: Any, stranger: Any, rater: Any) -> None:
    made = opened(project)
    for person, slug in ((stranger, "other"), (rater, "demo")):
        with pytest.raises(Http404):
            add(made, member_of(person, slug), "vera@example.org")
    assert states(made) == {}
