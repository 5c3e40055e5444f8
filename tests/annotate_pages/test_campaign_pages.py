"""The pages of those who run campaigns: the list, the form, one campaign, the rater's-eye preview, the overview."""

from typing import Any

import pytest
from django.test import Client

from annotate import queue, submitting
from annotate.answers import from_form
from annotate.campaigns import create_campaign
from annotate.models import Campaign, Slot
from annotate.selectors import progress
from core.catalog.models import AnchorSet
from core.ledger.actors import actor_of
from core.ledger.models import ExportCut, Judgment
from core.tables.ids import uuid7
from reports.drift.raters import Quality
from stats.intervals import Estimate
from tests.annotate_pages.pairs import answers, campaign

SCRIPT = {"hx-request": "true"}
CAMPAIGNS = "/p/demo/campaigns/"
FILLED_IN = {
    "name": "second",
    "title": "Second look",
    "guideline": "Read both.",
    "overlap": "2",
    "lease_seconds": "600",
    "undo_seconds": "60",
    "pay": "0.25",
    "currency": "EUR",
    "purposes": "drift, spot",
    **{f"ask_{key}": "required" for key in ("correct", "sycophantic", "cold", "overall")},
    "ask_thumb": "off",
    "ask_more_right": "optional",
    "ask_better_to_talk_to": "optional",
    "ask_rationale": "sampled",
    "share_rationale": "0.2",
}


@pytest.fixture
def client_of() -> Any:
    def sign_in(user: Any) -> Client:
        client = Client()
        client.force_login(user, backend="core.accounts.backend.AuthenticationBackend")
        return client

    return sign_in


@pytest.fixture
def lead(ml_lead: Any, client_of: Any) -> Client:
    return client_of(ml_lead)


@pytest.fixture
def work(project: Any) -> Any:
    return campaign(project, pairs=3, overlap=2, pay="0.5")


def text(response: Any) -> str:
    return str(response.content.decode())


def rate_one(work: Any, user: Any, **fields: Any) -> Judgment:
    rater = actor_of(work.project, user)
    (slot,) = queue.take(campaign=work, rater=rater, want=1)
    given = from_form({**answers(), **fields})
    assert slot.lease_token is not None
    receipt = submitting.submit(campaign=work, rater=rater, token=slot.lease_token, answers=given, seconds=40)
    return Judgment.objects.get(pk=receipt.judgment)


def test_the_campaign_page_begins_with_how_far_it_is(lead: Client, work: Any, rater: Any) -> None:
    rate_one(work, rater)
    queue.take(campaign=work, rater=actor_of(work.project, rater), want=1)
    page = text(lead.get(f"{CAMPAIGNS}first/"))
    assert "16 % done: 1 of 6 places filled, 1 with raters now." in page
    assert '<progress class="campaign-bar" value="1" max="6"' in page
    assert actor_of(work.project, rater).pseudonym in page
    assert "40 s" in page
    assert "0.50 EUR a judgment" in page


def test_a_campaign_without_tasks_says_what_to_do(lead: Client, project: Any) -> None:
    create_campaign(project=project, name="empty", who=None)
    assert "Nothing to rate yet: import comparisons into it." in text(lead.get(f"{CAMPAIGNS}empty/"))
    preview = lead.get(f"{CAMPAIGNS}empty/preview/")
    assert preview.status_code == 200
    assert "Nothing to show yet" in text(preview)


def test_a_share_is_never_rounded_to_nothing_or_to_all(project: Any) -> None:
    from annotate.selectors.progress import Progress

    assert Progress(1000, 0, 3000, 1, 0, 2999).share == "under 1 %"
    assert Progress(1000, 999, 3000, 2999, 0, 1).share == "99 %"
    assert Progress(1000, 1000, 3000, 3000, 0, 0).share == "100 %"


def test_with_a_script_the_campaign_page_gives_its_table_of_raters_alone(lead: Client, work: Any, rater: Any) -> None:
    rate_one(work, rater)
    part = text(lead.get(f"{CAMPAIGNS}first/", headers=SCRIPT))
    assert part.lstrip().startswith('<div class="table-wrap"')
    assert "<html" not in part


