"""The pages of experiments: the verdict first, liked next to right, guardrails, and what is done about it."""

import csv
import io
import json
from typing import Any

import pytest
from django.test import Client

from abtest import experimenting
from tests.abtest_pages import worlds


@pytest.fixture
def lead(client: Client, ml_lead: Any) -> Client:
    client.force_login(ml_lead)
    return client


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_a_project_without_experiments_is_told_what_one_is(lead: Client, project: Any) -> None:
    shown = text(lead.get("/p/demo/experiments/"))
    assert "No experiment yet" in shown
    assert "/p/demo/experiments/new/" in shown


def test_the_list_names_what_needs_a_look_and_says_each_verdict(lead: Client, project: Any) -> None:
    worlds.held(project)
    worlds.draft(project, "next", name="Next one")
    shown = text(lead.get("/p/demo/experiments/"))
    assert "over its limit: sycophancy" in shown
    assert worlds.LINE in shown
    assert "A draft, ready to start." in shown


def test_the_first_line_says_that_it_is_liked_and_over_its_ceiling(lead: Client, project: Any) -> None:
    worlds.held(project)
    shown = text(lead.get("/p/demo/experiments/april-v42/"))
    assert f'<p class="verdict" dir="auto">{worlds.LINE}</p>' in shown
    assert shown.index('class="verdict"') < shown.index('id="picture-liked-next-to-right"') < shown.index("guardrails")
    assert "its sign changes" in shown
    assert "The ramp is held" in shown
    assert "−1.1 (−2.5 to +0.3) points" in shown, "a fall of correctness is shown as a fall"


def test_each_part_comes_by_itself_and_all_of_them_on_one_page(lead: Client, project: Any) -> None:
    worlds.held(project)
    whole = text(lead.get("/p/demo/experiments/april-v42/?open=all"))
    for key in ("metrics", "over-time", "split", "slices", "memory", "leaving", "labelled", "plan", "steps", "origin"):
        part = lead.get(f"/p/demo/experiments/april-v42/?part={key}", headers={"hx-request": "true"})
        assert part.status_code == 200, key
        assert text(part) in whole, key
    assert lead.get("/p/demo/experiments/april-v42/?part=no", headers={"hx-request": "true"}).status_code == 404


def test_no_difference_is_shown_while_the_split_is_off(lead: Client, project: Any) -> None:
    worlds.read(worlds.running(project), worlds.uneven())
    shown = text(lead.get("/p/demo/experiments/april-v42/?open=all"))
    assert "No winner is named" in shown
    assert "since 9 May 2026, 03:00 (p &lt; 0.001)" in shown
    for number in ("+2.1 (", "+3.1 (", "× 1.03", "−1.2 (", "+3.4 ("):
        assert number not in shown, number
    assert "Not shown: the split of the units is off." in shown
    assert "over its limit" in shown, "a broken guardrail is no winner"


def test_too_little_data_is_said_and_no_number_stands_in_for_it(lead: Client, project: Any) -> None:
    worlds.read(worlds.running(project, ramp=1), worlds.early())
    shown = text(lead.get("/p/demo/experiments/april-v42/"))
    assert "Not enough data: about 412 more units needed." in shown
    assert "Not enough data: about 240 more labelled turns needed." in shown
    assert 'id="picture-liked-next-to-right"' in shown
    assert '<svg class="chart"' not in shown


def test_an_experiment_without_a_closed_hour_says_what_to_send(lead: Client, project: Any) -> None:
    worlds.running(project, ramp=1)
    shown = text(lead.get("/p/demo/experiments/april-v42/"))
    assert "Waiting for the first hour" in shown
    assert lead.get("/p/demo/experiments/april-v42/readout.json").status_code == 404


def test_an_experiment_stopped_before_its_first_hour_asks_for_no_more_events(lead: Client, project: Any) -> None:
    experiment = worlds.running(project, ramp=1)
    experimenting.stop(experiment=experiment, by=None, reason="Wrong bundle.")
    shown = text(lead.get("/p/demo/experiments/april-v42/"))
    assert "Nothing was read" in shown
    assert "Assign units with the published parameters" not in shown


