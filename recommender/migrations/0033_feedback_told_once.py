"""Feedback of EHRs is known again by what it says and its time."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("recommender", "0032_record_gaps"),
    ]

    operations = [
        migrations.AddField(
            model_name="review",
            name="told",
            field=models.CharField(
                blank=True,
                default="",
                editable=False,
                help_text=(
                    "Of what an EHR told: a digest of the answer and its time, to know it again by."
                ),
                max_length=64,
            ),
            preserve_default=False,
        ),
    ]
