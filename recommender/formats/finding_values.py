"""Reading findings by what they are: presence, severity, a number or a category."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl

from recommender.clinical.coding import MAX_SEVERITY, Concept, FindingKind, ValueType
from recommender.clinical.privacy import (
    AGE_BAND,
    AGE_BAND_WORD,
    LONG_NUMBER,
    OLDEST_AGE,
    is_age,
)
from recommender.formats.cells import (
    CONTROL_CHARACTERS,
    Rule,
    apply_rules,
    check_identifiers,
)
from recommender.formats.content import ConceptKey, Known
from recommender.formats.finding_rows import FindingRows
from recommender.formats.problems import Problems
from recommender.formats.tables import Column, Holds

MAX_CATEGORY = 64
ENOUGH_TO_TELL = 20
MANY_CATEGORIES = 50
RECORD_NUMBER = 100_000


@dataclass(frozen=True, slots=True)
class Values:
    """Findings read by their concepts, in columns case, concept, number and category."""

    table: pl.DataFrame
    concepts: tuple[Concept, ...]
    banded_ages: int


@dataclass(frozen=True, slots=True)
class Meanings:
    """What the codes of a data set mean.

    `declared` is its own vocabulary; `typed` are the keys of it that say their value type.
    """

    known: Known
    declared: Mapping[ConceptKey, Concept]
    typed: frozenset[ConceptKey]

    def concept(self, key: ConceptKey, inferred: ValueType) -> Concept:
        """The concept: as the catalogue says, else the pathway so far, else the data set."""
        found = self.known.catalogue_concepts.get(key) or self.known.own_concepts.get(key)
        if found is not None:
            return found
        kind, code = key
        own = self.declared.get(key) or Concept(FindingKind(kind), code, code.replace("_", " "))
        return own if key in self.typed else replace(own, value_type=inferred)

    def read_as(self, concept: Concept) -> ValueType | None:
        """How the data set's values are read, or None when it contradicts what's known.

        A code known as a severity may be recorded as present or absent only: that's a severity
        that isn't known.
        """
        key = (concept.kind.value, concept.code)
        if key not in self.typed:
            return concept.value_type
        said = self.declared[key].value_type
        if said is concept.value_type or (
            said is ValueType.FLAG and concept.value_type is ValueType.SEVERITY
        ):
            return said
        return None


def read_values(
    rows: FindingRows,
    *,
    meanings: Meanings,
    file: str,
    fields: Mapping[ConceptKey, str],
    problems: Problems,
) -> Values:
    """Read each finding by what it is; `fields` names a wide table's column for each concept."""
    inferred = _inferred(rows)
    concepts = tuple(
        meanings.concept(key, inferred.get(place, ValueType.FLAG))
        for place, key in enumerate(rows.concepts)
    )
    types: list[str] = []
    for concept in concepts:
        read_as = meanings.read_as(concept)
        if read_as is None:
            _refuse_type(concept, problems)
        types.append(read_as or concept.value_type)
    table = rows.table.with_columns(
        pl.Series("type", types, dtype=pl.Enum([str(one) for one in ValueType]))
        .gather(rows.table["concept"].fill_null(0))
        .alias("type")
        if types
        else pl.lit(None, pl.String).alias("type")
    )
    if fields:
        for place, key in enumerate(rows.concepts):
            part = table.filter(pl.col("concept") == place)
            _check(part, fields.get(key, "value"), file=file, problems=problems)
    else:
        _check(table, "value", file=file, problems=problems)
    _check_categories(table, rows, fields, file=file, problems=problems)
    return _values(table, rows, concepts)


def _refuse_type(concept: Concept, problems: Problems) -> None:
    message = (
        f"contradicts what {concept.kind}/{concept.code} is known as ({concept.value_type}); "
        "use that value type, or another code"
    )
    problems.add("vocabulary.csv", None, "value_type", "type-conflict", message)


def _inferred(rows: FindingRows) -> dict[int, ValueType]:
    """The value type that each concept's values look like."""
    value = pl.col("number")
    facts = rows.table.group_by("concept").agg(
        words=pl.col("text").is_not_null().any(),
        flags=value.is_in([0.0, 1.0]).all(),
        severities=(value.is_between(0, MAX_SEVERITY) & (value == value.round())).all(),
    )
    types: dict[int, ValueType] = {}
    for place, words, flags, severities in facts.drop_nulls("concept").iter_rows():
        is_symptom = rows.concepts[place][0] == FindingKind.SYMPTOM
        if words:
            types[place] = ValueType.CATEGORY
        elif flags:
            types[place] = ValueType.FLAG
        else:
            types[place] = ValueType.SEVERITY if severities and is_symptom else ValueType.NUMBER
    return types


