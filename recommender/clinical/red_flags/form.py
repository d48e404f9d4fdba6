"""Reading red flags from their written form; one that can't be read refuses the whole file."""

import tomllib
from collections.abc import Mapping, Sequence
from typing import cast

from recommender.clinical.condition_form import read_condition
from recommender.clinical.conditions import ClinicianSays, ItemAtLeast, leaves
from recommender.clinical.red_flags.flag import (
    Effect,
    EffectKind,
    RedFlag,
    Status,
    Urgency,
)
from recommender.clinical.sourcing import Verification
from recommender.clinical.worked_example import read_example
from recommender.exceptions import BadInput

_TEXTS = ("id", "code", "group", "criterion", "message", "audience", "source")
_OPTIONAL_TEXTS = ("reading", "message_without_value", "status_reason")
_OTHERS = (
    "urgency",
    "effects",
    "acknowledge",
    "notify",
    "verification",
    "status",
    "condition",
    "example",
)
_KNOWN = {*_TEXTS, *_OPTIONAL_TEXTS, *_OTHERS, "questions"}

Form = Mapping[str, object]


def read_red_flags(text: str) -> tuple[RedFlag, ...]:
    """Every flag of a file's text, each code once; the error names the flag and the field."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise BadInput("The red flags aren't valid TOML.", field="red_flag") from None
    forms = document.get("red_flag")
    if set(document) != {"red_flag"} or not isinstance(forms, list) or not forms:
        raise BadInput("Give at least one [[red_flag]] and nothing else.", field="red_flag")
    flags = tuple(
        read_red_flag(form, place=f"red_flag[{number}]") for number, form in enumerate(forms, 1)
    )
    for name in ("id", "code"):
        if len({getattr(flag, name) for flag in flags}) < len(flags):
            raise BadInput(f"Give each red flag a {name} of its own.", field=name)
    return flags


def read_red_flag(form: Form, *, place: str = "red_flag") -> RedFlag:
    """One flag; every field is checked, an unknown one is refused by its name."""
    _check_names(form, place)
    texts = {name: _text(form[name], f"{place}.{name}") for name in _TEXTS}
    texts |= {n: _text(form[n], f"{place}.{n}") for n in _OPTIONAL_TEXTS if n in form}
    flag = RedFlag(
        id=texts["id"],
        code=texts["code"],
        group=texts["group"],
        criterion=texts["criterion"],
        message=texts["message"],
        audience=texts["audience"],
        source=texts["source"],
        reading=texts.get("reading", ""),
        message_without_value=texts.get("message_without_value", ""),
        status_reason=texts.get("status_reason", ""),
        urgency=Urgency(_word(form["urgency"], list(Urgency), f"{place}.urgency")),
        effects=_effects(form["effects"], f"{place}.effects"),
        acknowledge=_yes_or_no(form["acknowledge"], f"{place}.acknowledge"),
        notify=_texts(form["notify"], f"{place}.notify"),
        verification=Verification(
            _word(form["verification"], list(Verification), f"{place}.verification")
        ),
        status=Status(_word(form["status"], list(Status), f"{place}.status")),
        condition=read_condition(form["condition"], place=f"{place}.condition"),
        questions=_questions(form.get("questions", {}), f"{place}.questions"),
        examples=tuple(
            read_example(each, place=f"{place}.example[{number}]")
            for number, each in enumerate(_list(form["example"], f"{place}.example"), 1)
        ),
    )
    _check_sense(flag, place)
    return flag


def _check_names(form: object, place: str) -> None:
    if not isinstance(form, Mapping):
        raise _refusal(place, "give a table")
    for name in (*_TEXTS, *_OTHERS):
        if name not in form:
            raise _refusal(f"{place}.{name}", "this field is missing")
    unknown = sorted(set(form) - _KNOWN)
    if unknown:
        raise _refusal(f"{place}.{unknown[0]}", "there's no such field")


def _check_sense(flag: RedFlag, place: str) -> None:
    asked = {leaf.question for leaf in leaves(flag.condition) if isinstance(leaf, ClinicianSays)}
    if set(flag.questions) != asked:
        raise _refusal(f"{place}.questions", "word each question of the condition, and no other")
    if bool(asked) != (flag.status is Status.NEEDS_CLINICIAN_INPUT):
        raise _refusal(
            f"{place}.status", "a condition with questions needs clinician input, another doesn't"
        )
    if bool(asked) != bool(flag.status_reason):
        raise _refusal(f"{place}.status_reason", "say why records can't settle it, and only then")
    if {example.fires for example in flag.examples} != {True, False}:
        raise _refusal(f"{place}.example", "give an example that fires and one that doesn't")
    only_items = all(isinstance(leaf, ItemAtLeast) for leaf in leaves(flag.condition))
    if "{" in flag.message and not only_items and not flag.message_without_value:
        raise _refusal(
            f"{place}.message_without_value", "say what to show where the message has no value"
        )


def _effects(value: object, place: str) -> tuple[Effect, ...]:
    effects = []
    for text in _texts(value, place):
        kind_name, _, name = text.partition(":")
        kind = EffectKind(_word(kind_name, list(EffectKind), place))
        if kind.needs_a_name != bool(name):
            raise _refusal(place, "block_class and block_therapy name one; the others don't")
        effects.append(Effect(kind, name))
    return tuple(effects)


def _questions(value: object, place: str) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise _refusal(place, "give a table of questions by code")
    return {str(code): _text(text, f"{place}.{code}") for code, text in value.items()}


def _list(value: object, place: str) -> list[object]:
    if not isinstance(value, list) or not value:
        raise _refusal(place, "give a list that isn't empty")
    return cast("list[object]", value)


def _texts(value: object, place: str) -> tuple[str, ...]:
    return tuple(_text(each, place) for each in _list(value, place))


def _text(value: object, place: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _refusal(place, "give a text")
    return value


def _word(value: object, words: Sequence[str], place: str) -> str:
    if value not in words:
        raise _refusal(place, f"give one of {', '.join(words)}")
    return str(value)


def _yes_or_no(value: object, place: str) -> bool:
    if not isinstance(value, bool):
        raise _refusal(place, "give true or false")
    return value


def _refusal(place: str, remedy: str) -> BadInput:
    return BadInput(f"{place}: {remedy}.", field=place)
