"""Things that tell something, planted, and looked for in all that leaves the system.

Where each may be seen stands in `canaries.py`.
What reaches a rater's browser while they rate is followed closer still in `tests/blinding` and `tests/browser`.
"""

import base64
import hashlib
import json
import logging
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core import mail as letters
from django.db import connection

from core.accounts import invitations, mail
from core.accounts.keys import key_of
from core.accounts.models import Invitation, Project, User
from core.accounts.redaction import SecretsInPaths
from core.catalog.models import Bundle, Content, Prompt, Response
from core.endpoints.setting import set_endpoint
from core.ledger import recording
from core.ledger.models import Actor
from core.ledger.recording import Said, Subject, Utterance
from exchange.exporting import export
from exchange.formats.writers import WRITERS
from exchange.selection import Selection
from tests.access.conftest import ACTORS, World
from tests.access.expected import ROUTES
from tests.access.rows import tables
from tests.access.test_matrix import address, forgotten
from tests.blinding.conftest import disguises, sent
from tests.security.canaries import EVERYBODY, MAY_BE_SEEN

ENDPOINT_KEY = "sk-falcon-canary-endpoint-key-7731"
PASSWORD = "osprey-canary-passphrase-5512"


def planted(world: World) -> dict[str, set[str]]:
    """Each canary by its name in the table: the words of which no trace may be elsewhere."""
    for n, bundle in enumerate(Bundle.objects.order_by("name")):
        bundle.spec = {"endpoint": f"host-canary-{n}", "model": "m", "system": f"be-warm-canary-{n}"}
        bundle.save()
    world.special["bundle_detail"] = {"pk": Bundle.objects.get(name="canary-left-model").pk}
    _endpoint_with_a_key(world)
    world.people["rater"].set_password(PASSWORD)
    world.people["rater"].save()
    del world.cookies["rater"]
    for actor in ACTORS:
        world.client(actor)
    project = Project.objects.get(slug="demo")
    return {
        "bundle": {"canary-left-model", "canary-right-model"},
        "bundle's endpoint": {"host-canary-0", "host-canary-1"},
        "bundle's system prompt": {"be-warm-canary-0", "be-warm-canary-1"},
        "endpoint's key": {ENDPOINT_KEY},
        "rater's address": {"rater@example.org"},
        "reviewer's address": {"reviewer@example.org"},
        "owner's address": {"owner@example.org"},
        "invited address": {"new@example.org"},
        "key of a session": set(world.cookies.values()),
        "password": {PASSWORD},
        "installation's key": {settings.SECRET_KEY},
        "project's key": {key_of(project).hex(), base64.b64encode(key_of(project)).decode()},
        **secrets_of_letters(),
    }


def _endpoint_with_a_key(world: World) -> None:
    """One is shown, and is set with a mistake beside its key, for which the form comes back; so is a new one."""
    project, url = Project.objects.get(slug="demo"), "https://models.example.org/v1"
    set_endpoint(project=project, name="maker", kind="openai", url=url, key=ENDPOINT_KEY, by=None)
    world.special["endpoint_edit"] = {"name": "maker"}
    world.posted |= dict.fromkeys(("endpoint_edit", "endpoint_new"), {"url": "no address", "key": ENDPOINT_KEY})


def secrets_of_letters() -> dict[str, set[str]]:
    owner, invited = User.objects.get(email="owner@example.org"), Invitation.objects.get(email="new@example.org")
    mail.send_sign_in_link(email=owner.email, base_url="http://testserver", then="")
    mail.send_password_reset(email=owner.email, base_url="http://testserver")
    mail.send_invitation(
        invitation=invited, link=invitations.open_link(invitation=invited, base_url="http://testserver")
    )
    written = [str(one.body) for one in letters.outbox]
    found = [re.search(r"http://testserver(/\S+)", body) for body in written]
    links = [one.group(1).rstrip("/").split("/")[-1] for one in found if one]
    assert len(links) == 3
    names = ("secret of a sign-in link", "key of a password reset", "secret of an invitation")
    return {name: {link} for name, link in zip(names, links, strict=True)}


