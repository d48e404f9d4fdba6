"""Recipes: how a model version is made, as data that is stored with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from recommender.exceptions import BadInput
from recommender.ml.search_space import SEARCHED, parameters_of

Parameters = Mapping[str, float]
MAX_FOLDS = 20
MAX_PAIRS = 200
MAX_NAME = 100


@dataclass(frozen=True)
class Recipe:
    """What to train and how to split; the same recipe, data and seed give the same bytes.

    Several recommenders are stacked: each keeps the weight that it earns on held-out cases.
    `repeat_failed` is why a therapy that failed may be suggested again; empty means it may not.
    `pairs` is how many pairs of findings may have a column of their own, if the data show them.
    """

    name: str
    recommenders: tuple[str, ...]
    parameters: Mapping[str, Parameters] = field(default_factory=dict)
    folds: int = 5
    seed: int = 1
    repeat_failed: str = ""
    pairs: int = 0

    def __post_init__(self) -> None:
        """Refuse what can't be trained, naming the field."""
        if not 0 < len(self.name) <= MAX_NAME:
            raise BadInput(f"Give the recipe a name of up to {MAX_NAME} letters.", field="name")
        known = ", ".join(sorted(SEARCHED))
        if not self.recommenders or not set(self.recommenders) <= set(SEARCHED):
            raise BadInput(f"Name one or more recommenders of: {known}.", field="recommenders")
        if not 2 <= self.folds <= MAX_FOLDS:
            raise BadInput(f"Give between 2 and {MAX_FOLDS} folds.", field="folds")
        if not 0 <= self.pairs <= MAX_PAIRS:
            raise BadInput(f"Give between 0 and {MAX_PAIRS} pairs.", field="pairs")
        for name, parameters in self.parameters.items():
            if name not in self.recommenders:
                raise BadInput("Give parameters of the named recommenders.", field="parameters")
            if not set(parameters) <= parameters_of(name):
                raise BadInput(
                    f"{name} has no such parameter. Look at what a recipe may say in "
                    "docs/learning.md.",
                    field=f"parameters.{name}",
                )

    def to_json(self) -> dict[str, object]:
        """The recipe as it is stored and written to a file."""
        return {
            "name": self.name,
            "recommenders": list(self.recommenders),
            "parameters": {name: dict(given) for name, given in self.parameters.items()},
            "folds": self.folds,
            "seed": self.seed,
            "repeat_failed": self.repeat_failed,
            "pairs": self.pairs,
        }

    @classmethod
    def from_json(cls, given: object) -> "Recipe":
        """Read a recipe; an unknown field or a wrong type is refused by name."""
        if not isinstance(given, dict):
            raise BadInput("A recipe is a JSON object.", field="recipe")
        known = {one.name for one in fields(cls)}
        for name in given:
            if name not in known:
                raise BadInput(
                    f"A recipe has no such field; it has {', '.join(sorted(known))}.",
                    field=str(name),
                )
        return cls(
            name=_text(given, "name"),
            recommenders=tuple(_texts(given, "recommenders")),
            parameters=_parameters(given),
            folds=_whole(given, "folds", 5),
            seed=_whole(given, "seed", 1),
            repeat_failed=_text(given, "repeat_failed"),
            pairs=_whole(given, "pairs", 0),
        )


def _text(given: dict[str, object], name: str) -> str:
    value = given.get(name, "")
    if not isinstance(value, str):
        raise BadInput("Give a text.", field=name)
    return value


def _texts(given: dict[str, object], name: str) -> list[str]:
    value = given.get(name, [])
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise BadInput("Give a list of texts.", field=name)
    return value


def _whole(given: dict[str, object], name: str, default: int) -> int:
    value = given.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool):
        raise BadInput("Give a whole number.", field=name)
    return value


def _parameters(given: dict[str, object]) -> dict[str, Parameters]:
    value = given.get("parameters", {})
    if not isinstance(value, dict) or not all(isinstance(one, dict) for one in value.values()):
        raise BadInput("Give one object of numbers a recommender.", field="parameters")
    for parameters in value.values():
        for name, number in parameters.items():
            if not isinstance(number, int | float) or isinstance(number, bool):
                raise BadInput("Give a number.", field=f"parameters.{name}")
    return value


RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        Recipe("default", ("lightfm", "crossed-effects", "response-rate"), pairs=40),
        Recipe(
            "with-trees", ("lightfm", "crossed-effects", "boosted-trees", "response-rate"), pairs=40
        ),
        Recipe("lightfm", ("lightfm", "response-rate")),
        Recipe("crossed-effects", ("crossed-effects", "response-rate")),
        Recipe("finding-response-rate", ("finding-response-rate", "response-rate")),
        Recipe("response-rate", ("response-rate",)),
        Recipe("popularity", ("popularity",)),
    )
}
