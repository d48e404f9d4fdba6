"""Rules of the floor: only a release changes them; anybody else is refused by the database."""

from django.db import migrations, models

# A release says so for its own transaction (`recommender.services.catalogue`).
FORWARD = """
CREATE FUNCTION safety_floor_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('recommender.release', true) IS DISTINCT FROM 'on' THEN
        RAISE EXCEPTION 'rule % is of the floor: only a release changes it', OLD.code
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
$$;
CREATE TRIGGER safety_floor_stays
    BEFORE UPDATE OR DELETE ON recommender_safetyrulerecord
    FOR EACH ROW WHEN (OLD.floor) EXECUTE FUNCTION safety_floor_stays();
"""
BACKWARD = """
DROP TRIGGER safety_floor_stays ON recommender_safetyrulerecord;
DROP FUNCTION safety_floor_stays();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("recommender", "0014_gate_limits"),
    ]

    operations = [
        migrations.AddField(
            model_name="safetyrulerecord",
            name="floor",
            field=models.BooleanField(
                default=False,
                help_text="No site switches it off or weakens it; the database refuses.",
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
