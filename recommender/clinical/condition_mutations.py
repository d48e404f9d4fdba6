"""Conditions gone wrong on purpose, part by part: each is one that somebody could have written."""

from collections.abc import Iterator, Mapping

from recommender.clinical.ages import BORDERS
from recommender.clinical.condition_rules import read_rule_condition
from recommender.clinical.conditions import Condition
from recommender.exceptions import BadInput

NOWHERE = "mutated"
# A kind is no name of its own: the code behind it is.
_FINDINGS = {"finding", "present"}
_OTHER_WAY = {
    "all": "any",
    "any": "all",
    "any_source": "all",
    "at_least": "at_most",
    "at_most": "at_least",
    "total_at_least": "total_at_most",
    "total_at_most": "total_at_least",
    "rise_at_least": "fall_at_least",
    "fall_at_least": "rise_at_least",
    "age_at_least": "age_under",
    "age_under": "age_at_least",
    "taking": "stopped",
}
_RENAMED = {"minimum": "maximum", "maximum": "minimum"}

Form = object
Changed = tuple[str, Form]


def changes_of(condition: Condition) -> Iterator[tuple[str, Condition]]:
    """The condition turned round, and with each part of it changed; what can't be read is none."""
    written = condition.as_written()
    seen: list[object] = [written]
    for what, form in (("turned round", {"not": written}), *_of_form(written)):
        if form in seen:
            continue
        seen.append(form)
        try:
            yield what, read_rule_condition(form)
        except BadInput:
            continue


def _of_form(form: Mapping[str, object]) -> Iterator[Changed]:
    ((key, content),) = form.items()
    if key in _OTHER_WAY and _has_parts(content):
        yield f"`{key}` the other way", {_OTHER_WAY[key]: _renamed(content)}
    if key == "not":
        yield "`not` left out", content
    for what, changed in _of_content(key, content):
        yield what, {key: changed}


def _has_parts(content: object) -> bool:
    """Whether the other way is another condition: of one part all and any are the same."""
    return not isinstance(content, list) or len(content) > 1


def _of_content(key: str, content: object) -> Iterator[Changed]:
    if isinstance(content, list):
        for place, part in enumerate(content):
            before, after = content[:place], content[place + 1 :]
            if before or after:
                yield f"a part of `{key}` left out", [*before, *after]
            for what, changed in _of_form(part):
                yield what, [*before, changed, *after]
    elif key == "not" and isinstance(content, Mapping):
        yield from _of_form(content)
    elif isinstance(content, Mapping):
        for name, value in content.items():
            for what, changed in _of_value(name, value):
                yield what, {**content, name: changed}
    else:
        yield from _of_value(key, content)


def _of_value(name: str, value: object) -> Iterator[Changed]:
    if name in {"age_at_least", "age_under"}:
        place = BORDERS.index(value)
        for other in (place - 1, place + 1):
            if 0 <= other < len(BORDERS):
                yield f"`{name}` of another band", BORDERS[other]
    elif isinstance(value, int | float):
        yield f"`{name}` higher", value + 1
        yield f"`{name}` lower", value - 1
    elif name in _FINDINGS and isinstance(value, str):
        yield f"`{name}` swapped", f"{value.partition(':')[0]}:{NOWHERE}"
    elif name != "instrument" and isinstance(value, str):
        yield f"`{name}` swapped", NOWHERE


def _renamed(content: object) -> object:
    if not isinstance(content, Mapping):
        return content
    return {_RENAMED.get(name, name): value for name, value in content.items()}
