"""Codes may hold commas, as MedDRA-like terms do: `depression,_postpartum`."""

from django.db import migrations, models

CODE = "^[A-Za-z0-9][A-Za-z0-9_.,:+/-]{0,63}$"
CONSTRAINTS = {
    "conceptrecord": "concept_code_is_a_code",
    "conditionrecord": "condition_code_is_a_code",
    "therapyrecord": "therapy_code_is_a_code",
}


class Migration(migrations.Migration):
    dependencies = [("recommender", "0036_floor_is_not_emptied")]
    operations = [
        step
        for model, name in CONSTRAINTS.items()
        for step in (
            migrations.RemoveConstraint(model, name),
            migrations.AddConstraint(
                model,
                models.CheckConstraint(condition=models.Q(code__regex=CODE), name=name),
            ),
        )
    ]
