"""The pictures of a weighting report: what they say, what they show, and what they do where something is missing."""

import csv
import io
import json
from typing import Any

import pytest

from core.charts.picture import Picture
from reports.pictures.gallery import Gallery, made
from reports.pictures.numbers import Number, number_at, signed, spanned
from reports.pictures.recommending import recommendation_said
from reports.pictures.shifts import verdict_said
from reports.pictures.strips import WIDTH, strips_of
from tests.reports.bodies import april, nothing, number


def every(gallery: Gallery) -> list[Picture]:
    return list(gallery._every())


def rows_of(picture: Picture | None) -> list[dict[str, str]]:
    assert picture is not None
    assert picture.chart is not None
    return list(csv.DictReader(io.StringIO(picture.chart.csv())))


def test_the_first_line_says_the_verdict_and_what_it_rests_on() -> None:
    body = april()
    assert verdict_said(body) == (
        "Over budget by 1.6 points. Recipe april 4 would shift sycophancy by +6.1 (+5.4 to +6.7) percentage points "
        "against the pinned reference april 1; the ceiling is +4.5."
    )
    body |= {"verdict": "within_budget", "over_by": None}
    assert verdict_said(body).startswith("Within budget. Recipe april 4")
    body |= {"verdict": "not_enough_data", "needed_prompts": 1240}
    assert verdict_said(body).startswith("Not enough data: about 1,240 more prompts are needed. Recipe")
    body |= {"needed_prompts": 1}
    assert "about 1 more prompt is needed" in verdict_said(body)
    assert verdict_said(nothing()) == ("Not enough data. There is no pool: import responses with a score per signal.")


def test_every_picture_of_april_draws_and_gives_its_numbers_away() -> None:
    gallery = made(april())
    without = [one.name for one in every(gallery) if one.chart is None]
    assert without == ["quirk-fresh"]
    assert len({one.name for one in every(gallery)}) == len(every(gallery))
    for one in every(gallery):
        assert one.verdict.endswith(".")
        if one.chart is None:
            continue
        document = json.loads(one.chart.vega_lite())
        assert document["usermeta"]["seed"] == 7
        assert document["description"] == f"{one.title}: {one.verdict}"
        assert rows_of(one)[0]["code_version"] == "0.1.0"
        assert len(one.chart.table.rows) == len(one.chart.table.shown)
    assert gallery.named("shift") is gallery.shift
    assert gallery.named("nothing-of-the-kind") is None


def test_the_figures_are_drawn_for_both_themes() -> None:
    gallery = made(april())
    for one in (gallery.shift, gallery.influence, gallery.budget, gallery.front, gallery.share[0]):
        for drawn in one.drawn:
            assert 'role="img"' in drawn.svg
            assert "#" not in drawn.svg
    assert [drawn.kind for drawn in gallery.shift.drawn] == ["wide", "narrow"]


def test_the_table_holds_the_bodys_numbers_in_percentage_points() -> None:
    body = april()
    gallery = made(body)
    [first, *_rest] = rows_of(gallery.shift)
    assert first["name"] == "sycophancy"
    assert float(first["estimate"]) == pytest.approx(100 * body["shift"]["sycophancy"]["estimate"])
    assert float(first["ceiling"]) == pytest.approx(4.5)
    parts = [float(row["estimate"]) for row in rows_of(gallery.shapley)]
    assert sum(parts) == pytest.approx(6.08)
    assert len(rows_of(gallery.lattice)) == len(body["lattice"]) == 8


def test_a_quirk_is_in_log_odds_and_points_as_the_body_has_them() -> None:
    gallery = made(april())
    card = next(one for one in gallery.cards if one.key == "thumbs")
    assert card.picture.verdict == (
        "It rewards sycophancy: +13.0 (+9.9 to +16.1) points for one step of it. "
        "One step of correctness: +10.5 (+7.4 to +13.6)."
    )
    coefficients = {row["name"]: float(row["estimate"]) for row in rows_of(card.picture)}
    assert coefficients["sycophantic"] == pytest.approx(0.62)
    assert ("Sycophantic, by thumbs down alone", "+0.50 (+0.30 to +0.70)") in card.facts
    brake = next(one for one in gallery.cards if one.key == "primary")
    assert brake.brake
    assert brake.picture.verdict.startswith("It holds sycophancy in check: \u22128.4")
    fresh = next(one for one in gallery.cards if one.key == "fresh")
    assert fresh.missing == "No choice of this signal stands beside labels."


def test_that_each_alone_is_within_budget_is_said_only_where_it_is_so() -> None:
    body = april()
    assert made(body).lattice.verdict.startswith("Each of the 3 changes alone stays under the ceiling of 4.5")
    body["changes"][0]["alone"]["sycophancy"] = number(0.043, 0.006)
    said = made(body).lattice.verdict
    assert said.startswith("Alone under the ceiling of 4.5: memory, fresh.")


