"""The pictures on a campaign's page: what they say, from where, to whom, and how often they are made."""

import csv
import io
import json
import random
import threading
from typing import Any

import pytest
from django.test import Client

from annotate.pictures import gallery
from annotate.pictures.gallery import gallery_of, made_now
from annotate.selectors import tally
from core.accounts import access
from core.accounts.access import Right
from tests.annotate.test_tally import rate
from tests.annotate_pages.pairs import campaign

URL = "/p/demo/campaigns/first/pictures/"


@pytest.fixture(autouse=True)
def _anew() -> None:
    gallery.forget()


@pytest.fixture
def work(project: Any) -> Any:
    return campaign(project, pairs=12, overlap=3)


@pytest.fixture
def judged(work: Any, make_member: Any) -> Any:
    from core.ledger.actors import actor_of

    chance = random.Random(2)
    for n in range(6):
        rate(work, actor_of(work.project, make_member("rater", f"r{n}")), chance, most=5)
    return work


@pytest.fixture
def lead(client: Client, ml_lead: Any) -> Client:
    client.force_login(ml_lead, backend="core.accounts.backend.AuthenticationBackend")
    return client


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().replace("\xa0", " ").split())


def test_the_campaigns_page_asks_for_its_pictures_after_itself(lead: Client, judged: Any) -> None:
    page = lead.get("/p/demo/campaigns/first/")
    assert f'hx-get="{URL}" hx-trigger="load"' in text(page)
    assert "<svg width" not in text(page)
    assert gallery._kept == {}


def test_pictures_come_as_a_fragment_or_as_a_page(lead: Client, judged: Any) -> None:
    fragment, page = lead.get(URL, headers={"hx-request": "true"}), lead.get(URL)
    assert "<html" not in text(fragment)
    assert "<html" in text(page)
    for answer in (fragment, page):
        assert text(answer).count('role="img"') == 6
        assert "30 of 36 places are filled" in text(answer)
        assert "15 of these 30 judgments are simulated" not in text(answer)
        assert "18 of these 30 judgments are simulated." in text(answer)
        assert "As of " in text(answer)
        assert "by Plumbline 0.1.0" in text(answer)


def test_every_number_of_a_figure_is_in_its_table_and_its_file(lead: Client, judged: Any) -> None:
    found = list(csv.DictReader(io.StringIO(lead.get(f"{URL}cold.csv").content.decode())))
    document = json.loads(lead.get(f"{URL}cold.vl.json").content)
    drawn = document["layer"][0]["data"]["values"]
    known = [row for row in found if row["share"]]
    assert [row["bundle"] for row in found] == ["canary-left-model", "canary-right-model"]
    assert [float(row["share"]) for row in known] == [values["share"] for values in drawn]
    assert {row["answers"] for row in found} == {"30"}
    assert {row["raters"] for row in found} == {"6"}
    assert document["usermeta"]["as_of"] == found[0]["as_of"]
    page = text(lead.get(URL))
    for row in known:
        assert f"{float(row['share']) * 100:.0f} %" in page or f"{float(row['share']) * 100:.1f} %" in page


def test_files_are_attachments_and_only_those_there_are(lead: Client, judged: Any) -> None:
    answer = lead.get(f"{URL}overlap.csv")
    assert answer["Content-Disposition"] == 'attachment; filename="first-overlap.csv"'
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    for name in ("nothing.csv", "overlap.svg", "overlap.json"):
        assert lead.get(f"{URL}{name}").status_code == 404


def test_too_little_data_is_said_and_not_drawn(lead: Client, work: Any, make_member: Any) -> None:
    from core.ledger.actors import actor_of

    assert "No place is filled yet" in text(lead.get(URL))
    assert text(lead.get(URL)).count('role="img"') == 0
    rate(work, actor_of(work.project, make_member("rater", "one")), random.Random(1), most=2)
    gallery.forget()
    page = text(lead.get(URL))
    assert "No rate to show yet. canary-left-model: not enough data: about 2 more raters needed." in page
    assert "agreement cannot be measured" in page


def test_who_may_not_see_bundles_sees_all_responses_as_one(
    lead: Client, judged: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "canary-left-model" in text(lead.get(URL))
    rights = {role: held - {Right.SEE_BUNDLES} for role, held in access.RIGHTS.items()}
    monkeypatch.setattr(access, "RIGHTS", rights)
    page = text(lead.get(URL))
    assert "canary" not in page + text(lead.get(f"{URL}cold.csv")) + text(lead.get(f"{URL}cold.vl.json"))
    assert "all responses" in page


def test_epistemic_and_social_stand_apart(judged: Any) -> None:
    made = made_now(judged, by_bundle=True)
    assert [one.name for one in made.epistemic] == ["correct", "sycophantic"]
    assert [one.name for one in made.social] == ["cold"]
    for one in (*made.epistemic, *made.social):
        [drawn] = one.drawn
        used = {hue for hue in ("correct", "sycophantic", "cold") if f"var(--{hue})" in drawn.svg}
        assert used <= {one.name}
    assert "var(--cold)" in made.social[0].drawn[0].svg


def test_pictures_are_kept_for_a_while_and_made_by_one(judged: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    first = gallery_of(judged, by_bundle=True)
    assert gallery_of(judged, by_bundle=True) is first
    assert gallery_of(judged, by_bundle=False) is not first
    [key, _other] = gallery._kept
    kept = gallery._kept[key]
    kept.until = 0.0
    with kept.making:
        assert gallery_of(judged, by_bundle=True) is first
    again = gallery_of(judged, by_bundle=True)
    assert again is not None
    assert again is not first
    gallery.forget()
    held = gallery._kept.setdefault(key, gallery._Kept())
    with held.making:
        assert gallery_of(judged, by_bundle=True) is None


def test_who_waits_gets_what_the_other_made(judged: Any) -> None:
    key = (judged.pk, True, "en-gb")
    kept = gallery._kept.setdefault(key, gallery._Kept())
    made = made_now(judged, by_bundle=True)

    def finish() -> None:
        kept.gallery, kept.until = made, float("inf")
        kept.making.release()

    kept.making.acquire()
    timer = threading.Timer(0.2, finish)
    timer.start()
    assert gallery_of(judged, by_bundle=True, wait=True) is made
    timer.join()


def test_what_cannot_be_counted_in_time_is_said_and_not_tried_again_at_once(
    lead: Client, judged: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(tally, "_FILLED", "SELECT 1 FROM annotate_campaign, pg_sleep(5) WHERE id = %s")
        patch.setattr(tally, "PATIENCE", "10ms")
        assert "too many judgments to count" in text(lead.get(URL))
    page = lead.get("/p/demo/campaigns/first/pictures/", headers={"HX-Request": "true"})
    assert page.status_code == 200
    assert "too many judgments to count" in text(page)
    assert lead.get(f"{URL}labels-correct.csv").status_code == 404
    gallery.forget()
    assert "too many judgments" not in text(lead.get(URL))
