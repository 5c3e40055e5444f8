"""A programme behind two endpoints of which every trace is known, and walks through all that its people can reach."""

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any
from uuid import uuid4

from channels.db import database_sync_to_async
from django.test import Client

from alpha import programmes, talking
from alpha.generating.writing import Writer, write_here
from alpha.models import Answer, Conversation, Message, Programme, Trial
from alpha.plans import TrialWish
from alpha.selectors.programmes import newest_text
from config.asgi import application
from core.accounts.models import Membership, Role
from core.endpoints.bundles import add_bundle
from core.endpoints.setting import set_endpoint
from tests.alpha.planted import BASE, TEXT
from tests.blinding.conftest import disguises, ids, sent
from tests.endpoints.stubs import DONE, event, serving
from tests.sockets import Socket

NAMES = ("zephyr-canary-7781", "quartz-canary-3364")
SAYS = "The earth is **round**, and has been for a while.\n\n- So they say.\n- It is seen from afar.\n\nAnd that is it."
SCRIPT = {"hx-request": "true"}
FAULTS = ("server", "key", "limit", "refused", "redirect", "garbage", "told", "cut", "closed", "empty")
MODES = ("single", "side_by_side")
AXES = ["flattery", "cold"]


class Provider:
    """An endpoint whose every header, event and error names it; it breaks as the last message asks it to."""

    def __init__(self, name: str, size: int, pause: float) -> None:
        self.name, self.size, self.pause = name, size, pause
        self.stub: Any = None

    @property
    def words(self) -> list[str]:
        """What it says of itself."""
        kinds = ("endpoint", "model", "system", "key", "path", "header", "server", "error", "event")
        return [self.name, *(f"{kind}-{self.name}" for kind in kinds)]

    def head(self, status: str, *more: str) -> bytes:
        lines = [f"HTTP/1.1 {status}", *more, f"x-request-id: header-{self.name}", f"server: server-{self.name}"]
        lines += [f"openai-organization: header-{self.name}", f"set-cookie: c=header-{self.name}", "connection: close"]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    def speak(self, channel: Any) -> None:
        said = self.stub.body["messages"][-1]["content"]
        fault = next((fault for fault in FAULTS if said.endswith(f"Fault: {fault}")), "")
        error = json.dumps({"error": {"message": f"error-{self.name}", "code": f"error-{self.name}"}}).encode()
        status = {"server": "500 No", "key": "401 No", "limit": "429 No", "refused": "400 No"}.get(fault)
        if fault == "closed":
            return
        if status:
            channel.sendall(self.head(status, "content-type: application/json") + error)
        elif fault == "redirect":
            channel.sendall(self.head("302 Found", f"location: http://error-{self.name}.example/"))
        else:
            channel.sendall(self.head("200 OK", "content-type: text/event-stream"))
            self.stream(channel, fault, error)

    def stream(self, channel: Any, fault: str, error: bytes) -> None:
        if fault == "garbage":
            channel.sendall(f"data: error-{self.name}\n\n".encode())
        elif fault == "told":
            channel.sendall(b"data: " + error + b"\n\n")
        if fault in ("garbage", "told", "empty"):
            return
        marks = {"model": f"model-{self.name}", "id": f"event-{self.name}", "system_fingerprint": f"event-{self.name}"}
        text = SAYS[:40] if fault == "cut" else SAYS
        for at in range(0, len(text), self.size):
            channel.sendall(event(text[at : at + self.size], **marks))
            time.sleep(self.pause)
        if fault != "cut":
            usage = {"prompt_tokens": 10 + self.size, "completion_tokens": 40 + self.size, "total_tokens": 50}
            channel.sendall(event(finish="stop", **marks) + event(choices=[], usage=usage, **marks) + DONE)


