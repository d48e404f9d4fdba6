"""What may never come in: how to tell who somebody is by a column's name or by what's in it."""

import re
from dataclasses import dataclass
from functools import lru_cache

OLDEST_AGE = 89
"""Ages above this are one band: so few people are that old that the age alone names them."""

AGE_BAND = 90
AGE_BAND_WORD = "90+"

MAX_WORDS = 3
"""A category is a word or three; more than that is free text, which can hold anything."""

LONG_NUMBER = 10_000_000
"""A whole number of eight digits or more is a record number or a date, not a measure."""


@dataclass(frozen=True, slots=True)
class Identifier:
    """One kind of direct identifier and how it looks; the pattern works in Python and in Rust.

    `in_ids` is False where an opaque case id may look like it: a case id is replaced by a
    pseudonym, so a bare number is all right there, but an e-mail address isn't opaque.
    """

    what: str
    pattern: str
    in_ids: bool = True


_MONTH = r"(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)(?i:[a-z]{0,6})"
_DAY = r"(?:0?[1-9]|[12][0-9]|3[01])"
_MONTH_NUMBER = r"(?:0?[1-9]|1[0-2])"
_YEAR = r"(?:1[89]|20)[0-9]{2}"
_STREET = (
    r"(?i:street|st|road|rd|avenue|ave|lane|ln|drive|close|court|crescent|terrace|boulevard|blvd"
    r"|strasse|straße|weg|platz|rue|straat)"
)

IDENTIFIERS: tuple[Identifier, ...] = (
    Identifier("an e-mail address", r"[^\s@]+@[^\s@]+\.[A-Za-z]{2,}"),
    Identifier("a web address", r"(?i:\b(?:https?|ftp|mailto):|\bwww\.)"),
    Identifier(
        "a network address",
        r"\b(?:[0-9]{1,3}\.){3}[0-9]{1,3}\b|\b(?:[0-9A-Fa-f]{1,4}:){5,7}[0-9A-Fa-f]{1,4}\b",
    ),
    Identifier(
        "an exact date",
        rf"\b{_YEAR}[-/.](?:0[1-9]|1[0-2]|[1-9])[-/.]{_DAY}(?:\b|T)"
        rf"|\b{_DAY}[-/.]{_MONTH_NUMBER}[-/.](?:{_YEAR}|[0-9]{{2}})\b"
        rf"|\b{_MONTH_NUMBER}[-/.]{_DAY}[-/.](?:{_YEAR}|[0-9]{{2}})\b"
        rf"|\b{_DAY}(?:st|nd|rd|th)?[ .-]*{_MONTH}[ .,-]*(?:{_YEAR}|[0-9]{{2}})\b"
        rf"|\b{_MONTH}[ .-]*{_DAY}(?:st|nd|rd|th)?,? *{_YEAR}\b"
        rf"|\b{_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])\b",
    ),
    Identifier("a month of a year", rf"\b{_YEAR}[-/](?:0[1-9]|1[0-2])\b", in_ids=False),
    Identifier("a national number", r"\b[0-9]{3}-[0-9]{2}-[0-9]{4}\b"),
    Identifier("a national number", r"\b[0-9]{3}[ -][0-9]{3}[ -][0-9]{4}\b"),
    Identifier(
        "a national number",
        r"\b[A-Z]{2} ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-D]\b",
        in_ids=False,
    ),
    Identifier(
        "a record number",
        r"(?i:\b(?:mrn|ssn|nhs|nino|nric|passport|chart|hospital|record|patient)"
        r"[ _#:.-]*(?:no|nr|number|id)?[ _#:.-]*[0-9]{4,})",
        in_ids=False,
    ),
    Identifier("a phone number", r"(?:\+|\b00)[0-9][0-9 ().-]{6,}[0-9]\b"),
    Identifier("a phone number", r"\(?\b[0-9]{2,5}\)?[ .-][0-9]{3,4}[ .-][0-9]{3,4}\b"),
    Identifier("a record or phone number", r"(?:^|[^\w.])[0-9](?:[ -]?[0-9]){7,}\b", in_ids=False),
    Identifier(
        "an address",
        rf"\b[0-9]{{1,5}}[A-Za-z]?,? +(?:[^\W\d_]+\.? +){{0,3}}{_STREET}\b"
        rf"|(?i:[a-zäöüß]+(?:strasse|straße|str\.) *[0-9]+)|(?i:\bp\.? ?o\.? ?box\b)"
        r"|\b[A-Z]{1,2}[0-9][A-Z0-9]? [0-9][A-Z]{2}\b",
    ),
    Identifier(
        "a person's name",
        r"\b(?i:mr|mrs|mister|dr|prof|professor|herr|frau|mme|mlle|monsieur|madame|señora?)"
        r"(?:\. *|[ -]+)[^\W\d_]{2,}|\b(?:Miss|Ms|Sir|Lady|Lord)\.? +[A-Z][a-z]+",
    ),
    Identifier(
        "a person's name", r"^[A-Z][a-z]+(?:-[A-Z][a-z]+)?(?: [A-Z]\.?)?,? [A-Z][a-zA-Z'’-]*[a-z]$"
    ),
)

