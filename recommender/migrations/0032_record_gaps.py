"""What an EHR's record left open stands with the list, for the review page."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("recommender", "0031_parameter_searches"),
    ]

    operations = [
        migrations.AddField(
            model_name="suggestionlist",
            name="record_gaps",
            field=models.JSONField(
                blank=True,
                help_text="Which parts of an EHR's record weren't known or whole; else empty.",
                null=True,
            ),
        ),
    ]
