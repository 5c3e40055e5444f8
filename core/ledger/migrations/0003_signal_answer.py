from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_counted_judgment")]
    operations = [
        migrations.AddIndex(
            "signal", models.Index(fields=["question", "value", "judgment"], name="signal_answer")
        )
    ]
