"""Let each list follow its reviews: the database moves it to where the last one leaves it."""

from django.db import migrations

# A choice against the floor waits for a second person; a day to look again is watched for; a
# deferral without one, or a choice that a second person refused, leaves the list waiting.
FORWARD = """
CREATE FUNCTION list_follows_its_review() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    waits_for_second boolean := NEW.against_floor AND NEW.second_agrees IS NULL;
BEGIN
    UPDATE recommender_suggestionlist SET
        stage = CASE
            WHEN waits_for_second THEN 'second'
            WHEN NEW.review_on IS NOT NULL THEN 'watching'
            WHEN EXISTS (
                SELECT FROM recommender_review
                WHERE suggestion_list_id = NEW.suggestion_list_id AND outcome <> 'deferred'
                AND (NOT against_floor OR second_agrees)
            ) THEN 'decided'
            ELSE 'waiting'
        END,
        due_on = NEW.review_on
    WHERE id = NEW.suggestion_list_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER list_follows_its_review
    AFTER INSERT OR UPDATE OF second_agrees ON recommender_review
    FOR EACH ROW EXECUTE FUNCTION list_follows_its_review();
"""
BACKWARD = """
DROP TRIGGER list_follows_its_review ON recommender_review;
DROP FUNCTION list_follows_its_review();
"""


class Migration(migrations.Migration):
    dependencies = [("recommender", "0029_offered_therapies")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
