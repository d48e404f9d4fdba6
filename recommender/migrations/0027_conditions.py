"""Keep the conditions, what to bear in mind of a therapy, and which findings go together."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("recommender", "0026_catalogue_versions"),
    ]

    operations = [
        migrations.CreateModel(
            name="ConditionRecord",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=64, unique=True)),
                ("display", models.CharField(max_length=200)),
                (
                    "codes",
                    models.JSONField(
                        default=dict, help_text="System name to code, where verified."
                    ),
                ),
                ("source", models.TextField(blank=True)),
                ("retired", models.BooleanField(default=False)),
            ],
            options={
                "ordering": ["code"],
            },
        ),
        migrations.AddField(
            model_name="conceptrecord",
            name="group",
            field=models.CharField(blank=True, help_text="Findings of one sort.", max_length=40),
        ),
        migrations.AddField(
            model_name="therapyrecord",
            name="note",
            field=models.TextField(blank=True, help_text="What to bear in mind; a draft."),
        ),
        migrations.AddConstraint(
            model_name="conditionrecord",
            constraint=models.CheckConstraint(
                condition=models.Q(("code__regex", "^[A-Za-z0-9][A-Za-z0-9_.:+/-]{0,63}$")),
                name="condition_code_is_a_code",
            ),
        ),
    ]
