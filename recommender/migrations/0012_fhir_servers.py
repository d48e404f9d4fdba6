"""Let EHRs say which FHIR servers may be asked, and how often they may call."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("recommender", "0011_stops"),
    ]

    operations = [
        migrations.AddField(
            model_name="cdsclient",
            name="calls_per_minute",
            field=models.PositiveIntegerField(
                default=600,
                help_text="How often it may call each web process; more is answered 429.",
            ),
        ),
        migrations.AddField(
            model_name="cdsclient",
            name="fhir_servers",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=300),
                blank=True,
                default=list,
                help_text="Base addresses that may be asked for what it didn't prefetch.",
                size=None,
            ),
        ),
    ]
