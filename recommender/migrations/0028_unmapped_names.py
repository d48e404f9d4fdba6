"""Names that nobody knows wait beside the codes, and may be longer."""

from typing import Any

from django.db import migrations, models
from django.db.models.functions import Length

LONGEST_BEFORE = 20


def drop_long_ones(apps: Any, _: Any) -> None:  # noqa: ANN401
    codes = apps.get_model("recommender", "UnmappedCode").objects
    codes.annotate(length=Length("code")).filter(length__gt=LONGEST_BEFORE).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("recommender", "0027_conditions"),
    ]

    operations = [
        migrations.AlterField(
            model_name="unmappedcode",
            name="code",
            field=models.CharField(max_length=64),
        ),
        migrations.AlterField(
            model_name="unmappedcode",
            name="resource",
            field=models.CharField(help_text="Where it came first.", max_length=40),
        ),
        migrations.RunPython(migrations.RunPython.noop, drop_long_ones),
    ]
