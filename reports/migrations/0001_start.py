
import core.tables.ids
import core.tables.scoped
import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0005_audit_head'),
        ('catalog', '0003_pools'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Budget',
            fields=[
                ('project', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to='accounts.project')),
                ('sycophancy', models.FloatField(default=0.045)),
                ('coldness', models.FloatField(default=0.045)),
                ('domains', models.JSONField(default=dict)),
                ('kl', models.FloatField(default=0.25)),
                ('brake_floor', models.FloatField(default=0.3)),
                ('changed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('coldness__gte', 0), ('coldness__lte', 1), ('sycophancy__gte', 0), ('sycophancy__lte', 1)), name='budget_ceilings'), models.CheckConstraint(condition=models.Q(('kl__gt', 0), ('kl__lte', 5)), name='budget_kl'), models.CheckConstraint(condition=models.Q(('brake_floor__gte', 0), ('brake_floor__lte', 1)), name='budget_floor')],
            },
        ),
        migrations.CreateModel(
            name='Recipe',
            fields=[
                ('id', models.UUIDField(default=core.tables.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('name', models.SlugField(max_length=80)),
                ('note', models.TextField(blank=True, default='')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.project')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('project', 'id'), name='recipe_project_id'),
                    models.UniqueConstraint(fields=('project', 'name'), name='recipe_name'),
                ],
            },
        ),
        migrations.CreateModel(
            name='RecipeVersion',
            fields=[
                ('id', models.UUIDField(default=core.tables.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('number', models.IntegerField()),
                ('weights', models.JSONField()),
                ('normalisation', models.CharField(choices=[('prompt_z', 'centred within the prompt, in pooled standard deviations')], default='prompt_z', max_length=12)),
                ('changes', models.JSONField(default=list)),
                ('note', models.TextField(blank=True, default='')),
                ('made_by', models.UUIDField(null=True)),
                ('made_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.project')),
                ('recipe', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reports.recipe')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('project', 'id'), name='recipeversion_project_id'),
                    models.UniqueConstraint(fields=('recipe', 'number'), name='recipeversion_number'),
                    models.CheckConstraint(condition=models.Q(('number__gte', 1)), name='recipeversion_from_one'),
                    core.tables.scoped.ScopedForeignKey(fields=('project', 'recipe'), name='recipeversion_recipe_in_project', to='reports.Recipe', to_fields=('project', 'id')),
                ],
            },
        ),
        migrations.CreateModel(
            name='ReferenceDecision',
            fields=[
                ('id', models.UUIDField(default=core.tables.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('reason', models.TextField()),
                ('decided_by', models.UUIDField(null=True)),
                ('decided_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('project', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.project')),
                ('version', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reports.recipeversion')),
            ],
            options={
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='referencedecision_reason'),
                    core.tables.scoped.ScopedForeignKey(fields=('project', 'version'), name='referencedecision_version_in_project', to='reports.RecipeVersion', to_fields=('project', 'id')),
                ],
            },
        ),
        migrations.CreateModel(
            name='Report',
            fields=[
                ('id', models.UUIDField(default=core.tables.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('weighting', 'reward weighting')], max_length=12)),
                ('snapshot', models.CharField(blank=True, default='', max_length=64)),
                ('version', models.CharField(blank=True, default='', max_length=80)),
                ('seed', models.BigIntegerField(default=0)),
                ('state', models.CharField(choices=[('waiting', 'waiting'), ('running', 'running'), ('done', 'done'), ('failed', 'failed')], default='waiting', max_length=8)),
                ('body', models.JSONField(null=True)),
                ('error', models.TextField(blank=True, default='')),
                ('job', models.UUIDField(null=True)),
                ('made_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('made_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('pool', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.pool')),
                ('project', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.project')),
                ('recipe_version', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reports.recipeversion')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('project', 'id'), name='report_project_id'),
                    models.CheckConstraint(condition=models.Q(models.Q(('body__isnull', False), ('state', 'done')), models.Q(('body__isnull', True), ('state__in', ('waiting', 'running', 'failed'))), _connector='OR'), name='report_state'),
                    core.tables.scoped.ScopedForeignKey(fields=('project', 'recipe_version'), name='report_recipe_version_in_project', to='reports.RecipeVersion', to_fields=('project', 'id')),
                    core.tables.scoped.ScopedForeignKey(fields=('project', 'pool'), name='report_pool_in_project', to='catalog.Pool', to_fields=('project', 'id')),
                ],
            },
        ),
        migrations.CreateModel(
            name='RewardSignal',
            fields=[
                ('id', models.UUIDField(default=core.tables.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('key', models.SlugField(max_length=60)),
                ('name', models.CharField(max_length=120)),
                ('kind', models.CharField(choices=[('reward_model', 'reward model'), ('thumbs', "users' thumbs"), ('raters', 'raters'), ('experts', 'experts'), ('judge', 'model as judge'), ('rule', 'rule')], max_length=12)),
                ('source', models.CharField(blank=True, default='', max_length=200)),
                ('direction', models.SmallIntegerField(choices=[(1, 'more is better'), (-1, 'less is better')], default=1)),
                ('unit', models.CharField(blank=True, default='', max_length=60)),
                ('is_brake', models.BooleanField(default=False)),
                ('note', models.TextField(blank=True, default='')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.project')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('project', 'id'), name='rewardsignal_project_id'),
                    models.UniqueConstraint(fields=('project', 'key'), name='rewardsignal_key'),
                    models.CheckConstraint(condition=models.Q(('kind__in', ('reward_model', 'thumbs', 'raters', 'experts', 'judge', 'rule'))), name='rewardsignal_kind'),
                    models.CheckConstraint(condition=models.Q(('direction__in', (1, -1))), name='rewardsignal_direction'),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='recipeversion',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='70c283f6c089bbf1b252d65901e6d149150183c5', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_a87fb', table='reports_recipeversion', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='recipeversion',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;", hash='5cd4c1a6d8f14c911f58674dc8b7a191ce69708f', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_e13c6', table='reports_recipeversion', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='referencedecision',
            index=models.Index(fields=['project', '-id'], name='referencedecision_last'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='referencedecision',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='feac810d93481d55c7da37cff8582579e8101da3', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_061a7', table='reports_referencedecision', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='referencedecision',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;", hash='2d18f3fe56b01ce672cfd8c8259aedb8f4cdf173', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_3c30d', table='reports_referencedecision', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='report',
            index=models.Index(fields=['project', 'kind', '-id'], name='report_newest'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='report',
            trigger=pgtrigger.compiler.Trigger(name='done_is_final', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.state = 'done' AND (OLD.id, OLD.project_id, OLD.kind, OLD.recipe_version_id, OLD.pool_id, OLD.snapshot, OLD.version, OLD.seed, OLD.state, OLD.body, OLD.made_at) IS DISTINCT FROM (NEW.id, NEW.project_id, NEW.kind, NEW.recipe_version_id, NEW.pool_id, NEW.snapshot, NEW.version, NEW.seed, NEW.state, NEW.body, NEW.made_at))", func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='2430ccb245ffa88a16b91d4731b97d2fc7182f88', operation='UPDATE', pgid='pgtrigger_done_is_final_9d301', table='reports_report', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='report',
            trigger=pgtrigger.compiler.Trigger(name='done_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.state = 'done')", func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='7ac8c6000566f709b2edb64c528897ea424a7d8d', operation='DELETE', pgid='pgtrigger_done_stays_401aa', table='reports_report', when='BEFORE')),
        ),
    ]
