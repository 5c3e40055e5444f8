"""What an alpha has on the project's first page for somebody to decide."""

from typing import Any

from alpha import saying, triaging
from alpha.models import Answer, Programme, Said
from alpha.reading import waiting
from core.accounts.access import Member, member_of
from core.accounts.waiting import waiting_for
from tests.alpha_reading.talks import talk_of
from tests.saying import chats


def told(member: Member) -> list[str]:
    return [todo.text for todo in waiting.todos(member)]


def test_flags_wait_until_somebody_looks_at_them(programme: Programme, people: Any, lead: Member) -> None:
    assert told(lead) == []
    talk = talk_of(programme, people[0], "v42")
    for _ in range(2):
        talk.turn("Absolutely.")
    judgments = [
        talk.say(saying.felt_off, answer=answer, note="Too sweet.")
        for answer in Answer.objects.filter(message__conversation=talk.conversation)
    ]
    assert told(lead) == [f"“{programme.name}” has 2 flags that nobody has looked at."]
    triaging.step(said=Said.objects.get(judgment=judgments[0]), state="looking", note="", by=lead)
    assert told(lead) == [f"“{programme.name}” has 1 flag that nobody has looked at."]


def test_turns_wait_until_somebody_looks_them_over(project: Any, make_member: Any, lead: Member) -> None:
    chats.promoted(project, make_member("volunteer", "otto"), lead)
    todos = list(waiting.todos(lead))
    assert [todo.text for todo in todos][1:] == ["1 turn of “Warmth” is to be looked over before raters see it."]
    assert [todo.url for todo in todos] == ["/p/demo/alpha/warmth/inbox/", "/p/demo/alpha/warmth/promote/"]


def test_who_may_not_read_the_alpha_is_told_nothing_of_it(project: Any, make_member: Any, lead: Member) -> None:
    chats.promoted(project, make_member("volunteer", "otto"), lead)
    rater = member_of(make_member("rater", "rita"), project.slug)
    assert any("flag" in todo.text for todo in waiting_for(lead))
    assert waiting_for(rater) == []


def test_another_projects_flags_wait_elsewhere(project: Any, make_member: Any, lead: Member, stranger: Any) -> None:
    chats.promoted(project, make_member("volunteer", "otto"), lead)
    assert told(member_of(stranger, "other")) == []
