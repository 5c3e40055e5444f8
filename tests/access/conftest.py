"""A project in which every address of the site has something to show, and everybody who may or may not see it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from alpha import inviting, saying, talking
from alpha.models import Answer, Programme, Volunteer
from annotate import queue, submitting
from annotate.answers import from_form
from core.accounts import invitations, members, signin, tokens
from core.accounts.access import member_of
from core.catalog.pools import get_or_create_pool
from core.endpoints.bundles import add_bundle
from core.endpoints.setting import set_endpoint
from core.jobs.models import Job
from core.ledger.actors import actor_of
from exchange import uploads
from exchange.models import Snapshot
from reports import ordering
from reports.models import RecipeVersion
from reports.recipes import add_version
from reports.registry import register_signal
from tests.abtest import drafts
from tests.abtest_pages import worlds
from tests.alpha import planted as alphas
from tests.alpha import tried
from tests.alpha_chat import planting
from tests.alpha_reading import talks
from tests.annotate_pages.pairs import answers, campaign
from tests.reports import planted, watched
from tests.reports.bodies import april
from tests.saying import chats

ACTORS = ("anonymous", "ended", "stranger", "rater", "reviewer", "ml_lead", "owner")


class Closing(Client):
    def request(self, **request: Any) -> Any:
        """The answer, read to its end if it streams a file, so that the file is closed."""
        answer = super().request(**request)
        if answer.streaming:
            b"".join(answer.streaming_content)
        return answer


@dataclass
class World:
    """`arguments` fill the addresses' variables, `posted` is what a person would send there."""

    people: dict[str, Any]
    arguments: dict[str, Any] = field(default_factory=dict)
    special: dict[str, dict[str, Any]] = field(default_factory=dict)
    posted: dict[str, dict[str, Any]] = field(default_factory=dict)

    cookies: dict[str, str] = field(default_factory=dict)

    def client(self, actor: str, **options: Any) -> Client:
        """A browser of this person, always of the same session."""
        client = Closing(raise_request_exception=False, **options)
        if actor in self.cookies:
            client.cookies["sessionid"] = self.cookies[actor]
        elif self.people[actor] is not None:
            client.force_login(self.people[actor])
            self.cookies[actor] = client.cookies["sessionid"].value
        return client


@pytest.fixture
def world(project: Any, make_member: Any, owner: Any, ml_lead: Any, reviewer: Any, rater: Any, stranger: Any) -> World:
    gone, former = make_member("rater", "gone"), make_member("rater", "former")
    for person in (gone, former):
        members.end_membership(project=project, user=person, by=owner)
    people = {
        "anonymous": None,
        "ended": gone,
        "stranger": stranger,
        "rater": rater,
        "reviewer": reviewer,
        "ml_lead": ml_lead,
        "owner": owner,
    }
    made = World(people)
    for actor in ACTORS:
        made.client(actor)
    _people(made, project, owner, former)
    _mixing(project)
    _work(made, project, rater)
    _exchange(made, project, ml_lead)
    _reports(made, project, ml_lead)
    _drift(made, project)
    _experiments(made, project)
    _models(made, project)
    _programmes(made, project, owner)
    _promotions(made, project, make_member("volunteer", "otto"))
    _said_in_alpha(made, project, make_member("volunteer", "noa"))
    _checks(made, project, make_member("expert"))
    _chats(made, project, make_member("volunteer"))
    return made


def _programmes(world: World, project: Any, owner: Any) -> None:
    made = alphas.opened(project)
    inviting.add(programme=made, emails=["vera@example.org"], by=member_of(owner, project.slug), base_url="http://x/")
    names = ("detail", "settings", "consent", "open", "close", "volunteers")
    world.special |= {f"programme_{one}": {"key": made.key} for one in names}
    row = {"key": made.key, "volunteer": Volunteer.objects.get(programme=made).pk}
    world.special |= {f"volunteer_{one}": row for one in ("resend", "remove", "erase")}


def _said_in_alpha(world: World, project: Any, volunteer: Any) -> None:
    """A chat of a programme, in which something felt off."""
    talk = talks.talk_of(Programme.objects.get(project=project, key="warmth"), volunteer, "warm")
    [answer] = talk.turn("Absolutely.")
    off = talk.say(saying.felt_off, answer=answer, note="odd")
    key = {"key": "warmth"}
    world.special |= dict.fromkeys(("programme_body", "flag_list", "talk_list"), key)
    world.special["programme_picture"] = {**key, "picture": "activity", "kind": "csv"}
    world.special["flag_step"] = {**key, "pk": off.pk}
    world.special |= {name: {**key, "pk": talk.conversation.pk} for name in ("talk_detail", "talk_scores")}
    world.posted["flag_step"] = {"state": "looking", "note": ""}


