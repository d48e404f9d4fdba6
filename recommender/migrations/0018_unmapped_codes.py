"""Keep the codes that no entry knows until somebody maps them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("recommender", "0017_smart_launch"),
    ]

    operations = [
        migrations.CreateModel(
            name="UnmappedCode",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("resource", models.CharField(max_length=40)),
                ("system", models.CharField(max_length=100)),
                ("code", models.CharField(max_length=20)),
                ("seen", models.PositiveBigIntegerField(default=0)),
                ("last_seen", models.DateField()),
                (
                    "kind",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("symptom", "Symptom"),
                            ("trigger", "Trigger"),
                            ("background", "Background"),
                            ("therapy", "Therapy"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "entry",
                    models.CharField(
                        blank=True,
                        help_text="The code of our entry that it stands for.",
                        max_length=64,
                    ),
                ),
                ("mapped_by", models.CharField(blank=True, max_length=150)),
            ],
            options={
                "ordering": ["-seen", "system", "code"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("system", "code"), name="unmapped_code_is_there_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("entry", ""), ("kind", ""), ("mapped_by", "")),
                            models.Q(
                                models.Q(("kind", ""), _negated=True),
                                models.Q(("entry", ""), _negated=True),
                                models.Q(("mapped_by", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="unmapped_code_is_mapped_by_somebody",
                    ),
                ],
            },
        ),
    ]
