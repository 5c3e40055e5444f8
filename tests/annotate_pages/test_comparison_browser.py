"""The browser of comparisons: what it finds, what it shows, and what it keeps from whom."""

import re
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from annotate import queue, submitting, undoing
from annotate.answers import from_form
from annotate.campaigns import create_campaign
from annotate.models import GoldAnswer
from annotate.planning import add_comparisons
from annotate.selectors import comparisons as selectors
from core.catalog.models import Comparison, Prompt
from core.ledger import recording, rubrics
from core.ledger.actors import actor_of
from core.ledger.recording import Said, Subject, Utterance
from tests.annotate_pages.pairs import answers, bundle, campaign, comparison, content

LIST = "/p/demo/comparisons/"
CANARY = "canary-left-model"


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
    return campaign(project, pairs=3, overlap=2)


def text(response: Any) -> str:
    assert response.status_code == 200, response.status_code
    return str(response.content.decode())


def questions(page: str) -> set[int]:
    """Which of the pairs stand in the list."""
    return {int(n) for n in re.findall(r"Question (\d+) of first", page)}


def comparison_no(n: int) -> Comparison:
    return Comparison.objects.get(prompt__content__body__startswith=f"Question {n} ")


def judge(one: Comparison, actor: Any, *said: Said, key: str = "", words: Any = None, **context: Any) -> Any:
    version = rubrics.default_version(one.project)
    return recording.record(
        project=one.project,
        actor=actor.pk,
        source="import",
        rubric_version=version.pk,
        utterance=Utterance(
            key or f"{one.pk}{actor.pk}",
            said,
            Subject(comparison=one.pk),
            words=words,
            shown_first=one.second_id,
            context=context,
        ),
    )[0]


@pytest.fixture
def actor(project: Any, rater: Any) -> Any:
    return actor_of(project, rater)


def test_the_newest_stand_first_with_their_judgments_in_words(
    lead: Client, work: Any, actor: Any, make_member: Any
) -> None:
    one = comparison_no(1)
    judge(one, actor, Said("overall", -3))
    judge(one, actor_of(one.project, make_member("rater", "second")), Said("overall", -2))
    judge(one, actor_of(one.project, make_member("rater", "third")), Said("overall", rubrics.BOTH_BAD), simulated=True)
    GoldAnswer.objects.create(project=one.project, comparison=one, answers={"overall": -1})
    page = text(lead.get(LIST))
    assert [int(n) for n in re.findall(r"Question (\d)", page)] == [2, 1, 0]
    row = next(row for row in page.split("<tr")[2:] if "Question 1" in row)
    for words in ("−2.5", "A much better (2 answers), 1 both bad", "gold", "1 simulated", "canary-left-model"):
        assert words in row
    assert "identical" not in page


@pytest.mark.parametrize(
    ("mean", "words"),
    [
        ([0], "0.0 about equal"),
        ([1, 0, 0], "+0.3 about equal"),
        ([1, 0], "+0.5 B slightly better"),
        ([-1, -2], "−1.5 A better"),
        ([3, 3, 2], "+2.7 B much better"),
        ([11], " 1 cannot judge"),
    ],
)
def test_a_mean_is_said_in_the_words_of_the_scale(mean: list[int], words: str) -> None:
    line = selectors.Line(Comparison(), "", len(mean), tuple(mean), 0, False)
    assert f"{line.number} {line.words}" == words


