"""Each check sees the row that breaks it; the database, which refuses such rows, is told to look away meanwhile."""

import json
import uuid
from contextlib import contextmanager
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from core.catalog.models import Bundle, Comparison, Content, Prompt, Response
from core.jobs.models import Job
from core.ledger import recording
from core.ledger.models import Actor
from core.ledger.recording import Said, Subject, Utterance
from core.ledger.rubrics import default_version
from core.tables.verification import check, checks

pytestmark = pytest.mark.django_db
SAID = (Said("overall", 2), Said("correct", 2, 1))


@contextmanager
def looking_away():
    """The session of a restore or of a superuser, in which triggers do not fire."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        yield cursor.execute
        cursor.execute("SET session_replication_role = origin")


@pytest.fixture
def responses(project):
    content = Content.objects.create(project=project, digest=b"c", body="x")
    prompt = Prompt.objects.create(project=project, content=content, digest=b"p")
    bundle = Bundle.objects.create(project=project, name="b")
    return [
        Response.objects.create(project=project, prompt=prompt, bundle=bundle, content=content, sample_no=n)
        for n in range(3)
    ]


@pytest.fixture
def comparison(project, responses):
    first, second, _ = responses
    return Comparison.objects.create(
        project=project,
        prompt=first.prompt,
        first=first,
        second=second,
        first_bundle=first.bundle,
        second_bundle=second.bundle,
        identical=True,
    )


@pytest.fixture
def say(project, comparison):
    actors = {}

    def make(actor="ann", said=SAID, **more):
        if actor not in actors:
            actors[actor] = Actor.objects.create(project=project, kind="rater", pseudonym=actor)
        utterance = Utterance(
            submission_key=str(uuid.uuid4()), said=said, subject=Subject(comparison=comparison.pk), **more
        )
        judgment, _ = recording.record(
            project=project,
            actor=actors[actor].pk,
            source="rating",
            rubric_version=default_version(project).pk,
            utterance=utterance,
        )
        return judgment

    return make


def findings_of(name):
    return list(checks()[name]())


def only(findings):
    (finding,) = findings
    return finding


def test_a_ledger_made_by_its_own_functions_is_clean(say, comparison):
    judgment = say(shown_first=comparison.second_id)
    say(context={"supersedes_id": judgment.pk})
    surplus = say("ben", said=(Said("sycophantic.flattery", 1, 2), Said("overall", 10)))
    recording.rule(judgment=surplus.pk, standing="surplus", reason="late")
    recording.rule(judgment=surplus.pk, standing="counted", weight=0.5, reason="the slot was free")
    assert [finding for run in checks().values() for finding in run()] == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("ALTER TABLE ledger_judgment DISABLE TRIGGER USER", "switched off"),
        ("ALTER TABLE ledger_judgment ENABLE REPLICA TRIGGER {0}", "switched off"),
        ("DROP TRIGGER {0} ON ledger_judgment", "missing"),
        ("COMMENT ON TRIGGER {0} ON ledger_judgment IS 'x'", "other code"),
    ],
)
def test_a_table_that_could_be_changed_is_named(change, said):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgname LIKE 'pgtrigger_append_only_%' "
            "AND tgrelid = 'ledger_judgment'::regclass"
        )
        cursor.execute(change.format(cursor.fetchone()[0]))
    found = findings_of("append-only tables refuse changes")
    assert found
    assert found[0].table == "ledger_judgment"
    assert said in found[0].message


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("UPDATE ledger_signal SET question = 'charm' WHERE question = 'overall'", "charm"),
        ("UPDATE ledger_signal SET value = 7 WHERE question = 'overall'", "no answer has the value 7"),
        ("UPDATE ledger_signal SET response_slot = 0 WHERE question = 'correct'", "place 0"),
        ("UPDATE ledger_signal SET question = 'sycophantic.charm' WHERE question = 'correct'", "no detail"),
    ],
)
def test_a_signal_that_its_rubric_does_not_have_is_named(say, sql, said):
    judgment = say()
    with looking_away() as execute:
        execute(sql)
    finding = only(findings_of("signals belong to their rubric"))
    assert finding.row.startswith(str(judgment.pk))
    assert said in finding.message


def test_a_response_shown_first_from_elsewhere_is_named(say, responses):
    judgment = say(shown_first=responses[0].pk)
    with looking_away() as execute:
        execute("UPDATE ledger_judgment SET shown_first_id = %s", [responses[2].pk])
    assert only(findings_of("what was shown first is one of the two")).row == str(judgment.pk)


def test_a_correction_of_somebody_elses_judgment_is_named(say):
    theirs, mine = say("ann"), say("ben")
    with looking_away() as execute:
        execute("UPDATE ledger_judgment SET supersedes_id = %s WHERE id = %s", [theirs.pk, mine.pk])
    assert only(findings_of("a correction is by the same actor about the same thing")).row == str(mine.pk)


def test_a_correction_that_is_older_than_what_it_corrects_is_named(say):
    older, newer = say(), say()
    with looking_away() as execute:
        execute("UPDATE ledger_judgment SET supersedes_id = %s WHERE id = %s", [newer.pk, older.pk])
    assert only(findings_of("a correction is by the same actor about the same thing")).row == str(older.pk)


@pytest.mark.parametrize("values", ["standing = 'surplus'", "weight = -1", "weight = 'NaN'"])
def test_a_ruling_with_a_weight_that_does_not_fit_is_named(say, values):
    ruling = recording.rule(judgment=say().pk, standing="counted", reason="x")
    with looking_away() as execute:
        execute(f"UPDATE ledger_ruling SET {values}")
    assert only(findings_of("rulings name a judgment and a weight that fits")).row == str(ruling.pk)


def replace_view(where):
    """The view as somebody might break it: with another idea of what counts."""
    columns = (
        "id, project_id, actor_id, source, rubric_version_id, comparison_id, response_id, turn_id, shown_first_id, "
        "solicited, memory, arm_key, segment_key, said_at, recorded_at, simulated, 1.0::float8 AS weight"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE OR REPLACE VIEW counted_judgment AS SELECT {columns} FROM ledger_judgment WHERE {where}"
        )


def test_a_view_that_counts_what_was_withdrawn_is_named(say):
    judgment = say()
    recording.rule(judgment=judgment.pk, standing="counted", reason="x")
    recording.rule(judgment=judgment.pk, standing="withdrawn", reason="undone")
    replace_view("true")
    finding = only(findings_of("the counted judgments are the recomputed ones"))
    assert (finding.row, finding.message) == (str(judgment.pk), "counted with the weight 1, recomputed none")


def test_a_view_that_leaves_a_judgment_out_is_named(say):
    judgment = say()
    replace_view("false")
    finding = only(findings_of("the counted judgments are the recomputed ones"))
    assert (finding.row, finding.message) == (str(judgment.pk), "counted with the weight none, recomputed 1")


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("a job's times fit its state", {"state": "done", "attempt": 1}),
        ("a job's times fit its state", {"state": "running", "attempt": 1}),
        ("no job is tried more often than allowed", {"state": "queued", "attempt": 3}),
        ("no job is tried more often than allowed", {"state": "failed", "attempt": 4}),
    ],
)
def test_a_job_that_is_in_no_possible_state_is_named(name, values):
    job = Job.objects.create(kind="t", **values)
    assert only(findings_of(name)).row == str(job.pk)


def test_a_dedupe_key_that_is_active_twice_is_named():
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX job_dedupe")
    jobs = [Job.objects.create(kind="t", dedupe_key="k") for _ in range(2)]
    assert only(findings_of("a dedupe key is active once")).row == str(jobs[1].pk)


def test_the_command_prints_a_line_per_check_and_passes_on_a_clean_database(say):
    say()
    out = StringIO()
    call_command("verify", stdout=out)
    lines = out.getvalue().splitlines()
    assert len(lines) == len(checks())
    assert all(line.strip().startswith("ok") for line in lines)


def test_the_command_names_the_row_and_fails(say, responses):
    judgment = say(shown_first=responses[0].pk)
    with looking_away() as execute:
        execute("UPDATE ledger_judgment SET shown_first_id = %s", [responses[2].pk])
    out = StringIO()
    with pytest.raises(CommandError, match="1 broken") as failure:
        call_command("verify", stdout=out)
    assert failure.value.returncode == 1
    assert f"ledger_judgment {judgment.pk}" in out.getvalue()


def test_the_command_speaks_json_in_one_line(say):
    out = StringIO()
    call_command("verify", json=True, stdout=out)
    (line,) = out.getvalue().splitlines()
    assert json.loads(line)["ok"] is True
    assert "signals belong to their rubric" in json.loads(line)["checks"]


def test_a_selection_that_selects_nothing_is_refused():
    with pytest.raises(CommandError, match="No check"):
        call_command("verify", only="nonsense", stdout=StringIO())


@pytest.mark.django_db(transaction=True)
def test_outside_of_a_test_the_checks_see_one_snapshot():
    call_command("verify", stdout=StringIO())


def test_two_checks_of_one_name_are_refused():
    with pytest.raises(ValueError, match="Two checks"):
        check("signals belong to their rubric")(lambda: [])


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("DELETE FROM ledger_mention WHERE question = 'overall'", "missing"),
        ("UPDATE ledger_mention SET value = 3 WHERE question = 'overall'", "of nobody"),
    ],
)
def test_a_mention_that_is_missing_or_of_nobody_is_named(say, comparison, sql, said):
    say()
    assert findings_of("mentions are the recomputed ones") == []
    with looking_away() as execute:
        execute(sql)
    found = findings_of("mentions are the recomputed ones")
    assert {one.row for one in found} == {str(comparison.pk)}
    assert said in " ".join(one.message for one in found)


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("UPDATE catalog_comparison SET family = 'x'", "family"),
        ("UPDATE catalog_comparison SET second_bundle_id = id", "second bundle"),
    ],
)
def test_a_comparison_that_repeats_something_else_is_named(comparison, sql, said):
    assert findings_of("comparisons repeat what they are of") == []
    with looking_away() as execute:
        execute(sql)
    finding = only(findings_of("comparisons repeat what they are of"))
    assert (finding.row, said in finding.message) == (str(comparison.pk), True)
