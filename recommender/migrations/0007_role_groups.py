"""Make the groups that stand for the roles, so that people can be put into them."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

ROLES = ("clinician", "dataset_admin", "auditor", "ehr_client")


def make_groups(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    del schema_editor
    group = apps.get_model("auth", "Group")
    for name in ROLES:
        group.objects.get_or_create(name=name)


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("recommender", "0006_suggestion_checks_rules"),
    ]
    # Backwards the groups stay: people are in them.
    operations = [migrations.RunPython(make_groups, migrations.RunPython.noop)]
