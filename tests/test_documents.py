"""What the documents say of the code is so."""

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
OURS = (
    *("jobs", "accounts", "api", "catalog", "endpoints", "ledger", "reports"),
    *("alpha", "annotate", "abtest", "exchange"),
)
ROW = re.compile(r"^\| `(\w+)` \| (.*?) \|", re.MULTILINE)


def documented() -> dict[str, str]:
    return dict(ROW.findall((ROOT / "docs/data-model.md").read_text()))


def test_every_table_stands_in_the_data_model() -> None:
    tables = {model._meta.db_table for label in OURS for model in apps.get_app_config(label).get_models()}
    assert tables == documented().keys()


@pytest.mark.django_db
def test_a_table_is_called_append_only_exactly_where_the_database_refuses_to_change_it() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
            "WHERE t.tgname LIKE 'pgtrigger_append_only%'"
        )
        held = {table for (table,) in cursor.fetchall()}
    assert held == {table for table, words in documented().items() if "(append-only)" in words}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_links_to_is_there(page: Path) -> None:
    links = re.findall(r"\]\((?!https?://|#)([^)#\s]+)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_invariant_names_tests_that_exist() -> None:
    words = (ROOT / "docs/architecture.md").read_text()
    table = words[words.index("## What must always hold") :]
    rows = dict(re.findall(r"^\| (\d+) \| (.*) \|$", table, re.MULTILINE))
    assert {int(number) for number in rows} == set(range(1, 11))
    for number, row in rows.items():
        named = re.findall(r"`(tests/[\w/.]+)`", row)
        assert named or "not built yet" in row, f"invariant {number} names no test"
        assert [path for path in named if not (ROOT / path).exists()] == [], f"invariant {number}"
