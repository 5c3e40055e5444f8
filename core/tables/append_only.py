"""Triggers by which the database refuses to change what was said."""

import pgtrigger


def append_only() -> list[pgtrigger.Trigger]:
    """The triggers of an append-only table: no row is updated or deleted, the table is not truncated."""
    return [
        pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        pgtrigger.Trigger(
            name="no_truncate",
            level=pgtrigger.Statement,
            when=pgtrigger.Before,
            operation=pgtrigger.Truncate,
            func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;",
        ),
    ]