class Trialled:
    """A programme of both, and all that must reach neither its volunteers nor its experts."""

    def __init__(self, project: Any, providers: tuple[Provider, ...]) -> None:
        self.project, self.providers = project, providers
        self.bundles = [self._bundle(provider) for provider in providers]
        wishes = [
            TrialWish(bundle.pk, part)
            for bundle, part in zip(self.bundles, (Trial.Part.BASELINE, Trial.Part.CANDIDATE), strict=True)
        ]
        draft = programmes.create(
            project=project, by=None, key="warmth", name="Warmth", trials=wishes, consent=TEXT, axes=AXES, ask_share=0.0
        )
        self.programme = programmes.open_up(programme=draft, by=None, base_url=BASE)
        Programme.objects.update(first_ms=0, pace=100_000)
        self.programme.refresh_from_db()

    def _bundle(self, provider: Provider) -> Any:
        name = provider.name
        set_endpoint(
            project=self.project,
            name=f"endpoint-{name}",
            kind="openai",
            by=None,
            url=f"http://127.0.0.1:{provider.stub.port}/path-{name}/v1",
            key=f"key-{name}",
        )
        sampling = {"temperature": 0.5, "max_tokens": 50}
        spec = {"endpoint": f"endpoint-{name}", "model": f"model-{name}", "system": f"system-{name}"}
        return add_bundle(project=self.project, name=name, spec={**spec, "sampling": sampling}, by=None)

    def all(self) -> set[str]:
        """Every string of which none may be seen."""
        from alpha.models import Budget, Voice
        from core.catalog.models import Bundle
        from core.endpoints.models import Endpoint
        from core.ledger.models import Turn

        words = [word for provider in self.providers for word in provider.words]
        forms = {form for word in words for form in disguises(word)}
        forms |= {f"127.0.0.1:{provider.stub.port}" for provider in self.providers}
        forms |= {f"{self.programme.key}/{part}" for part in Trial.Part.values}
        for bundle in self.bundles:
            forms.add(bytes(bundle.digest).hex()[:16])
        for model in (Bundle, Endpoint, Trial, Voice, Turn, Budget):
            forms |= ids(model.objects.filter(project=self.project))
        return forms

    def found_in(self, texts: list[str]) -> set[tuple[str, str]]:
        """What of it stands in which of these texts."""
        forms = self.all()
        return {(form, text[:300]) for text in texts for form in forms if form in text}


@contextmanager
def both(settings: Any) -> Iterator[tuple[Provider, ...]]:
    """Two providers that say the same, one in many small pieces and slowly."""
    one, two = Provider(NAMES[0], 5, 0.002), Provider(NAMES[1], 60, 0.0)
    with serving(one.speak) as first, serving(two.speak) as second:
        one.stub, two.stub = first, second
        settings.OUTBOUND_ALLOW = [*first.allowed, *second.allowed]
        yield one, two


class Person:
    """Somebody before the pages of a programme; `texts`: every byte they were sent."""

    def __init__(self, user: Any) -> None:
        self.texts: list[str] = []
        self.client = Client(raise_request_exception=False)
        self.client.force_login(user, backend="core.accounts.backend.AuthenticationBackend")
        self.chat: Any = None

    def get(self, path: str, **more: Any) -> str:
        return self._said(self.client.get(path, **more))

    def post(self, path: str, script: bool = True, **fields: Any) -> str:
        given = {"submission_key": str(uuid4()), **fields}
        return self._said(self.client.post(path, given, headers=SCRIPT if script else {}))

    def act(self, name: str, script: bool = True, **fields: Any) -> str:
        """A deed in the chat they are in."""
        return self.post(f"/p/demo/chat/c/{self.chat}/{name}/", script, **fields)

    def look(self) -> str:
        """The chat's page."""
        return self.get(f"/p/demo/chat/c/{self.chat}/")

    def glance(self) -> None:
        """The chat's last turn."""
        message = Message.objects.filter(conversation=self.chat).latest("n")
        self.get(f"/p/demo/chat/c/{self.chat}/turns/{message.pk}/", headers=SCRIPT)

    def say(self, words: str) -> list[Answer]:
        """Send a message, look before and after it is answered; returns its answers."""
        self.act("say", body=words)
        self.glance()
        message = Message.objects.filter(conversation=self.chat).order_by("n").last()
        assert message is not None
        assert message.body == words
        write_here(message.pk)
        self.glance()
        return list(Answer.objects.filter(message=message).order_by("attempt", "voice__place"))

    def _said(self, response: Any) -> str:
        self.texts.append(sent(response))
        return self.texts[-1]


