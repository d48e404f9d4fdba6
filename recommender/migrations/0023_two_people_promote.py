"""Let two people decide on a version, and keep what they say of its source attributes."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("recommender", "0022_table_mappings"),
    ]

    operations = [
        migrations.AddField(
            model_name="modelversion",
            name="proposed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="modelversion",
            name="proposed_by",
            field=models.CharField(blank=True, max_length=150),
        ),
        migrations.AddField(
            model_name="modelversion",
            name="told",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text="Source attributes that people filled in: paragraph to text, by and at.",
            ),
        ),
        migrations.AddField(
            model_name="pathway",
            name="promotion_by_two",
            field=models.BooleanField(
                default=False, help_text="One person proposes a version, another promotes it."
            ),
        ),
        migrations.AddConstraint(
            model_name="modelversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "live"), _negated=True),
                    ("proposed_by", ""),
                    models.Q(("proposed_by", models.F("promoted_by")), _negated=True),
                    _connector="OR",
                ),
                name="version_proposed_and_promoted_by_two",
            ),
        ),
    ]
