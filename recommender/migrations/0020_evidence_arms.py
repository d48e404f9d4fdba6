"""Keep the arms of published studies that data sets bring; sealed with their data set."""

import django.db.models.deletion
from django.db import migrations, models

ROWS = (("insert", "NEW"), ("update", "OLD"), ("update", "NEW"), ("delete", "OLD"))
SEAL = "".join(
    f"CREATE TRIGGER sealed_{change}_{rows.lower()} AFTER {change.upper()} "
    f"ON recommender_evidencearm REFERENCING {rows} TABLE AS touched "
    f"FOR EACH STATEMENT EXECUTE FUNCTION dataset_cases_sealed();\n"
    for change, rows in ROWS
)


class Migration(migrations.Migration):
    dependencies = [
        ("recommender", "0019_reviews_in_stages"),
    ]

    operations = [
        migrations.CreateModel(
            name="EvidenceArm",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("study", models.CharField(max_length=300)),
                ("condition", models.CharField(blank=True, max_length=64)),
                ("age_group", models.CharField(blank=True, max_length=64)),
                ("region", models.CharField(blank=True, max_length=64)),
                ("high_risk_of_bias", models.BooleanField(blank=True, null=True)),
                ("responders", models.PositiveIntegerField()),
                ("n", models.PositiveIntegerField()),
                (
                    "dataset",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="evidence_arms",
                        to="recommender.dataset",
                    ),
                ),
                (
                    "therapy",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: the study's control arm.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="recommender.therapyrecord",
                    ),
                ),
            ],
            options={
                "ordering": ["study", "condition", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("n__gte", 1)), name="evidence_arm_has_people"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("responders__lte", models.F("n"))),
                        name="evidence_responders_are_among_n",
                    ),
                ],
            },
        ),
        # Dropping the table drops its triggers.
        migrations.RunSQL(SEAL, migrations.RunSQL.noop),
    ]