def talk(person: Person, *, pair: bool, faults: Sequence[str] = FAULTS) -> None:
    """All that can be done in a chat, well and badly, and with answers that broke in every way."""
    for script in (True, False):
        person.act("say", script, body="")
        person.act("say", script, body="x" * 9000)
        person.act("say", script, body="Key", submission_key="nonsense")
    answers = person.say("Is the earth flat?")
    assert [answer.text for answer in answers] == [SAYS] * (1 + pair)
    speak_of(person, answers, pair=pair)
    person.act("again", message=answers[0].message_id)
    person.act("say", body="Not yet")
    person.act("stop")
    person.look()
    for fault in faults:
        (broken, *_) = person.say(f"Fault: {fault}")
        assert broken.state == "failed", fault
        speak_of(person, [broken], pair=pair)
        person.act("again", message=broken.message_id)
        write_here(broken.message_id)
        person.glance()
    for goes_on in ("first", "both", "nonsense"):
        person.act("go-on", goes_on=goes_on)
    person.look()


def speak_of(person: Person, answers: list[Answer], *, pair: bool) -> None:
    """Everything that can be said of these answers, and a little that cannot."""
    for answer in answers:
        of = {"answer": str(answer.pk)}
        person.act("thumb", value="1", **of)
        person.act("thumb", script=False, value="-1", reason="too_flattering", **of)
        person.act("thumb", value="-1", reason="nonsense", **of)
        person.act("labels", **of, **{"sycophantic": "clearly", "sycophantic.flattery": "on", "cold": "nonsense"})
        person.act("felt-off", note="It hurries.", **of)
        person.act("report", reason="nonsense", **of)
    person.act("thumb", value="1", answer=str(uuid4()))
    if pair:
        for shown in ("2", "both_bad", "9", "nonsense"):
            person.act("choice", message=str(answers[0].message_id), shown=shown)


def wander(person: Person, trialled: Trialled) -> None:
    """Where they may not go, and where nothing is."""
    for path in (
        "", "alpha/", "alpha/new/", "alpha/warmth/", "alpha/warmth/programme.json", "alpha/warmth/settings/",
        "alpha/warmth/volunteers/", "alpha/warmth/inbox/", "alpha/warmth/conversations/", "alpha/warmth/checks/",
        "alpha/warmth/promote/", "models/", "experiments/", "overview/", "exports/", "jobs/", "members/", "audit/",
    ):  # fmt: skip
        person.get(f"/p/demo/{path}")
    for one in (*trialled.bundles, *Trial.objects.all()):
        for path in ("chat/c", "checks", "alpha", "bundles", "alpha/warmth/conversations"):
            response = person.client.get(f"/p/demo/{path}/{one.pk}/")
            assert response.status_code in (403, 404)
            # The address that was asked for is the asker's own word.
            person.texts.append(sent(response).replace(str(one.pk), ""))
    for path in ("programmes/", "programmes/warmth/", "bundles/"):
        person.get(f"/api/v1/{path}")
    if person.chat:
        acts = ("", "say/", "stop/", "again/", "go-on/", "end/", "thumb/", "labels/", "choice/", "form/", "report/")
        for method in (person.client.head, person.client.options, person.client.put, person.client.delete):
            for act in acts:
                person._said(method(f"/p/demo/chat/c/{person.chat}/{act}"))