def test_a_filled_in_form_makes_a_draft(lead: Client, project: Any) -> None:
    answer = lead.post(f"{CAMPAIGNS}new/", FILLED_IN)
    assert (answer.status_code, answer["Location"]) == (302, f"{CAMPAIGNS}second/")
    made = Campaign.objects.get(project=project, name="second")
    assert made.state == "draft"
    assert (made.title, made.overlap, str(made.pay), made.purposes) == ("Second look", 2, "0.2500", ["drift", "spot"])
    assert made.questions["rationale"] == {"ask": "sampled", "probability": 0.2}
    assert made.questions["thumb"] == {"ask": "off"}


@pytest.fixture
def fixed(project: Any) -> AnchorSet:
    return AnchorSet.objects.create(project=project, name="fixed")


def test_the_form_declares_anchors_and_the_page_says_so(lead: Client, project: Any, fixed: AnchorSet) -> None:
    said = {"anchor_set": "fixed", "anchor_percent": "7.5", "anchor_gap_days": "30"}
    assert lead.post(f"{CAMPAIGNS}new/", FILLED_IN | said).status_code == 302
    made = Campaign.objects.get(project=project, name="second")
    assert (made.anchor_set, made.anchor_share, made.anchor_gap_days) == (fixed, 0.075, 30)
    page = text(lead.get(f"{CAMPAIGNS}second/"))
    assert "7.5 % of what each rater takes, from fixed; the same one again after 30 days" in page
    form = text(lead.get(f"{CAMPAIGNS}second/edit/"))
    assert '<option value="fixed" selected>' in form
    assert 'value="7.5"' in form
    again = {key: value for key, value in (FILLED_IN | said).items() if key != "name"}
    assert lead.post(f"{CAMPAIGNS}second/edit/", again | {"anchor_percent": ""}).status_code == 302
    made.refresh_from_db()
    assert made.anchor_share == 0
    Campaign.objects.filter(pk=made.pk).update(anchor_share=0.1, anchor_gap_days=None, anchors_raised=True)
    page = text(lead.get(f"{CAMPAIGNS}second/"))
    assert "20 % of what each rater takes, from fixed; never the same one twice. Doubled, as an alarm asks" in page


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"anchor_set": "fixed", "anchor_percent": "3"}, "A share of anchors is 5 to 10 %"),
        ({"anchor_set": "fixed", "anchor_percent": "11"}, "less than or equal to 10"),
        ({"anchor_percent": "5"}, "Choose the set whose anchors are mixed in."),
        ({"anchor_set": "theirs", "anchor_percent": "5"}, "Select a valid choice"),
    ],
)
def test_anchors_that_cannot_be_are_refused_beside_their_field(
    lead: Client, fixed: AnchorSet, other_project: Any, said: dict[str, str], words: str
) -> None:
    AnchorSet.objects.create(project=other_project, name="theirs")
    answer = lead.post(f"{CAMPAIGNS}new/", FILLED_IN | said)
    assert answer.status_code == 422
    assert words in text(answer)
    assert not Campaign.objects.filter(name="second").exists()


def test_the_table_of_raters_says_how_they_do_on_anchors(
    lead: Client, work: Any, rater: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rate_one(work, rater)
    assert "Agrees on anchors" not in text(lead.get(f"{CAMPAIGNS}first/"))
    actor = actor_of(work.project, rater).pk
    for quality, words, flagged in (
        (Quality(None, 31), "not enough data: about 31 more needed", False),
        (Quality(Estimate(0.906, 0.81, 0.954, 64), 0, "ok"), "91 % (81–95 %) of 64", False),
        (Quality(Estimate(0.5, 0.4, 0.6, 100), 0, "alarm", "lenient"), "more lenient than before", True),
        (Quality(Estimate(0.5, 0.4, 0.6, 100), 0, "watch", "strict"), "perhaps stricter than before", True),
    ):
        monkeypatch.setattr(progress, "quality_of", lambda project, actors, found=quality: {actor: found})
        page = text(lead.get(f"{CAMPAIGNS}first/"))
        assert "Agrees on anchors" in page
        assert words in page
        assert ('<span class="tag">' in page) == flagged


def test_with_a_script_the_form_sends_the_whole_page_on(lead: Client, project: Any) -> None:
    answer = lead.post(f"{CAMPAIGNS}new/", FILLED_IN, headers=SCRIPT)
    assert answer["HX-Redirect"] == f"{CAMPAIGNS}second/"


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "Two Words", "slug"),
        ("name", "new", "cannot be a campaign"),
        ("name", "first", "already"),
        ("title", "", "required"),
        ("overlap", "0", "greater than or equal to 1"),
        ("lease_seconds", "5", "greater than or equal to 30"),
        ("pay", "-1", "greater than or equal to 0"),
        ("currency", "euro", "three capital letters"),
        ("currency", "EUR\n", "three capital letters"),
        ("ask_correct", "sometimes", "not one of the available choices"),
        ("share_rationale", "", "for which share"),
        ("share_rationale", "1.5", "less than or equal to 1"),
        ("title", "Does Canary-Left-Model flatter?", "names the bundle “canary-left-model”"),
        ("guideline", "The second is CANARY-RIGHT-MODEL.", "names the bundle “canary-right-model”"),
        ("name", "canary-left-model", "names the bundle"),
    ],
)
def test_a_fault_is_named_where_it_is_and_nothing_is_made(
    lead: Client, work: Any, field: str, value: str, words: str
) -> None:
    for headers in ({}, SCRIPT):
        answer = lead.post(f"{CAMPAIGNS}new/", {**FILLED_IN, field: value}, headers=headers)
        assert answer.status_code == 422
        assert words in text(answer)
        assert ("<html" in text(answer)) == (headers == {})
    assert Campaign.objects.count() == 1


