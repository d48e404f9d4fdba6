"""Versions of the catalogue: what is published was signed by two, and can't change any more."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

import recommender.clinical.catalogue_changes

# Loading a release says so for its own transaction, as for the rules of the floor.
# A change of a draft takes the signatures off: they stood for what was there before.
FORWARD = """
CREATE FUNCTION catalogue_is_released() RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT current_setting('recommender.release', true) IS NOT DISTINCT FROM 'on'
$$;

CREATE FUNCTION catalogue_version_guarded() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    signers integer;
    independent integer;
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.status <> 'draft' THEN
        RAISE EXCEPTION '% catalogue versions cannot be changed: draft a new one', OLD.status
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    IF NEW.status = 'published' AND NOT catalogue_is_released() THEN
        SELECT count(*), count(*) FILTER (WHERE u.username <> ALL (NEW.authors))
            INTO signers, independent
            FROM recommender_cataloguesignature s JOIN auth_user u ON u.id = s.signer_id
            WHERE s.version_id = NEW.id AND u.is_active;
        IF signers < 2 OR independent < 1 THEN
            RAISE EXCEPTION 'a catalogue is published with the signatures of two people, of whom '
                'at least one wrote none of it' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION catalogue_change_guarded() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    row record := CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    IF NOT catalogue_is_released() THEN
        PERFORM 1 FROM recommender_catalogueversion v
            WHERE v.id = row.version_id AND v.status = 'draft' FOR UPDATE;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'only a draft of the catalogue can be changed or signed'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END IF;
    IF TG_TABLE_NAME = 'recommender_cataloguechange' THEN
        DELETE FROM recommender_cataloguesignature s WHERE s.version_id = row.version_id;
    END IF;
    RETURN row;
END
$$;

CREATE TRIGGER catalogue_version_guarded
    BEFORE INSERT OR UPDATE OR DELETE ON recommender_catalogueversion
    FOR EACH ROW EXECUTE FUNCTION catalogue_version_guarded();
CREATE TRIGGER catalogue_change_guarded
    BEFORE INSERT OR UPDATE OR DELETE ON recommender_cataloguechange
    FOR EACH ROW EXECUTE FUNCTION catalogue_change_guarded();
CREATE TRIGGER catalogue_signature_guarded
    BEFORE INSERT OR UPDATE OR DELETE ON recommender_cataloguesignature
    FOR EACH ROW EXECUTE FUNCTION catalogue_change_guarded();

-- What a process keeps of the catalogue it keeps under the stamp of the safety rules.
CREATE TRIGGER catalogue_published AFTER INSERT OR UPDATE ON recommender_catalogueversion
    FOR EACH ROW WHEN (NEW.status = 'published') EXECUTE FUNCTION safety_rules_changed();
"""
BACKWARD = """
DROP TRIGGER catalogue_published ON recommender_catalogueversion;
DROP TRIGGER catalogue_signature_guarded ON recommender_cataloguesignature;
DROP TRIGGER catalogue_change_guarded ON recommender_cataloguechange;
DROP TRIGGER catalogue_version_guarded ON recommender_catalogueversion;
DROP FUNCTION catalogue_change_guarded();
DROP FUNCTION catalogue_version_guarded();
DROP FUNCTION catalogue_is_released();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("recommender", "0025_safety_notices"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="safetyrulerecord",
            name="examples",
            field=models.JSONField(
                blank=True,
                default=list,
                help_text="Cases of the rule's own, as `recommender.formats.rule_examples` writes them.",
            ),
        ),
        migrations.CreateModel(
            name="CatalogueVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "number",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="Given when it's published; counts up.",
                        null=True,
                        unique=True,
                    ),
                ),
                (
                    "origin",
                    models.CharField(
                        choices=[("release", "Release"), ("site", "Site")],
                        default="site",
                        max_length=7,
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("published", "Published"),
                            ("discarded", "Discarded"),
                        ],
                        default="draft",
                        max_length=9,
                    ),
                ),
                ("reason", models.CharField(help_text="What is changed, and why.", max_length=500)),
                (
                    "authors",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=150),
                        default=list,
                        help_text="Whoever wrote part of it.",
                        size=None,
                    ),
                ),
                (
                    "digest",
                    models.CharField(
                        blank=True, help_text="SHA-256 of what it changes.", max_length=64
                    ),
                ),
                ("created", models.DateTimeField(auto_now_add=True)),
                ("created_by", models.CharField(max_length=150)),
                (
                    "ended_at",
                    models.DateTimeField(
                        blank=True, help_text="When it was published or discarded.", null=True
                    ),
                ),
                ("ended_by", models.CharField(blank=True, max_length=150)),
            ],
            options={
                "ordering": ["-created", "-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("status", "draft")),
                        fields=("status",),
                        name="catalogue_has_one_draft_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("number__isnull", False), ("status", "published")),
                            models.Q(
                                models.Q(("status", "published"), _negated=True), ("number", None)
                            ),
                            _connector="OR",
                        ),
                        name="catalogue_version_is_numbered_when_published",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at", None), ("ended_by", ""), ("status", "draft")),
                            models.Q(
                                models.Q(("status", "draft"), _negated=True),
                                ("ended_at__isnull", False),
                                models.Q(("ended_by", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="catalogue_version_is_ended_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True),
                        name="catalogue_version_says_why",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CatalogueSignature",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("digest", models.CharField(max_length=64)),
                ("signed_at", models.DateTimeField(auto_now_add=True)),
                (
                    "signer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="signatures",
                        to="recommender.catalogueversion",
                    ),
                ),
            ],
            options={
                "ordering": ["signed_at"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("version", "signer"),
                        name="catalogue_version_is_signed_once_by_a_person",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CatalogueChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            (
                                recommender.clinical.catalogue_changes.EntryKind["THERAPY"],
                                recommender.clinical.catalogue_changes.EntryKind["THERAPY"],
                            ),
                            (
                                recommender.clinical.catalogue_changes.EntryKind["FINDING"],
                                recommender.clinical.catalogue_changes.EntryKind["FINDING"],
                            ),
                            (
                                recommender.clinical.catalogue_changes.EntryKind["CONDITION"],
                                recommender.clinical.catalogue_changes.EntryKind["CONDITION"],
                            ),
                            (
                                recommender.clinical.catalogue_changes.EntryKind["RULE"],
                                recommender.clinical.catalogue_changes.EntryKind["RULE"],
                            ),
                        ],
                        max_length=9,
                    ),
                ),
                ("code", models.CharField(help_text="A finding's is kind/code.", max_length=80)),
                ("before", models.JSONField(blank=True, null=True)),
                ("after", models.JSONField()),
                ("changed_by", models.CharField(max_length=150)),
                ("changed_at", models.DateTimeField(auto_now=True)),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changes",
                        to="recommender.catalogueversion",
                    ),
                ),
            ],
            options={
                "ordering": ["kind", "code"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("version", "kind", "code"),
                        name="catalogue_version_changes_an_entry_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    recommender.clinical.catalogue_changes.EntryKind["THERAPY"],
                                    recommender.clinical.catalogue_changes.EntryKind["FINDING"],
                                    recommender.clinical.catalogue_changes.EntryKind["CONDITION"],
                                    recommender.clinical.catalogue_changes.EntryKind["RULE"],
                                ],
                            )
                        ),
                        name="catalogue_change_kind_is_known",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="suggestionlist",
            name="catalogue_version",
            field=models.GeneratedField(
                db_persist=True,
                expression=Cast(
                    KeyTextTransform("catalogue_version", "answer"), models.IntegerField()
                ),
                output_field=models.IntegerField(null=True),
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
