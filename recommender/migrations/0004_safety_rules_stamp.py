"""Stamp the safety rules: the stamp changes with every committed change of any of them."""

from django.db import migrations

# A process keeps the rules in memory under this stamp. It's a row and not a sequence because a
# sequence moves before the commit, and a reader would keep old rules under the new stamp; it's
# random and not a count because a count that was rolled back comes again with other rules.
FORWARD = """
CREATE TABLE recommender_safety_rules_stamp (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    stamp uuid NOT NULL
);
INSERT INTO recommender_safety_rules_stamp (stamp) VALUES (gen_random_uuid());

CREATE FUNCTION safety_rules_stamp() RETURNS uuid LANGUAGE sql STABLE AS $$
    SELECT stamp FROM recommender_safety_rules_stamp
$$;

CREATE FUNCTION safety_rules_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE recommender_safety_rules_stamp SET stamp = gen_random_uuid();
    RETURN NULL;
END
$$;

CREATE TRIGGER safety_rules_changed
    AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON recommender_safetyrulerecord
    FOR EACH STATEMENT EXECUTE FUNCTION safety_rules_changed();
"""

BACKWARD = """
DROP TRIGGER safety_rules_changed ON recommender_safetyrulerecord;
DROP FUNCTION safety_rules_changed();
DROP FUNCTION safety_rules_stamp();
DROP TABLE recommender_safety_rules_stamp;
"""


class Migration(migrations.Migration):
    dependencies = [("recommender", "0003_suggestion_store")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