def test_a_form_that_requires_nothing_is_refused(lead: Client, project: Any) -> None:
    data = {key: "optional" if key.startswith("ask_") else value for key, value in FILLED_IN.items()}
    assert "at least one question required" in text(lead.post(f"{CAMPAIGNS}new/", data))


def test_an_unchanged_form_changes_nothing(lead: Client, project: Any, make_user: Any) -> None:
    lead.post(f"{CAMPAIGNS}new/", {**FILLED_IN, "guideline": "One.\r\nTwo."})
    data = {key: value for key, value in FILLED_IN.items() if key != "name"} | {"guideline": "One.\r\nTwo."}
    assert lead.post(f"{CAMPAIGNS}second/edit/", data).status_code == 302
    assert Campaign.objects.get(name="second").guideline_version == 1


def test_a_change_is_saved_and_a_lower_overlap_is_refused(lead: Client, work: Any) -> None:
    page = text(lead.get(f"{CAMPAIGNS}first/edit/"))
    assert "Then say which is **right**." in page
    data = {key: value for key, value in FILLED_IN.items() if key != "name"}
    assert lead.post(f"{CAMPAIGNS}first/edit/", {**data, "overlap": "3"}).status_code == 302
    work.refresh_from_db()
    assert (work.name, work.title, work.overlap, work.guideline_version) == ("first", "Second look", 3, 2)
    assert Slot.objects.filter(campaign=work).count() == 9
    answer = lead.post(f"{CAMPAIGNS}first/edit/", {**data, "overlap": "1"})
    assert answer.status_code == 422
    assert "can only grow" in text(answer)


def test_the_buttons_open_pause_and_close(lead: Client, project: Any) -> None:
    made = create_campaign(project=project, name="draft", who=None)
    for state in ("open", "paused", "open", "closed", "open"):
        page = text(lead.get(f"{CAMPAIGNS}draft/"))
        assert f'name="state" value="{state}"' in page
        assert lead.post(f"{CAMPAIGNS}draft/state/", {"state": state}).status_code == 302
        made.refresh_from_db()
        assert made.state == state
    for wrong in ("draft", "gone", ""):
        answer = lead.post(f"{CAMPAIGNS}draft/state/", {"state": wrong}, follow=True)
        assert "cannot become" in text(answer)
    made.refresh_from_db()
    assert made.state == "open"
    assert lead.get(f"{CAMPAIGNS}draft/state/").status_code == 405


def test_a_draft_whose_title_names_a_later_bundle_is_not_opened(lead: Client, work: Any, project: Any) -> None:
    draft = create_campaign(project=project, name="draft", who=None, title="About v99")
    from core.catalog.models import Bundle

    Bundle.objects.create(project=project, name="v99")
    answer = lead.post(f"{CAMPAIGNS}draft/state/", {"state": "open"}, follow=True)
    assert "names the bundle “v99”" in text(answer)
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_a_bundle_is_found_as_a_word_and_not_inside_another(project: Any) -> None:
    from annotate.campaigns import NamesBundle
    from core.catalog.models import Bundle

    Bundle.objects.create(project=project, name="v4")
    Bundle.objects.create(project=project, name="a")
    create_campaign(project=project, name="ok", who=None, title="A look at v42")
    for title in ("V4", "v4-and-more", "is it_v4?", "ｖ４ in wide letters"):
        with pytest.raises(NamesBundle):
            create_campaign(project=project, name="refused", who=None, title=title)


