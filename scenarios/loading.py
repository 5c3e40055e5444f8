"""The demonstration project: loaded once, through the same doors that everybody uses."""

import json
import random
import tempfile
from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import combinations
from pathlib import Path

from annotate.campaigns import change_campaign, get_or_create_campaign
from annotate.models import Campaign
from core.accounts import audit
from core.accounts.models import Project
from core.accounts.projects import create_project
from exchange.importing import import_file
from scenarios import month, people, warmth
from scenarios.reading import MANNERS, Manner, Story, guideline, stories

SLUG = "demo"
CAMPAIGN = "first-look"
LOADED = "demonstration.loaded"
SEED = 20260401
# Which manner each bundle is likely to write in; the candidate v42 is the one that flatters.
BUNDLES: dict[str, dict[Manner, float]] = {
    "v40": {"warm": 2, "cold": 5, "sycophantic": 1, "flattering": 1},
    "v41": {"warm": 5, "cold": 2, "sycophantic": 1, "flattering": 2},
    "v42": {"warm": 1, "cold": 0.5, "sycophantic": 5, "flattering": 4},
    "v42-calm": {"warm": 4, "cold": 1, "sycophantic": 2, "flattering": 2},
}


def load_demo(say: Callable[[str], None] = lambda line: None) -> list[people.Person]:
    """The demonstration project with its people, comparisons and simulated month; loading again changes nothing.

    `say` hears what is being done. Returns one person per role. A load that was interrupted goes on where it stopped.
    """
    project = demo_project()
    cast = people.cast(project)
    if not audit.happened(project=project, verb=LOADED):
        say("Loading the demonstration project: prompts, answers, comparisons")
        _import(project)
        say("Simulating a month of judgments by 24 raters")
        made = month.simulate(project=project, campaign=_campaign(project), seed=SEED)
        audit.record(project=project, who=None, verb=LOADED, object=CAMPAIGN, data={"seed": SEED, "judgments": made})
    if not audit.happened(project=project, verb=warmth.LOADED):
        say("Letting 12 simulated volunteers chat with v41 and v42")
        by_role = {person.role: person.user for person in cast}
        answers = warmth.load(
            project=project,
            owner=by_role["owner"],
            expert=by_role["expert"],
            volunteer=by_role["volunteer"],
            seed=SEED,
        )
        audit.record(project=project, who=None, verb=warmth.LOADED, object=warmth.KEY, data={"answers": answers})
    return cast


def demo_project() -> Project:
    """The demonstration's project, made if it is not there."""
    return Project.objects.filter(slug=SLUG).first() or create_project(slug=SLUG, name="Demonstration", owner=None)


def comparison_rows(seed: int) -> Iterator[dict[str, object]]:
    """Every pair of the four answers to every prompt, as rows of the import format."""
    rng = random.Random(seed)  # noqa: S311  (a reproducible demonstration, not a secret)
    for number, story in enumerate(stories()):
        written = _who_wrote_what(rng)
        for one, two in combinations(MANNERS, 2):
            pair = [one, two] if rng.random() < 0.5 else [two, one]
            yield {**story.row, "id": f"demo-{number:03d}-{one}-{two}", "responses": _responses(story, pair, written)}


def _responses(story: Story, pair: list[Manner], written: dict[Manner, str]) -> list[dict[str, str]]:
    return [{"bundle": written[manner], "content": story.answers[manner]} for manner in pair]


def _who_wrote_what(rng: random.Random) -> dict[Manner, str]:
    """One bundle per manner: a weighted draw without replacement."""
    left = dict(BUNDLES)
    written: dict[Manner, str] = {}
    for manner in rng.sample(MANNERS, len(MANNERS)):
        names = list(left)
        name = rng.choices(names, [left[name][manner] for name in names])[0]
        written[manner] = name
        del left[name]
    return written


def _campaign(project: Project) -> Campaign:
    campaign = get_or_create_campaign(project=project, name=CAMPAIGN)
    return change_campaign(campaign=campaign, who=None, title="First look", guideline=guideline(), pay=Decimal("0.35"))


def _import(project: Project) -> None:
    _campaign(project)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "demonstration.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in comparison_rows(SEED)), encoding="utf-8")
        import_file(path=path, project=project, campaign_name=CAMPAIGN)
