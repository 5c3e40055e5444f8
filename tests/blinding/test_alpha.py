"""Nothing that reaches a volunteer, or an expert at a check, tells which bundle spoke, or whether it had memory."""

import json
from difflib import unified_diff
from typing import Any

import pytest
from channels.db import database_sync_to_async
from channels.layers import InMemoryChannelLayer, channel_layers
from django.test import Client

from alpha import talking
from alpha.models import Answer, Conversation, Trial, Voice
from config.asgi import application
from tests.alpha_chat.planting import taking_part
from tests.blinding import alpha
from tests.blinding.alpha import FAULTS, MODES, NAMES, Person, Provider, Trialled
from tests.blinding.conftest import disguises
from tests.blinding.test_exchanged import steady

pytestmark = pytest.mark.django_db


@pytest.fixture
def providers(settings: Any) -> Any:
    with alpha.both(settings) as made:
        yield made


@pytest.fixture
def trialled(project: Any, providers: tuple[Provider, ...]) -> Trialled:
    return Trialled(project, providers)


@pytest.fixture
def _layer(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(application.application_mapping["websocket"].application, "allowed_origins", ["*"])
    monkeypatch.setattr("alpha.consumers.TICK_SECONDS", 0.02)
    before = channel_layers.set("default", InMemoryChannelLayer())
    yield
    channel_layers.set("default", before)


def test_no_trace_of_a_bundle_reaches_a_volunteer(trialled: Trialled, make_user: Any) -> None:
    texts = alpha.volunteer(trialled, make_user("vera"))
    assert len(texts) > 400
    assert {answer.fault for answer in Answer.objects.filter(state="failed")} >= {"server", "key", "limit", "redirect"}
    assert trialled.found_in(texts) == set()


def test_no_trace_of_a_bundle_reaches_an_expert_at_a_check(trialled: Trialled, make_member: Any) -> None:
    texts = alpha.expert(trialled, make_member("expert"))
    assert len(texts) > 300
    assert trialled.found_in(texts) == set()


def test_the_walk_would_see_a_leak(trialled: Trialled, make_user: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    leaks = [NAMES[0], *(min(disguises(name), key=len) for name in trialled.providers[1].words[:2])]
    monkeypatch.setattr("alpha.selectors.chats.words_for", lambda code: f"It was {leaks}.")
    user = make_user("vera")
    person, member = Person(user), taking_part(trialled.programme, user)
    person.chat = talking.begin(member=member, programme=trialled.programme, mode="single").pk
    alpha.talk(person, pair=False, faults=["server"])
    assert {form for form, _text in trialled.found_in(person.texts)} >= set(leaks)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_layer")
@pytest.mark.parametrize("mode", MODES)
async def test_no_trace_of_a_bundle_is_in_a_frame(providers: Any, project: Any, make_user: Any, mode: str) -> None:
    def begun() -> tuple[Trialled, Conversation, Client]:
        made, user = Trialled(project, providers), make_user("vera")
        person = Person(user)
        chat = talking.begin(member=taking_part(made.programme, user), programme=made.programme, mode=mode)
        return made, chat, person.client

    made, chat, client = await database_sync_to_async(begun)()
    texts = await alpha.frames(chat, client, "Is the earth flat?", *(f"Fault: {fault}" for fault in FAULTS))
    assert len(texts) > 20
    assert await database_sync_to_async(made.found_in)(texts) == set()


def exchanged(chat: Conversation) -> None:
    """Another bundle behind each side."""
    one, two = Trial.objects.filter(programme=chat.programme).order_by("ordinal").values_list("bundle", flat=True)
    for voice in Voice.objects.filter(conversation=chat):
        Voice.objects.filter(pk=voice.pk).update(bundle=two if voice.bundle_id == one else one)


def remembering(chat: Conversation) -> None:
    """With memory if it had none, and the other way round."""
    other = "off" if chat.memory == "on" else "on"
    Conversation.objects.filter(pk=chat.pk).update(memory=other)


@pytest.mark.parametrize("change", [exchanged, remembering])
@pytest.mark.parametrize("mode", MODES)
def test_who_speaks_and_whether_it_remembers_changes_no_byte(
    trialled: Trialled, make_user: Any, mode: str, change: Any
) -> None:
    user = make_user("vera")
    member = taking_part(trialled.programme, user)
    first = talking.begin(member=member, programme=trialled.programme, mode=mode)
    second = talking.begin(member=member, programme=trialled.programme, mode=mode)
    of_both = [list(Voice.objects.filter(conversation=chat).order_by("place")) for chat in (first, second)]
    for before, after in zip(*of_both, strict=True):
        Voice.objects.filter(pk=after.pk).update(bundle=before.bundle_id)
    Conversation.objects.filter(pk=second.pk).update(memory=first.memory, memory_items=first.memory_items)
    second.refresh_from_db()
    change(second)
    walks = []
    for chat in (first, second):
        person = Person(user)
        person.chat = chat.pk
        alpha.talk(person, pair=mode == "side_by_side", faults=["server", "cut"])
        person.act("end", script=False)
        person.look()
        walks.append([steady(text) for text in person.texts])
    assert len(walks[0]) >= 50
    assert [list(unified_diff(*(text.splitlines() for text in pair), n=0)) for pair in zip(*walks, strict=True)] == [
        [] for _ in walks[0]
    ]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_layer")
@pytest.mark.parametrize("mode", MODES)
async def test_who_speaks_changes_nothing_in_the_frames(
    providers: Any, project: Any, make_user: Any, mode: str
) -> None:
    def begun() -> tuple[list[Conversation], Client]:
        made, user = Trialled(project, providers), make_user("vera")
        person, member = Person(user), taking_part(made.programme, user)
        chats = [talking.begin(member=member, programme=made.programme, mode=mode) for _ in range(2)]
        for chat, bundles in zip(chats, (made.bundles, made.bundles[::-1]), strict=True):
            for voice in Voice.objects.filter(conversation=chat):
                Voice.objects.filter(pk=voice.pk).update(bundle=bundles[voice.place])
        return chats, person.client

    chats, client = await database_sync_to_async(begun)()
    walks = []
    for chat in chats:
        texts = [steady(text) for text in await alpha.frames(chat, client, "Is the earth flat?", "Fault: server")]
        # How many frames there are on the way, and how far each goes, is a matter of the clock.
        walks.append([text for text in texts if '"type": "done"' in text] + texts[-2:])
        for frame in (json.loads(text) for text in texts if '"type": "frame"' in text):
            assert set(frame) == {"type", "message", "n", "sides"}
            assert {key for side in frame["sides"].values() for key in side} == {"from", "blocks", "tail"}
    assert len(walks[0]) == 4
    assert walks[0] == walks[1]
