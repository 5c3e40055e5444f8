"""What the pages of drift say in each state, and what their pictures show, from bodies alone."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest

from core.charts.chart import Provenance
from core.charts.picture import Picture
from reports.drift import taking
from reports.pictures import monitors
from reports.pictures.alarms import attribution_picture, gap_picture
from reports.pictures.drifting import answer_said, promise_said
from reports.pictures.monitors import left_out_intro, left_out_said
from reports.pictures.plumbs import lean_of, plumbs_of
from reports.pictures.timelines import evidence_picture, marks_of, value_picture
from stats.monitoring import calibrated, selection, tail, volume
from stats.thumbed import FACTORS
from tests.reports import watched

ORIGIN = Provenance(as_of=datetime(2026, 5, 21, tzinfo=UTC), code="0.1.0")


def calm(key: str = "M1", **given: Any) -> dict[str, Any]:
    told = watched.reading(drifts=False)
    plain = {"key": key, "state": "OK", "standing": "OK", "fault": None, "declared": watched.declared(key)}
    return plain | told | given


def drifting(key: str = "M1", **given: Any) -> dict[str, Any]:
    """A monitor that alarms, explained."""
    body = {
        **calm(key),
        **watched.reading(drifts=True),
        "state": "ALARM",
        "since": watched.BEGAN + 55 * watched.STEP,
        "change_point": watched.CHANGE,
        "change": watched.RISE,
        "attribution": watched.ATTRIBUTION,
        "kitagawa": watched.KITAGAWA,
        "suspected": "bias_drift",
        "provisional": False,
    }
    return body | given


def table(picture: Picture) -> list[dict[str, str]]:
    assert picture.chart is not None
    return list(csv.DictReader(io.StringIO(picture.chart.csv())))


def texts(picture: Picture, width: int = 0) -> list[str]:
    """The words in the figure."""
    root = ElementTree.fromstring(picture.drawn[width].svg)
    return [one.text or "" for one in root.iter() if one.tag.endswith("text")]


def test_yes_says_since_when_by_how_much_and_where() -> None:
    assert answer_said(drifting()) == (
        "Yes: since 11 May users' thumbs reward flattery by 0.8 log-odds more (95 % interval 0.6 to 1.0), most of it "
        "where memory is on."
    )
    everywhere = [watched.ATTRIBUTION[1], *watched.ATTRIBUTION[2:]]
    assert "most of it" not in answer_said(drifting(attribution=everywhere))
    unsure = [watched.ATTRIBUTION[0] | {"p_adjusted": 0.2}]
    assert "most of it" not in answer_said(drifting(attribution=unsure))
    assert answer_said(drifting(provisional=True)).endswith("named for good 4,000 labelled thumbs after the change.")


def test_without_a_refit_the_rise_is_the_value_less_the_reference() -> None:
    body = drifting(change=None, attribution=[])
    rise = body["value"]["estimate"] - body["reference"]["estimate"]
    assert answer_said(body) == f"Yes: since 11 May users' thumbs reward flattery by {rise:.1f} log-odds more."
    assert "0.8" in answer_said(body)


def test_an_alarm_that_raters_may_have_made_is_no_yes() -> None:
    said = answer_said(drifting(suspected="label_drift"))
    assert said.startswith("Label drift suspected: since 11 May it looks as if users' thumbs reward flattery more, but")
    assert "Yes" not in said
    assert answer_said(drifting(suspected="mix_shift")).startswith("Mix shift suspected")
    assert answer_said(drifting(suspected="data_fault")).startswith("Data fault suspected")


def test_that_labels_drift_is_what_the_monitor_of_raters_says_itself() -> None:
    said = answer_said(drifting("M7", suspected="label_drift", attribution=[], change=None))
    assert said.startswith("Yes: since 11 May raters judge the anchors otherwise")
    assert "suspected" not in said


def test_no_says_over_how_many_thumbs_and_how_sure() -> None:
    said = answer_said(calm())
    assert said.startswith(
        "No: since the reference, over 8,000 labelled thumbs, users' thumbs do not reward flattery more than they did."
    )
    assert "Now it is +0.27 (+0.10 to +0.44) log-odds; it was +0.24 in the reference." in said


def test_too_few_thumbs_for_a_value_are_no_no() -> None:
    assert answer_said(calm(value=None, events=30, lacks=170)) == (
        "Not enough data: only 30 labelled thumbs since the reference. A value takes about 170 more labelled thumbs."
    )


@pytest.mark.parametrize(
    ("needed", "said"),
    [
        ({"events": 3200}, "Not enough data: about 3,200 more labelled thumbs."),
        ({"events": 1}, "Not enough data: about 1 more labelled thumb."),
        (
            {"events": 0, "sycophantic": 140, "others": 0},
            "Not enough data. The reference also lacks 140 on sycophantic answers.",
        ),
        ({}, "Not enough data."),
        (None, "Not enough data."),
    ],
)
def test_warming_up_says_what_is_missing(needed: Any, said: str) -> None:
    assert answer_said(calm(state="WARMING_UP", needed=needed, value=None)) == said


def test_a_reference_that_could_not_be_used_says_why() -> None:
    body = calm(state="WARMING_UP", needed={"events": 8000}, fault="all responses are sycophantic")
    assert answer_said(body).endswith("A shorter reference could not be used: all responses are sycophantic.")


def test_a_fault_holds_the_answer_but_never_hides_an_alarm() -> None:
    said = answer_said(calm(fault="The clocks went back"))
    assert said == (
        "Not known: The clocks went back. The monitor holds its state; it raises no alarm for a fault of its own."
    )
    assert monitors.sign_of(calm(fault="x")) == ("warn", "fault")
    assert answer_said(drifting(fault="x")).startswith("Yes")
    assert monitors.sign_of(drifting(fault="x")) == ("fail", "alarm")


def test_stale_says_since_when_and_what_it_said_last() -> None:
    body = calm(state="STALE", standing="WATCH", stepped_at=datetime(2026, 5, 3, 14, 2, tzinfo=UTC))
    assert answer_said(body) == (
        "Not known: labelled thumbs wait, and the monitor has not stepped since 3 May, 14:02. It last said: watch."
    )
    assert "has never stepped" in answer_said(calm(state="STALE", stepped_at=None))


def test_watch_is_perhaps_and_promises_nothing() -> None:
    said = answer_said(calm(state="WATCH", since=datetime(2026, 5, 3, tzinfo=UTC)))
    assert said.startswith("Perhaps: since 3 May there are early signs that users' thumbs reward flattery more. It is")


@pytest.mark.parametrize("key", monitors.KEYS)
def test_each_monitor_answers_its_question_in_every_state(key: str) -> None:
    bodies = [calm(key, state=state, needed={"events": 7}) for state in monitors.STATES]
    said = [answer_said(body) for body in bodies]
    assert len(set(said)) == len(said)
    assert all(one.endswith(".") and "%(" not in one for one in said)
    assert monitors.WATCHED[key].question.endswith("?")


def test_the_promise_says_what_an_average_hides() -> None:
    assert promise_said(calm()).endswith(
        "An average run of 20,000 can still mean a chance of up to 63 % that there is one within 20,000."
    )
    assert "is nominal" in promise_said(calm("M2"))
    assert "after 20,000 judgments of anchors or later" in promise_said(calm("M7"))
    assert "raises no alarm of its own" in promise_said(calm("M6"))


def test_the_figure_marks_what_happened_where_there_is_room() -> None:
    live = [{"bundle": "v42", "at": (watched.BEGAN + 39 * watched.STEP).isoformat(), "share": 1.0}]
    before = [{"bundle": "v40", "at": (watched.BEGAN - timedelta(days=90)).isoformat(), "share": 1.0}]
    marks = [
        {"kind": "watch", "at": (watched.BEGAN + 48 * watched.STEP).timestamp()},
        {"kind": "alarm", "at": (watched.BEGAN + 55 * watched.STEP).isoformat()},
    ]
    body = drifting(marks=marks, go_lives=[*before, *live])
    assert [(one.kind, one.said) for one in marks_of(body)] == [
        ("watch", "watch"),
        ("alarm", "alarm"),
        ("change", "change"),
        ("live", "v42"),
    ]
    picture = value_picture(body, ORIGIN)
    assert {"watch", "alarm", "change", "v42", "reference"} <= set(texts(picture))
    assert "v40" not in texts(picture), "it went live before what is shown"
    assert 'role="img"' in picture.drawn[0].svg
    assert [one.kind for one in picture.drawn] == ["wide", "narrow"]
    assert {"alarm", "change"} <= set(texts(picture, 1))


def test_the_band_says_its_tolerance() -> None:
    told = watched.declared("M1", tolerance=0.1)
    assert "reference, + 0.1 log-odds" in texts(value_picture(calm(declared=told), ORIGIN))
    shares = watched.declared("M7", tolerance=0.02)
    assert "reference, ± 2 percentage points" in texts(value_picture(calm("M7", declared=shares), ORIGIN))
    other = watched.declared("M4", tolerance=0.02)
    assert "reference" in texts(value_picture(calm("M4", declared=other), ORIGIN)), "its tolerance is of another unit"
    assert "reference" not in texts(value_picture(calm(reference=None), ORIGIN))


def test_the_table_has_the_readings_as_they_are_and_where_they_come_from() -> None:
    rows = table(value_picture(drifting(), ORIGIN))
    path = watched.path(drifts=True)
    assert [float(row["value"]) for row in rows] == [point["value"] for point in path]
    assert rows[0]["event"] == str(path[0]["event"])
    assert rows[0]["code_version"] == "0.1.0"


def test_the_evidence_is_drawn_on_powers_of_ten_below_its_threshold() -> None:
    words = texts(evidence_picture(drifting(), ORIGIN))
    assert "alarm at 20,000" in words
    assert "10,000" in words
    small = calm("M6", threshold=0.25, statistic=0.04)
    small["path"] = [point | {"statistic": 0.04} for point in small["path"]]
    assert "noted from 0.25" in texts(evidence_picture(small, ORIGIN))


@pytest.mark.parametrize("missing", [{"path": []}, {"path": None}, {"path": [], "state": "WARMING_UP", "value": None}])
def test_without_readings_a_picture_says_so_and_draws_nothing(missing: dict[str, Any]) -> None:
    for made in (value_picture(calm(**missing), ORIGIN), evidence_picture(calm(**missing), ORIGIN)):
        assert made.chart is None
        assert made.verdict.endswith(".")


def test_points_without_a_value_or_a_statistic_are_left_out() -> None:
    body = calm()
    body["path"][0] |= {"value": None, "low": None, "high": None}
    body["path"][1] |= {"statistic": None}
    assert len(table(value_picture(body, ORIGIN))) == watched.POINTS - 1
    assert len(table(evidence_picture(body, ORIGIN))) == watched.POINTS - 1


def test_one_point_alone_is_drawn() -> None:
    body = calm()
    body["path"] = body["path"][:1]
    assert value_picture(body, ORIGIN).drawn


def test_what_is_told_apart_has_its_hue_and_the_rest_is_grey() -> None:
    picture = attribution_picture(drifting(), ORIGIN)
    assert picture.verdict == (
        "Most of it is where memory is on: +0.84 (+0.51 to +1.17) log-odds more than elsewhere (adjusted p < 0.001)."
    )
    assert table(picture)[0]["where"] == "memory:on"
    assert float(table(picture)[0]["low"]) == pytest.approx(0.84 - 1.96 * 0.17, abs=1e-3)
    grey = attribution_picture(drifting(attribution=watched.ATTRIBUTION[2:]), ORIGIN)
    assert "No part of the context is told apart" in grey.verdict
    assert "var(--sycophantic)" not in grey.drawn[0].svg
    assert attribution_picture(drifting(attribution=[]), ORIGIN).chart is None


def test_the_gap_is_taken_apart_into_parts_that_add_up() -> None:
    picture = gap_picture(drifting(), ORIGIN)
    rows = {row["part"]: float(row["change"]) for row in table(picture)}
    assert rows["mix"] + rows["coefficient"] == pytest.approx(rows["gap"])
    assert gap_picture(drifting(kitagawa=None), ORIGIN).chart is None
    assert gap_picture(drifting(kitagawa={"mix": None}), ORIGIN).chart is None


def test_names_that_people_gave_stay_words_in_figure_and_table() -> None:
    hostile = '"><script>alert(1)</script>'
    rows = [{"factor": "segment", "level": hostile, "delta": 0.4, "se": 0.1, "p_adjusted": 0.01}]
    picture = attribution_picture(drifting(attribution=rows), ORIGIN)
    assert "<script>" not in picture.drawn[0].svg
    assert hostile in picture.verdict
    live = [{"bundle": hostile, "at": (watched.BEGAN + 39 * watched.STEP).isoformat(), "share": 1.0}]
    assert "<script>" not in value_picture(drifting(go_lives=live), ORIGIN).drawn[0].svg


def test_a_line_leans_as_its_evidence_grows() -> None:
    leans = [lean_of(calm(statistic=value)) for value in (0.0, 3.0, 500.0, 5000.0, 19_999.0, 1e9)]
    assert leans == sorted(leans)
    assert (leans[0], leans[-1]) == (0.0, 1.0)
    assert leans[1] < 0.02
    assert lean_of(drifting(statistic=1.0)) == 1.0, "an alarm stays until there is a new reference"
    assert lean_of(calm(state="WARMING_UP", statistic=9e9)) == 0.0
    [upright, hanging, none] = plumbs_of([calm(statistic=0.0), drifting(), calm(state="WARMING_UP")])
    assert upright.x == 22
    assert hanging.x > 35
    assert (none.hangs, none.word) == (False, "warming up")


def test_each_reason_to_leave_events_out_has_words_and_none_reads_as_a_fault() -> None:
    reasons = {calibrated.NOT_LABELLED, calibrated.IN_REFERENCE, tail.IN_REFERENCE, selection.NOT_KNOWN, volume.CLOCK}
    reasons |= {taking.CLOCK}
    reasons |= {"correct", "unlabelled", "unseen_warmth", "a rater's own reference", "more raters than are followed"}
    reasons |= {f"unseen_{factor}" for factor in FACTORS}
    for reason in reasons:
        assert left_out_said(reason) not in (reason, reason.replace("_", " ")), reason
    assert left_out_said("correct") == "on correct answers, which this monitor does not ask about"
    assert "thumbs" not in left_out_intro("M7")
