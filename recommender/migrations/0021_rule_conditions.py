"""Safety rules with a condition: scores, ages, allergies, therapies in use, several findings."""

from django.db import migrations, models
from django.db.models import Q

from recommender.clinical.coding import FindingKind


class Migration(migrations.Migration):
    dependencies = [
        ("recommender", "0020_evidence_arms"),
    ]

    operations = [
        migrations.AddField(
            model_name="safetyrulerecord",
            name="condition",
            field=models.JSONField(
                blank=True,
                help_text="Instead of a finding: a condition in the language of docs/red-flags.md.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="safetyrulerecord",
            name="has_to_be_known",
            field=models.BooleanField(
                default=True,
                help_text="A rule with a condition also holds until enough is recorded to tell.",
            ),
        ),
        migrations.AlterField(
            model_name="safetyrulerecord",
            name="finding",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AlterField(
            model_name="safetyrulerecord",
            name="kind",
            field=models.CharField(
                blank=True, choices=[(kind, kind) for kind in FindingKind], max_length=10
            ),
        ),
        migrations.AddConstraint(
            model_name="safetyrulerecord",
            constraint=models.CheckConstraint(
                condition=Q(condition__isnull=True) & ~Q(kind="") & ~Q(finding="")
                | Q(condition__isnull=False, kind="", finding="", min_value=None),
                name="safety_rule_has_a_finding_or_a_condition",
            ),
        ),
    ]
