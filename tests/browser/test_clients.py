"""The reference clients against a real server, the one in JavaScript in a real browser."""

import json
from collections import Counter
from typing import Any

from abtest.models import ChosenTurn, Event
from core.accounts import tokens
from core.accounts.models import Membership, Role, Scope, User
from core.accounts.projects import create_project
from tests.abtest import drafts, vectors
from tests.abtest.vectors import reference_client

_SAID = """
async () => {
  %s
  const said = [];
  for (const { parameters, segment, arms, chosen: turns } of %s) {
    for (const [unit] of arms) said.push((await assign(parameters, unit, segment))?.key ?? null);
    for (const [conversation, turn] of turns) said.push(await chosen(parameters, conversation, turn));
  }
  return said;
}
"""


def javascript() -> str:
    """The client as it can stand inside of a function."""
    return vectors.PLACE.with_name("plumbline.mjs").read_text().replace("export ", "")


def test_the_javascript_client_agrees_with_every_vector_in_chromium(server: str, chromium: Any) -> None:
    experiments = json.loads(vectors.PLACE.read_text())["experiments"]
    expected = [last for one in experiments for *_, last in [*one["arms"], *one["chosen"]]]
    page = chromium.new_page()
    # Browsers hash on pages of a trustworthy origin alone, of which the machine itself is one.
    page.goto(f"{server}/livez")
    assert page.evaluate(_SAID % (javascript(), json.dumps(experiments))) == expected
    page.close()


def _ground(slug: str) -> tuple[str, str]:
    """A project with a running experiment that labels every turn, and a token that may send to it; runs beside."""
    project = create_project(slug=slug, name=slug, owner=None)
    lead = User.objects.create_user(email=f"{slug}@example.org", name=slug)
    Membership.objects.create(project=project, user=lead, role=Role.ML_LEAD)
    experiment = drafts.running(project, ramp=100, plan={**drafts.PLAN, "label_rate": 1.0})
    _, secret = tokens.make(project=project, by=lead, name="product", scopes=[Scope.INGEST], days=1)
    return secret, experiment.key


def _landed(slug: str) -> tuple[Counter[str], int]:
    events = Event.objects.filter(project__slug=slug)
    return Counter(events.values_list("kind", flat=True)), ChosenTurn.objects.filter(project__slug=slug).count()


def test_the_python_client_assigns_and_sends_to_a_real_server(server: str, database_thread: Any) -> None:
    secret, key = database_thread(_ground, "python-client")
    client = reference_client()
    ours = client.Client(server, secret)
    parameters = ours.parameters(key)
    assert ours.parameters(key) is parameters
    events = []
    for n in range(20):
        arm = client.assign(parameters, f"u{n}")
        said = {"user": f"u{n}", "experiment": key, "arm": arm["key"], "bundle": arm["bundle"]}
        turn = {**said, "conversation": f"c{n}", "turn": 1}
        events += [client.event("exposure", **said), client.event("thumb", value=1, solicited=False, **turn)]
        if client.chosen(parameters, f"c{n}", 1):
            words = [{"role": "user", "content": "Is it flat?"}, {"role": "assistant", "content": f"No. {n}"}]
            events.append(client.event("turn", messages=words, **turn))
    assert ours.send(events) == {"accepted": 60, "duplicate": 0, "rejected": []}
    assert ours.send(events) == {"accepted": 60, "duplicate": 0, "rejected": []}
    assert ours.send(events[:2]) == {"accepted": 0, "duplicate": 2, "rejected": []}
    assert database_thread(_landed, "python-client") == ({"exposure": 20, "thumb": 20, "turn": 20}, 20)


_SENDS = """
async () => {
  %s
  const client = new Client(location.origin, "%s");
  const parameters = await client.parameters("%s");
  const arm = await assign(parameters, "u1");
  const said = { user: "u1", experiment: parameters.key, arm: arm.key, bundle: arm.bundle };
  const events = [event("exposure", said), event("usage", { ...said, action: "regenerate" })];
  return [await client.send(events), await client.send(events), await client.send(events.slice(1))];
}
"""


def test_the_javascript_client_assigns_and_sends_to_a_real_server(
    server: str, chromium: Any, database_thread: Any
) -> None:
    secret, key = database_thread(_ground, "javascript-client")
    page = chromium.new_page()
    page.goto(f"{server}/livez")
    taken = page.evaluate(_SENDS % (javascript(), secret, key))
    page.close()
    assert [(one["accepted"], one["duplicate"], one["rejected"]) for one in taken] == [
        (2, 0, []),
        (2, 0, []),
        (0, 1, []),
    ]
    assert database_thread(_landed, "javascript-client")[0] == {"exposure": 1, "usage": 1}
