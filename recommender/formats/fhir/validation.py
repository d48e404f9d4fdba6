"""Whether a resource is one that FHIR R4 knows, by its published definitions (R4B's models)."""

import re
from collections.abc import Iterator

from fhir.resources.R4B import get_fhir_model_class
from pydantic import ValidationError

from recommender.formats.fhir.json import Json, objects, text

FIRST_FAULTS = 3
# What R4 has in answers of a questionnaire only; EHRs write it in observations too.
DECIMAL = "valueDecimal"

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{0,63}")
_WORDS = {"missing": "is missing", "extra_forbidden": "isn't an element of R4"}


def is_type(kind: str) -> bool:
    """Whether R4 has resources of this type."""
    try:
        get_fhir_model_class(kind)
    except ValueError:
        return False
    return True


def faults_of(resource: Json) -> tuple[str, ...]:
    """What is wrong with a resource of a known type: by element, never its values."""
    kind = text(resource.get("resourceType"))
    model = get_fhir_model_class(kind)
    try:
        model.model_validate(_without_decimals(resource) if kind == "Observation" else resource)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        return tuple(_fault(each["type"], each["loc"]) for each in found[:FIRST_FAULTS])
    except RecursionError:
        return ("the resource: has elements within one another too deep to be read",)
    return ()


def _without_decimals(observation: Json) -> Json:
    kept = {name: value for name, value in observation.items() if name != DECIMAL}
    if any(DECIMAL in each for each in objects(kept.get("component"))):
        kept["component"] = [
            {name: value for name, value in each.items() if name != DECIMAL}
            for each in objects(kept["component"])
        ]
    return kept


def _fault(kind: str, place: tuple[int | str, ...]) -> str:
    path = "".join(_steps(place)).removeprefix(".") or "the resource"
    return f"{path}: {_WORDS.get(kind, 'has a value that R4 does not allow')}"


def _steps(place: tuple[int | str, ...]) -> Iterator[str]:
    """The way to an element; a name that came with the file is shown only if it looks like one."""
    for step in place:
        if isinstance(step, int):
            yield f"[{step}]"
        else:
            yield f".{step}" if _NAME.fullmatch(step) else ".(another name)"