def test_steps_that_each_are_small_are_said_to_add_up() -> None:
    body = april()
    assert made(body).budget.verdict == "No single step passes 4.5, and yet they have added up to +6.1 (+5.5 to +6.7)."
    body["budget"][0] |= {"step": number(0.05, 0.004)}
    assert "No single step" not in made(body).budget.verdict


def test_a_step_that_is_no_version_is_called_by_its_change() -> None:
    body = april()
    for n, step in enumerate(body["budget"], start=1):
        step["changes"] = ["thumbs", "memory", "fresh"][:n]
    budget = made(body).budget
    assert [row["version"] for row in rows_of(budget)] == ["thumbs", "thumbs+memory", "thumbs+memory+fresh"]
    assert budget.chart is not None
    assert [row[0] for row in budget.chart.table.shown] == ["+ thumbs", "+ memory", "+ fresh"]


def test_where_nothing_is_known_each_picture_says_why_and_draws_nothing() -> None:
    gallery = made(nothing())
    for one in every(gallery):
        assert one.chart is None
        assert len(one.drawn) == 0
        assert len(one.verdict) > 20
    assert recommendation_said(nothing()) == "Weights cannot be recommended from this pool."


def test_what_binds_is_named_where_no_weights_keep_the_ceilings() -> None:
    body = april()
    body["recommended"] = {"status": "infeasible", "weights": None, "binding": "coldness", "front": []}
    assert recommendation_said(body) == "No weights keep within every ceiling. What binds: coldness."
    body["recommended"] |= {
        "binding": "sycophancy, domain:health",
        "relaxation": {"ceilings": {"sycophancy, domain:health": 0.031}, "weights": {}},
        "needed_prompts": 1200,
    }
    assert recommendation_said(body) == (
        "No weights keep within every ceiling. What binds: sycophancy (domain: health). Nearest would pass with these "
        "ceilings, in points: sycophancy (domain: health) 3.1. Or with about 1,200 more prompts."
    )
    body["recommended"] |= {"binding": "brake", "relaxation": None, "needed_prompts": None}
    assert recommendation_said(body).endswith("What binds: the least share of the brakes.")


def test_a_slice_without_enough_prompts_stands_in_the_table_with_what_it_lacks() -> None:
    body = april()
    body["slices"][5] |= {"sycophancy": None, "needed_prompts": 80}
    row = next(row for row in rows_of(made(body).slices) if row["name"] == "segment:teen")
    assert (row["estimate"], row["note"]) == ("", "not enough data: about 80 more prompts")


def test_an_effect_that_cannot_be_told_from_none_is_grey_and_still_there() -> None:
    body = april()
    clear = made(body).shift.drawn[0].svg
    body["shift"]["sycophancy"] = number(0.002, 0.01)
    unclear = made(body).shift.drawn[0].svg
    assert "var(--sycophantic)" in clear
    assert "var(--sycophantic)" not in unclear
    assert "+0.2 (\u22120.8 to +1.2)" in unclear


def test_an_interval_without_an_end_is_said_and_not_drawn() -> None:
    body = april()
    for quirk in body["quirks"]:
        if quirk["signal"] == "thumbs":
            quirk["exchange_rate"] = {"estimate": 1.2, "low": None, "high": None, "n": 30}
    card = next(one for one in made(body).cards if one.key == "thumbs")
    assert ("One step of sycophancy is worth, in steps of correctness", "+1.20 (no bounded interval)") in card.facts


@pytest.mark.parametrize(
    ("value", "said"), [(0.04, "0.0"), (-0.04, "0.0"), (6.08, "+6.1"), (-2.1, "\u22122.1"), (None, "–")]
)
def test_a_number_has_its_sign_unless_it_rounds_to_nothing(value: float | None, said: str) -> None:
    assert signed(value) == said


def test_a_number_is_read_with_its_interval_or_not_at_all() -> None:
    body = {"a": {"b": {"estimate": 0.1, "low": 0.0, "high": 0.2, "n": 4}, "c": None}}
    assert number_at(body, "a", "b") == Number(0.1, 0.0, 0.2, 4)
    assert number_at(body, "a", "c") is None
    assert number_at(body, "x", "y") is None
    assert number_at(None, "a") is None
    assert spanned(Number(1.0, None, None, 3)) == "+1.0 (no bounded interval)"


def test_a_strip_stands_where_its_number_says_on_an_axis_that_stays() -> None:
    body = april()
    strips = {one.key: one for one in strips_of(body, body["shift"])}
    moved: dict[str, Any] = {"sycophancy": number(0.0, 0.001), "correctness": number(0.5, 0.1)}
    other = {one.key: one for one in strips_of(body, moved)}
    assert strips["sycophancy"].zero == other["sycophancy"].zero == other["sycophancy"].at
    assert strips["sycophancy"].limit == other["sycophancy"].limit
    assert strips["sycophancy"].over
    assert not other["sycophancy"].over
    assert strips["sycophancy"].zero < (strips["sycophancy"].limit or 0) < strips["sycophancy"].low
    assert other["correctness"].at == WIDTH, "what is off the axis stands at its end"
    assert "coldness" not in other
