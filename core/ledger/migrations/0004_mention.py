import django.db.models.deletion
from django.db import migrations, models

FILL = """
INSERT INTO ledger_mention (project_id, question, value, comparison_id)
SELECT DISTINCT j.project_id, s.question, s.value, j.comparison_id
FROM ledger_signal s JOIN ledger_judgment j ON j.id = s.judgment_id WHERE j.comparison_id IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_sessions_and_open_invitations"),
        ("catalog", "0002_browsing"),
        ("ledger", "0003_signal_answer"),
    ]

    operations = [
        migrations.RemoveIndex("signal", "signal_answer"),
        migrations.CreateModel(
            name="Mention",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "project_id", "question", "value", "comparison_id",
                        blank=True, editable=False, primary_key=True, serialize=False,
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.project",
                    ),
                ),
                ("question", models.TextField()),
                ("value", models.SmallIntegerField()),
                (
                    "comparison",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.comparison",
                    ),
                ),
            ],
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