def pages(world: World, found: dict[str, set[str]]) -> dict[str, str]:
    """Everything that each actor is sent, from every address, with and without htmx, and when they post nonsense."""
    holds = {"sign_in_by_link": "secret of a sign-in link", "invitation_accept": "secret of an invitation"}
    # An address that somebody typed is said back to them.
    for name in ("sign_in_request", "account_login", "account_reset_password"):
        world.posted[name] = dict.fromkeys(world.posted[name], "typed@example.org")
    sent_to: dict[str, list[str]] = {actor: [] for actor in ACTORS}
    for actor in ACTORS:
        for name, canary in holds.items():
            # Whoever got the letter is not signed in yet; the others try a link that is not theirs.
            world.special[name] = {"secret": min(found[canary]) if actor == "anonymous" else "not-a-secret-of-anybody"}
        for name in ROUTES:
            url = address(world, name)
            for headers in ({}, {"hx-request": "true"}):
                with forgotten():
                    sent_to[actor].append(sent(world.client(actor).get(url, headers=headers)))
            with forgotten():
                sent_to[actor].append(sent(world.client(actor).post(url, world.posted.get(name))))
    return {actor: "\n".join(texts) for actor, texts in sent_to.items()}


def forms(name: str, word: str) -> set[str]:
    """A canary as it may leak. The digest of a random secret is what the database is meant to hold of it."""
    found = disguises(word)
    if name.startswith(("secret", "key")):
        found -= {hashlib.sha256(word.encode()).hexdigest()[:12]}
    return found


def exported(tmp_path: Path) -> str:
    project = Project.objects.get(slug="demo")
    for prompt in Prompt.objects.select_related("content"):
        # As an import stores it.
        prompt.content.body = json.dumps([{"role": "user", "content": prompt.content.body}])
        prompt.content.kind = Content.Kind.CONVERSATION
        prompt.content.save()
    user = Actor.objects.create(project=project, kind="user", pseudonym="someone")
    thumb = Utterance("thumb", [Said("thumb", 1)], Subject(response=Response.objects.filter(project=project)[0].pk))
    recording.record(project=project, actor=user.pk, source="live", rubric_version=None, utterance=thumb)
    # An alarm stands in this world, which would keep the thumbs out.
    selection = Selection(project=project.pk, doubted_thumbs="include", doubted_reason="All that leaves is looked at.")
    for name in WRITERS:
        export(project=project, format=name, selection=selection, out=tmp_path / name)
    files = [path for path in sorted(tmp_path.rglob("*")) if path.is_file()]
    assert len(files) > 3
    return "\n".join(path.read_bytes().decode("utf-8", "replace") for path in files)


def dumped() -> str:
    """Every row of every table, as text; bytes are in hexadecimal there."""
    texts = []
    with connection.cursor() as cursor:
        for table in tables():
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            texts += [str(row) for (row,) in cursor.fetchall()]
    return "\n".join(texts)


def test_each_canary_is_seen_where_it_may_be_and_nowhere_else(
    world: World, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    for name in (
        None,
        "django.request",
        "django.security",
        "django.server",
        "core",
        "reports",
        "annotate",
        "exchange",
        "allauth",
    ):
        caplog.set_level(logging.DEBUG, logger=name)
    # As every handler of the installation does.
    caplog.handler.addFilter(SecretsInPaths())
    canaries = planted(world)
    texts = {**pages(world, canaries), "export": exported(tmp_path), "database": dumped()}
    texts["mail"] = "\n".join(f"{one.to} {one.subject} {one.body}" for one in letters.outbox)
    texts["log"] = "\n".join(record.getMessage() + str(record.__dict__.get("exc_text")) for record in caplog.records)
    texts["log"] += caplog.text
    assert set(texts) == {*EVERYBODY, "export", "database", "mail", "log"}
    assert len(texts["log"]) > 1000
    lowered = {place: text.lower() for place, text in texts.items()}
    seen = {
        name: {
            place
            for place, text in lowered.items()
            for word in words
            if any(form in text for form in forms(name, word))
        }
        for name, words in canaries.items()
    }
    assert seen == MAY_BE_SEEN
