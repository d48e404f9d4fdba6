"""Store a suggestion list and its audit event by one call, and let lists belong to a batch."""

from django.db import migrations, models

# One round trip and one commit. The event comes last: its lock is held until the commit.
FORWARD = """
CREATE FUNCTION suggestion_record(
    list_id uuid, pathway_id bigint, model_version_id uuid, safety_rules_version text,
    status text, case_used jsonb, answer jsonb, requested_by text, created timestamptz,
    digest text
) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO recommender_suggestionlist (
        id, pathway_id, model_version_id, safety_rules_version, status, "case", answer,
        requested_by, created
    ) VALUES (
        list_id, pathway_id, model_version_id, safety_rules_version, status, case_used, answer,
        requested_by, created
    );
    RETURN audit_append(
        requested_by, 'suggestion_list.given', list_id::text, model_version_id::text, digest
    );
END
$$;
"""

BACKWARD = """
DROP FUNCTION suggestion_record(
    uuid, bigint, uuid, text, text, jsonb, jsonb, text, timestamptz, text
);
"""


class Migration(migrations.Migration):
    dependencies = [("recommender", "0002_audit_chain")]
    operations = [
        migrations.AddField(
            model_name="suggestionlist",
            name="batch",
            field=models.UUIDField(
                blank=True, help_text="What the audit event of a batch of lists names.", null=True
            ),
        ),
        migrations.AddIndex(
            model_name="suggestionlist",
            index=models.Index(
                condition=models.Q(("batch__isnull", False)),
                fields=["batch"],
                name="suggestion_batch",
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