ANY_IDENTIFIER = "|".join(f"(?:{identifier.pattern})" for identifier in IDENTIFIERS)
ANY_IDENTIFIER_IN_IDS = "|".join(
    f"(?:{identifier.pattern})" for identifier in IDENTIFIERS if identifier.in_ids
)
FREE_TEXT = rf"(?:\S+\s+){{{MAX_WORDS},}}\S"
"""More words than a category has."""

_COMPILED = tuple((identifier, re.compile(identifier.pattern)) for identifier in IDENTIFIERS)
_FREE_TEXT = re.compile(FREE_TEXT)


def identifier_in(text: str, *, is_id: bool = False) -> str | None:
    """What kind of direct identifier the text holds, or None; free text counts as one.

    The answer is safe to show: it never holds a part of the text.
    """
    what = identifier_in_prose(text, is_id=is_id)
    if what is None and _FREE_TEXT.search(text):
        return "free text"
    return what


def identifier_in_prose(text: str, *, is_id: bool = False) -> str | None:
    """The same for a text that may be sentences, such as a clinician's comment."""
    for identifier, pattern in _COMPILED:
        if is_id and not identifier.in_ids:
            continue
        if pattern.search(text):
            return identifier.what
    return None


# Names of columns, in lower case with underscores, once words such as "patient" are taken off.
_NAMES_BY_WHAT_THEY_HOLD = {
    "a person's name": """
        name names first_name last_name full_name fullname firstname lastname surname forename
        given_name family_name middle_name maiden_name nickname initials signature next_of_kin
        mother_name father_name
    """,
    "an e-mail address": "email e_mail mail email_address e_mail_address",
    "a phone number": "phone telephone tel mobile cell cellphone fax mobile_phone cell_phone",
    "an address": """
        address street street_address address_line address_line_1 address_line_2 city town village
        zip zipcode zip_code postcode postal_code post_code county latitude longitude lat lon lng
        gps coordinates geolocation house
    """,
    "a national or record number": """
        ssn social_security nhs nino mrn medical_record record hospital chart national national_id
        passport driver_licence driver_license licence license license_plate insurance policy
        health_plan account iban tax_id id_card nric chi device_id serial vin
    """,
    "an exact date": """
        dob birth birthday birthdate birth_date dod deathdate death_date date datetime timestamp
        day month
    """,
    "a network address or log-in": """
        ip ip_address url website web_address homepage username user_name login
    """,
    "free text": """
        note notes comment comments free_text freetext narrative remark remarks memo
        clinical_notes transcript
    """,
    "a biometric mark": "photo photograph image fingerprint voiceprint",
}
_REFUSED_NAMES = {
    name: what for what, names in _NAMES_BY_WHAT_THEY_HOLD.items() for name in names.split()
}
# Refused only with a number's suffix: "insurance" alone says whether somebody is insured.
_ONLY_AS_NUMBERS = frozenset(
    {"record", "hospital", "chart", "national", "insurance", "policy", "house", "licence"}
    | {"license", "health_plan", "account", "serial"}
)
_OWNERS = re.compile(
    r"^(?:patient|client|case|subject|person|participant|pt|user|member|home|work|contact"
    r"|emergency|primary|secondary|mailing|postal|my)s?_"
)
_DATE_NAME = re.compile(r"(?:^|_)(?:date|datetime|timestamp)$|^date_of_|^(?:admit|visit)_dt$")
_NUMBER_NAME = re.compile(r"_(?:no|nr|num|number|text)$")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NOT_A_LETTER = re.compile(r"[^a-z0-9]+")


def refused_column(name: str) -> str | None:
    """What a column of this name would hold that may never come in, or None."""
    for spelling in (_spelt(name), _NOT_A_LETTER.sub("_", name.lower()).strip("_")):
        for candidate in (spelling, _OWNERS.sub("", spelling)):
            if _DATE_NAME.search(candidate):
                return "an exact date"
            bare = _NUMBER_NAME.sub("", candidate)
            if bare in _ONLY_AS_NUMBERS and bare == candidate:
                continue
            if bare in _REFUSED_NAMES:
                return _REFUSED_NAMES[bare]
    return None


_AGE = re.compile(r"^(?:patient_|case_)?age(?:$|_(?:years?|yrs?|y|now|band|group[0-9]*|at_\w+)$)")
_QUASI = re.compile(
    r"(?:^|_)(?:age|sex|gender|male|female|race|racegrp|ethnicity|ethnic|hispanic|nonwhite"
    r"|marital|married|education|educ|occupation|occp|job|employment|employed|income|religion"
    r"|nationality|country|region|language|veteran|homeless|insurance|living)(?:$|_|[0-9])"
)


@lru_cache(maxsize=4096)
def is_age(code: str) -> bool:
    """Whether a finding of this code is the person's age."""
    return bool(_AGE.search(_spelt(code)))


def is_quasi_identifier(code: str) -> bool:
    """Whether a background finding could be known of a person by a neighbour or an employer."""
    return bool(_QUASI.search(_spelt(code)))


def _spelt(code: str) -> str:
    return _NOT_A_LETTER.sub("_", _CAMEL.sub("_", code).lower()).strip("_")
