"""Let clinicians launch from an EHR."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("recommender", "0016_smart_tokens"),
    ]

    operations = [
        migrations.AddField(
            model_name="cdsclient",
            name="smart_client_id",
            field=models.CharField(
                blank=True,
                help_text="Our client id at its authorisation server; with it clinicians launch from it.",
                max_length=200,
            ),
        ),
    ]
