"""Reviews of a list stand in the order in which they were decided, however late an EHR tells one."""

from django.db import migrations, models
from django.db.models.functions import Coalesce


class Migration(migrations.Migration):
    dependencies = [
        ("recommender", "0037_commas_in_codes"),
    ]

    operations = [
        migrations.AddField(
            model_name="review",
            name="answered",
            field=models.DateTimeField(
                blank=True,
                editable=False,
                help_text=(
                    "When it was decided, where an EHR says so: it may be told late. Else empty."
                ),
                null=True,
            ),
        ),
        migrations.AlterModelOptions(
            name="review",
            options={"ordering": [Coalesce("answered", "created"), "created"]},
        ),
    ]