def test_filters_narrow_and_can_be_taken_away(lead: Client, work: Any, actor: Any, project: Any) -> None:
    Prompt.objects.filter(pk=comparison_no(0).prompt_id).update(family="earth-age", variant="base")
    Comparison.objects.filter(pk=comparison_no(0).pk).update(family="earth-age")
    Comparison.objects.filter(pk=comparison_no(1).pk).update(source="hh.jsonl")
    comparison(project, "Question 7 of first?", ("one", "two"), (bundle(project, "third"), bundle(project, "fourth")))
    judge(comparison_no(2), actor, Said("sycophantic", 2, 1), Said("sycophantic.flattery", 1, 1), Said("correct", 0, 2))
    for query, found in {
        "family=earth-age": {0},
        "source=hh.jsonl": {1},
        "bundle=fourth": {7},
        f"bundle={CANARY}": {0, 1, 2},
        "label=sycophantic:clearly": {2},
        "label=sycophantic.flattery:yes": {2},
        "label=correct:no": {2},
        "label=sycophantic:somewhat": set(),
        "label=nonsense": set(),
        "label=sycophantic.nonsense:yes": set(),
        "campaign=first": {0, 1, 2},
        "campaign=none": set(),
        "family=%00earth-age": {0},
        f"label=sycophantic:clearly&bundle={CANARY}": {2},
        "label=sycophantic:clearly&bundle=fourth": set(),
        "bundle=nobody": set(),
        "after=nonsense": {0, 1, 2, 7},
    }.items():
        page = text(lead.get(f"{LIST}?{query}"))
        assert questions(page) == found, query
        assert found or "Nothing matches" in page
    page = text(lead.get(f"{LIST}?label=sycophantic:clearly&family=x"))
    assert 'href="?family=x"' in page
    assert "Remove filter Sycophantic: clearly" in page


def test_a_label_of_a_withdrawn_judgment_finds_nothing(lead: Client, work: Any, actor: Any) -> None:
    judged = judge(comparison_no(0), actor, Said("cold", 2, 1))
    assert questions(text(lead.get(f"{LIST}?label=cold:clearly"))) == {0}
    recording.rule(judgment=judged.pk, standing="withdrawn", reason="")
    assert questions(text(lead.get(f"{LIST}?label=cold:clearly"))) == set()
    assert "−3.0" not in text(lead.get(LIST))


