"""Let uploads and runs be leased and sent again, and versions be rolled back in order."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("recommender", "0004_safety_rules_stamp"),
    ]

    operations = [
        migrations.AddField(
            model_name="datasetupload",
            name="attempts",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="datasetupload",
            name="sent_at",
            field=models.DateTimeField(
                blank=True,
                help_text="When the queue was last told; empty: tell it again.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="modelversion",
            name="rolled_back_at",
            field=models.DateTimeField(
                blank=True, help_text="When it was live and taken back; empty otherwise.", null=True
            ),
        ),
        migrations.AddField(
            model_name="trainingrun",
            name="on_worker",
            field=models.BooleanField(
                default=True,
                help_text="Carried out by a worker; otherwise by the command that asked.",
            ),
        ),
        migrations.AddField(
            model_name="trainingrun",
            name="sent_at",
            field=models.DateTimeField(
                blank=True,
                help_text="When the queue was last told; empty: tell it again.",
                null=True,
            ),
        ),
        migrations.AddConstraint(
            model_name="datasetupload",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "running"), _negated=True),
                    ("lease_until__isnull", False),
                    _connector="OR",
                ),
                name="upload_running_holds_a_lease",
            ),
        ),
    ]
