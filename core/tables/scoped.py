"""Foreign keys that carry their scope, so that the database refuses a link from one project into another."""

from typing import Any

from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement, Table


class ScopedForeignKey(models.BaseConstraint):
    """FOREIGN KEY (fields…) REFERENCES to (to_fields…); where a nullable field is NULL nothing is asked.

    `fields` and `to_fields` are names of model fields, `to` is "app_label.Model". The target needs a unique
    constraint over exactly `to_fields`. The single-column ForeignKey beside it is declared `db_constraint=False`.
    """

    def __init__(self, *, name: str, fields: tuple[str, ...], to: str, to_fields: tuple[str, ...]) -> None:
        super().__init__(name=name)
        self.fields = tuple(fields)
        self.to = to
        self.to_fields = tuple(to_fields)

    def create_sql(self, model: Any, schema_editor: BaseDatabaseSchemaEditor | None) -> Any:
        assert schema_editor is not None
        # Deferred to the end of the migration, so that the order of its operations need not follow the keys.
        schema_editor.deferred_sql.append(
            Statement(
                f"ALTER TABLE %(table)s ADD CONSTRAINT {schema_editor.quote_name(self.name)} "
                f"{self._clause(model, schema_editor)}",
                table=Table(model._meta.db_table, schema_editor.quote_name),
            )
        )

    constraint_sql = create_sql

    def remove_sql(self, model: Any, schema_editor: BaseDatabaseSchemaEditor | None) -> Any:
        assert schema_editor is not None
        return Statement(
            f"ALTER TABLE %(table)s DROP CONSTRAINT {schema_editor.quote_name(self.name)}",
            table=Table(model._meta.db_table, schema_editor.quote_name),
        )

    def validate(self, model: Any, instance: Any, exclude: Any = None, using: str = "default") -> None:
        """The database alone judges this constraint."""

    def deconstruct(self) -> tuple[str, tuple[()], dict[str, Any]]:
        kwargs = {"name": self.name, "fields": self.fields, "to": self.to, "to_fields": self.to_fields}
        return "core.tables.scoped.ScopedForeignKey", (), kwargs

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ScopedForeignKey) and self.deconstruct() == other.deconstruct()

    def __hash__(self) -> int:
        return hash(self.name)

    def _clause(self, model: Any, schema_editor: BaseDatabaseSchemaEditor) -> str:
        target = model._meta.apps.get_model(self.to)
        here = _columns(model, self.fields, schema_editor)
        there = _columns(target, self.to_fields, schema_editor)
        return f"FOREIGN KEY ({here}) REFERENCES {schema_editor.quote_name(target._meta.db_table)} ({there})"


def _columns(model: Any, fields: tuple[str, ...], schema_editor: BaseDatabaseSchemaEditor) -> str:
    return ", ".join(schema_editor.quote_name(str(model._meta.get_field(field).column)) for field in fields)


def in_project(label: str, *fields: str, to: str) -> list[ScopedForeignKey]:
    """One constraint per field: (project, field) must be a row of `to` in the same project."""
    return [
        ScopedForeignKey(
            name=f"{label}_{field}_in_project", fields=("project", field), to=to, to_fields=("project", "id")
        )
        for field in fields
    ]


def project_key(label: str) -> models.UniqueConstraint:
    """UNIQUE (project, id): what a scoped foreign key refers to."""
    return models.UniqueConstraint(fields=("project", "id"), name=f"{label}_project_id")


def scoped(to: str, **options: Any) -> "models.ForeignKey[Any, Any]":
    """A foreign key whose database constraint is a ScopedForeignKey declared beside it."""
    options.setdefault("on_delete", models.PROTECT)
    return models.ForeignKey(to, db_constraint=False, related_name="+", **options)
