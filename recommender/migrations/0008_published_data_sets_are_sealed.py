"""A published data set can't be changed: the database refuses it, whoever asks."""

from django.db import migrations

# Rows are checked a statement at a time, so that an import's COPY isn't slowed down by each row.
# Of the record itself only what withdrawing writes may change.
FORWARD = """
CREATE FUNCTION dataset_sealed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status = 'draft' THEN
        RETURN COALESCE(NEW, OLD);
    END IF;
    IF TG_OP = 'UPDATE'
        AND (OLD.status, NEW.status) IN (('published', 'published'), ('published', 'withdrawn'))
        AND to_jsonb(OLD) - ARRAY['status', 'withdrawn_at', 'withdrawn_by', 'withdrawn_reason']
          = to_jsonb(NEW) - ARRAY['status', 'withdrawn_at', 'withdrawn_by', 'withdrawn_reason']
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'A data set that was published cannot be changed: import a new version.'
        USING ERRCODE = 'integrity_constraint_violation';
END
$$;

CREATE FUNCTION dataset_cases_sealed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM recommender_dataset d
        WHERE d.status <> 'draft' AND d.id IN (SELECT dataset_id FROM touched);
    IF FOUND THEN
        RAISE EXCEPTION 'A data set that was published cannot be changed: import a new version.'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION dataset_rows_sealed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM (SELECT DISTINCT case_id FROM touched) t
        JOIN recommender_caserecord c ON c.id = t.case_id
        JOIN recommender_dataset d ON d.id = c.dataset_id
        WHERE d.status <> 'draft';
    IF FOUND THEN
        RAISE EXCEPTION 'A data set that was published cannot be changed: import a new version.'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER dataset_sealed BEFORE UPDATE OR DELETE ON recommender_dataset
    FOR EACH ROW EXECUTE FUNCTION dataset_sealed();
"""
TABLES = {
    "recommender_caserecord": "dataset_cases_sealed",
    "recommender_findingrecord": "dataset_rows_sealed",
    "recommender_therapyresponse": "dataset_rows_sealed",
}
ROWS = (("insert", "NEW"), ("update", "OLD"), ("update", "NEW"), ("delete", "OLD"))

BACKWARD = """
DROP TRIGGER dataset_sealed ON recommender_dataset;
DROP FUNCTION dataset_sealed();
DROP FUNCTION dataset_cases_sealed() CASCADE;
DROP FUNCTION dataset_rows_sealed() CASCADE;
"""


def _triggers() -> str:
    return "".join(
        f"CREATE TRIGGER sealed_{change}_{rows.lower()} AFTER {change.upper()} ON {table} "
        f"REFERENCING {rows} TABLE AS touched "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {function}();\n"
        for table, function in TABLES.items()
        for change, rows in ROWS
    )


class Migration(migrations.Migration):
    dependencies = [("recommender", "0007_role_groups")]
    operations = [migrations.RunSQL(FORWARD + _triggers(), BACKWARD)]
