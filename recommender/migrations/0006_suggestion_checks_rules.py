"""Let the call that stores a suggestion list check the rules it was screened by."""

from importlib import import_module

from django.db import migrations

STORE = import_module("recommender.migrations.0003_suggestion_store")

# The caller screens by the rules in its memory and hands in their stamp: when any rule changed
# since, nothing is stored and the caller screens again. So an answer never rests on old rules,
# and asking for the stamp costs no round trip of its own.
FORWARD = """
CREATE FUNCTION suggestion_record(
    list_id uuid, pathway_id bigint, model_version_id uuid, safety_rules_version text,
    status text, case_used jsonb, answer jsonb, requested_by text, created timestamptz,
    digest text, rules_stamp uuid
) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    IF safety_rules_stamp() <> rules_stamp THEN
        RETURN NULL;
    END IF;
    INSERT INTO recommender_suggestionlist (
        id, pathway_id, model_version_id, safety_rules_version, status, "case", answer,
        requested_by, created
    ) VALUES (
        list_id, pathway_id, model_version_id, safety_rules_version, status, case_used, answer,
        requested_by, created
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
    uuid, bigint, uuid, text, text, jsonb, jsonb, text, timestamptz, text, uuid
);
"""


class Migration(migrations.Migration):
    dependencies = [("recommender", "0005_leases_and_roll_back")]
    operations = [
        migrations.RunSQL(STORE.BACKWARD, STORE.FORWARD),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
