"""Keep what checks of the audit chain found."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("recommender", "0023_two_people_promote"),
    ]

    operations = [
        migrations.CreateModel(
            name="ChainCheck",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("asked_at", models.DateTimeField(auto_now_add=True)),
                ("asked_by", models.CharField(blank=True, max_length=150)),
                ("finished", models.DateTimeField(blank=True, null=True)),
                ("events", models.PositiveBigIntegerField(default=0, help_text="How many hold.")),
                (
                    "head_hash",
                    models.CharField(
                        blank=True, help_text="Of the last that holds.", max_length=64
                    ),
                ),
                ("broken_at", models.PositiveBigIntegerField(blank=True, null=True)),
                ("problem", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "ordering": ["-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("finished", None)),
                        fields=("problem",),
                        name="chain_check_one_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("broken_at", None),
                            models.Q(("problem", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="chain_check_says_what_is_wrong",
                    ),
                ],
            },
        ),
    ]
