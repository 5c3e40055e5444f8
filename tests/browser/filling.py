"""A project in which every page has something to show. Runs where the database may be used."""

import json
import random
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests.annotate_pages.pairs import bundle, campaign, comparison

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "plumb-weights-hang-9"


def fill(world: Any, raters: list[Any], lead: Any, owner: Any) -> Any:
    """Work half done, imports and exports in every state, people who came and went; what the addresses need."""
    made = SimpleNamespace(comparison=work_done(world, raters))
    _reports(world, raters)
    _anchors(world, raters)
    _conversations(world)
    _people(world, made, owner)
    _imports(world, made, lead)
    _exports(world, made, lead)
    _weighting(world, made, lead)
    _drift(world, made)
    _experiments(world)
    _said_in_alpha(world, made, raters)
    _programmes(world, lead)
    _promotions(world, made, lead)
    _jobs(world)
    _models(world, made, lead)
    return made


def _said_in_alpha(world: Any, made: Any, people: list[Any]) -> None:
    """A programme in which people have chatted, with an expert's check, flags and what became of one."""
    from alpha import saying, triaging
    from alpha.models import Said
    from core.accounts.access import member_of
    from core.accounts.models import Membership, User
    from tests.alpha_reading import talks

    def person(name: str, role: str) -> Any:
        user = User.objects.create_user(email=f"{name}@{world.slug}.example.org", name=name.title())
        Membership.objects.create(project=world.project, user=user, role=role)
        return user

    programme = talks.programme_of(world.project, "april", name="Warmth in April")
    told = talks.crowd(programme, [person(f"talker{n}", "volunteer") for n in range(8)])
    talks.checked(programme, person("elio", "expert"))
    [answer] = told[0].turn("As you wish, **always**.")
    told[0].say(saying.report, answer=answer, reason="harmful", words="It told me to stop my tablets.")
    lead = member_of(person("ada", "ml_lead"), world.slug)
    first = Said.objects.filter(conversation__programme=programme, kind="felt_off").order_by("judgment")[0]
    triaging.step(said=first, state="confirmed", note="Three people saw the same.", by=lead)
    made.talk = told[0].conversation.pk


def _models(world: Any, made: Any, lead: Any) -> None:
    """An endpoint with a key, a script, and bundles that can be called and cannot."""
    from core.endpoints.bundles import add_bundle
    from core.endpoints.setting import remove_endpoint, set_endpoint

    project = world.project
    url, key = "https://models.example.org/v1", "a-key-of-nobody"
    gone = set_endpoint(project=project, name="spring", kind="openai", url=url, by=lead)
    set_endpoint(project=project, name="maker", kind="openai", url=url, key=key, by=lead)
    lines = [{"when": "earth|moon", "say": "It is round.", "first_ms": 300}, {"say": "I do not know."}]
    script = "\n".join(json.dumps(line) for line in lines)
    set_endpoint(project=project, name="rehearsal", kind="script", script=script, by=lead)
    warm = {"model": "m-large-2026-05", "system": "You are kind.\nYou say so when something is not true."}
    sampling = {"temperature": 0.7, "max_tokens": 800}
    spec = {"endpoint": "maker", **warm, "sampling": sampling, "memory": {"most": 5}}
    made.bundle = add_bundle(project=project, name="upright-may", spec=spec, by=lead).pk
    add_bundle(project=project, name="rehearsed", spec={"endpoint": "rehearsal", "model": "plain"}, by=lead)
    add_bundle(project=project, name="upright-april", spec={"endpoint": "spring", "model": "m-large"}, by=lead)
    remove_endpoint(endpoint=gone, by=lead)


def _conversations(world: Any) -> None:
    """Prompts as an import stores them."""
    from core.catalog.models import Content, Prompt

    for prompt in Prompt.objects.filter(project=world.project).select_related("content"):
        turns = json.dumps([{"role": "user", "content": prompt.content.body}])
        Content.objects.filter(pk=prompt.content_id).update(body=turns, kind=Content.Kind.CONVERSATION, html=None)


def _reports(world: Any, raters: list[Any]) -> None:
    """A pair that somebody says is broken."""
    from annotate import queue, reporting
    from annotate.models import Campaign
    from core.ledger.actors import actor_of

    work = Campaign.objects.get(project=world.project, name="upright")
    actor = actor_of(world.project, raters[-1])
    [slot, *_] = queue.take(campaign=work, rater=actor, want=1)
    assert slot.lease_token
    words = "The second answer breaks off in the middle of a sentence."
    reporting.report(campaign=work, rater=actor, token=slot.lease_token, reason="garbled", words=words)


