"""The pages of weighting reports: asked for, followed, read, tried with other weights, taken away."""

import json
from typing import Any

import pytest
from django.test import Client

from core.jobs.models import Job
from reports.models import RecipeVersion, Report
from reports.pictures.numbers import weight_said
from stats.intervals import Estimate
from tests.reports import planted
from tests.reports.bodies import april, nothing

HTMX = {"hx-request": "true"}


@pytest.fixture
def lead(client: Client, ml_lead: Any) -> Client:
    client.force_login(ml_lead)
    return client


@pytest.fixture
def told(project: Any, ml_lead: Any) -> Report:
    planted.weighed(project, by=ml_lead)
    return planted.said(project, april(), by=ml_lead)


def at(report: Report, rest: str = "") -> str:
    return f"/p/demo/weighting/{report.pk}/{rest}"


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_a_project_without_anything_is_told_what_to_do_first(lead: Client, project: Any) -> None:
    shown = text(lead.get("/p/demo/weighting/"))
    for step in ("Register the signals", "Import a pool", "Make a recipe", "Pin the reference"):
        assert step in shown
    assert "Nothing was weighed yet" in shown
    assert "The verdict" not in shown


def test_a_reviewer_reads_and_asks_for_nothing(client: Client, reviewer: Any, told: Report) -> None:
    client.force_login(reviewer)
    listed, shown = text(client.get("/p/demo/weighting/")), text(client.get(at(told)))
    assert "Over budget by 1.6 points." in listed
    assert "Ask for a report" not in listed
    assert "Ask for a new one" not in shown
    assert "Make a version of these" not in text(client.get(at(told, "?open=weights")))
    assert client.post("/p/demo/weighting/new/").status_code == 404


def test_a_report_is_asked_for_with_its_recipe_and_seed(lead: Client, project: Any) -> None:
    version = planted.weighed(project)
    answer = lead.post("/p/demo/weighting/new/", {"version": str(version.pk), "pool": "", "seed": "11"})
    report = Report.objects.get()
    assert answer.headers["Location"] == at(report)
    assert (report.recipe_version, report.seed, report.state) == (version, 11, "waiting")
    assert Job.objects.get(pk=report.job).kind == "reports.weighting"


def test_a_recipe_of_another_project_cannot_be_chosen(lead: Client, project: Any, other_project: Any) -> None:
    theirs = planted.weighed(other_project)
    answer = lead.post("/p/demo/weighting/new/", {"version": str(theirs.pk)})
    assert answer.status_code == 422
    assert not Report.objects.exists()


def test_the_progress_goes_on_after_a_reload_and_the_page_comes_when_it_is_done(lead: Client, project: Any) -> None:
    lead.post("/p/demo/weighting/new/", {})
    report = Report.objects.get()
    Job.objects.filter(pk=report.job).update(state="running", progress={"done": 3, "total": 11, "note": "slices"})
    Report.objects.filter(pk=report.pk).update(state="running")
    whole, fragment = text(lead.get(at(report))), text(lead.get(at(report), headers=HTMX))
    for shown in (whole, fragment):
        assert '<progress value="3" max="11"' in shown
        assert "Now: slices." in shown
        assert 'hx-trigger="every 1s"' in shown
    assert "<html" not in fragment
    Report.objects.filter(pk=report.pk).update(state="done", body=nothing())
    assert lead.get(at(report), headers=HTMX).headers["HX-Refresh"] == "true"


def test_a_report_whose_job_gave_up_says_why_and_asks_no_more(lead: Client, project: Any) -> None:
    lead.post("/p/demo/weighting/new/", {})
    report = Report.objects.get()
    Job.objects.filter(pk=report.job).update(state="parked", error="It ran out of memory.")
    Report.objects.filter(pk=report.pk).update(state="running")
    shown = text(lead.get(at(report)))
    assert "It ran out of memory." in shown
    assert "hx-get" not in shown.split('id="weighting-progress"')[1].split(">")[0]


def test_the_verdict_stands_before_everything_else(lead: Client, told: Report) -> None:
    shown = text(lead.get(at(told)))
    assert '<p class="verdict">Over budget by 1.6 points. Recipe april 4 would shift' in shown
    assert shown.index('class="verdict"') < shown.index('class="weighting-main"') < shown.index('class="parts"')


def test_closed_parts_say_their_answer_and_come_when_they_are_opened(lead: Client, told: Report) -> None:
    shown = text(lead.get(at(told)))
    assert "Rewarding sycophancy: Users&#x27; thumbs, Memory use." in shown
    assert 'id="picture-quirk-thumbs"' not in shown
    part = text(lead.get(at(told, "?part=quirks"), headers=HTMX))
    assert 'id="picture-quirk-thumbs"' in part
    assert "<html" not in part
    assert 'id="picture-quirk-thumbs"' in text(lead.get(at(told, "?open=quirks"))), "and without a script"
    assert lead.get(at(told, "?part=nothing"), headers=HTMX).status_code == 404


def test_all_parts_open_at_once_for_paper(lead: Client, told: Report) -> None:
    shown = text(lead.get(at(told, "?open=all")))
    for name in ("shift", "mixed-pairs", "toward-correctness", "influence", "push", "brake", "lattice", "shapley"):
        assert f'id="picture-{name}"' in shown
    for name in ("interactions", "budget", "share-sycophancy", "pressure-correctness", "front", "slices"):
        assert f'id="picture-{name}"' in shown
    assert 'hx-trigger="toggle once"' not in shown
    assert april()["provenance"]["snapshot"] in shown
    for limitation in april()["limitations"]:
        assert limitation in shown