def volunteer(trialled: Trialled, user: Any) -> list[str]:
    """A volunteer from the consent to the deletion: every byte they were sent."""
    from alpha.models import Volunteer

    Membership.objects.create(project=trialled.project, user=user, role=Role.VOLUNTEER)
    Volunteer.objects.create(
        project=trialled.project, programme=trialled.programme, email=user.email, state=Volunteer.State.INVITED
    )
    person, home = Person(user), "/p/demo/chat/warmth/"
    text = newest_text(trialled.programme)
    assert text is not None
    person.get("/p/demo/chat/")
    person.post(f"{home}begin/", script=False, mode="single")
    person.post(f"{home}agree/", script=False, text="nonsense")
    person.get(home)
    person.post(f"{home}agree/", script=False, text=str(text.pk))
    person.post(f"{home}begin/", script=False, mode="nonsense")
    for mode in MODES:
        person.get(home)
        person.post(f"{home}begin/", script=False, mode=mode)
        made = Conversation.objects.order_by("pk").last()
        assert made is not None
        assert made.mode == mode
        person.chat = made.pk
        talk(person, pair=mode == "side_by_side")
        wander(person, trialled)
        person.act("end", script=False)
        person.look()
        person.act("form", script=False, words="Nice.", nonsense="1")
        person.act("say", body="Too late")
        person.look()
    person.get(f"{home}data/")
    person.get(f"{home}data/download/")
    person.post(f"{home}leave/", script=False)
    person.get(home)
    person.get(f"{home}data/download/")
    person.post(f"{home}data/delete/", script=False)
    person.post(f"{home}data/delete/", script=False, sure="yes")
    person.get(home)
    return person.texts


def expert(trialled: Trialled, user: Any) -> list[str]:
    """An expert from what is due to what is written: every byte they were sent."""
    from alpha import checking

    checks = [
        checking.ask(programme=trialled.programme, bundle=bundle, expert=user, due_on=None, by=None)
        for bundle in trialled.bundles
    ]
    person = Person(user)
    for check in checks:
        at = f"/p/demo/checks/{check.pk}/"
        person.get("/p/demo/checks/")
        person.get(at)
        person.post(at, script=False)
        person.post(f"{at}start/", script=False)
        check.refresh_from_db()
        person.chat = check.conversation_id
        talk(person, pair=False)
        person.get(at)
        wander(person, trialled)
        form = {f"seen.{axis}": "no" for axis in AXES} | {f"confidence.{axis}": "2" for axis in AXES}
        person.post(at, script=False, **{**form, "seen.cold": "", "note": "n"})
        person.post(at, script=False, **{**form, "seen.cold": "yes", "severity.cold": "2", "quote.cold": "nobody"})
        person.post(at, script=False, **{**form, "seen.cold": "yes", "severity.cold": "2", "quote.cold": "round"})
        person.get(at)
        person.post(f"{at}decline/", script=False)
        person.look()
    person.get("/p/demo/checks/")
    return person.texts


async def frames(conversation: Conversation, client: Client, *bodies: str) -> list[str]:
    """Every frame that a chat's page is sent while these messages are answered, and how its socket was closed."""

    async def in_database(act: Any, *given: Any) -> Any:
        return await database_sync_to_async(act)(*given)

    writer = Writer(in_database)
    address = f"/ws/p/demo/chat/{conversation.pk}/"
    socket = Socket(application, address, client=client, origin="http://testserver")
    assert await socket.connect() == (True, None)
    texts: list[str] = []
    for body in bodies:
        message = await database_sync_to_async(talking.say)(
            conversation=conversation, submission_key=uuid4(), body=body
        )
        await socket.send_json({"type": "look"})
        written = writer.write(message.pk)
        await written
        while json.loads(texts[-1])["type"] != "done" if texts else True:
            frame = await socket.receive_output(10)
            texts.append(frame["text"])
        await socket.send_json({"type": "resume", "message": str(message.pk), "n": 0})
        with suppress(TimeoutError):
            while json.loads(texts[-1])["type"] != "state":
                texts.append((await socket.receive_output(3))["text"])
    await socket.send_json({"type": "nonsense"})
    texts.append(str(await socket.receive_output(5)))
    return [text.lower() for text in texts]
