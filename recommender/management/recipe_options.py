"""What `train` and `tune` both ask for: a pathway, published data sets and a recipe."""

import json
from pathlib import Path

from django.core.management.base import CommandParser

from recommender.exceptions import BadInput, UnknownName
from recommender.ml.recipes import RECIPES, Recipe
from recommender.services import recipes

MAX_RECIPE_BYTES = 100_000


def add_recipe_options(parser: CommandParser) -> None:
    """Add which pathway, which of its data sets, and which recipe."""
    parser.add_argument("--pathway", required=True, metavar="SLUG", help="the pathway")
    parser.add_argument(
        "--dataset",
        action="append",
        default=[],
        dest="datasets",
        metavar="NAME",
        help="a published data set, NAME or NAME@VERSION; again for more (default: all)",
    )
    parser.add_argument(
        "--recipe",
        default="default",
        metavar="NAME|FILE",
        help=f"one of {', '.join(RECIPES)}, one that `tune` made for the pathway, or a JSON file "
        "(default: default)",
    )


def read_recipe(text: str, *, pathway: str) -> Recipe:
    """The recipe of this name, or the one in this file."""
    found = recipes.find(text, pathway=pathway)
    if found is not None:
        return found
    path = Path(text)
    if not path.is_file():
        raise UnknownName(
            "There is neither such a recipe nor such a file. "
            f"Recipes: {', '.join(recipes.of(pathway))}.",
            field="recipe",
        )
    try:
        with path.open("rb") as file:
            return Recipe.from_json(json.loads(file.read(MAX_RECIPE_BYTES)))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError):
        raise BadInput(f"{path.name} isn't a readable JSON file.", field="recipe") from None
