"""Charts: what may be in the SVG, whose colours it has, and what can be taken away."""

import json
import re
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from xml.etree import ElementTree

import pytest

from core.charts import curves, effects, figures, frame, timeline
from core.charts.chart import Chart, Column, Provenance, Table
from core.charts.figures import Interval, Part
from core.charts.rendering import FetchesData, svg_of
from core.charts.svg import NotDrawn, page_svg
from core.charts.theme import COLOURS, NARROW, WIDE
from core.charts.words import label, percent
from tests.text.payloads import ALL

ROOT = Path(__file__).resolve().parents[2]
NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
HOSTILE = '<script>alert(1)</script>"]]>&\x01\ud800\u202e\uffff'
ALLOWED = {"svg", "g", "path", "line", "rect", "text", "tspan"}


def happened() -> list[timeline.Mark]:
    day = timedelta(days=1)
    return [
        timeline.Mark(NOON + day, HOSTILE, "live"),
        timeline.Mark(NOON + 2 * day, "watch", "watch"),
        timeline.Mark(NOON + 4 * day, "alarm", "alarm"),
        timeline.Mark(NOON + 3 * day, "change", "change", NOON + 2 * day, NOON + 4 * day),
    ]


def specs() -> dict[str, dict]:
    rows = [Interval(HOSTILE, "31 % (24–39 %), n 312", 0.31, 0.24, 0.39), Interval("v42", "not enough data")]
    points = [(NOON + timedelta(days=day), 20 * day) for day in range(9)]
    return {
        **{key: figures.intervals(rows, meaning=key, title="share") for key in ("correct", "sycophantic", "cold")},
        "parts": figures.parts([Part("Correct", "1 of 2", 1, 2)], title="share"),
        "total": figures.total(points, ceiling=200, said="200 places", width=WIDE),
        "narrow": figures.total(points, ceiling=200, said="200 places", width=NARROW),
        "effects": effects.effects(
            [effects.Effect(HOSTILE, "+6.1", 6.1, 5.2, 7.0, ceiling=4.5), effects.Effect("x", "cannot be said")],
            title="points",
            line=effects.Line(4.5, HOSTILE),
        ),
        "changes": effects.changes([effects.Change(HOSTILE, "1 → 2", 1, 2)], title="share"),
        "curve": curves.curve(
            [curves.Point(x, x, x - 1, x + 1) for x in range(4)],
            meaning="cold",
            title="weight",
            ceiling=effects.Line(2, HOSTILE),
            now=effects.Line(1, HOSTILE),
        ),
        "steps": curves.steps([curves.Step(HOSTILE, "+1", 1, 0, 2)], meaning="cold", ceiling=effects.Line(3, "3")),
        "timeline": timeline.timeline(
            [timeline.Reading(NOON + timedelta(days=day), day, day - 1, day + 1) for day in range(9)],
            title="log-odds",
            band=timeline.Band(0, -1, 1, HOSTILE),
            line=effects.Line(5, HOSTILE),
            marks=happened(),
        ),
        "front": curves.front(
            [curves.Place("", x, x * x) for x in range(3)],
            [curves.Place(HOSTILE, 1, 1, "now"), curves.Place("ref", 0, 0), curves.Place("best", 2, 4, "chosen")],
            title="points",
            ceiling=effects.Line(1.5, HOSTILE),
        ),
    }


@pytest.fixture(scope="module")
def drawn() -> dict[str, str]:
    return {name: svg_of(spec, f"{name} of {HOSTILE}") for name, spec in specs().items()}


