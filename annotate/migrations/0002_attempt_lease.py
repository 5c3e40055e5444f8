from django.db import migrations, models

import core.tables.scoped


class Migration(migrations.Migration):
    dependencies = [
        ("annotate", "0001_start"),
    ]

    operations = [
        migrations.AddField("attempt", "lease_token", models.UUIDField(null=True)),
        migrations.AddField("attempt", "ordinal", models.SmallIntegerField(null=True)),
        migrations.AddConstraint(
            "attempt",
            models.UniqueConstraint(
                condition=models.Q(("lease_token__isnull", False)), fields=("lease_token",), name="attempt_lease_token"
            ),
        ),
        migrations.AddConstraint(
            "attempt",
            core.tables.scoped.ScopedForeignKey(
                fields=("task", "ordinal"), name="attempt_slot", to="annotate.Slot", to_fields=("task", "ordinal")
            ),
        ),
    ]
