"""Mappings kept under a name, so that the next table of that shape is mapped at once."""

import tomllib

from django.db import transaction

from recommender import models
from recommender.exceptions import BadInput, UnknownName
from recommender.formats.mapping import Mapping, mapping_of, mapping_text
from recommender.services import audit

LONGEST_NAME = 100


@transaction.atomic
def keep(*, name: str, mapping: Mapping, by: str) -> models.TableMapping:
    """Keep the mapping under this name; one that has the name already is replaced."""
    said = name.strip()
    if not 0 < len(said) <= LONGEST_NAME:
        raise BadInput(f"Give the mapping a name of 1 to {LONGEST_NAME} characters.", field="name")
    kept, created = models.TableMapping.objects.update_or_create(
        name=said,
        defaults={"text": mapping_text(mapping), "changed_by": by},
        create_defaults={"text": mapping_text(mapping), "created_by": by, "changed_by": by},
    )
    action = "table_mapping.created" if created else "table_mapping.changed"
    audit.record(action=action, target=said, by=by)
    return kept


def named(name: str) -> models.TableMapping:
    """The mapping that is kept under this name."""
    kept = models.TableMapping.objects.filter(name=name.strip()).first()
    if kept is None:
        names = ", ".join(models.TableMapping.objects.values_list("name", flat=True))
        raise UnknownName(
            f"No mapping is kept under this name. There are: {names or 'none yet'}.",
            field="mapping_name",
        )
    return kept


def mapping_in(kept: models.TableMapping) -> Mapping:
    """The mapping that was kept."""
    return mapping_of(tomllib.loads(kept.text), name=kept.name)
