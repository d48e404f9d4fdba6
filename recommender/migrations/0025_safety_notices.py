"""Keep what safety said to an EHR beside a ranking, and what came of it."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("recommender", "0024_chain_checks"),
    ]

    operations = [
        migrations.CreateModel(
            name="SafetyNotice",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "therapy",
                    models.CharField(
                        blank=True,
                        help_text="The therapy ordered; empty for red flags.",
                        max_length=64,
                    ),
                ),
                (
                    "rules",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=200), default=list, size=None
                    ),
                ),
                (
                    "red_flags",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=200), default=list, size=None
                    ),
                ),
                ("failed_before", models.BooleanField(default=False)),
                ("safety_rules_version", models.CharField(max_length=64)),
                ("given_to", models.CharField(max_length=150)),
                ("created", models.DateTimeField(auto_now_add=True, db_index=True)),
                (
                    "pathway",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="recommender.pathway",
                    ),
                ),
                (
                    "suggestion_list",
                    models.ForeignKey(
                        help_text="The list it was given beside; empty for a drafted order.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="safety_notices",
                        to="recommender.suggestionlist",
                    ),
                ),
            ],
            options={
                "ordering": ["-created"],
            },
        ),
        migrations.CreateModel(
            name="SafetyNoticeReview",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason_code", models.CharField(blank=True, max_length=64)),
                ("comment", models.TextField(blank=True, max_length=2000)),
                ("reviewed_by", models.CharField(max_length=150)),
                ("created", models.DateTimeField(auto_now_add=True)),
                (
                    "notice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reviews",
                        to="recommender.safetynotice",
                    ),
                ),
            ],
            options={
                "ordering": ["-created"],
            },
        ),
        migrations.AddConstraint(
            model_name="safetynotice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("rules__len__gt", 0),
                    ("red_flags__len__gt", 0),
                    ("failed_before", True),
                    _connector="OR",
                ),
                name="safety_notice_says_something",
            ),
        ),
        migrations.AddConstraint(
            model_name="safetynoticereview",
            constraint=models.UniqueConstraint(
                models.F("notice"),
                models.F("reason_code"),
                models.F("reviewed_by"),
                django.db.models.functions.text.MD5("comment"),
                name="safety_notice_review_is_kept_once",
            ),
        ),
    ]