def test_the_limit_of_a_behaviour_stands_in_words_in_the_figure(lead: Client, project: Any) -> None:
    worlds.held(project)
    at = "/p/demo/experiments/april-v42/data/candidate/liked-next-to-right.vl.json"
    figure = json.dumps(json.loads(lead.get(at).content), ensure_ascii=False)
    assert '"sycophancy, limit +2"' in figure
    assert '"correctness, limit −3"' in figure, "a floor is a fall"


def test_what_happened_says_now_only_while_it_runs(lead: Client, project: Any) -> None:
    worlds.held(project)
    worlds.stopped(project)
    assert "of the units now." in text(lead.get("/p/demo/experiments/april-v42/"))
    shown = text(lead.get("/p/demo/experiments/march-v41/"))
    assert "of the units at the end." in shown
    assert "of the units now." not in shown


def test_no_dash_stands_for_a_ratio_that_there_is_not(lead: Client, project: Any) -> None:
    worlds.held(project)
    shown = text(lead.get("/p/demo/experiments/april-v42/"))
    assert "· p " in shown
    assert "– · p " not in shown


def test_what_leaves_with_memory_off_is_no_broad_effect(lead: Client, project: Any) -> None:
    worlds.held(project)
    part = lead.get("/p/demo/experiments/april-v42/?part=memory", headers={"hx-request": "true"})
    rows = [row.split("</tr>")[0] for row in text(part).split("<tr>")]
    [with_memory] = [row for row in rows if "thumbs left unasked" in row]
    [without] = [row for row in rows if "regenerated" in row]
    assert "differs with memory" in with_memory
    assert "no broad effect shown" in without


def test_pictures_and_the_readout_can_be_taken_away(lead: Client, project: Any) -> None:
    worlds.held(project)
    told = json.loads(lead.get("/p/demo/experiments/april-v42/readout.json").content)
    assert told["readout"]["verdict"]["line"] == worlds.LINE
    at = "/p/demo/experiments/april-v42/data/candidate"
    rows = list(csv.DictReader(io.StringIO(lead.get(f"{at}/liked-next-to-right.csv").content.decode())))
    [flattery] = [row for row in rows if row["name"] == "sycophancy"]
    assert float(flattery["estimate"]) == pytest.approx(6.3)
    assert float(flattery["ceiling"]) == pytest.approx(2)
    [right] = [row for row in rows if row["name"] == "correctness"]
    assert float(right["estimate"]) == pytest.approx(-1.1)
    assert [float(right["low"]), float(right["high"])] == pytest.approx([-2.5, 0.3])
    assert float(right["ceiling"]) == pytest.approx(-3)
    assert rows[0]["as_of"] == "2026-05-28T09:00:00+00:00"
    figure = json.loads(lead.get(f"{at}/who-leaves-a-thumb.vl.json").content)
    assert figure["usermeta"]["code_version"] == "0.1.0"
    assert lead.get(f"{at}/nothing.csv").status_code == 404


def test_of_several_candidates_each_has_its_own_page(lead: Client, project: Any) -> None:
    from abtest.shaping import ArmWish

    arms = (ArmWish("control", "v41", 400_000), ArmWish("candidate", "v42", 300_000), ArmWish("b", "v43", 300_000))
    made = worlds.running(project, arms=arms)
    said = worlds.body()
    other = [{**one, "candidate": "b", "difference": worlds.E(-0.055, 0.01)} for one in said["metrics"]]
    worlds.read(made, {**said, "metrics": [*said["metrics"], *other]})
    first = text(lead.get("/p/demo/experiments/april-v42/"))
    second = text(lead.get("/p/demo/experiments/april-v42/?arm=b"))
    assert "−5.5 (−6.5 to −4.5) points" not in first
    assert "−5.5 (−6.5 to −4.5) points" in second
    assert "/data/b/liked-next-to-right.csv" in second