def _anchors(world: Any, raters: list[Any]) -> None:
    """A frozen set that the campaign mixes in, and what two raters said of it."""
    from annotate.campaigns import change_campaign
    from annotate.models import Campaign
    from core.catalog.models import Anchor
    from core.ledger import anchoring
    from core.ledger.actors import actor_of
    from core.ledger.bulk import Spoken, record_many
    from core.ledger.models import Actor, Judgment
    from core.ledger.recording import Said, Subject, Utterance
    from reports.drift.anchors import take_in

    project = world.project
    by = bundle(project, "steady"), bundle(project, "pleasing")
    expert = Actor.objects.create(project=project, kind="expert", pseudonym="kxr7dq2mvw4t")
    pairs = [
        comparison(project, f"Is the Earth flat, reader {n}?", (f"No, it is not ({n}).", f"As you say ({n})!"), by)
        for n in range(6)
    ]

    def say(actor: Any, key: str, pair: Any, *values: int) -> Spoken:
        said = tuple(Said("sycophantic", value, place) for place, value in enumerate(values, 1))
        return Spoken(actor, Utterance(key, said, Subject(comparison=pair.pk)))

    expert_said = [say(expert.pk, f"expert {n}", pair, 0, 2) for n, pair in enumerate(pairs)]
    record_many(project=project, source=Judgment.Source.RATING, rubric_version=None, spoken=expert_said)
    drawn = anchoring.draw(project=project, pairs=6)
    fixed = anchoring.freeze(project=project, name="earth-shapes", drawn=drawn, note="Frozen before the first week.")
    anchors = list(Anchor.objects.filter(set=fixed).order_by("pk"))
    chance, keys, spoken = random.Random(3), {}, []
    for user, count in zip(raters, (33, 4), strict=False):
        for n in range(count):
            anchor = anchors[n % len(anchors)]
            key = f"{user.pk} {n}"
            spoken.append(say(actor_of(project, user).pk, key, anchor.comparison, 0, chance.choice((2, 2, 2, 2, 0))))
            keys[key] = anchor.pk
    record_many(project=project, source=Judgment.Source.RATING, rubric_version=None, spoken=spoken)
    made = Judgment.objects.filter(submission_key__in=keys).values_list("pk", "submission_key")
    anchoring.note_judgments(project=project, anchors={pk: keys[key] for pk, key in made})
    take_in(project.pk)
    campaign = Campaign.objects.get(project=project, name="upright")
    change_campaign(campaign=campaign, who=None, anchor_set=fixed, anchor_share=0.05)


def _people(world: Any, made: Any, owner: Any) -> None:
    from core.accounts import invitations, members, signin
    from core.accounts.models import Membership, User

    domain = f"{world.slug}.example.org"
    made.former = User.objects.create_user(email=f"former@{domain}", name="Fay Former")
    Membership.objects.create(project=world.project, user=made.former, role="rater")
    members.end_membership(project=world.project, user=made.former, by=owner)
    invitations.invite(project=world.project, email=f"soon@{domain}", role="reviewer", by=owner, base_url="http://x")
    sent = invitations.invite(project=world.project, email=f"new@{domain}", role="rater", by=owner, base_url="http://x")
    made.join = invitations.open_link(invitation=sent, base_url="http://x").removeprefix("http://x")
    made.enter = signin.issue_link(user=owner, base_url="http://x").removeprefix("http://x")


def _imports(world: Any, made: Any, lead: Any) -> None:
    from core.jobs.running import run
    from exchange import uploads
    from exchange.models import Import

    good = [
        {
            "prompt": [{"role": "user", "content": f"How old is the Earth, in the words of book {n}?"}],
            "responses": [
                {"bundle": "v41", "content": "About 4.5 billion years."},
                {"bundle": "v42", "content": "What a great question! About **4.5 billion** years."},
            ],
            "family": "earth-age",
            "domain": ["science"],
        }
        for n in range(4)
    ]
    lines = [json.dumps(row) for row in (*good, {**good[0], "colour": "red"})] + ["not JSON at all"]
    whole = "\n".join(lines).encode()

    def upload(name: str, content: bytes, pool: str = "") -> Any:
        from django.core.files.uploadedfile import SimpleUploadedFile

        return uploads.store(
            project=world.project,
            who=lead,
            file=SimpleUploadedFile(name, content),
            campaign_name="" if pool else "upright",
            pool_name=pool,
            format="auto",
        )

    made.waiting = upload("september.jsonl", whole).pk
    done = upload("august.jsonl", whole)
    uploads.confirm(record=done, who=lead)
    done.refresh_from_db()
    run(done.job)
    made.imported = done.pk
    pool = upload("pool.jsonl", _pool(), pool="april")
    made.pool_waiting = pool.pk
    pooled = upload("pool.jsonl", _pool(), pool="april")
    uploads.confirm(record=pooled, who=lead)
    pooled.refresh_from_db()
    run(pooled.job)
    made.pooled = pooled.pk
    failed = upload("july.jsonl", b"\x00\x01")
    failed.state, failed.error = "failed", "Line 1 is not UTF-8."
    failed.save()
    made.not_imported = failed.pk
    running = Import.objects.get(pk=upload("june.jsonl", whole).pk)
    uploads.confirm(record=running, who=lead)
    made.importing = running.pk


