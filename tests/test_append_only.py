import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

APPEND_ONLY = [
    "abtest_correction",
    "abtest_decision",
    "abtest_event",
    "abtest_readout",
    "abtest_step",
    "accounts_auditevent",
    "alpha_axisanswer",
    "alpha_choice",
    "alpha_consent",
    "alpha_consenttext",
    "alpha_said",
    "alpha_triage",
    "annotate_brokenreport",
    "annotate_payrow",
    "catalog_anchor",
    "catalog_anchorset",
    "catalog_poolresponse",
    "catalog_score",
    "ledger_anchorjudgment",
    "ledger_exportcut",
    "ledger_judgment",
    "ledger_rubricversion",
    "ledger_ruling",
    "ledger_signal",
    "reports_alarmaction",
    "reports_anchorevent",
    "reports_driftevent",
    "reports_recipeversion",
    "reports_referencedecision",
]


def test_the_list_of_append_only_tables_is_whole():
    declared = {
        m._meta.db_table
        for m in apps.get_models()
        if "append_only" in [trigger.name for trigger in getattr(m._meta, "triggers", [])]
    }
    assert declared == set(APPEND_ONLY)


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_an_append_only_table_refuses_truncation(db, table):
    with pytest.raises(DatabaseError, match="Cannot truncate"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {table} CASCADE")


def test_an_audit_event_is_neither_changed_nor_deleted(project):
    for sql in ("UPDATE accounts_auditevent SET verb = 'x'", "DELETE FROM accounts_auditevent"):
        with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
