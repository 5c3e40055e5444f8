
import core.tables.ids
import core.tables.scoped
import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0005_audit_head'),
        ('catalog', '0002_browsing'),
    ]

    operations = [
        migrations.CreateModel(
            name='Pool',
            fields=[
                ('id', models.UUIDField(default=core.tables.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('name', models.SlugField(max_length=80)),
                ('note', models.TextField(blank=True, default='')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('base_bundle', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.bundle')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.project')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('project', 'id'), name='pool_project_id'),
                    models.UniqueConstraint(fields=('project', 'name'), name='pool_name'),
                    core.tables.scoped.ScopedForeignKey(fields=('project', 'base_bundle'), name='pool_base_bundle_in_project', to='catalog.Bundle', to_fields=('project', 'id')),
                ],
            },
        ),
        migrations.CreateModel(
            name='PoolResponse',
            fields=[
                ('pk', models.CompositePrimaryKey('pool_id', 'response_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('pool', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.pool')),
                ('project', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.project')),
                ('response', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.response')),
            ],
            options={
                'constraints': [
                    core.tables.scoped.ScopedForeignKey(fields=('project', 'pool'), name='poolresponse_pool_in_project', to='catalog.Pool', to_fields=('project', 'id')),
                    core.tables.scoped.ScopedForeignKey(fields=('project', 'response'), name='poolresponse_response_in_project', to='catalog.Response', to_fields=('project', 'id')),
                ],
            },
        ),
        migrations.CreateModel(
            name='Score',
            fields=[
                ('pk', models.CompositePrimaryKey('pool_id', 'response_id', 'signal', blank=True, editable=False, primary_key=True, serialize=False)),
                ('signal', models.TextField()),
                ('value', models.FloatField()),
                ('pool', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.pool')),
                ('project', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.project')),
                ('response', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.response')),
            ],
            options={
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('value__gt', float("-inf")), ('value__lt', float("inf"))), name='score_finite'),
                    core.tables.scoped.ScopedForeignKey(fields=('project', 'pool'), name='score_pool_in_project', to='catalog.Pool', to_fields=('project', 'id')),
                    core.tables.scoped.ScopedForeignKey(fields=('pool', 'response'), name='score_of_pool', to='catalog.PoolResponse', to_fields=('pool', 'response')),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='poolresponse',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='908e96988bc424387687e07e8399d474e1c9c55f', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_c1b32', table='catalog_poolresponse', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='poolresponse',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;", hash='0a93dafaaaa1043a6321247ff1ed83b36118bba4', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_9039d', table='catalog_poolresponse', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='score',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='5cd7ae866cbfb0ddfd96dc880656aa193f6acf1c', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_1cbb7', table='catalog_score', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='score',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;", hash='7e3fae0e0f5ba422c8b3d044a0e0375d4c2f0853', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_91b1b', table='catalog_score', when='BEFORE')),
        ),
    ]
