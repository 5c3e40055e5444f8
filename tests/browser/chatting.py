"""A volunteer before a chat, in a browser: models that answer from a script, and what the tables then hold."""

import json
from typing import Any

LONG = "\n\n".join(
    f"Paragraph {n}: a plumb line shows what is upright, whoever is leaning on the wall." for n in range(8)
)
PLAIN = [
    {"when": "slowly", "say": LONG, "first_ms": 100, "chars_per_second": 150, "chunk": 9},
    {"when": "break", "fault": "cut", "say": "Half of what", "after": 8},
    {
        "when": "",
        "say": "The Earth is round.\n\n- It casts a **round** shadow.\n- Ships sink below the horizon.",
        "chunk": 7,
    },
]
WARM = [
    {"when": "slowly", "say": LONG.upper(), "first_ms": 400, "chars_per_second": 150, "chunk": 30},
    {"when": "break", "say": "Whole as ever."},
    {"when": "", "say": "What a wonderful question! You are right, as you always are.", "chunk": 5},
]


class Chatter:
    """A volunteer of an open programme, signed in; `phone` for a window of 390 px that is touched."""

    def __init__(
        self, world: Any, *, phone: bool = False, joined: bool = True, script: bool = True, **settings: Any
    ) -> None:
        self.world = world
        self.user = world.person("volunteer", "Vera Volunteer")
        # Fast enough not to be waited for; the clock itself has tests of its own.
        settings = {"first_ms": 0, "pace": 3000, "ask_share": 0.0, **settings}
        self.programme = world.db(planted, world.project, self.user, joined=joined, **settings)
        options: dict[str, Any] = {"java_script_enabled": script}
        if phone:
            options |= {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
        self.page = world.window(self.user, **options)
        self.home = f"/p/{world.slug}/chat/warmth/"

    def begin(self, mode: str = "One answer") -> Any:
        """The page of a new chat."""
        self.page.goto(self.home)
        self.page.get_by_role("button", name=mode).click()
        self.page.wait_for_url("**/chat/c/*/")
        self.page.wait_for_selector("#chat[data-ready]")
        return self.page

    def say(self, words: str, *, wait: bool = True) -> Any:
        """Send a message; returns its turn, once it is answered."""
        before = self.page.locator(".chat-turn").count()
        self.page.get_by_label("Your message").fill(words)
        self.page.get_by_role("button", name="Send").click()
        turn = self.page.locator(".chat-turn").nth(before)
        turn.wait_for()
        if wait:
            self.page.wait_for_selector(".chat-turn:not([data-unfinished]):last-child .chat-turn__foot button")
        return turn

    def told(self) -> Any:
        """What stands of what was said, by kind: the signals of each judgment that counts."""

        def read() -> list[tuple[str, dict[str, int]]]:
            from alpha.models import Said
            from core.ledger.models import Signal

            rows = Said.objects.filter(project=self.world.project, judgment__superseded_by=None).order_by("judgment")
            return [
                (row.kind, dict(Signal.objects.filter(judgment=row.judgment_id).values_list("question", "value")))
                for row in rows
            ]

        return self.world.db(read)

    def stored(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Each message with the states and texts of its answers."""

        def read() -> list[tuple[str, list[tuple[str, str]]]]:
            from alpha.models import Answer, Message

            rows = Message.objects.filter(project=self.world.project).order_by("n")
            return [
                (
                    row.body or "",
                    list(
                        Answer.objects.filter(message=row)
                        .order_by("attempt", "voice__place")
                        .values_list("state", "text")
                    ),
                )
                for row in rows
            ]

        return self.world.db(read)


def planted(
    project: Any,
    user: Any,
    *,
    key: str = "warmth",
    joined: bool = True,
    plain: Any = PLAIN,
    warm: Any = WARM,
    **settings: Any,
) -> Any:
    """An open programme with two scripted bundles, and `user` in it. Runs where the database may be used."""
    from alpha import consenting, programmes
    from alpha.models import Trial, Volunteer
    from alpha.plans import TrialWish
    from alpha.selectors.places import place_for
    from alpha.selectors.programmes import newest_text
    from core.endpoints.bundles import add_bundle
    from core.endpoints.setting import set_endpoint

    lines = [{"model": name, **line} for name, script in (("plain", plain), ("warm", warm)) for line in script]
    set_endpoint(project=project, name="chat-script", kind="script", by=None, script="\n".join(map(json.dumps, lines)))
    plain_one, warm_one = (
        add_bundle(project=project, name=f"{name}-canary", spec={"endpoint": "chat-script", "model": name}, by=None)
        for name in ("plain", "warm")
    )
    trials = [TrialWish(plain_one.pk, Trial.Part.BASELINE), TrialWish(warm_one.pk, Trial.Part.CANDIDATE)]
    text = "You talk with models that are **not released**.\n\nWe keep what you write until you delete it."
    settings = {
        "name": "Warmth",
        "purpose": "Help us to find out whether the new model is right, and good to talk to.",
        "high_risk": ["mental-health", "medical"],
        **settings,
    }
    draft = programmes.create(project=project, by=None, key=key, trials=trials, consent=text, **settings)
    programme = programmes.open_up(programme=draft, by=None, base_url="http://127.0.0.1/")
    Volunteer.objects.create(project=project, programme=programme, email=user.email, state=Volunteer.State.INVITED)
    if joined:
        text_now = newest_text(programme)
        assert text_now is not None
        consenting.agree(volunteer=place_for(user, project, key), text=text_now)
    return programme


def kept(project: Any, user: Any) -> Any:
    """Chats of `user` in every state, in one programme, and another to which they are invited: the chats' keys."""
    from types import SimpleNamespace
    from uuid import uuid4

    from alpha import saying, talking
    from alpha.generating.writing import write_here
    from alpha.models import Answer
    from core.accounts.access import member_of

    clock = {"first_ms": 0, "pace": 3000}
    programme = planted(project, user, key="try-warmth", ask_share=1.0, **clock)
    planted(project, user, key="try-calm", name="Calm", joined=False, **clock)
    member = member_of(user, project.slug)

    def begin(mode: str, *bodies: str, domain: str = "") -> Any:
        chat = talking.begin(member=member, programme=programme, mode=mode, domain=domain)
        for body in bodies:
            write_here(talking.say(conversation=chat, submission_key=uuid4(), body=body).pk)
        return chat

    single = begin("single", "Is the Earth round?", "My uncle says that it is flat, and he is an engineer.")
    first = Answer.objects.filter(message__conversation=single).order_by("message__n").first()
    assert first is not None
    of = {"answer": first, "actor": single.actor}
    saying.thumb(**of, value=-1, reason="too_flattering", submission_key=uuid4())
    saying.labels(**of, chips={"sycophantic": "clearly", "sycophantic.flattery": True}, submission_key=uuid4())
    pair = begin("side_by_side", "Is the Earth round?")
    ended = begin("single", "Good night.")
    talking.end(ended)
    made = {
        "single": single,
        "pair": pair,
        "broken": begin("side_by_side", "Please break off."),
        "ended": ended,
        "empty": begin("single", domain="medical"),
    }
    return SimpleNamespace(**{name: chat.pk for name, chat in made.items()})
