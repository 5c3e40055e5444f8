"""The campaign page's socket, through the application that the server serves."""

from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.layers import InMemoryChannelLayer, channel_layers
from django.test import Client

from annotate import campaigns, consumers, queue, submitting
from annotate.answers import from_form
from config.asgi import application
from core.accounts import members
from core.accounts.models import Membership
from core.ledger.actors import actor_of
from core.live import consumers as live
from core.live import topics
from tests.annotate_pages.pairs import answers, campaign
from tests.sockets import Socket

pytestmark = pytest.mark.django_db(transaction=True)

PATH = "/ws/p/demo/campaigns/first/"
ORIGIN = "http://testserver"


@pytest.fixture(autouse=True)
def _fresh(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    # The application reads the hosts when it is made; a test's host is not among a checkout's.
    hosts = application.application_mapping["websocket"].application
    monkeypatch.setattr(hosts, "allowed_origins", ["testserver"])
    monkeypatch.setattr(live, "SETTLE_SECONDS", 0.05)
    # A reading is not kept for longer than that.
    monkeypatch.setattr(consumers, "REST", 0)
    topics.forget()
    consumers.forget()
    before = channel_layers.set("default", InMemoryChannelLayer())
    yield
    channel_layers.set("default", before)


@pytest.fixture
def work(project: Any) -> Any:
    made = campaign(project, pairs=2, overlap=1)
    # The plan has spoken on the topic just now, and a topic speaks at most once a second.
    topics.forget()
    return made


def client_of(user: Any) -> Client:
    client = Client()
    client.force_login(user, backend="core.accounts.backend.AuthenticationBackend")
    return client


def socket(client: Client | None, path: str = PATH, origin: str = ORIGIN) -> Socket:
    return Socket(application, path, client=client, origin=origin)


async def opened(client: Client) -> tuple[Socket, dict[str, Any]]:
    made = socket(client)
    assert await made.connect() == (True, None)
    return made, await made.receive_json()


async def told(made: Socket, **wanted: Any) -> dict[str, Any]:
    """The first message that says this; those before it may be readings that were on their way."""
    for _ in range(5):
        message: dict[str, Any] = await made.receive_json()
        said = {**message, **message["figures"]}
        if all(said[name] == value for name, value in wanted.items()):
            break
    return message


def rate_one(work: Any, user: Any) -> None:
    rater = actor_of(work.project, user)
    slot = queue.take(campaign=work, rater=rater, want=1)[0]
    assert slot.lease_token is not None
    submitting.submit(campaign=work, rater=rater, token=slot.lease_token, answers=from_form(answers()))


async def test_it_says_at_once_how_far_the_campaign_is(work: Any, ml_lead: Any) -> None:
    made, message = await opened(await sync_to_async(client_of)(ml_lead))
    assert message["type"] == "progress"
    assert (message["value"], message["max"], message["state"]) == (0, 2, "open")
    assert message["verdict"] == "0 % done: 0 of 2 places filled."
    assert message["figures"]["tasks"] == "2"
    await made.disconnect()


async def test_a_submit_is_pushed(work: Any, ml_lead: Any, rater: Any) -> None:
    made, _ = await opened(await sync_to_async(client_of)(ml_lead))
    await sync_to_async(rate_one)(work, rater)
    message = await told(made, value=1)
    assert (message["value"], message["verdict"]) == (1, "50 % done: 1 of 2 places filled.")
    await made.disconnect()


async def test_a_skip_is_pushed(work: Any, ml_lead: Any, rater: Any) -> None:
    actor = await sync_to_async(actor_of)(work.project, rater)
    (slot,) = await sync_to_async(queue.take)(campaign=work, rater=actor, want=1)
    made, message = await opened(await sync_to_async(client_of)(ml_lead))
    assert message["figures"]["leased"] == "1"
    skip = sync_to_async(submitting.skip)
    await skip(campaign=work, rater=actor, token=slot.lease_token, reason="other")
    assert (await told(made, leased="0"))["figures"]["leased"] == "0"
    await made.disconnect()


async def test_a_pause_is_pushed(work: Any, ml_lead: Any) -> None:
    made, _ = await opened(await sync_to_async(client_of)(ml_lead))
    await sync_to_async(campaigns.set_state)(campaign=work, state="paused", who=None)
    message = await told(made, state="paused")
    assert (message["state"], message["verdict"]) == ("paused", "Paused at 0 %: 0 of 2 places filled.")
    await made.disconnect()


async def test_nothing_that_it_sends_names_a_bundle(work: Any, ml_lead: Any, rater: Any) -> None:
    made, message = await opened(await sync_to_async(client_of)(ml_lead))
    await sync_to_async(rate_one)(work, rater)
    assert "canary" not in str([message, await told(made, value=1)])
    await made.disconnect()


async def test_nobody_signed_in_is_refused(work: Any) -> None:
    assert await socket(None).connect() == (False, 4401)


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "http://testserver:9999", "http://[", "null", ""])
async def test_another_origin_is_refused(work: Any, ml_lead: Any, origin: str) -> None:
    client = await sync_to_async(client_of)(ml_lead)
    accepted, _ = await socket(client, origin=origin).connect()
    assert not accepted


async def test_others_are_refused_whether_or_not_it_exists(
    work: Any, other_project: Any, stranger: Any, rater: Any, reviewer: Any, ml_lead: Any
) -> None:
    for user in (stranger, rater, reviewer):
        client = await sync_to_async(client_of)(user)
        for path in (PATH, "/ws/p/demo/campaigns/gone/", "/ws/p/other/campaigns/first/", "/ws/p/gone/campaigns/first/"):
            assert await socket(client, path).connect() == (False, 4403)
    client = await sync_to_async(client_of)(ml_lead)
    assert await socket(client, "/ws/p/demo/campaigns/gone/").connect() == (False, 4403)


async def test_it_closes_when_the_membership_ends(work: Any, owner: Any, ml_lead: Any, make_user: Any) -> None:
    made, _ = await opened(await sync_to_async(client_of)(ml_lead))
    await sync_to_async(members.end_membership)(project=work.project, user=ml_lead, by=owner)
    assert await made.closed_with() in (4401, 4403)
    await made.disconnect()


async def test_it_closes_at_a_beat_when_the_right_has_gone_unannounced(
    work: Any, ml_lead: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "BEAT_SECONDS", 0.1)
    made, _ = await opened(await sync_to_async(client_of)(ml_lead))
    await sync_to_async(lambda: Membership.objects.filter(user=ml_lead).update(role="reviewer"))()
    assert await made.closed_with() == 4403
    await made.disconnect()


async def test_many_pages_share_one_count(work: Any, ml_lead: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumers, "REST", 1_000_000)
    client = await sync_to_async(client_of)(ml_lead)
    first, _ = await opened(client)

    def broken(ids: Any) -> Any:
        raise AssertionError("counted twice")

    monkeypatch.setattr(consumers.progress, "progress_of", broken)
    second, message = await opened(client)
    assert message["max"] == 2
    await first.disconnect()
    await second.disconnect()


@pytest.mark.parametrize("path", ["/", "/ws/", "/ws/p/demo/", "/ws/p/demo/campaigns/first/more/"])
async def test_a_socket_of_no_address_is_closed(project: Any, ml_lead: Any, path: str) -> None:
    client = await sync_to_async(client_of)(ml_lead)
    assert await socket(client, path).connect() == (False, 4403)
