import pytest
from django.db import IntegrityError, connection, transaction
from django.db.transaction import TransactionManagementError

from annotate.models import Campaign
from core.accounts.models import Project
from core.tables.prepared import Columns, rows
from core.tables.statistics import look_again

ONE = "SELECT %(n)s::int + 1, %(text)s::text"


def test_a_statement_returns_its_rows_and_is_planned_once(db):
    for n in range(7):
        assert rows(ONE, {"n": n, "text": "50 %"}) == [(n + 1, "50 %")]
    (plans,) = rows(
        "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %(like)s", {"like": "%::int + 1%"}
    )
    assert plans == (1,)


def test_a_statement_that_returns_nothing_has_no_rows(db):
    assert rows("UPDATE accounts_project SET name = %(name)s", {"name": "x"}) == []


def test_an_error_is_djangos_and_the_transaction_knows_of_it(project):
    twice = "INSERT INTO accounts_project SELECT * FROM accounts_project WHERE id = %(id)s"
    with transaction.atomic():
        with pytest.raises(IntegrityError), transaction.atomic():
            rows(twice, {"id": project.pk})
        assert rows("SELECT 1", {}) == [(1,)]
        with pytest.raises(IntegrityError):
            rows(twice, {"id": project.pk})
        connection.needs_rollback = True
        with pytest.raises(TransactionManagementError):
            rows("SELECT 1", {})
        connection.needs_rollback = False
        transaction.set_rollback(True)


def test_columns_build_what_the_manager_reads(project):
    from annotate.campaigns import create_campaign

    questions = {"cold": {"ask": "off"}}
    campaign = create_campaign(
        project=project, name="pairs", who=None, questions=questions, purposes=["a"], pay="0.1250"
    )
    for model, alias, stored in ((Campaign, "c", campaign), (Project, "p", project)):
        columns = Columns(model, alias)
        table = model._meta.db_table
        ((*values,),) = rows(f"SELECT {columns.sql} FROM {table} {alias} WHERE {alias}.id = %(id)s", {"id": stored.pk})
        built, read = columns.build(values), model.objects.get(pk=stored.pk)
        assert len(values) == columns.width
        for field in model._meta.concrete_fields:
            ours, theirs = getattr(built, field.attname), getattr(read, field.attname)
            assert ours == theirs or bytes(ours) == bytes(theirs)
        assert not built._state.adding


def test_a_table_that_has_grown_is_counted_anew_once(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_session SELECT n::text, repeat('x', 1000), now() FROM generate_series(1, 500) n"
        )
    assert look_again("django_session", "accounts_project") == ["django_session"]
    assert look_again("django_session", "accounts_project") == []


def test_a_long_table_that_was_empty_when_it_was_counted_is_counted_anew(db):
    fill = "INSERT INTO django_session SELECT n::text, repeat('x', 1000), now() FROM generate_series(1, {}) n"
    with connection.cursor() as cursor:
        for statement in (fill.format(500), "DELETE FROM django_session", "ANALYZE django_session", fill.format(50)):
            cursor.execute(statement)
    assert look_again("django_session") == ["django_session"]
    assert look_again("django_session") == []
