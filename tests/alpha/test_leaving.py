"""What becomes of a person's words and name when they leave, take them along, or have them deleted."""

import json
import uuid
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.http import Http404

from alpha import inviting, leaving, saying, talking
from alpha.generating import ending
from alpha.generating.writing import write_here
from alpha.models import Answer, Conversation, Message, Promotion, Trial, Volunteer
from alpha.selectors import places
from core.accounts import audit, members, signin
from core.accounts import mail as letters
from core.accounts.access import member_of
from core.accounts.models import Membership, Role, User
from core.catalog.models import Comparison, Content, Prompt, Response
from core.jobs import running
from core.jobs.models import Job
from core.ledger.actors import actor_of
from core.ledger.models import ActorLink, Judgment, LabelRequest, Signal, Words
from core.tables.verification import checks
from tests.alpha.planted import BASE, bundle, invited, opened, scripted, volunteer

WROTE, ANSWERED, NOTED, TYPED = "kanariwrote", "kanarianswered", "kanarinoted", "kanaritype"
ADDRESS, NAME = "kanariaddress@example.org", "Kanariname"
ALL = (WROTE, ANSWERED, NOTED, TYPED, "kanariaddress", NAME)


def standing(words: str) -> list[str]:
    """The tables in which these words stand, in plain or as bytes; an endpoint's script is nobody's words."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE '%%endpoint'", []
        )
        for (table,) in cursor.fetchall():
            cursor.execute(
                f'SELECT count(*) FROM "{table}" t WHERE lower(to_jsonb(t)::text) LIKE %s OR to_jsonb(t)::text LIKE %s',
                [f"%{words.lower()}%", f"%{words.encode().hex()}%"],
            )
            if cursor.fetchone()[0]:
                found.append(table)
    return found


@pytest.fixture
def programme(project: Any) -> Any:
    scripted(project, json.dumps({"when": "", "say": ANSWERED, "first_ms": 0, "chars_per_second": 0}))
    return opened(project)


@pytest.fixture
def vera(programme: Any) -> Volunteer:
    user = User.objects.create_user(email=ADDRESS, name=NAME)
    return volunteer(programme, user)


def chatted(vera: Volunteer, mode: str = "side_by_side") -> Conversation:
    """A chat in which she says whatever can be said."""
    member = member_of(vera.user, "demo")
    chat = talking.begin(member=member, programme=vera.programme, mode=mode)
    message = talking.say(conversation=chat, submission_key=uuid.uuid4(), body=WROTE)
    write_here(message.pk)
    answer = Answer.objects.filter(message=message).order_by("voice__place")[0]
    key = uuid.uuid4
    saying.thumb(answer=answer, actor=chat.actor, value=-1, reason="too_flattering", submission_key=key())
    saying.felt_off(answer=answer, actor=chat.actor, note=NOTED, submission_key=key())
    saying.labels(
        answer=answer,
        actor=chat.actor,
        chips={"sycophantic": "clearly", "sycophantic.flattery": True},
        submission_key=key(),
    )
    saying.form(conversation=chat, actor=chat.actor, answers={}, words=TYPED, submission_key=key())
    if mode == "side_by_side":
        saying.choose(message=message, actor=chat.actor, shown=-2, submission_key=key())
    return chat


def promoted(chat: Conversation) -> Comparison:
    """One of her turns on its way to raters, as promotion leaves it."""
    project, answer = chat.project, Answer.objects.filter(message__conversation=chat).first()
    assert answer is not None

    def content(words: str) -> Content:
        return Content.objects.create(project=project, digest=uuid.uuid4().bytes, body=words, html=f"<p>{words}</p>")

    prompt = Prompt.objects.create(project=project, content=content(WROTE), digest=uuid.uuid4().bytes)
    first, second = (
        Response.objects.create(project=project, prompt=prompt, bundle=bundle(project, name), content=content(words))
        for name, words in (("plain", ANSWERED), ("warm", f"You said {WROTE}."))
    )
    made = Comparison.objects.create(
        project=project,
        prompt=prompt,
        first=first,
        second=second,
        first_bundle=first.bundle,
        second_bundle=second.bundle,
    )
    Promotion.objects.create(
        project=project, answer=answer, rival=bundle(project, "warm"), state="queued", comparison=made
    )
    LabelRequest.objects.create(
        project=project, comparison=made, rubric="default", because="", purpose="alpha:warmth", filed_by="alpha"
    )
    return made


def test_deleting_leaves_no_word_and_no_name_anywhere_and_keeps_the_tally(project: Any, vera: Volunteer) -> None:
    promoted(chatted(vera))
    chatted(vera, "single")
    person = vera.user
    letters.ask_for_link(email=ADDRESS, base_url=BASE)
    running.run(Job.objects.get(kind=letters.SIGN_IN_LINK).pk)
    assert all(standing(words) for words in ALL)
    counted = Judgment.objects.count(), Signal.objects.count()
    assert leaving.delete_mine(volunteer=vera, by=person, base_url=BASE)
    assert {words: standing(words) for words in ALL} == {words: [] for words in ALL}
    assert (Judgment.objects.count(), Signal.objects.count()) == counted
    assert not Words.objects.exists()
    assert not ActorLink.objects.filter(user__isnull=False).exists()
    assert not User.objects.filter(pk=person.pk).exists()
    assert not audit.broken(project)
    call_command("verify")


def test_deleting_twice_changes_nothing(project: Any, vera: Volunteer) -> None:
    chatted(vera)
    person = vera.user
    leaving.delete_mine(volunteer=vera, by=person, base_url=BASE)
    events = audit.AuditEvent.objects.count()
    assert not leaving.delete_mine(volunteer=vera, by=person, base_url=BASE)
    assert audit.AuditEvent.objects.count() == events


def test_what_others_said_and_brought_stays(project: Any, programme: Any, vera: Volunteer, make_user: Any) -> None:
    other = volunteer(programme, make_user("other"))
    theirs = chatted(other)
    kept = Content.objects.create(project=project, digest=b"imported", body="A question of a file")
    leaving.delete_mine(volunteer=vera, by=vera.user, base_url=BASE)
    assert list(Message.objects.values_list("body", flat=True)) == [WROTE]
    assert Words.objects.count() == 2
    theirs.refresh_from_db()
    kept.refresh_from_db()
    assert (theirs.erased_at, kept.body) == (None, "A question of a file")


def test_words_that_also_stand_in_a_comparison_of_others_stay_there(project: Any, vera: Volunteer) -> None:
    made = promoted(chatted(vera))
    shared = made.first
    other = Response.objects.create(
        project=project,
        prompt=made.prompt,
        bundle=bundle(project, "third"),
        content=Content.objects.create(project=project, digest=b"third", body="Brought by a file"),
    )
    Comparison.objects.create(
        project=project,
        prompt=made.prompt,
        first=shared,
        second=other,
        first_bundle=shared.bundle,
        second_bundle=other.bundle,
    )
    leaving.delete_mine(volunteer=vera, by=vera.user, base_url=BASE)
    bodies = dict(Content.objects.values_list("pk", "body"))
    assert bodies[made.prompt.content_id] == WROTE
    assert bodies[shared.content_id] == ANSWERED
    assert bodies[made.second.content_id] is None
    assert bodies[other.content_id] == "Brought by a file"


def test_a_person_with_another_place_goes_on_there(project: Any, vera: Volunteer) -> None:
    second = opened(project, "second")
    place = volunteer(second, vera.user)
    actor = actor_of(project, vera.user)
    assert not leaving.delete_mine(volunteer=vera, by=vera.user, base_url=BASE)
    assert places.taking_part(place.user, project, "second").pk == place.pk
    assert actor_of(project, vera.user) == actor
    with pytest.raises(Http404):
        places.place_for(place.user, project, "warmth")
    assert leaving.delete_mine(volunteer=place, by=place.user, base_url=BASE)
    assert not ActorLink.objects.filter(actor=actor).exists()


def test_a_rater_who_deletes_their_chats_stays_a_rater(project: Any, vera: Volunteer) -> None:
    Membership.objects.create(project=project, user=vera.user, role=Role.RATER)
    actor = actor_of(project, vera.user)
    assert not leaving.delete_mine(volunteer=vera, by=vera.user, base_url=BASE)
    assert members.held_roles(project, vera.user) == {"rater"}
    assert actor_of(project, vera.user) == actor


def test_somebody_of_another_project_keeps_their_account(project: Any, other_project: Any, vera: Volunteer) -> None:
    Membership.objects.create(project=other_project, user=vera.user, role=Role.RATER)
    assert not leaving.delete_mine(volunteer=vera, by=vera.user, base_url=BASE)
    assert User.objects.filter(email=ADDRESS).exists()
    assert members.held_roles(project, vera.user) == set()
    assert not ActorLink.objects.filter(project=project, user=vera.user).exists()


def test_an_answer_that_is_being_written_cannot_come_back(vera: Volunteer) -> None:
    chat = talking.begin(member=member_of(vera.user, "demo"), programme=vera.programme, mode="single")
    message = talking.say(conversation=chat, submission_key=uuid.uuid4(), body=WROTE)
    (work,) = ending.claim(message.pk)
    written = ending.Written(answer=work.answer, owner=work.owner, text=ANSWERED, seq=1, model_ms=5)
    ending.persist([written])
    leaving.delete_mine(volunteer=vera, by=vera.user, base_url=BASE)
    assert ending.persist([written]) == {}
    assert not ending.finish(written, state="done")
    assert standing(ANSWERED) == []
    call_command("verify")


def test_nothing_more_is_said_in_what_was_left(vera: Volunteer) -> None:
    chat = talking.begin(member=member_of(vera.user, "demo"), programme=vera.programme, mode="single")
    leaving.leave(volunteer=vera, by=vera.user, base_url=BASE)
    with pytest.raises(talking.NotNow):
        talking.say(conversation=chat, submission_key=uuid.uuid4(), body="One more thing")
    assert not Message.objects.exists()


def test_who_left_can_still_take_their_words_along_and_have_them_deleted(project: Any, vera: Volunteer) -> None:
    chatted(vera)
    leaving.leave(volunteer=vera, by=vera.user, base_url=BASE)
    place = places.place_for(vera.user, project, "warmth")
    assert WROTE.encode() in b"".join(leaving.download(place))
    leaving.delete_mine(volunteer=place, by=vera.user, base_url=BASE)
    assert standing(WROTE) == []


def test_the_download_holds_all_that_they_wrote_and_said_and_no_bundle(project: Any, vera: Volunteer) -> None:
    chatted(vera)
    chatted(vera, "single")
    told = b"".join(leaving.download(vera))
    read = json.loads(told)
    assert (read["address"], read["name"], len(read["chats"])) == (ADDRESS, NAME, 2)
    assert [text["version"] for text in read["agreed_to"]] == [1]
    turn = read["chats"][0]["turns"][0]
    assert turn["you"] == WROTE
    assert [(one["side"], one["text"]) for one in turn["answers"]] == [("first", ANSWERED), ("second", ANSWERED)]
    said = {one["kind"]: one for one in read["chats"][0]["said"]}
    assert said["thumb"]["answers"] == {"thumb": "down", "thumb_reason": "too_flattering"}
    assert said["labels"]["answers"] == {"sycophantic": "clearly", "sycophantic.flattery": True}
    assert said["felt_off"]["words"] == {"note": NOTED}
    assert TYPED in json.dumps(said["form"]["words"])
    # As it was shown, whichever side the bundles stood on.
    assert said["choice"]["answers"] == {"overall": "-2"}
    for hidden in (b"plain", b'warm"', b"scripted", b"memory", b"alpha:", str(chatted(vera).actor.pk).encode()):
        assert hidden not in told


def test_nothing_of_the_download_depends_on_which_side_a_bundle_stood(vera: Volunteer) -> None:
    choices = set()
    for _chat in range(8):
        chatted(vera)
    for chat in json.loads(b"".join(leaving.download(vera)))["chats"]:
        choices |= {one["answers"]["overall"] for one in chat["said"] if one["kind"] == "choice"}
    assert choices == {"-2"}


def test_a_link_to_sign_in_dies_with_the_account(vera: Volunteer) -> None:
    link = signin.issue_link(user=vera.user, base_url=BASE)
    leaving.delete_mine(volunteer=vera, by=vera.user, base_url=BASE)
    with pytest.raises(signin.DeadLink):
        signin.consume_link(link.rstrip("/").split("/")[-1])


def findings() -> list[str]:
    return [finding.message for run in checks().values() for finding in run()]


@pytest.mark.parametrize(
    ("corrupt", "said"),
    [
        (lambda v: Volunteer.objects.filter(pk=v.pk).update(email="back@example.org"), "their address"),
        (lambda v: Message.objects.update(body="back"), "what they wrote"),
        (lambda v: Answer.objects.update(text="back"), "what they were answered"),
        (lambda v: Conversation.objects.update(erased_at=None), "a chat that goes on"),
        (lambda v: Words.objects.create(judgment=Judgment.objects.all()[0], body={"note": "back"}), "a note of theirs"),
        (lambda v: Promotion.objects.update(text="back"), "a promoted copy"),
    ],
)
def test_verify_names_whoever_is_erased_and_not_gone(vera: Volunteer, corrupt: Any, said: str) -> None:
    promoted(chatted(vera))
    leaving.delete_mine(volunteer=vera, by=vera.user, base_url=BASE)
    assert findings() == []
    corrupt(vera)
    assert {message for message in findings() if said in message}


def test_verify_names_who_takes_part_without_having_agreed(programme: Any, make_user: Any) -> None:
    place = invited(programme, make_user("vera"))
    Volunteer.objects.filter(pk=place.pk).update(state="joined")
    assert [message for message in findings() if "agreed to no text" in message]


def test_verify_names_an_open_programme_that_lacks_its_candidate(programme: Any) -> None:
    Trial.objects.filter(part="candidate").delete()
    assert [message for message in findings() if "without a candidate" in message]


def test_no_address_stays_in_an_invitation_that_is_dead(project: Any, owner: Any, programme: Any) -> None:
    by = member_of(owner, "demo")
    inviting.add(programme=programme, emails=[ADDRESS], by=by, base_url=BASE)
    row = Volunteer.objects.get(email=ADDRESS)
    inviting.revoke(volunteer=row, by=by, base_url=BASE)
    inviting.add(programme=programme, emails=[ADDRESS], by=by, base_url=BASE)
    assert standing("kanariaddress")
    leaving.delete_mine(volunteer=row, by=owner, base_url=BASE)
    assert standing("kanariaddress") == []


def test_nobody_begins_a_chat_in_a_place_that_they_leave_meanwhile(
    vera: Volunteer, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_up = talking.taking_part

    def and_leaves(*given: Any) -> Volunteer:
        place = look_up(*given)
        leaving.leave(volunteer=place, by=vera.user, base_url=BASE)
        return place

    monkeypatch.setattr(talking, "taking_part", and_leaves)
    with pytest.raises(Http404):
        talking.begin(member=member_of(vera.user, "demo"), programme=vera.programme, mode="single")
    assert not Conversation.objects.exists()