def test_the_preview_shows_the_rating_page_and_takes_nothing(lead: Client, work: Any) -> None:
    page = text(lead.get(f"{CAMPAIGNS}first/preview/"))
    assert 'data-row="a.correct"' in page
    assert 'data-row="overall"' in page
    assert 'name="token" value=""' in page
    assert "<form" not in page.split('id="content"')[1].split("</main>")[0]
    assert "canary" not in page
    assert not Slot.objects.exclude(state="open").exists()


def test_the_preview_goes_on_to_other_tasks_and_bears_any_number(lead: Client, work: Any) -> None:
    seen = {
        text(lead.get(f"{CAMPAIGNS}first/preview/?n={n}")).split('aria-label="Prompt text">')[1][:200] for n in range(3)
    }
    assert len(seen) == 3
    for n in ("-1", "99999999999", "x", "7", "²"):
        assert lead.get(f"{CAMPAIGNS}first/preview/", {"n": n}).status_code == 200


def test_the_overview_says_what_waits(lead: Client, work: Any, project: Any, rater: Any) -> None:
    create_campaign(project=project, name="empty", who=None, title="Not begun")
    rate_one(work, rater)
    page = text(lead.get("/p/demo/overview/"))
    assert "1 campaign open, 1 of 6 places filled; 5 places left." in page
    assert "“Not begun” has nothing to rate yet." in page
    assert "1 counted judgment and nothing has been exported yet." in page
    ExportCut.objects.create(project=project, snapshot=uuid7())
    assert "counted judgment and" not in text(lead.get("/p/demo/overview/"))


def test_an_empty_project_says_how_to_begin(lead: Client) -> None:
    assert "Nothing here yet: import comparisons, and raters can begin." in text(lead.get("/p/demo/overview/"))
    assert "Make the first one" in text(lead.get(CAMPAIGNS))


PAGES = [
    "/p/{slug}/overview/",
    "/p/{slug}/campaigns/",
    "/p/{slug}/campaigns/new/",
    "/p/{slug}/campaigns/first/",
    "/p/{slug}/campaigns/first/edit/",
    "/p/{slug}/campaigns/first/state/",
    "/p/{slug}/campaigns/first/preview/",
]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("method", ["get", "post", "head", "put", "delete"])
def test_for_others_these_pages_do_not_exist(
    work: Any, stranger: Any, rater: Any, reviewer: Any, client_of: Any, path: str, method: str
) -> None:
    for user in (stranger, rater, reviewer):
        answer = getattr(client_of(user), method)(path.format(slug="demo"), FILLED_IN if method == "post" else None)
        assert answer.status_code in (404, 405)
        assert "First" not in text(answer)
    work.refresh_from_db()
    assert (work.title, work.state) == ("first", "open")
    assert Campaign.objects.count() == 1


@pytest.mark.parametrize("path", PAGES[3:])
def test_a_campaign_is_not_found_under_another_project_s_name(
    work: Any, stranger: Any, other_project: Any, client_of: Any, path: str
) -> None:
    client = client_of(stranger)
    assert client.get(path.format(slug="other")).status_code in (404, 405)
    assert client.post(path.format(slug="other"), {**FILLED_IN, "state": "closed"}).status_code in (404, 405)
    work.refresh_from_db()
    assert work.state == "open"


@pytest.mark.parametrize("path", PAGES)
def test_who_is_not_signed_in_is_sent_to_sign_in(work: Any, path: str) -> None:
    answer = Client().get(path.format(slug="demo"))
    assert answer.status_code in (302, 405)
    assert answer.status_code == 405 or "/login/" in answer["Location"]


def test_the_pages_need_the_same_few_queries_whatever_the_size(
    lead: Client, project: Any, rater: Any, django_assert_max_num_queries: Any
) -> None:
    for n in range(6):
        work = campaign(project, name=f"campaign-{n}", pairs=4, overlap=2)
        rate_one(work, rater)
    # The overview shows the ten monitors of drift as well, and what waits in alphas and experiments.
    most = {"overview/": 31, "campaigns/": 19, "campaigns/campaign-1/": 19, "campaigns/campaign-1/preview/": 19}
    for path, queries in most.items():
        with django_assert_max_num_queries(queries):
            assert lead.get(f"/p/demo/{path}").status_code == 200
