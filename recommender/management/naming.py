"""The names that a command is given for what it makes."""

from django.core.exceptions import ValidationError

from recommender.exceptions import BadInput
from recommender.models.pathway import SLUG

LONGEST_NAME = 100


def check_names(name: str, pathway: str) -> None:
    """Refuse a data set's name or a pathway's that couldn't be kept."""
    try:
        SLUG(pathway)
    except ValidationError as error:
        raise BadInput(f"--pathway: {error.messages[0]}", field="pathway") from None
    if not 0 < len(name) <= LONGEST_NAME:
        raise BadInput(f"--name: give 1 to {LONGEST_NAME} characters.", field="name")
