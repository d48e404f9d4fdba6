"""An issuer that serves several tenants is registered once for each."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("recommender", "0033_feedback_told_once"),
    ]

    operations = [
        migrations.AlterField(
            model_name="cdsclient",
            name="issuer",
            field=models.CharField(
                help_text="The `iss` of its tokens, letter by letter.", max_length=300
            ),
        ),
        migrations.AddConstraint(
            model_name="cdsclient",
            constraint=models.UniqueConstraint(
                fields=("issuer", "tenant"),
                name="cds_client_is_one_of_its_issuer_and_tenant",
                violation_error_message="Another client has this issuer and tenant.",
            ),
        ),
    ]
