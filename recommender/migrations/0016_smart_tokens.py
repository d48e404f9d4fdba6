"""Let tokens have a scope, and EHRs publish their keys."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("recommender", "0015_floor_rules"),
    ]

    operations = [
        migrations.AddField(
            model_name="apitoken",
            name="scope",
            field=models.CharField(
                blank=True,
                help_text="What it may be used for; empty: all of its roles'.",
                max_length=100,
            ),
        ),
        migrations.AddField(
            model_name="cdsclient",
            name="jwks_url",
            field=models.CharField(
                blank=True,
                help_text="Where it publishes its keys (`jku`); may stand instead of keys.",
                max_length=300,
            ),
        ),
        migrations.AlterField(
            model_name="cdsclient",
            name="keys",
            field=models.JSONField(
                blank=True, default=dict, help_text="Its public keys as a JWK Set; ES384 or RS384."
            ),
        ),
    ]
