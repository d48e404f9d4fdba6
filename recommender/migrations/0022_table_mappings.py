"""Keep mappings of wide tables, and what an upload is at."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("recommender", "0021_rule_conditions"),
    ]

    operations = [
        migrations.CreateModel(
            name="TableMapping",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100, unique=True)),
                ("text", models.TextField(help_text="TOML, as a mapping file holds it.")),
                ("created", models.DateTimeField(auto_now_add=True)),
                ("created_by", models.CharField(max_length=150)),
                ("changed", models.DateTimeField(auto_now=True)),
                ("changed_by", models.CharField(max_length=150)),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        migrations.AddField(
            model_name="datasetupload",
            name="problem_counts",
            field=models.JSONField(
                default=dict, help_text="How often each kind of problem occurred."
            ),
        ),
        migrations.AddField(
            model_name="datasetupload",
            name="stage",
            field=models.CharField(
                blank=True, help_text="What the worker is doing.", max_length=60
            ),
        ),
        migrations.AlterField(
            model_name="datasetupload",
            name="status",
            field=models.CharField(
                choices=[
                    ("unmapped", "Unmapped"),
                    ("waiting", "Waiting"),
                    ("running", "Running"),
                    ("imported", "Imported"),
                    ("refused", "Refused"),
                ],
                default="waiting",
                max_length=10,
            ),
        ),
    ]