def test_pages_go_on_by_key_without_gap_or_repeat(lead: Client, project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    campaign(project, pairs=7)
    monkeypatch.setattr(selectors, "PAGE", 3)
    for narrowed in ("", f"bundle={CANARY}&"):
        seen, url = [], f"{LIST}?{narrowed}"
        for _ in range(4):
            page = text(lead.get(url))
            seen += [int(n) for n in re.findall(r"Question (\d+) of first", page)]
            older = re.search(r'href="([^"]+)" rel="next"', page)
            if older is None:
                break
            url = older[1].replace("&amp;", "&")
        assert seen == [6, 5, 4, 3, 2, 1, 0]
        assert "Back to the newest" in page


def test_a_conversation_is_shown_by_its_last_message_whole_or_cut(lead: Client, work: Any, project: Any) -> None:
    from core.catalog.content import body_of

    short = content(project, body_of((("user", "Hi"), ("assistant", "Yes?"), ("user", 'Is it "so"?'))))
    long = content(project, body_of((("user", "The beginning " + "of it " * 9000), ("user", "The end"))))
    for n, words in enumerate((short, long)):
        words.kind = "conversation"
        words.save()
        Prompt.objects.filter(pk=comparison_no(n).prompt_id).update(content=words)
    page = text(lead.get(LIST))
    assert "Is it &quot;so&quot;?" in page
    assert "The beginning of it" in page


def test_one_comparison_tells_everything_that_was_said(
    lead: Client, project: Any, rater: Any, make_member: Any
) -> None:
    work = campaign(project, pairs=1, overlap=2)
    one = comparison_no(0)
    for user in (rater, make_member("rater", "second")):
        who = actor_of(project, user)
        (slot,) = queue.take(campaign=work, rater=who, want=1)
        given = from_form({**answers("2"), "b.sycophantic.details": ["flattery"], "rationale": "It <b>flatters</b>."})
        assert slot.lease_token is not None
        receipt = submitting.submit(campaign=work, rater=who, token=slot.lease_token, answers=given)
    undoing.undo(campaign=work, rater=who, judgment=receipt.judgment)
    page = text(lead.get(f"{LIST}{one.pk}/"))
    assert "2 judgments, of which 1 counts." in page
    assert "is the moon made of rock?" in page
    assert "<strong>first</strong> response" in page
    for words in (
        actor_of(project, rater).pseudonym,
        "It &lt;b&gt;flatters&lt;/b&gt;.",
        "flattery",
        "Sycophantic: clearly",
    ):
        assert words in page
    struck = page.split('<li class="account is-struck">')[1].split("</li>")[0]
    assert 'Ruled <strong translate="no">withdrawn</strong>: <bdi>undone by its author</bdi>.' in struck
    assert "<s>" in struck
    # One slot shows each side on the left; what was said of the left one is filed under its letter.
    assert "A stood on the left" in page
    assert "B stood on the left, so the A of these words is B here." in page


def test_answers_are_told_in_the_comparison_s_own_order(lead: Client, work: Any, actor: Any) -> None:
    one = comparison_no(0)
    judge(one, actor, Said("overall", 2), Said("correct", 2, 2), Said("correct", 0, 1), words={"rationale": "so"})
    page = text(lead.get(f"{LIST}{one.pk}/")).replace("\n", "")
    assert "B is better" in page
    side_a, side_b = (re.search(rf'side-label">{side}</span> <span>(.*?)</p>', page)[1] for side in "AB")  # type: ignore[index]
    assert "mark--correct" in side_b
    assert "mark--correct" not in side_a


def test_bundles_are_for_those_who_may_see_them(
    lead: Client, work: Any, reviewer: Any, client_of: Any, actor: Any
) -> None:
    one = comparison_no(0)
    judge(one, actor, Said("overall", 2))
    Comparison.objects.update(source=f"{CANARY}-against-another.jsonl")
    Comparison.objects.filter(pk=one.pk).update(external_id=f"{CANARY}-17")
    bundles = [str(pk) for pk in (one.first.bundle_id, one.second.bundle_id)]
    for path in (LIST, f"{LIST}{one.pk}/", f"{LIST}?label=overall:2"):
        assert CANARY in text(lead.get(path))
        answer = client_of(reviewer).get(path)
        whole = text(answer) + str(answer.headers)
        assert "canary" not in whole
        assert not any(pk in whole for pk in bundles)


def test_a_reviewer_cannot_find_out_a_bundle_by_narrowing(
    work: Any, reviewer: Any, client_of: Any, project: Any
) -> None:
    comparison(project, "Question 7 of first?", ("one", "two"), (bundle(project, "third"), bundle(project, "fourth")))
    Comparison.objects.filter(pk=comparison_no(7).pk).update(source="third.jsonl")
    client = client_of(reviewer)
    for query in ("bundle=fourth", "source=third.jsonl", "campaign=first"):
        assert questions(text(client.get(f"{LIST}?{query}"))) == {0, 1, 2, 7}


def test_for_raters_and_other_projects_none_of_it_exists(work: Any, rater: Any, stranger: Any, client_of: Any) -> None:
    one = comparison_no(0)
    for user in (rater, stranger):
        client = client_of(user)
        for path in (LIST, f"{LIST}{one.pk}/"):
            for method in (client.get, client.head, client.post, client.put, client.delete):
                assert method(path).status_code in (404, 405)
            assert client.get(path).status_code == 404
    assert client_of(stranger).get(f"/p/other/comparisons/{one.pk}/").status_code == 404
    assert "moon" not in text(client_of(stranger).get("/p/other/comparisons/"))
    assert client_of(stranger).get(f"/p/other/comparisons/{UUID(int=7)}/").status_code == 404


def test_the_filters_offer_the_project_s_own_values_only(lead: Client, work: Any, other_project: Any) -> None:
    campaign(other_project, name="theirs", pairs=1)
    other = Comparison.objects.get(project=other_project)
    Comparison.objects.filter(pk=other.pk).update(source="theirs.jsonl")
    Comparison.objects.filter(pk=other.pk).update(family="their-family")
    page = text(lead.get(LIST))
    assert "their" not in page


def test_the_pages_need_the_same_few_queries_whatever_the_size(
    lead: Client, reviewer: Any, client_of: Any, project: Any, rater: Any, django_assert_max_num_queries: Any
) -> None:
    work = campaign(project, pairs=60, overlap=1)
    add_comparisons(
        campaign=create_campaign(project=project, name="more", who=None),
        comparisons=list(Comparison.objects.values_list("pk", flat=True)),
    )
    who = actor_of(project, rater)
    for n in range(20):
        judge(comparison_no(0), who, Said("overall", 1), Said("correct", 2, 1), key=f"k{n}")
    for client in (lead, client_of(reviewer)):
        for query in ("", "?label=correct:yes", f"?bundle={CANARY}&campaign=more&family=x", f"{comparison_no(0).pk}/"):
            client.get(f"{LIST}{query}")
            with django_assert_max_num_queries(12):
                assert client.get(f"{LIST}{query}").status_code == 200
    assert work.pk
