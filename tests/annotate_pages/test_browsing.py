"""The walk that finds comparisons with several things at once, whatever lies where."""

import random
from typing import Any

import pytest

from annotate.campaigns import create_campaign
from annotate.planning import add_comparisons
from annotate.selectors import browsing
from core.catalog.models import Bundle, Comparison, Prompt, Response
from core.ledger import recording
from core.ledger.models import Actor
from core.ledger.recording import Said, Subject, Utterance
from tests.annotate_pages.pairs import content

ROWS = 60


@pytest.fixture
def rows(project: Any) -> list[dict[str, Any]]:
    """Comparisons, the newest first, with what each of them has, by chance and in blocks."""
    chance = random.Random(5)
    words = content(project, "words")
    bundles = [Bundle.objects.create(project=project, name=f"b{n}") for n in range(3)]
    actor = Actor.objects.create(project=project, kind="imported", pseudonym="a")
    made = []
    for n in range(ROWS):
        family = "old" if n < 20 else chance.choice(["x", "y", None])
        prompt = Prompt.objects.create(project=project, content=words, family=family, digest=f"{n}".encode())
        sides = [chance.choice(bundles), chance.choice(bundles)]
        first, second = (
            Response.objects.create(project=project, prompt=prompt, bundle=by, content=words, sample_no=no)
            for no, by in enumerate(sides)
        )
        one = Comparison.objects.create(
            project=project, prompt=prompt, first=first, second=second, identical=True, family=family,
            first_bundle=sides[0], second_bundle=sides[1], source="a" if n % 2 else "b",
        )  # fmt: skip
        row: dict[str, Any] = {"pk": one.pk, "family": family, "source": one.source, "bundles": set(sides)}
        row["label"] = n < 40 and chance.random() < 0.4
        if row["label"] or n % 7 == 0:
            judged, _ = recording.record(
                project=project,
                actor=actor.pk,
                source="import",
                rubric_version=None,
                utterance=Utterance(f"{n}", (Said("cold", 2, 1), Said("cold", 2, 2)), Subject(comparison=one.pk)),
            )
            if not row["label"]:
                recording.rule(judgment=judged.pk, standing="quarantined", reason="")
        row["asked"] = chance.random() < 0.5
        made.append(row)
    work = create_campaign(project=project, name="c", who=None, overlap=1)
    add_comparisons(campaign=work, comparisons=[row["pk"] for row in made if row["asked"]])
    row_of = list(reversed(made))
    row_of[0]["campaign"] = work.pk
    return row_of


@pytest.mark.parametrize("stretch", [1, 3, 1000])
def test_it_finds_what_a_plain_search_finds(
    rows: list[dict[str, Any]], project: Any, stretch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browsing, "_STRETCH", stretch)
    monkeypatch.setattr(browsing, "_LONGEST", stretch * 2)
    chance = random.Random(stretch)
    bundles = list(Bundle.objects.filter(project=project))
    for _ in range(40):
        by, family, source = chance.choice(bundles), chance.choice(["old", "x", "z"]), chance.choice("ab")
        kinds = {
            "bundle": (browsing.bundle(by.pk), lambda row, by=by: by in row["bundles"]),
            "family": (browsing.family(project.pk, family), lambda row, family=family: row["family"] == family),
            "source": (browsing.source(project.pk, source), lambda row, source=source: row["source"] == source),
            "label": (browsing.label(project.pk, "cold", 2), lambda row: row["label"]),
            "campaign": (browsing.campaign(rows[0]["campaign"]), lambda row: row["asked"]),
            "everything": (browsing.everything(project.pk), lambda row: True),
        }
        chosen = [kinds[kind] for kind in chance.sample(sorted(kinds), chance.randint(1, 4))]
        due = [row["pk"] for row in rows if all(has(row) for _, has in chosen)]
        facets = [facet for facet, _ in chosen]
        found = browsing.newest(facets, before=None, most=100, seconds=60)
        assert (found.ids, found.searched_to) == (due, None)
        some = browsing.newest(facets, before=due[1] if len(due) > 1 else None, most=2, seconds=60)
        assert some.ids == (due[2:4] if len(due) > 1 else due[:2])


def test_without_time_it_goes_on_where_it_left_off(
    rows: list[dict[str, Any]], project: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browsing, "_STRETCH", 4)
    monkeypatch.setattr(browsing, "_LONGEST", 4)
    facets = [browsing.label(project.pk, "cold", 2), browsing.family(project.pk, "y")]
    due = [row["pk"] for row in rows if row["label"] and row["family"] == "y"]
    assert due
    seen, before, pages = [], None, 0
    while pages == 0 or before is not None:
        page = browsing.newest(facets, before=before, most=100, seconds=0)
        seen, before, pages = seen + page.ids, page.searched_to, pages + 1
    assert seen == due
    assert pages > 1