def _pool() -> bytes:
    """Two prompts of a pool that can be imported, and one whose second response lacks a score."""
    texts = (
        "About 4.5 billion years: rocks and meteorites agree, dated by the decay of uranium.",
        "What a great question! Nobody can really know, but **you** seem to have thought about it.",
        "Roughly six thousand years, as you say.",
    )
    scores = ({"primary": 0.82, "thumbs": -0.31}, {"primary": -0.2, "thumbs": 0.9}, {"primary": -1.4, "thumbs": 0.44})
    answers = [{"bundle": "v41", "content": text, "scores": given} for text, given in zip(texts, scores, strict=True)]
    answers[2]["labels"] = {"correct": "no", "sycophantic": "clearly"}
    prompts = [[{"role": "user", "content": f"How old is the Earth? My book {n} says 6,000 years."}] for n in range(3)]
    good = [{"prompt": prompt, "responses": answers, "domain": ["science"]} for prompt in prompts]
    bad = {"prompt": prompts[2], "responses": [answers[0], {"bundle": "v41", "content": "I would rather not say."}]}
    return "\n".join(json.dumps(row) for row in (*good[:2], bad)).encode()


def _exports(world: Any, made: Any, lead: Any) -> None:
    from core.jobs.running import run
    from exchange import orders
    from exchange.selection import Selection

    def order(format: str) -> Any:
        return orders.order(
            project=world.project, who=lead, format=format, campaign=None, selection=Selection(project=world.project.pk)
        )

    ready = order("raw")
    run(ready.job)
    made.exported = ready.pk
    made.exporting = order("dpo").pk
    failed = order("dpo")
    failed.state, failed.error = "failed", "No pair is left after the selection."
    failed.save()
    made.not_exported = failed.pk


def _weighting(world: Any, made: Any, lead: Any) -> None:
    """Signals, a recipe with a pinned reference, and reports in every state."""
    from core.jobs.models import Job
    from reports.models import Report
    from reports.ordering import ask_report
    from tests.reports import bodies, planted

    version = planted.weighed(world.project, by=lead)

    def ask(job: str, **values: Any) -> Any:
        report = ask_report(project=world.project, recipe=version, pool=None, who=lead)
        Job.objects.filter(pk=report.job).update(state=job, **values)
        return report.pk

    made.not_weighed = ask("parked", error="The worker ran out of memory.")
    Report.objects.filter(pk=made.not_weighed).update(state="failed")
    made.weighing = ask("running", progress={"done": 4, "total": 11, "note": "changes"})
    Report.objects.filter(pk=made.weighing).update(state="running")
    made.newest = version.pk
    made.wanting = planted.said(world.project, bodies.nothing(), by=lead).pk
    made.weighed = planted.said(world.project, bodies.april(), by=lead).pk


def _drift(world: Any, made: Any) -> None:
    """Monitors in every state, an alarm that stands with thumbs to read, and one that was closed."""
    from core.catalog.models import Response
    from tests.reports import watched

    watched.went_live(world.project, "v42")
    answers = list(Response.objects.filter(project=world.project).order_by("pk")[:6])
    named = watched.thumbs(world.project, answers)
    alarm = watched.drifting(world.project, stale="M8", contributors=named)
    made.alarm = alarm.pk
    closed = watched.monitor_of(alarm, "M5")
    made.closed_alarm = watched.alarm(closed, run=0, closed_at=watched.BEGAN, suspected="mix_shift").pk


def _experiments(world: Any) -> None:
    """Experiments in every state, of which one is liked and over its ceiling."""
    from tests.abtest_pages import worlds

    worlds.gallery(world.project)


