"""Reading a condition: a table with one key, the same in TOML and in JSON.

    {all = [{taking = {class = "antidepressant"}}, {present = "symptom:elevated_mood"}]}

Whatever can't be read is refused by its place; nothing is guessed or left out.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from recommender.clinical.ages import BORDERS
from recommender.clinical.coding import CODE_PATTERN, FindingKind
from recommender.clinical.conditions import (
    AgeAtLeast,
    AgeUnder,
    AllergicTo,
    AllOf,
    AnyOf,
    AnySource,
    AtLeast,
    AtMost,
    ChangeAtLeast,
    ClinicianSays,
    Condition,
    InCategory,
    ItemAtLeast,
    Not,
    Present,
    Proposed,
    StoppedWithin,
    Subject,
    Taking,
    TotalAtLeast,
    TotalAtMost,
    Way,
)
from recommender.clinical.instruments import INSTRUMENTS
from recommender.clinical.therapy import class_code
from recommender.exceptions import BadInput

_CODE = re.compile(CODE_PATTERN.removesuffix("$"))
MAX_DEPTH = 12


def read_condition(form: object, *, place: str = "condition", depth: int = 0) -> Condition:
    """The condition that the form says; the error names the place inside the form."""
    if depth > MAX_DEPTH:
        raise _refusal(place, f"nest at most {MAX_DEPTH} conditions in one another")
    if not isinstance(form, Mapping) or len(form) != 1:
        raise _refusal(place, f"give a table with one of the keys {', '.join(_READERS)}")
    key, content = next(iter(form.items()))
    if key not in _READERS:
        raise _refusal(place, f"there's no such key: use one of {', '.join(_READERS)}")
    return _READERS[key](content, f"{place}.{key}", depth + 1)


@dataclass(frozen=True, slots=True)
class _Fields:
    """The fields of one form, each taken by name and type; an unknown one is refused."""

    content: Mapping[str, object]
    place: str

    def text(self, name: str) -> str:
        return _text(self._required(name), f"{self.place}.{name}")

    def code(self, name: str) -> str:
        return _code(self._required(name), f"{self.place}.{name}")

    def number(self, name: str) -> float:
        value = self._required(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or value - value != 0:
            raise _refusal(f"{self.place}.{name}", "give a finite number")
        return value

    def whole(self, name: str, *, least: int) -> int:
        value = self._required(name)
        if type(value) is not int or value < least:
            raise _refusal(f"{self.place}.{name}", f"give a whole number of {least} or more")
        return value

    def _required(self, name: str) -> object:
        if name not in self.content:
            raise _refusal(self.place, f"'{name}' is missing")
        return self.content[name]


def _fields(content: object, place: str, *, known: Sequence[str]) -> _Fields:
    if not isinstance(content, Mapping):
        raise _refusal(place, f"give a table with {', '.join(known)}")
    unknown = [name for name in content if name not in known]
    if unknown:
        raise _refusal(place, f"only {', '.join(known)} may stand here")
    return _Fields(content, place)


def _finding(text: object, place: str) -> tuple[FindingKind, str]:
    kind, _, code = _text(text, place).partition(":")
    if kind not in list(FindingKind):
        kinds = ", ".join(FindingKind)
        raise _refusal(place, f"give a kind and a code as kind:code; kinds are {kinds}")
    return FindingKind(kind), _code(code, place)


def _present(content: object, place: str, _: int) -> Condition:
    return Present(*_finding(content, place))


def _at_least(content: object, place: str, _: int) -> Condition:
    fields = _fields(content, place, known=("finding", "minimum"))
    return AtLeast(*_finding(fields.text("finding"), place), fields.number("minimum"))


def _at_most(content: object, place: str, _: int) -> Condition:
    fields = _fields(content, place, known=("finding", "maximum"))
    return AtMost(*_finding(fields.text("finding"), place), fields.number("maximum"))


def _in_category(content: object, place: str, _: int) -> Condition:
    fields = _fields(content, place, known=("finding", "category"))
    return InCategory(*_finding(fields.text("finding"), place), fields.text("category"))


def _scale(fields: _Fields) -> str:
    name = fields.text("instrument")
    if name not in INSTRUMENTS:
        raise _refusal(
            f"{fields.place}.instrument", f"use one of the scales {', '.join(INSTRUMENTS)}"
        )
    return name


def _item_at_least(content: object, place: str, _: int) -> Condition:
    fields = _fields(content, place, known=("instrument", "item", "minimum"))
    scale = _scale(fields)
    items = {item.id: item for item in INSTRUMENTS[scale].items}
    item, minimum = fields.text("item"), fields.whole("minimum", least=1)
    if item not in items:
        raise _refusal(f"{place}.item", f"use one of the items {', '.join(items)}")
    if minimum > items[item].highest:
        raise _refusal(f"{place}.minimum", f"no answer goes above {items[item].highest}")
    return ItemAtLeast(scale, item, minimum)


def _total_at_least(content: object, place: str, _: int) -> Condition:
    fields = _fields(content, place, known=("instrument", "minimum"))
    scale = _scale(fields)
    return TotalAtLeast(scale, _total(scale, fields.whole("minimum", least=1), place))


def _total_at_most(content: object, place: str, _: int) -> Condition:
    fields = _fields(content, place, known=("instrument", "maximum"))
    scale = _scale(fields)
    return TotalAtMost(scale, _total(scale, fields.whole("maximum", least=0), place))


def _total(scale: str, total: int, place: str) -> int:
    span = INSTRUMENTS[scale].total_range
    if span is None:
        raise _refusal(place, "this scale has no total: use its items")
    if total > span.value[1]:
        raise _refusal(place, f"no total of this scale goes above {span.value[1]}")
    return total


def _change(way: Way) -> Callable[[object, str, int], Condition]:
    def read(content: object, place: str, _: int) -> Condition:
        fields = _fields(content, place, known=("instrument", "points"))
        scale = _scale(fields)
        if not INSTRUMENTS[scale].follows_change:
            raise _refusal(place, "this scale isn't for following change")
        return ChangeAtLeast(scale, _total(scale, fields.whole("points", least=1), place), way)

    return read


def _subject(fields: _Fields) -> Subject:
    if ("therapy" in fields.content) == ("class" in fields.content):
        raise _refusal(fields.place, "name either a therapy or a class")
    if "therapy" in fields.content:
        return Subject(therapy=fields.code("therapy"))
    return Subject(therapy_class=class_code(fields.code("class")))


def _taking(content: object, place: str, _: int) -> Condition:
    fields = _fields(content, place, known=("therapy", "class", "count"))
    subject = _subject(fields)
    count = fields.whole("count", least=1) if "count" in fields.content else 1
    if subject.therapy and count > 1:
        raise _refusal(place, "count the therapies of a class; one therapy is one")
    return Taking(subject, count)


def _stopped(content: object, place: str, _: int) -> Condition:
    fields = _fields(content, place, known=("therapy", "class", "within_days"))
    days = fields.whole("within_days", least=0) if "within_days" in fields.content else None
    return StoppedWithin(_subject(fields), days)


def _allergic_to(content: object, place: str, _: int) -> Condition:
    return AllergicTo(_subject(_fields(content, place, known=("therapy", "class"))))


def _age(made_of: Callable[[int], Condition]) -> Callable[[object, str, int], Condition]:
    def read(content: object, place: str, _: int) -> Condition:
        if type(content) is not int or content not in BORDERS:
            years = ", ".join(map(str, BORDERS))
            raise _refusal(place, f"give the first year of an age band: one of {years}")
        return made_of(content)

    return read


def _proposed(content: object, place: str, _: int) -> Condition:
    return Proposed(_subject(_fields(content, place, known=("therapy", "class"))))


def _clinician_says(content: object, place: str, _: int) -> Condition:
    return ClinicianSays(_code(content, place))


def _several(
    made_of: Callable[[tuple[Condition, ...]], Condition],
) -> Callable[[object, str, int], Condition]:
    def read(content: object, place: str, depth: int) -> Condition:
        if not isinstance(content, Sequence) or isinstance(content, str) or not content:
            raise _refusal(place, "give a list with at least one condition")
        return made_of(
            tuple(
                read_condition(part, place=f"{place}[{number}]", depth=depth)
                for number, part in enumerate(content, start=1)
            )
        )

    return read


def _not(content: object, place: str, depth: int) -> Condition:
    return Not(read_condition(content, place=place, depth=depth))


def _text(value: object, place: str) -> str:
    if not isinstance(value, str) or not value:
        raise _refusal(place, "give a text")
    return value


def _code(value: object, place: str) -> str:
    text = _text(value, place)
    if _CODE.fullmatch(text) is None:
        raise _refusal(place, "give a code, without spaces")
    return text


def _refusal(place: str, remedy: str) -> BadInput:
    return BadInput(f"{place}: {remedy}.", field=place)


_READERS: dict[str, Callable[[object, str, int], Condition]] = {
    "all": _several(AllOf),
    "any": _several(AnyOf),
    "any_source": _several(AnySource),
    "not": _not,
    "present": _present,
    "at_least": _at_least,
    "at_most": _at_most,
    "in_category": _in_category,
    "item_at_least": _item_at_least,
    "total_at_least": _total_at_least,
    "total_at_most": _total_at_most,
    "rise_at_least": _change(Way.RISE),
    "fall_at_least": _change(Way.FALL),
    "age_at_least": _age(AgeAtLeast),
    "age_under": _age(AgeUnder),
    "taking": _taking,
    "stopped": _stopped,
    "allergic_to": _allergic_to,
    "proposed": _proposed,
    "clinician_says": _clinician_says,
}
