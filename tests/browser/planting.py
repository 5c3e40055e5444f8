"""The same project twice: once with harmless words, once with hostile ones in every field that people or models fill.

Written past the forms and checks, as if somebody had found a way round them. Runs where the database may be used.
"""

import json
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

RATERS = 5


def plant(world: Any, texts: list[str]) -> Any:
    """A project whose every word comes from `texts`; what the addresses of its pages need."""
    made = SimpleNamespace(texts=texts)
    world.project.name = texts[0][:120]
    world.project.save()
    _people(world, made)
    _work(world, made)
    _exchange(world, made)
    _chats(world, made)
    return made


def _chats(world: Any, made: Any) -> None:
    """A programme in such words, and chats in which the person and the models speak them."""
    from alpha import saying, talking
    from alpha.generating.writing import write_here
    from alpha.models import Answer
    from core.accounts.access import member_of
    from core.accounts.models import Membership, User
    from tests.browser.chatting import planted

    texts = made.texts
    made.volunteer = User.objects.create_user(
        email=f"volunteer@{world.slug}.example.org", name=texts[1 % len(texts)][:120]
    )
    Membership.objects.create(project=world.project, user=made.volunteer, role="volunteer")
    says = [{"when": "", "say": "\n\n".join(texts[n::7])[:20_000] or "-"} for n in range(2)]
    name, purpose = (" ".join(text.replace("\x00", "").split())[:100] or "-" for text in texts[2:4])
    programme = planted(
        world.project, made.volunteer, plain=says[:1], warm=says[1:], name=name, purpose=purpose, pace=3000, first_ms=0
    )
    member = member_of(made.volunteer, world.slug)
    made.chats = []
    for mode in ("single", "side_by_side"):
        chat = talking.begin(member=member, programme=programme, mode=mode)
        for text in texts[5:9]:
            write_here(
                talking.say(conversation=chat, submission_key=uuid4(), body=text.replace("\x00", "").strip() or "-").pk
            )
        made.chats.append(chat.pk)
    Answer.objects.filter(message__conversation__in=made.chats).update(model_ms=0)
    first = Answer.objects.filter(message__conversation=made.chats[0]).order_by("pk").first()
    assert first is not None
    saying.felt_off(answer=first, actor=chat.actor, note=texts[0][:400], submission_key=uuid4())


def _people(world: Any, made: Any) -> None:
    from core.accounts import audit
    from core.accounts.models import Membership, User

    def person(role: str, n: int) -> Any:
        name = made.texts[n % len(made.texts)][:120]
        user = User.objects.create_user(email=f"{role}{n}@{world.slug}.example.org", name=name)
        Membership.objects.create(project=world.project, user=user, role=role)
        return user

    made.owner = person("owner", 1)
    made.raters = [person("rater", n) for n in range(2, 2 + RATERS)]
    for n, text in enumerate(made.texts):
        audit.record(
            project=world.project,
            who=made.raters[n % RATERS],
            verb="campaign.changed",
            object=text[:400],
            data={text[:60]: text[:400]},
        )


def _work(world: Any, made: Any) -> None:
    from annotate import queue, submitting
    from annotate.answers import from_form
    from annotate.models import Campaign
    from annotate.planning import Planned, add_tasks
    from core.catalog.models import Content, Prompt
    from core.ledger.actors import actor_of
    from tests.annotate_pages.pairs import answers, bundle, campaign, comparison

    texts, project = made.texts, world.project
    work = campaign(project, "first", pairs=0, overlap=RATERS + 1)
    pairs = []
    for n in range(0, 24, 2):
        names = (f"{texts[(n + i) % len(texts)][:100]} {n + i}" for i in range(2))
        by = tuple(bundle(project, name) for name in names)
        body = "\n\n".join(texts[n % len(texts) :: 3]), "\n\n".join(texts[(n + 1) % len(texts) :: 3])
        pairs.append(comparison(project, f"{n} {texts[n % len(texts)]}", body, by, domain=texts[n % len(texts)][:60]))
    for n, prompt in enumerate(Prompt.objects.filter(project=project).select_related("content")):
        prompt.family, prompt.variant = texts[n % len(texts)][:200], texts[(n + 1) % len(texts)][:200]
        prompt.save()
    # One prompt whose every turn is one of the texts: each is rendered by itself.
    turns = [{"role": ("user", "assistant")[n % 2], "content": text} for n, text in enumerate(texts)]
    Content.objects.filter(pk=pairs[0].prompt.content_id).update(
        body=json.dumps(turns), kind=Content.Kind.CONVERSATION, html=None
    )
    for one in pairs:
        type(one).objects.filter(pk=one.pk).update(source=texts[5 % len(texts)][:200], external_id=str(uuid4()))
    add_tasks(campaign=work, planned=[Planned(comparison=pairs[0].pk, priority=9)])
    Campaign.objects.filter(pk=work.pk).update(title=texts[3 % len(texts)][:120], guideline="\n\n".join(texts))
    made.comparison = pairs[0].pk
    for n, user in enumerate(made.raters[1:]):
        rater = actor_of(project, user)
        slot = queue.take(campaign=work, rater=rater, want=1)[0]
        given = {**answers(), "rationale": " ".join(texts[n::RATERS])[:8000]}
        submitting.submit(campaign=work, rater=rater, token=slot.lease_token, answers=from_form(given), seconds=30)


def _exchange(world: Any, made: Any) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from core.jobs.models import Job
    from exchange import uploads
    from exchange.models import Import, Snapshot

    texts = made.texts
    rows = [
        {
            "prompt": [{"role": "user", "content": text}],
            "responses": [
                {"bundle": f"{text[:60]}1", "content": text},
                {"bundle": f"{text[:60]}2", "content": text[::-1]},
            ],
            "family": text[:80],
            "domain": [text[:40]],
        }
        for text in texts[:40]
    ]
    faulty = [json.dumps({text: text}) for text in texts[:30]]
    whole = "\n".join([*map(json.dumps, rows), *faulty]).encode()
    file = SimpleUploadedFile("rows.jsonl", whole)
    record = uploads.store(project=world.project, who=made.owner, file=file, campaign_name="first", format="auto")
    Import.objects.filter(pk=record.pk).update(file_name=texts[2 % len(texts)])
    made.waiting = record.pk
    failed = Import.objects.create(
        project=world.project,
        file_name=texts[4 % len(texts)],
        format="auto",
        state="failed",
        error=texts[6 % len(texts)],
    )
    made.failed = failed.pk
    # Names of files are ours; reasons are too, but they stand as words on the page.
    manifest = {"files": ["README.md"], "shards": [], "rows": 1, "dropped": {texts[8 % len(texts)]: 1}}
    snapshot = Snapshot.objects.create(
        project=world.project, format="raw", state="ready", manifest={**manifest, "sha256": "0"}, path="nowhere"
    )
    made.exported = snapshot.pk
    Job.objects.create(kind="nothing", scope=world.project.pk, state="failed", error=texts[9 % len(texts)])
