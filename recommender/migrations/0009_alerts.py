"""Let an urgent list be taken up by somebody, once."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("recommender", "0008_published_data_sets_are_sealed"),
    ]

    operations = [
        migrations.CreateModel(
            name="AlertAcknowledgement",
            fields=[
                (
                    "suggestion_list",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="acknowledgement",
                        serialize=False,
                        to="recommender.suggestionlist",
                    ),
                ),
                ("by", models.CharField(max_length=150)),
                ("at", models.DateTimeField()),
            ],
            options={
                "ordering": ["-at"],
            },
        ),
        migrations.AddIndex(
            model_name="suggestionlist",
            index=models.Index(
                condition=models.Q(("batch__isnull", True), ("status", "urgent")),
                fields=["-created"],
                name="suggestion_urgent",
            ),
        ),
    ]
