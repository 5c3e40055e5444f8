import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("annotate", "0002_attempt_lease")]

    operations = [
        migrations.AlterField(
            "task",
            "campaign",
            models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="annotate.campaign",
            ),
        ),
        migrations.AddIndex("task", models.Index(fields=["campaign", "comparison"], name="task_of_campaign")),
    ]