def _promotions(world: World, project: Any, volunteer: Any) -> None:
    """A turn of a chat that waits to be looked at before raters do, and one that could."""
    lead = member_of(world.people["ml_lead"], project.slug)
    answer, promotion = chats.promoted(project, volunteer, lead, key="sent")
    world.special["promotion_list"] = {"key": "sent"}
    for name in ("promotion_review", "promotion_drop"):
        world.special[name] = {"key": "sent", "pk": promotion.pk}
    world.posted["promotion_list"] = {"answer": str(answer.pk), "rival": str(promotion.rival_id)}
    words = {f"message_{n}": one["content"] for n, one in enumerate(promotion.prompt)}
    world.posted["promotion_review"] = {**words, "text": promotion.text}


def _checks(world: World, project: Any, expert: Any) -> None:
    """An expert who owes a check and has tried the candidate; they also stand in `world.people`."""
    world.people["expert"] = expert
    world.client("expert")
    programme = tried.programme(project, key="spot")
    check = tried.tried(programme, expert)
    for name in ("check_detail", "check_start", "check_decline"):
        world.special[name] = {"pk": check.pk}
    world.special["check_grid"] = {"key": "spot"}
    world.special["check_withdraw"] = {"key": "spot", "pk": check.pk}
    no = {f"seen.{axis}": "no" for axis in check.axes} | {f"confidence.{axis}": "2" for axis in check.axes}
    world.posted["check_detail"] = no


def _chats(world: World, project: Any, volunteer: Any) -> None:
    """A volunteer's chat with a message in it, which is nobody else's."""
    programme = Programme.objects.get(project=project, key="warmth")
    begun = talking.begin(member=planting.taking_part(programme, volunteer), programme=programme, mode="single")
    told = planting.said(begun)
    answer = Answer.objects.get(message=told)
    for name in ("programme", "agree", "begin", "data", "download", "leave", "delete"):
        world.special[f"chat_{name}"] = {"key": programme.key}
    for name in (
        "turn",
        "say",
        "stop",
        "again",
        "go_on",
        "end",
        "thumb",
        "labels",
        "felt_off",
        "choice",
        "form",
        "report",
    ):
        world.special[f"chat_{name}"] = {"pk": begun.pk, "message": told.pk}
        world.posted[f"chat_{name}"] = {
            "message": str(told.pk),
            "answer": str(answer.pk),
            "submission_key": str(told.pk),
        }
    world.special["chat"] = {"pk": begun.pk}


def _models(world: World, project: Any) -> None:
    set_endpoint(project=project, name="lab", kind="script", script='{"say": "It is round."}', by=None)
    bundle = add_bundle(project=project, name="round-v1", spec={"endpoint": "lab", "model": "m"}, by=None)
    world.special |= {f"endpoint_{act}": {"name": "lab"} for act in ("edit", "try", "remove")}
    world.special |= {"endpoint_new": {"kind": "openai"}, "bundle_detail": {"pk": bundle.pk}}
    world.posted["endpoint_try"] = {"model": "m"}


def _experiments(world: World, project: Any) -> None:
    made = drafts.running(project)
    worlds.read(made)
    drafts.draft(project, "next")
    worlds.stopped(project, "march-v41")
    reason = {"reason": "It said enough."}
    world.special |= {
        name: {"key": key}
        for key, names in {
            "april-v42": ("detail", "body", "picture", "ramp", "hold", "release", "stop"),
            "next": ("tried", "plan", "power", "start"),
            "march-v41": ("decide",),
        }.items()
        for name in (f"experiment_{one}" for one in names)
    }
    world.special["experiment_picture"] |= {"arm": "candidate", "picture": "slices", "kind": "csv"}
    for step in ("plan", "power"):
        world.special[f"experiment_{step}"] |= {"step": "metrics"}
    world.posted |= {f"experiment_{act}": reason for act in ("hold", "release", "stop")}


def _people(world: World, project: Any, owner: Any, former: Any) -> None:
    sent = invitations.invite(project=project, email="new@example.org", role="rater", by=owner, base_url="http://x")
    other = invitations.invite(project=project, email="two@example.org", role="rater", by=owner, base_url="http://x")
    failed = Job.objects.create(kind="nothing", scope=project.pk, state=Job.State.FAILED)
    world.arguments |= {"slug": "demo", "user_id": former.pk, "invitation_id": sent.pk, "job_id": failed.pk}
    token, _ = tokens.make(project=project, by=owner, name="program", scopes=["read"], days=7)
    world.special["token_revoke"] = {"token_id": token.pk}
    joins = invitations.open_link(invitation=other, base_url="http://x")
    enters = signin.issue_link(user=owner, base_url="http://x")
    world.special["invitation_accept"] = {"secret": joins.rstrip("/").split("/")[-1]}
    world.special["sign_in_by_link"] = {"secret": enters.rstrip("/").split("/")[-1]}
    world.special["account_reset_password_from_key"] = {"uidb36": "1", "key": "none-at-all"}
    world.posted |= {
        "token_list": {"name": "another", "scopes": ["read"], "days": "7"},
        "webhook_edit": {"url": "https://hooks.example.org/"},
        "member_list": {"email": "third@example.org", "role": "rater"},
        "member_change": {"roles": ["rater"]},
        "profile": {"name": "Somebody", "time_zone": "UTC"},
        "invitation_accept": {"name": "New"},
        "sign_in_request": {"email": "owner@example.org"},
        "account_login": {"login": "owner@example.org", "password": "wrong"},
        "account_reset_password": {"email": "owner@example.org"},
    }


