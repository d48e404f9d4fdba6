"""Days to look again, a second person, own plans, and where each review stands."""

import django.db.models.deletion
from django.db import migrations, models

import recommender.clinical.own_plan

# Lists of before that somebody decided; a deferral left its list open.
FORWARD = """
UPDATE recommender_suggestionlist SET stage = 'decided' WHERE EXISTS (
    SELECT FROM recommender_review
    WHERE suggestion_list_id = recommender_suggestionlist.id AND outcome <> 'deferred'
);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("recommender", "0018_unmapped_codes"),
    ]

    operations = [
        migrations.CreateModel(
            name="OwnPlan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("by", models.CharField(max_length=150)),
                (
                    "intent",
                    models.CharField(
                        choices=[
                            (
                                recommender.clinical.own_plan.Intent["THERAPY"],
                                recommender.clinical.own_plan.Intent["THERAPY"],
                            ),
                            (
                                recommender.clinical.own_plan.Intent["WATCH"],
                                recommender.clinical.own_plan.Intent["WATCH"],
                            ),
                            (
                                recommender.clinical.own_plan.Intent["UNDECIDED"],
                                recommender.clinical.own_plan.Intent["UNDECIDED"],
                            ),
                        ],
                        max_length=10,
                    ),
                ),
                ("therapy", models.CharField(blank=True, max_length=64)),
                ("note", models.TextField(blank=True, max_length=2000)),
                ("created", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ["-created"],
            },
        ),
        migrations.AddField(
            model_name="review",
            name="against_floor",
            field=models.BooleanField(
                default=False,
                help_text="Chosen against a safety rule of the floor: counts once a second person agrees.",
            ),
        ),
        migrations.AddField(
            model_name="review",
            name="review_on",
            field=models.DateField(
                blank=True, help_text="When to look again, of a list that was deferred.", null=True
            ),
        ),
        migrations.AddField(
            model_name="review",
            name="second_agrees",
            field=models.BooleanField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="review",
            name="second_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="review",
            name="second_person",
            field=models.CharField(blank=True, max_length=150),
        ),
        migrations.AddField(
            model_name="suggestionlist",
            name="due_on",
            field=models.DateField(
                blank=True, help_text="When a clinician planned to look at it again.", null=True
            ),
        ),
        migrations.AddField(
            model_name="suggestionlist",
            name="stage",
            field=models.CharField(
                choices=[
                    ("waiting", "Waiting"),
                    ("watching", "Watching"),
                    ("second", "Second"),
                    ("decided", "Decided"),
                ],
                db_default="waiting",
                default="waiting",
                max_length=10,
            ),
        ),
        migrations.AddIndex(
            model_name="review",
            index=models.Index(fields=["-created"], name="review_created"),
        ),
        migrations.AddIndex(
            model_name="suggestionlist",
            index=models.Index(
                condition=models.Q(
                    ("batch__isnull", True), models.Q(("stage", "decided"), _negated=True)
                ),
                fields=["stage", "created", "id"],
                name="suggestion_queue",
            ),
        ),
        migrations.AddIndex(
            model_name="suggestionlist",
            index=models.Index(
                condition=models.Q(
                    ("batch__isnull", True), models.Q(("stage", "decided"), _negated=True)
                ),
                fields=["pathway", "stage", "created", "id"],
                name="suggestion_pathway_queue",
            ),
        ),
        migrations.AddIndex(
            model_name="suggestionlist",
            index=models.Index(
                condition=models.Q(("stage", "watching")), fields=["due_on"], name="suggestion_due"
            ),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.CheckConstraint(
                condition=models.Q(("review_on", None), ("outcome", "deferred"), _connector="OR"),
                name="review_day_is_of_a_deferral",
            ),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("against_floor", False),
                    models.Q(
                        ("outcome", "overridden"),
                        models.Q(("therapy", ""), _negated=True),
                        models.Q(("reason_code", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="review_against_floor_has_its_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("second_agrees", None), ("second_at", None), ("second_person", "")),
                    models.Q(
                        ("against_floor", True),
                        ("second_agrees__isnull", False),
                        ("second_at__isnull", False),
                        models.Q(("second_person", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="review_second_answer_is_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.CheckConstraint(
                condition=models.Q(("second_person", models.F("reviewed_by")), _negated=True),
                name="review_second_person_is_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="suggestionlist",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("due_on__isnull", False), ("stage", "watching")),
                    models.Q(models.Q(("stage", "watching"), _negated=True), ("due_on", None)),
                    _connector="OR",
                ),
                name="suggestion_watched_until_a_day",
            ),
        ),
        migrations.AddField(
            model_name="ownplan",
            name="suggestion_list",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="own_plans",
                to="recommender.suggestionlist",
            ),
        ),
        migrations.AddConstraint(
            model_name="ownplan",
            constraint=models.UniqueConstraint(
                fields=("suggestion_list", "by"), name="own_plan_is_written_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="ownplan",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("intent", recommender.clinical.own_plan.Intent["THERAPY"]),
                        models.Q(("therapy", ""), _negated=True),
                    ),
                    models.Q(
                        models.Q(
                            ("intent", recommender.clinical.own_plan.Intent["THERAPY"]),
                            _negated=True,
                        ),
                        ("therapy", ""),
                    ),
                    _connector="OR",
                ),
                name="own_plan_of_a_therapy_names_it",
            ),
        ),
        migrations.RunSQL(FORWARD, migrations.RunSQL.noop),
    ]
