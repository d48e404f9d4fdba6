"""Emptying the table of rules is refused like deleting a rule of the floor."""

from django.db import migrations

# A trigger for each row, as the floor has, isn't asked by TRUNCATE.
FORWARD = """
CREATE FUNCTION safety_floor_is_not_emptied() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('recommender.release', true) IS DISTINCT FROM 'on'
        AND EXISTS (SELECT FROM recommender_safetyrulerecord WHERE floor)
    THEN
        RAISE EXCEPTION 'rules of the floor: only a release changes them'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER safety_floor_is_not_emptied
    BEFORE TRUNCATE ON recommender_safetyrulerecord
    FOR EACH STATEMENT EXECUTE FUNCTION safety_floor_is_not_emptied();
"""
BACKWARD = """
DROP TRIGGER safety_floor_is_not_emptied ON recommender_safetyrulerecord;
DROP FUNCTION safety_floor_is_not_emptied();
"""


class Migration(migrations.Migration):
    dependencies = [("recommender", "0035_lists_come_with_their_subject")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