def _mixing(project: Any) -> None:
    register_signal(project=project, who=None, key="primary", name="Primary", kind="reward_model")
    add_version(project=project, who=None, recipe="spring", weights={"primary": 1.0})
    get_or_create_pool(project=project, name="april")


def _work(world: World, project: Any, rater: Any) -> None:
    work = campaign(project, "first", pairs=4)
    actor = actor_of(project, rater)
    slots = queue.take(campaign=work, rater=actor, want=2)
    said = from_form(answers())
    submitting.submit(campaign=work, rater=actor, token=slots[0].lease_token, answers=said)
    held = queue.take(campaign=work, rater=actor, want=2)[0]
    done, token = str(slots[0].lease_token), str(held.lease_token)
    world.arguments["name"] = "first"
    world.special["rate_said_one"] = {"token": done}
    world.special["report_decide"] = {"pk": slots[0].task_id}
    world.special["comparison_detail"] = {"pk": held.task.comparison_id}
    world.special["campaign_picture_file"] = {"picture": "progress", "kind": "csv"}
    world.posted |= {
        "rate": {"token": token, **answers()},
        "rate_beat": {"token": token},
        "rate_draft": {"token": token, "a.cold": "no"},
        "rate_skip": {"token": token, "reason": "other"},
        "rate_report": {"token": token, "report": "garbled"},
        "rate_undo": {"undo": done},
        "report_decide": {"decision": "retire"},
        "keys": {"skip": "x", "single_keys": "1"},
        "keys_switch": {"on": "0"},
        "campaign_state": {"state": "paused"},
        "campaign_new": {"title": "Without a name"},
        "campaign_edit": {"title": "Without anything else"},
    }


def _exchange(world: World, project: Any, by: Any) -> None:
    file = SimpleUploadedFile("rows.jsonl", b"{}\n")
    upload = uploads.store(project=project, who=by, file=file, campaign_name="first", format="auto")
    uploads.rejected_path_of(upload).write_text("{}\n")
    manifest = {"files": ["README.md"], "shards": [], "rows": 0, "dropped": {}, "sha256": "00"}
    snapshot = Snapshot(project=project, format="raw", state="ready", manifest=manifest, created_by=by)
    snapshot.path = str(snapshot.pk)
    snapshot.save()
    folder = Path(settings.EXPORT_DIR) / snapshot.path
    folder.mkdir(parents=True)
    (folder / "README.md").write_text("words")
    for name in ("import_detail", "import_confirm", "import_discard", "import_rejected"):
        world.special[name] = {"pk": upload.pk}
    world.special["export_detail"] = world.special["export_again"] = {"pk": snapshot.pk}
    world.special["export_file"] = {"pk": snapshot.pk, "name": "README.md"}
    world.posted["import_new"] = {"campaign": "without-a-file"}
    world.posted["export_new"] = {"format": "raw", "style": "conversational", "min_votes": "1"}


def _reports(world: World, project: Any, by: Any) -> None:
    ordering.ask_report(project=project, recipe=None, pool=None, who=by)
    done = planted.said(project, april(), by=by)
    for name in ("detail", "what_if", "body", "weights", "picture"):
        world.special[f"weighting_{name}"] = {"pk": done.pk, "picture": "shift", "kind": "csv"}
    world.special["signal_edit"] = {"key": "primary"}
    for name in ("recipe_detail", "version_new"):
        world.special[name] = {"name": "spring"}
    world.special["reference_pin"] = {"name": "spring", "pk": RecipeVersion.objects.get(project=project).pk}
    world.posted["version_new"] = {"weights-primary": "-1", "changes": "", "note": ""}


def _drift(world: World, project: Any) -> None:
    alarm = watched.drifting(project)
    for name in ("drift_monitor", "drift_declare", "drift_picture", "drift_power"):
        world.special[name] = {"key": "M7" if name == "drift_declare" else "M1", "picture": "m1-value", "kind": "csv"}
    acts = ("triage", "thumbs_off", "block_exports", "raise_gold", "ask_incident", "reset")
    for name in ("alarm", "alarm_body", "alarm_picture", *acts):
        world.special[f"drift_{name}"] = {"pk": alarm.pk, "picture": "attribution", "kind": "csv"}
    told = {"reference": "8000", "tolerance": "0", "run_length": "20000"}
    world.posted["drift_declare"] = {**told, "owner": ""}
    world.posted["drift_triage"] = {"verdict": "bias_drift", "reason": "Seen."}
    world.posted["drift_reset"] = {**told, "reason": "A new usual."}
