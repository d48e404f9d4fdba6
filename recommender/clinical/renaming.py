"""A case in our own codes: what it names otherwise is read as the entry that it names."""

from collections.abc import Container
from dataclasses import replace
from typing import NamedTuple

from recommender.clinical.case import Case, Finding, TriedTherapy
from recommender.clinical.names import THERAPY, Names


class ReadAs(NamedTuple):
    """A name that somebody gave, and the code of the entry that it was read as."""

    kind: str
    given: str
    code: str


def in_our_codes(
    case: Case, names: Names, *, findings: Container[object], therapies: Container[str]
) -> tuple[Case, tuple[ReadAs, ...]]:
    """The case by our codes, and what was read as what; a code that is known stays as it is."""
    read: list[ReadAs] = []

    def code_of(kind: str, text: str) -> str:
        code = names.find(kind, text)
        if code is None or code == text:
            return text
        read.append(ReadAs(kind, text, code))
        return code

    def finding(given: Finding) -> Finding:
        if (given.kind, given.code) in findings:
            return given
        return replace(given, code=code_of(given.kind.value, given.code))

    def tried(given: TriedTherapy) -> TriedTherapy:
        if given.therapy in therapies:
            return given
        return replace(given, therapy=code_of(THERAPY, given.therapy))

    known = replace(
        case,
        findings=tuple(finding(each) for each in case.findings),
        tried=tuple(tried(each) for each in case.tried),
        allergies=None
        if case.allergies is None
        else tuple(
            each if each in therapies else code_of(THERAPY, each) for each in case.allergies
        ),
    )
    return (known, tuple(dict.fromkeys(read))) if read else (case, ())
