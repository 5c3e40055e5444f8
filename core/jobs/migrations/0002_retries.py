from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("jobs", "0001_start")]

    operations = [
        migrations.RemoveConstraint(model_name="job", name="job_dedupe"),
        migrations.AddField(model_name="job", name="trace", field=models.TextField(db_default="", default="")),
        migrations.AddField(
            model_name="job", name="tries_until", field=models.SmallIntegerField(db_default=3, default=3)
        ),
        migrations.AddConstraint(
            model_name="job",
            constraint=models.UniqueConstraint(
                fields=("kind", "scope", "dedupe_key"),
                condition=models.Q(("dedupe_key__isnull", False), ("state__in", ("queued", "running"))),
                nulls_distinct=False,
                name="job_dedupe",
            ),
        ),
    ]
