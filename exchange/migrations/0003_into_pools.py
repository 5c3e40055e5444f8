
import core.tables.scoped
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0005_audit_head'),
        ('annotate', '0007_slot_set_aside'),
        ('catalog', '0003_pools'),
        ('exchange', '0002_written_in'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='import',
            name='pool',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.pool'),
        ),
        migrations.AddField(
            model_name='import',
            name='pool_name',
            field=models.CharField(blank=True, db_default='', default='', max_length=80),
        ),
        migrations.AddConstraint(
            model_name='import',
            constraint=models.CheckConstraint(condition=models.Q(('campaign_name', ''), ('pool_name', ''), _connector='OR'), name='import_campaign_or_pool'),
        ),
        migrations.AddConstraint(
            model_name='import',
            constraint=core.tables.scoped.ScopedForeignKey(fields=('project', 'pool'), name='import_pool_in_project', to='catalog.Pool', to_fields=('project', 'id')),
        ),
    ]
