"""Searches for better parameters, their trials, and the recipes that they make."""

import uuid

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("recommender", "0030_lists_follow_their_reviews"),
    ]

    operations = [
        migrations.CreateModel(
            name="ParameterSearch",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("data_hash", models.CharField(blank=True, max_length=64)),
                ("base_name", models.CharField(max_length=100, verbose_name="base recipe")),
                ("base", models.JSONField()),
                (
                    "name",
                    models.CharField(
                        help_text="Of the recipe it makes.",
                        max_length=64,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[a-z0-9]+(-[a-z0-9]+)*$",
                                "Use lower-case letters, digits and hyphens.",
                            )
                        ],
                        verbose_name="name of the winner",
                    ),
                ),
                ("seed", models.BigIntegerField()),
                (
                    "trial_count",
                    models.PositiveSmallIntegerField(
                        help_text="How many candidates are drawn; the base recipe comes on top.",
                        verbose_name="trials",
                    ),
                ),
                (
                    "rungs",
                    models.JSONField(
                        help_text="Of each rung: candidates, and the share of the cases."
                    ),
                ),
                (
                    "rung",
                    models.PositiveSmallIntegerField(
                        default=0, help_text="The one under way, from 0."
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("queued", "Queued"),
                            ("running", "Running"),
                            ("succeeded", "Succeeded"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                (
                    "log",
                    models.JSONField(
                        default=list, help_text="Lines with a time, a level and a message."
                    ),
                ),
                ("result", models.JSONField(default=dict)),
                ("failure", models.TextField(blank=True)),
                ("requested_by", models.CharField(max_length=150)),
                (
                    "on_worker",
                    models.BooleanField(
                        default=True,
                        help_text="Carried out by workers; otherwise by the command that asked.",
                    ),
                ),
                ("created", models.DateTimeField(auto_now_add=True)),
                ("started", models.DateTimeField(blank=True, null=True)),
                ("finished", models.DateTimeField(blank=True, null=True)),
                (
                    "datasets",
                    models.ManyToManyField(related_name="searches", to="recommender.dataset"),
                ),
                (
                    "pathway",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="searches",
                        to="recommender.pathway",
                    ),
                ),
            ],
            options={
                "verbose_name": "search",
                "verbose_name_plural": "searches for parameters",
                "ordering": ["-created"],
            },
        ),
        migrations.CreateModel(
            name="RecipeRecord",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "name",
                    models.CharField(
                        max_length=64,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[a-z0-9]+(-[a-z0-9]+)*$",
                                "Use lower-case letters, digits and hyphens.",
                            )
                        ],
                    ),
                ),
                ("recipe", models.JSONField()),
                (
                    "note",
                    models.TextField(
                        help_text="Where it comes from, and whether it is better than what."
                    ),
                ),
                ("created", models.DateTimeField(auto_now_add=True)),
                ("created_by", models.CharField(max_length=150)),
                (
                    "pathway",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="recipes",
                        to="recommender.pathway",
                    ),
                ),
                (
                    "search",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="winning_recipe",
                        to="recommender.parametersearch",
                    ),
                ),
            ],
            options={
                "verbose_name": "named recipe",
                "ordering": ["pathway", "name"],
            },
        ),
        migrations.CreateModel(
            name="SearchTrial",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("rung", models.PositiveSmallIntegerField()),
                (
                    "number",
                    models.PositiveSmallIntegerField(
                        help_text="The candidate's; 0 is the base recipe."
                    ),
                ),
                ("parameters", models.JSONField(default=dict)),
                (
                    "share",
                    models.FloatField(help_text="Of the cases, learned from and judged in turn."),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("queued", "Queued"),
                            ("running", "Running"),
                            ("succeeded", "Succeeded"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                ("share_done", models.FloatField(default=0.0)),
                (
                    "log_loss",
                    models.FloatField(
                        blank=True, help_text="Of attempts not learned from.", null=True
                    ),
                ),
                ("judged_cases", models.PositiveIntegerField(blank=True, null=True)),
                ("judged_attempts", models.PositiveIntegerField(blank=True, null=True)),
                (
                    "sums",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        help_text="Losses by cluster of cases, to pair trials by; gone when the search has ended.",
                    ),
                ),
                (
                    "gain",
                    models.FloatField(
                        blank=True, help_text="In log-loss over the base recipe.", null=True
                    ),
                ),
                ("gain_lower", models.FloatField(blank=True, null=True)),
                ("gain_upper", models.FloatField(blank=True, null=True)),
                (
                    "kept",
                    models.BooleanField(
                        blank=True, help_text="Whether it went on, or won.", null=True
                    ),
                ),
                ("seconds", models.FloatField(blank=True, null=True)),
                ("failure", models.TextField(blank=True)),
                ("failure_code", models.CharField(blank=True, max_length=40)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("worker", models.CharField(blank=True, max_length=100)),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                (
                    "sent_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="When the queue was last told; empty: tell it again.",
                        null=True,
                    ),
                ),
                ("created", models.DateTimeField(auto_now_add=True)),
                ("started", models.DateTimeField(blank=True, null=True)),
                ("finished", models.DateTimeField(blank=True, null=True)),
                (
                    "search",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="trials",
                        to="recommender.parametersearch",
                    ),
                ),
            ],
            options={
                "verbose_name": "trial of a search",
                "verbose_name_plural": "trials of searches",
                "ordering": ["search_id", "rung", "number"],
            },
        ),
        migrations.AddConstraint(
            model_name="parametersearch",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status__in", ["queued", "running", "succeeded"])),
                fields=("pathway", "name"),
                name="search_makes_a_name_of_its_own",
            ),
        ),
        migrations.AddConstraint(
            model_name="reciperecord",
            constraint=models.UniqueConstraint(
                fields=("pathway", "name"), name="recipe_name_is_there_once_a_pathway"
            ),
        ),
        migrations.AddConstraint(
            model_name="searchtrial",
            constraint=models.UniqueConstraint(
                fields=("search", "rung", "number"), name="search_trial_is_there_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="searchtrial",
            constraint=models.CheckConstraint(
                condition=models.Q(("share__gt", 0), ("share__lte", 1)),
                name="search_trial_share_is_a_share",
            ),
        ),
        migrations.AddConstraint(
            model_name="searchtrial",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "running"), _negated=True),
                    ("lease_until__isnull", False),
                    _connector="OR",
                ),
                name="search_trial_running_holds_a_lease",
            ),
        ),
        migrations.AddConstraint(
            model_name="searchtrial",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "succeeded"), _negated=True),
                    ("log_loss__isnull", False),
                    _connector="OR",
                ),
                name="search_trial_succeeded_has_a_loss",
            ),
        ),
    ]
