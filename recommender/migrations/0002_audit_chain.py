"""Seal the audit chain in the database: it hashes on insert and refuses everything else."""

from django.db import migrations

# Each event's hash covers the hash before it, so one changed or missing row breaks all that
# follow. Fields are length-prefixed, or "ab"+"c" and "a"+"bc" would seal alike. The advisory
# lock is held until commit: a reader of the head must not see a chain that then forks.
FORWARD = """
CREATE FUNCTION audit_sealed(
    id bigint, at timestamptz, actor text, action text, target text, version text, digest text,
    previous text
) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT encode(sha256(convert_to(string_agg(
        octet_length(convert_to(field, 'UTF8')) || ':' || field, ',' ORDER BY place), 'UTF8')), 'hex')
    FROM unnest(ARRAY[
        id::text, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        actor, action, target, version, digest, previous
    ]) WITH ORDINALITY AS fields(field, place)
$$;

CREATE FUNCTION audit_seal() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    head record;
BEGIN
    PERFORM pg_advisory_xact_lock(7246019);
    SELECT id, hash INTO head FROM recommender_auditevent ORDER BY id DESC LIMIT 1;
    NEW.id := coalesce(head.id, 0) + 1;
    NEW.at := clock_timestamp();
    NEW.previous_hash := coalesce(head.hash, repeat('0', 64));
    NEW.hash := audit_sealed(NEW.id, NEW.at, NEW.actor, NEW.action, NEW.target, NEW.version,
                             NEW.digest, NEW.previous_hash);
    RETURN NEW;
END
$$;

CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit events are append-only: % is refused', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER audit_seal BEFORE INSERT ON recommender_auditevent
    FOR EACH ROW EXECUTE FUNCTION audit_seal();
CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON recommender_auditevent
    FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON recommender_auditevent
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();

CREATE FUNCTION audit_append(
    actor text, action text, target text, version text, digest text
) RETURNS bigint LANGUAGE sql AS $$
    INSERT INTO recommender_auditevent (actor, action, target, version, digest)
    VALUES (actor, action, target, version, digest) RETURNING id
$$;
"""

BACKWARD = """
DROP FUNCTION audit_append(text, text, text, text, text);
DROP TRIGGER audit_no_truncate ON recommender_auditevent;
DROP TRIGGER audit_no_change ON recommender_auditevent;
DROP TRIGGER audit_seal ON recommender_auditevent;
DROP FUNCTION audit_refuse();
DROP FUNCTION audit_seal();
DROP FUNCTION audit_sealed(bigint, timestamptz, text, text, text, text, text, text);
"""


class Migration(migrations.Migration):
    dependencies = [("recommender", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
