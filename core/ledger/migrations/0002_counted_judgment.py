from django.db import migrations

CREATE = """
CREATE VIEW counted_judgment AS
SELECT j.id, j.project_id, j.actor_id, j.source, j.rubric_version_id, j.comparison_id, j.response_id, j.turn_id,
       j.shown_first_id, j.solicited, j.memory, j.arm_key, j.segment_key, j.said_at, j.recorded_at, j.simulated,
       coalesce(r.weight, 1.0) AS weight
FROM ledger_judgment j
LEFT JOIN LATERAL (
    SELECT standing, weight FROM ledger_ruling WHERE judgment_id = j.id ORDER BY id DESC LIMIT 1
) r ON true
WHERE coalesce(r.standing, 'counted') = 'counted'
  AND NOT EXISTS (SELECT 1 FROM ledger_judgment s WHERE s.supersedes_id = j.id)
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_start")]
    operations = [migrations.RunSQL(CREATE, "DROP VIEW counted_judgment")]