def _check(table: pl.DataFrame, field: str, *, file: str, problems: Problems) -> None:
    """Check the values that can be judged by their value type alone."""
    value, is_text = pl.col("number"), pl.col("text").is_not_null()
    type_ = pl.col("type")
    flag, severity = type_ == ValueType.FLAG, type_ == ValueType.SEVERITY
    rules = [
        Rule(
            field,
            "not-a-flag",
            "isn't a flag's value; write 1 or nothing for present and 0 for absent, "
            "or declare another value_type in vocabulary.csv",
            flag & (is_text | ~value.is_in([0.0, 1.0])),
        ),
        Rule(
            field,
            "severity-out-of-range",
            f"isn't a severity; write 0 (absent) to {MAX_SEVERITY}, or nothing for present",
            severity & (is_text | ~value.is_between(0, MAX_SEVERITY)),
        ),
        Rule(
            field,
            "not-a-number",
            "isn't a number, as this finding's others are; write digits with a point, such as 0.5",
            (type_ == ValueType.NUMBER) & is_text,
        ),
        Rule(
            field,
            "long-number",
            "looks like a record number or a date; remove it or give it in a larger unit",
            value.abs() >= LONG_NUMBER,
        ),
    ]
    apply_rules(table, rules, file=file, problems=problems)


def _check_categories(
    table: pl.DataFrame,
    rows: FindingRows,
    fields: Mapping[ConceptKey, str],
    *,
    file: str,
    problems: Problems,
) -> None:
    """Refuse categories that hold more than a category: identifiers, free text, names."""
    texts = pl.DataFrame({"text": range(len(rows.texts)), "value": list(rows.texts)})
    looked = table.filter(pl.col("text").is_not_null()).join(
        texts.cast({"text": pl.UInt32, "value": pl.String}), on="text", maintain_order="left"
    )
    for place in looked["concept"].drop_nulls().unique(maintain_order=True):
        field = fields.get(rows.concepts[place], "value")
        part = looked.filter(pl.col("concept") == place).rename({"value": field})
        column = Column(field, Holds.GROUP, longest=MAX_CATEGORY)
        text = pl.col(field)
        shape = [
            Rule(
                field,
                "too-long",
                f"is longer than a category's {MAX_CATEGORY} characters; use a short word",
                text.str.len_chars() > MAX_CATEGORY,
            ),
            Rule(
                field,
                "control-character",
                "holds a line break or a control character; remove it",
                text.str.contains(CONTROL_CHARACTERS),
            ),
        ]
        apply_rules(part, shape, file=file, problems=problems)
        check_identifiers(part, column, file=file, problems=problems)
    _check_distinct(table, rows, fields, file=file, problems=problems)


def _check_distinct(
    table: pl.DataFrame,
    rows: FindingRows,
    fields: Mapping[ConceptKey, str],
    *,
    file: str,
    problems: Problems,
) -> None:
    """Refuse a finding whose values differ from case to case, as names and numbers do."""
    value = pl.col("number")
    facts = table.group_by("concept").agg(
        count=pl.len(),
        texts=pl.col("text").n_unique() - pl.col("text").has_nulls(),
        numbers=value.n_unique(),
        record_like=((value.abs() >= RECORD_NUMBER) & (value == value.round())).all()
        & value.is_not_null().all(),
    )
    for place, count, texts, numbers, record_like in facts.drop_nulls("concept").iter_rows():
        field = fields.get(rows.concepts[place], "value")
        kind, code = rows.concepts[place]
        if texts > MANY_CATEGORIES and texts * 2 > count:
            message = (
                f"has a different text for most cases of {kind}/{code}, as a name has; "
                "group them into a few categories"
            )
            problems.add(file, None, field, "too-many-categories", message)
        elif record_like and count >= ENOUGH_TO_TELL and numbers == count:
            message = (
                f"has a different long number for each case of {kind}/{code}, as a record number "
                "has; remove the finding or give it in a larger unit"
            )
            problems.add(file, None, field, "record-numbers", message)


def _values(table: pl.DataFrame, rows: FindingRows, concepts: tuple[Concept, ...]) -> Values:
    """The findings as they're stored: a flag that's present has no value, old ages are one."""
    ages = [place for place, concept in enumerate(concepts) if is_age(concept.code)]
    is_age_finding = pl.col("concept").is_in(ages)
    value, type_ = pl.col("number"), pl.col("type")
    words = pl.Series("words", [*rows.texts, None], dtype=pl.String)
    as_word = (
        pl.when(value == value.round())
        .then(value.cast(pl.Int64, strict=False).cast(pl.String))
        .otherwise(value.cast(pl.String))
    )
    text = words.gather(table["text"].fill_null(len(rows.texts)))
    read = table.with_columns(text.alias("word")).with_columns(
        category=pl.when(type_ == ValueType.CATEGORY).then(pl.coalesce("word", as_word)),
        number=pl.when((type_ == ValueType.FLAG) & (value == 1))
        .then(None)
        .when(type_ != ValueType.CATEGORY)
        .then(value),
    )
    leading = pl.col("category").str.extract(r"^[<>=≥ ]*(\d+)").cast(pl.Float64, strict=False)
    old_number = is_age_finding & (pl.col("number") > OLDEST_AGE)
    old_word = is_age_finding & (leading > OLDEST_AGE)
    is_old = (old_number | old_word).fill_null(value=False)
    banded = read.select(is_old.sum()).item()
    return Values(
        read.select(
            "case",
            "concept",
            number=pl.when(old_number).then(float(AGE_BAND)).otherwise("number"),
            category=pl.when(old_word)
            .then(pl.lit(AGE_BAND_WORD))
            .otherwise("category")
            .cast(pl.Categorical),
        ),
        concepts,
        banded,
    )
