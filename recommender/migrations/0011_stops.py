"""Let a site stop suggestions: a stop moves the stamp of the safety rules, as a rule does."""

import django.db.models.deletion
from django.db import migrations, models

FORWARD = """
CREATE TRIGGER suggestion_stops_changed
    AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON recommender_suggestionstop
    FOR EACH STATEMENT EXECUTE FUNCTION safety_rules_changed();
"""
BACKWARD = "DROP TRIGGER suggestion_stops_changed ON recommender_suggestionstop;"


class Migration(migrations.Migration):
    dependencies = [
        ("recommender", "0010_cds_clients"),
    ]

    operations = [
        migrations.CreateModel(
            name="SuggestionStop",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "therapy",
                    models.CharField(
                        blank=True,
                        help_text="The code of one therapy; empty means any.",
                        max_length=64,
                    ),
                ),
                (
                    "therapy_class",
                    models.CharField(
                        blank=True,
                        help_text="One class of therapies; empty means any.",
                        max_length=100,
                    ),
                ),
                ("reason", models.CharField(help_text="Clinicians read this.", max_length=500)),
                ("stopped_by", models.CharField(max_length=150)),
                ("stopped_at", models.DateTimeField(auto_now_add=True)),
                ("lifted_by", models.CharField(blank=True, max_length=150)),
                ("lifted_at", models.DateTimeField(blank=True, null=True)),
                ("lifted_reason", models.CharField(blank=True, max_length=500)),
                (
                    "pathway",
                    models.ForeignKey(
                        blank=True,
                        help_text="Where it holds; empty means everywhere.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="stops",
                        to="recommender.pathway",
                    ),
                ),
            ],
            options={
                "ordering": ["-stopped_at", "-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("therapy", ""), ("therapy_class", ""), _connector="OR"),
                        name="stop_has_one_subject",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="stop_says_why"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("lifted_at", None), ("lifted_by", ""), ("lifted_reason", "")),
                            models.Q(
                                ("lifted_at__isnull", False),
                                models.Q(("lifted_by", ""), _negated=True),
                                models.Q(("lifted_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="stop_is_lifted_by_somebody",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("lifted_at", None)),
                        fields=("pathway", "therapy", "therapy_class"),
                        name="stop_is_on_once",
                        nulls_distinct=False,
                    ),
                ],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
