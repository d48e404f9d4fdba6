"""Let the lists for one patient of an EHR meet under a pseudonym."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("recommender", "0012_fhir_servers"),
    ]

    operations = [
        migrations.AddField(
            model_name="suggestionlist",
            name="subject",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Keyed pseudonym of an EHR's patient, by which its lists meet; else empty.",
                max_length=64,
            ),
        ),
        migrations.AddIndex(
            model_name="suggestionlist",
            index=models.Index(
                condition=models.Q(("subject", ""), _negated=True),
                fields=["subject", "-created"],
                name="suggestion_subject",
            ),
        ),
    ]
