import django.db.models.deletion
from django.db import migrations, models

FILL = """
UPDATE catalog_comparison c SET family = p.family, first_bundle_id = f.bundle_id, second_bundle_id = s.bundle_id
FROM catalog_prompt p, catalog_response f, catalog_response s
WHERE p.id = c.prompt_id AND f.id = c.first_id AND s.id = c.second_id
"""


def _bundle(**more):
    return models.ForeignKey(
        db_constraint=False,
        db_index=False,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to="catalog.bundle",
        **more,
    )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_sessions_and_open_invitations"), ("catalog", "0001_start")]

    operations = [
        migrations.RemoveIndex("prompt", "prompt_family"),
        migrations.RemoveIndex("response", "response_bundle"),
        migrations.AddField("comparison", "family", models.TextField(null=True)),
        migrations.AddField("comparison", "first_bundle", _bundle(null=True)),
        migrations.AddField("comparison", "second_bundle", _bundle(null=True)),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        # Keys whose check waits for the end of the transaction would forbid the changes below.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AlterField("comparison", "first_bundle", _bundle()),
        migrations.AlterField("comparison", "second_bundle", _bundle()),
        migrations.AlterField(
            "comparison",
            "project",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.project",
            ),
        ),
        migrations.AddIndex(
            "comparison",
            models.Index(
                fields=["project", "family", "id"],
                condition=models.Q(family__isnull=False),
                name="comparison_family",
            ),
        ),
        migrations.AddIndex("comparison", models.Index(fields=["first_bundle", "id"], name="comparison_first_bundle")),
        migrations.AddIndex(
            "comparison", models.Index(fields=["second_bundle", "id"], name="comparison_second_bundle")
        ),
    ]