def test_a_report_without_data_is_read_like_any_other(lead: Client, project: Any) -> None:
    report = planted.said(project, nothing())
    shown = text(lead.get(at(report, "?open=all")))
    assert '<p class="verdict">Not enough data. There is no pool' in shown
    assert '<svg class="chart"' not in shown
    assert lead.get(at(report, "weights.json")).status_code == 404
    assert lead.get(at(report, "data/shift.csv")).status_code == 404


def test_the_whole_body_and_each_pictures_numbers_can_be_taken_away(lead: Client, told: Report) -> None:
    body = json.loads(lead.get(at(told, "report.json")).content)
    assert body == {"report": str(told.pk), **april()}
    table = lead.get(at(told, "data/lattice.csv"))
    assert table.headers["Content-Disposition"] == 'attachment; filename="weighting-lattice.csv"'
    assert table.content.decode().count("\n") == 1 + len(april()["lattice"])
    figure = json.loads(lead.get(at(told, "data/lattice.vl.json")).content)
    assert figure["usermeta"]["seed"] == 7
    assert lead.get(at(told, "data/lattice.exe")).status_code == 404
    assert lead.get(at(told, "data/nothing.csv")).status_code == 404


def test_recommended_weights_are_taken_away_with_what_they_were_proven_on(lead: Client, told: Report) -> None:
    said = json.loads(lead.get(at(told, "weights.json")).content)
    assert said["weights"] == april()["recommended"]["weights"]
    assert said["held_out"]["sycophancy"]["high"] < 0.045
    assert said["provenance"]["report"] == str(told.pk)


def test_recommended_weights_only_fill_a_form(lead: Client, told: Report) -> None:
    versions = RecipeVersion.objects.count()
    shown = text(lead.get(f"/p/demo/recipes/april/new/?from={told.pk}"))
    assert 'name="weights-primary" value="0.82"' in shown
    assert "Filled with recommended weights" in shown
    assert RecipeVersion.objects.count() == versions
    filled = {f"weights-{key}": weight for key, weight in april()["recommended"]["weights"].items()}
    answer = lead.post(f"/p/demo/recipes/april/new/?from={told.pk}", {**filled, "changes": "", "note": "Try."})
    assert answer.status_code == 302
    made = RecipeVersion.objects.get(recipe__name="april", number=3)
    assert made.weights == april()["recommended"]["weights"]


def tried(report: Report, weights: dict[str, float]) -> dict[str, Estimate]:
    value = 0.1 * weights["thumbs"]
    return {"sycophancy": Estimate(value, value - 0.002, value + 0.002, 1500)}


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, float]]:
    asked: list[dict[str, float]] = []

    def what_if(report: Report, weights: dict[str, float]) -> dict[str, Estimate]:
        asked.append(weights)
        return tried(report, weights)

    monkeypatch.setattr("reports.sliders.what_if", what_if)
    return asked


def test_sliders_are_answered_with_the_shift_and_the_weights_that_sum_to_one(
    lead: Client, told: Report, answered: list[dict[str, float]]
) -> None:
    sliders = {"weight-primary": "30", "weight-thumbs": "90", "weight-memory": "0", "weight-fresh": "0"}
    shown = text(lead.post(at(told, "what-if/"), sliders, headers=HTMX))
    assert answered == [{"primary": 0.25, "thumbs": 0.75, "memory": 0.0, "fresh": 0.0}]
    assert "Over budget by 3 points." in shown
    assert "+7.5 (+7.3 to +7.7)" in shown
    assert f'id="output-thumbs" for="weight-thumbs" aria-live="off" hx-swap-oob="true">{weight_said(0.75)}<' in shown
    assert "<form" not in shown, "the sliders stay where they are, with the focus"


def test_a_preset_brings_its_sliders(lead: Client, told: Report, answered: list[dict[str, float]]) -> None:
    shown = text(lead.post(at(told, "what-if/"), {"preset": "recommended"}, headers=HTMX))
    assert 'name="weight-primary" min="0" max="100" value="82"' in shown
    assert "Within budget." in shown
    assert "hx-swap-oob" not in shown
    assert answered[0]["thumbs"] == pytest.approx(0.05)


def test_without_a_script_the_answer_is_a_page(lead: Client, told: Report, answered: list[dict[str, float]]) -> None:
    shown = text(lead.post(at(told, "what-if/"), {"weight-thumbs": "100"}))
    assert "<html" in shown
    assert "What if" in shown
    assert answered[0]["primary"] == pytest.approx(0.62 / (0.62 + 0.1 + 0.1 + 1.0)), "the others stand as in the recipe"


@pytest.mark.parametrize("wrong", [{"weight-primary": "0"}, {"weight-thumbs": "nan"}, {"weight-thumbs": "much"}])
def test_weights_that_are_none_are_refused_in_a_sentence(
    lead: Client, told: Report, answered: list[dict[str, float]], wrong: dict[str, str]
) -> None:
    nothing_set = {f"weight-{key}": "0" for key in ("primary", "thumbs", "memory", "fresh")}
    answer = lead.post(at(told, "what-if/"), nothing_set | wrong, headers=HTMX)
    assert answer.status_code == 422
    assert "Give at least one signal a weight." in text(answer)
    assert answered == []


def test_a_pool_that_is_gone_is_said(lead: Client, told: Report) -> None:
    answer = lead.post(at(told, "what-if/"), {"weight-thumbs": "10"}, headers=HTMX)
    assert answer.status_code == 200
    assert 'role="status"' in text(answer)
    assert '<table class="strips">' not in text(answer)