def test_an_svg_has_only_what_draws(drawn: dict[str, str]) -> None:
    for svg in drawn.values():
        root = ElementTree.fromstring(svg)
        assert {element.tag.split("}")[-1] for element in root.iter()} <= ALLOWED
        names = {name for element in root.iter() for name in element.attrib}
        assert not names & {"style", "href", "id", "onload"}
        assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)|url\(|javascript:|data:", svg)


def test_an_svg_has_a_role_and_a_sentence(drawn: dict[str, str]) -> None:
    root = ElementTree.fromstring(drawn["parts"])
    assert root.get("role") == "img"
    assert str(root.get("aria-label")).startswith("parts of <script>")
    assert root.get("viewBox")


def test_an_svg_has_the_pages_colours_only(drawn: dict[str, str]) -> None:
    for name, svg in drawn.items():
        used = set(re.findall(r'(?:fill|stroke)="([^"]*)"', svg)) - {"none", "transparent"}
        assert used <= {f"var(--{colour})" for colour in COLOURS}
        meant = {"correct", "sycophantic", "cold"} & ({"cold"} if name in ("curve", "steps") else {name})
        assert {meaning for meaning in COLOURS if f"var(--{meaning})" in used} & {
            "correct",
            "sycophantic",
            "cold",
        } == meant
    with pytest.raises(NotDrawn, match="#123456"):
        page_svg('<svg xmlns="http://www.w3.org/2000/svg"><path fill="#123456"/></svg>', "")


def test_what_could_run_or_fetch_does_not_pass() -> None:
    evil = (
        '<svg xmlns="http://www.w3.org/2000/svg" onload="x()"><script>x()</script><style>*{}</style>'
        '<image href="http://x/"/><a href="javascript:x()"><text>in a link</text></a>'
        '<foreignObject><p/></foreignObject><text style="fill:red" fill="#1b1a17" filter="url(#x)">kept</text>'
        '<path d="M0,0" stroke="none" transform="translate(1.23456,2)" opacity="url(x)"/></svg>'
    )
    assert page_svg(evil, "words") == (
        '<svg class="chart" role="img" aria-label="words" xmlns="http://www.w3.org/2000/svg">'
        '<text fill="var(--ink)">kept</text><path d="M0,0" stroke="none" transform="translate(1.23,2)" /></svg>'
    )
    with pytest.raises(NotDrawn, match="not an SVG"):
        page_svg("<p/>", "")


def test_an_effect_stands_on_its_axis_with_zero_and_its_ceiling() -> None:
    row = effects.Effect("a", "+6.1", 6.1, 5.2, 7.0, "sycophantic", ceiling=4.5)
    spec = effects.effects([row], title="points")
    [scale] = {
        tuple(layer["encoding"]["x"]["scale"]["domain"]) for layer in spec["layer"] if "scale" in layer["encoding"]["x"]
    }
    assert scale[0] <= 0
    assert scale[1] >= 7.0
    unclear = effects.Effect("a", "+0.1", 0.1, -1.0, 1.2, "sycophantic")
    svg = svg_of(effects.effects([unclear], title="points"), "unclear")
    assert "var(--sycophantic)" not in svg
    assert "var(--edge)" in svg


@pytest.mark.parametrize(("span", "most", "step"), [(8.1, 4, 2.5), (10.0, 5, 2.0), (0.3, 6, 0.05), (1.0, 4, 0.25)])
def test_an_axis_has_round_steps(span: float, most: int, step: float) -> None:
    assert effects.round_step(span, most) == pytest.approx(step)


def test_the_themes_colours_are_the_tokens() -> None:
    css = (ROOT / "static" / "css" / "tokens.css").read_text()
    light = dict(re.findall(r"--([\w-]+): light-dark\((#\w{6}),", css))
    assert {name: light[name] for name in COLOURS} == COLOURS


@pytest.mark.parametrize("first", range(0, len(ALL), frame.MOST_ROWS))
def test_whatever_people_write_is_drawn_as_words(first: int) -> None:
    rows = [Part(text, "1 of 2", 1, 2) for text in ALL[first : first + frame.MOST_ROWS]]
    root = ElementTree.fromstring(svg_of(figures.parts(rows, title="share"), "\n".join(row.name for row in rows)))
    assert {element.tag.split("}")[-1] for element in root.iter()} <= ALLOWED
    assert not {name for element in root.iter() for name in element.attrib} & {"style", "href", "onload"}
    assert len([text for text in root.iter() if text.text == "1 of 2"]) == len(rows)


def test_drawing_asks_nobody() -> None:
    asked: list[str] = []

    class Asked(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Asked) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{server.server_port}"
        spec = specs()["parts"]
        for wrong in (
            {**spec, "data": {"url": f"{base}/data.json"}},
            {"layer": [{"mark": {"type": "image", "url": f"{base}/a.png"}}], "data": {"values": [{}]}},
        ):
            with pytest.raises(FetchesData):
                svg_of(wrong, "")
        named = {
            **spec,
            "layer": [
                *spec["layer"],
                {"mark": "image", "data": {"values": [{"a": f"{base}/b.png"}]}, "encoding": {"url": {"field": "a"}}},
            ],
        }
        with pytest.raises(FetchesData):
            svg_of(named, "")
        svg_of({**spec, "config": {**spec["config"], "font": f"url({base}/f.woff)"}}, "")
        server.shutdown()
    assert asked == []


def chart() -> Chart:
    table = Table(
        (Column("bundle", "Bundle", number=False), Column("share", "Share")),
        [{"bundle": "=1+1", "share": 0.25}, {"bundle": "b", "share": None}],
        [("=1+1", "25 %"), ("b", "–")],
    )
    return Chart("x", "A sentence.", [specs()["parts"]], table, Provenance(NOON, "1.2.3", seed=7))


def test_the_data_says_where_it_comes_from_and_runs_in_no_spreadsheet() -> None:
    assert chart().csv().splitlines() == [
        "bundle,share,as_of,code_version,seed,sampled",
        "'=1+1,0.25,2026-11-27T12:00:00+00:00,1.2.3,7,1.0",
        "b,,2026-11-27T12:00:00+00:00,1.2.3,7,1.0",
    ]


def test_the_vega_lite_document_is_whole_and_has_colours_that_anyone_knows() -> None:
    document = json.loads(chart().vega_lite())
    origin = {"as_of": "2026-11-27T12:00:00+00:00", "code_version": "1.2.3", "seed": 7, "sampled": 1.0}
    assert document["usermeta"] == origin
    assert document["description"] == "A sentence."
    assert "var(--" not in json.dumps(document)
    assert document["$schema"].startswith("https://vega.github.io/schema/vega-lite/v6")


def test_a_figure_is_drawn_for_one_page_or_for_two_widths() -> None:
    assert [one.kind for one in chart().drawn()] == ["only"]
    two = replace(chart(), figure=[specs()["total"], specs()["narrow"]])
    widths = [ElementTree.fromstring(one.svg).get("width") for one in two.drawn()]
    assert widths == [str(WIDE), str(NARROW)]


def test_a_figure_shows_as_many_rows_as_it_can_hold() -> None:
    rows = [Interval(f"b{n}", "", 0.5, 0.4, 0.6) for n in range(40)]
    spec = figures.intervals(rows, meaning="cold", title="")
    assert spec["height"] == 360
    assert "b8" in json.dumps(spec)
    assert "b9" not in json.dumps(spec)
    assert [figures.intervals(rows[:n], meaning="cold", title="")["height"] for n in (1, 3, 4, 7)] == [
        120,
        120,
        240,
        360,
    ]


def test_shares_are_printed_with_the_digits_they_need() -> None:
    shown = [percent(share) for share in (0, 0.0004, 0.042, 0.0996, 0.31, 0.993, 0.9999, 1)]
    assert [text.replace("\u00a0", " ") for text in shown] == [
        *("0 %", "0.1 %", "4.2 %", "10 %", "31 %", "99.3 %", "99.9 %", "100 %")
    ]


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_words_of_what_happened_lie_on_no_other_words_and_on_no_line(width: int) -> None:
    crowd = [timeline.Mark(NOON + timedelta(hours=9 * n), f"bundle {n}", "live") for n in range(14)]
    span = (NOON, NOON + timedelta(days=6))
    placed = timeline._lanes([*happened(), *crowd], span, width)
    assert len(placed) == 18, "each keeps its sign"
    assert [one.words for one in placed if one.mark.kind == "alarm"] == [True]
    assert not all(one.words for one in placed)
    room = width - timeline._FRAME
    for one in (each for each in placed if each.words):
        at = room * timeline._share(one.mark.at, span)
        reach = sorted((at, at + (-1 if one.left else 1) * frame.LETTER * len(label(one.mark.said, 24))))
        assert reach[0] > -timeline._FRAME / 2
        assert reach[1] <= room
        for other in placed:
            there = room * timeline._share(other.mark.at, span)
            hangs = other.mark.kind != "watch" and other.lane < one.lane
            assert not (hangs and reach[0] + 1 < there < reach[1] - 1), (one.mark.said, other.mark.said)


def test_a_timeline_of_one_moment_has_a_length() -> None:
    spec = timeline.timeline([timeline.Reading(NOON, 0.0)], title="one")
    assert svg_of(spec, "one")


@pytest.mark.parametrize("minutes", [31, 32, 35])
def test_a_moment_near_the_end_of_an_axis_is_written_before_its_tick(minutes: int) -> None:
    begin = datetime(2026, 11, 28, 3, tzinfo=UTC)
    points = [(begin, 0), (begin + timedelta(minutes=minutes), 60)]
    svg = svg_of(figures.total(points, ceiling=72, said="72 places", width=NARROW), "places")
    anchors = {words.text: words.get("text-anchor") for words in ElementTree.fromstring(svg).iter() if words.text}
    assert anchors["28 Nov 03:00"] in (None, "start")
    assert anchors["28 Nov 03:15"] == "middle"
    assert anchors["28 Nov 03:30"] == "end"


@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("days", [5, 30, 31, 45, 60, 200])
def test_an_axis_of_days_names_more_than_one(width: int, days: int) -> None:
    begin = datetime(2026, 10, 29, tzinfo=UTC)
    points = [(begin + timedelta(days=day), 10 * day) for day in range(days)]
    svg = svg_of(figures.total(points, ceiling=3000, said="3,000 places", width=width), "places")
    named = re.findall(r">(\d+ (?:Oct|Nov|Dec|Jan|Feb|Mar|Apr|May))<", svg)
    assert len(set(named)) > 1
