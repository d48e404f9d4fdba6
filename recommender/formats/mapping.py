"""A mapping file: how a wide table becomes findings, therapies and responses, as TOML."""

import tomllib
from pathlib import Path
from typing import Annotated

import msgspec
import tomli_w

from recommender.clinical.coding import FindingKind, ValueType
from recommender.exceptions import BadInput
from recommender.formats.content import Descriptor

MAX_BYTES = 256 * 1024


class Band(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a number below a bound becomes; the last band has no bound."""

    value: str | float
    below: float | None = None


class CaseColumns(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where the case's id, year and site stand; without an id the row's number is one."""

    id: str = ""
    year: str = ""
    site: str = ""
    sites: dict[str, str] = {}


class FindingColumn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One column that is a finding: `values` renames what stands in it, `bands` cuts numbers."""

    column: str
    kind: FindingKind
    code: str
    display: str = ""
    value_type: ValueType = ValueType.FLAG
    values: dict[str, str | float] = {}
    bands: list[Band] = []


class Arm(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A therapy of the table; one that the catalogue knows needs its code only."""

    code: str
    name: str = ""
    kind: str = ""
    therapy_class: Annotated[str, msgspec.Meta(max_length=100)] = msgspec.field(
        default="", name="class"
    )


class Attempt(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which therapy a row is about, and how it went.

    `response` is a condition (true is 1, false is 0) or a column that is cut by `bins`; where
    `unknown` holds, or a column of it is empty, the response is unknown.
    """

    therapy: str
    arms: dict[str, str]
    why: str
    response: str = ""
    response_column: str = ""
    bins: list[Band] = []
    unknown: str = ""
    sequence: str = ""


class About(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where the table comes from, and on which terms."""

    title: str
    source: str
    licence: str
    description: str = ""
    url: str = ""
    version: str = ""


class Mapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A whole mapping; each column of the table is used or dropped, with a reason."""

    about: About
    attempt: Attempt
    findings: list[FindingColumn]
    therapies: list[Arm] = []
    case: CaseColumns = CaseColumns()
    drop: dict[str, str] = {}

    @property
    def descriptor(self) -> Descriptor:
        """What the data set says about itself."""
        about = self.about
        source = {"title": about.source, **({"path": about.url} if about.url else {})}
        return Descriptor(
            title=about.title,
            version=about.version,
            description=f"{about.description} Response: {self.attempt.why}.".strip(),
            licences=({"name": about.licence},),
            sources=(source,),
        )


def read_mapping(path: Path) -> Mapping:
    """Read a mapping file; BadInput names the place in it and what's wanted there."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BadInput(f"The mapping is larger than {MAX_BYTES} bytes.", field="mapping")
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise BadInput("There is no mapping file there. Check its path.", field="mapping") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        where = str(error).rpartition("(")[2].rstrip(")")
        raise BadInput(f"{path.name} is no TOML: look {where}.", field="mapping") from None
    return mapping_of(document, name=path.name)


def mapping_of(document: dict[str, object], *, name: str = "The mapping") -> Mapping:
    """The mapping of a document; BadInput names the place in it and what's wanted there."""
    try:
        return msgspec.convert(document, Mapping)
    except msgspec.ValidationError as error:
        raise BadInput(f"{name} can't be used: {error}.", field="mapping") from None


def mapping_text(mapping: Mapping) -> str:
    """The mapping as a mapping file; what is as it would be without saying stays out."""
    return tomli_w.dumps(msgspec.to_builtins(mapping))
