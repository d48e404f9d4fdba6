"""Let the call that stores a suggestion list put it under its subject, with its record's gaps."""

from importlib import import_module

from django.db import migrations

BEFORE = import_module("recommender.migrations.0006_suggestion_checks_rules")

# What an EHR asks for was stored first and joined by an update, in a transaction around both, which
# held the lock on the audit chain for two round trips more.
FORWARD = """
CREATE FUNCTION suggestion_record(
    list_id uuid, pathway_id bigint, model_version_id uuid, safety_rules_version text,
    status text, case_used jsonb, answer jsonb, requested_by text, created timestamptz,
    digest text, rules_stamp uuid, subject text DEFAULT '', record_gaps jsonb DEFAULT NULL
) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    IF safety_rules_stamp() <> rules_stamp THEN
        RETURN NULL;
    END IF;
    INSERT INTO recommender_suggestionlist (
        id, pathway_id, model_version_id, safety_rules_version, status, "case", answer,
        requested_by, created, subject, record_gaps
    ) VALUES (
        list_id, pathway_id, model_version_id, safety_rules_version, status, case_used, answer,
        requested_by, created, subject, record_gaps
    );
    -- Last, because its lock on the chain is held until the commit.
    RETURN audit_append(
        requested_by, 'suggestion_list.given', list_id::text, model_version_id::text, digest
    );
END
$$;
"""

BACKWARD = """
DROP FUNCTION suggestion_record(
    uuid, bigint, uuid, text, text, jsonb, jsonb, text, timestamptz, text, uuid, text, jsonb
);
"""


class Migration(migrations.Migration):
    dependencies = [("recommender", "0034_tenants_of_an_issuer")]
    operations = [
        migrations.RunSQL(BEFORE.BACKWARD, BEFORE.FORWARD),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