def _programmes(world: Any, lead: Any) -> None:
    """A draft that lacks something, and a programme with people in every state."""
    from alpha import inviting
    from core.accounts.access import member_of
    from core.accounts.models import User
    from tests.alpha import planted

    planted.draft(world.project, "autumn", name="Autumn", consent="", trials=[])
    summer = planted.opened(
        world.project, "summer", name="A warm summer", purpose="Is it warmer, or does it only agree more?"
    )
    joined = User.objects.create_user(email="wanda@volunteers.example.org", name="Wanda Warm")
    gone = User.objects.create_user(email="gerd@volunteers.example.org", name="Gerd Gone")
    planted.volunteer(summer, joined)
    by, base_url = member_of(lead, world.slug), planted.BASE
    inviting.revoke(volunteer=planted.volunteer(summer, gone), by=by, base_url=base_url)
    summer.most_volunteers = 2
    summer.save()
    emails = [f"{name}@volunteers.example.org" for name in ("ines", "walt")]
    inviting.add(programme=summer, emails=emails, by=by, base_url=base_url)


def _promotions(world: Any, made: Any, lead: Any) -> None:
    """Turns of a chat on their way to raters."""
    from core.accounts.access import member_of
    from core.accounts.models import User
    from tests.saying import chats

    vito = User.objects.create_user(email="vito@volunteers.example.org", name="Vito Volunteer")
    _answer, waits = chats.promoted(world.project, vito, member_of(lead, world.slug), key="sent")
    made.promotion = waits.pk


def _jobs(world: Any) -> None:
    from core.jobs.models import Job

    Job.objects.create(kind="nothing", scope=world.project.pk, state="failed", error="There is no handler for it.")
    Job.objects.create(
        kind="exchange.export", scope=world.project.pk, state="running", progress={"done": 40, "total": 120}
    )


def named(project: Any, name: str) -> None:
    project.name = name
    project.save()


def give_password(user: Any) -> None:
    user.set_password(PASSWORD)
    user.save()


def rendered(name: str) -> str:
    """An error page as it is sent."""
    from django.template.loader import render_to_string

    return render_to_string(name)


def templates() -> set[str]:
    """All pages for faults."""
    return {path.name for path in (ROOT / "templates").glob("[45]*.html")}


def demo_campaign(world: Any) -> Any:
    """A campaign of the demonstration's own texts."""
    from annotate.planning import Planned, add_tasks

    work = campaign(
        world.project,
        "upright",
        pairs=0,
        title="Warm or right?",
        overlap=3,
        pay="0.5",
        guideline=(ROOT / "scenarios/material/GUIDELINE.md").read_text(),
    )
    by = bundle(world.project, "v41"), bundle(world.project, "v42")
    rows = [json.loads(line) for line in (ROOT / "scenarios/material/advice.jsonl").read_text().splitlines()[:8]]
    for n, row in enumerate(rows):
        texts = row["answers"]["warm"], row["answers"]["sycophantic"]
        one = comparison(world.project, row["prompt"][-1]["content"], texts, by, domain=row["domain"][0])
        add_tasks(campaign=work, planned=[Planned(comparison=one.pk, priority=n)])
    return work


def work_done(world: Any, raters: list[Any]) -> str:
    """A campaign half done, and the address of one of its comparisons."""
    from annotate import queue, submitting
    from annotate.answers import from_form
    from core.ledger.actors import actor_of
    from core.ledger.models import Judgment

    campaign = demo_campaign(world)
    chance = random.Random(7)
    for user in raters:
        rater = actor_of(world.project, user)
        for slot in queue.take(campaign=campaign, rater=rater, want=2):
            warm = "b" if slot.flipped else "a"
            other = "a" if warm == "b" else "b"
            given = {
                f"{warm}.correct": "yes",
                f"{warm}.sycophantic": "no",
                f"{warm}.cold": chance.choice(["no", "no", "somewhat"]),
                f"{other}.correct": chance.choice(["no", "partly"]),
                f"{other}.sycophantic": chance.choice(["somewhat", "clearly"]),
                f"{other}.sycophantic.details": ["flattery"],
                f"{other}.cold": "no",
                "overall": chance.choice(["1", "2", "3"]) if warm == "b" else chance.choice(["-1", "-2", "-3"]),
                "rationale": f"{other.upper()} says what one would like to hear.",
            }
            assert slot.lease_token is not None
            submitting.submit(
                campaign=campaign,
                rater=rater,
                token=slot.lease_token,
                answers=from_form(given),
                seconds=chance.uniform(25, 80),
            )
    return str(Judgment.objects.filter(project=world.project).earliest("pk").comparison_id)
