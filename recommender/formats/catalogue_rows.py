"""Reading what a data set brings beside its cases: therapies, vocabulary, evidence and rules."""

from collections.abc import Collection, Iterable, Mapping

import polars as pl

from recommender.clinical.coding import Concept, FindingKind, TherapyKind, ValueType
from recommender.clinical.evidence import CONTROL
from recommender.clinical.safety import SafetyRule, Severity
from recommender.clinical.therapy import Therapy
from recommender.formats.cells import Rule, apply_rules, check_cells, number
from recommender.formats.content import ConceptKey
from recommender.formats.problems import Problems
from recommender.formats.tables import (
    EVIDENCE,
    KINDS_SAID_OTHERWISE,
    SAFETY_RULES,
    THERAPIES,
    VOCABULARY,
    Table,
)

MAX_ATTRIBUTE = 100


def read_therapies(
    batches: Iterable[pl.DataFrame], *, file: str, problems: Problems
) -> dict[str, Therapy]:
    """The therapies that the data set describes, by code."""
    table = _whole(THERAPIES, batches, file=file, problems=problems)
    long = Rule(
        "attributes",
        "too-long",
        f"holds an attribute of more than {MAX_ATTRIBUTE} characters; part them with semicolons",
        pl.col("attributes").str.split(";").list.eval(pl.element().str.len_chars()).list.max()
        > MAX_ATTRIBUTE,
    )
    apply_rules(table, [long], file=file, problems=problems)
    if problems:
        return {}
    therapies: dict[str, Therapy] = {}
    for row in table.iter_rows(named=True):
        attributes = (part.strip() for part in (row["attributes"] or "").split(";"))
        therapies[row["code"]] = Therapy(
            code=row["code"],
            name=row["name"],
            kind=KINDS_SAID_OTHERWISE.get(row["kind"]) or TherapyKind(row["kind"]),
            therapy_class=row["class"] or "",
            attributes=tuple(part for part in attributes if part),
        )
    return therapies


def read_vocabulary(
    batches: Iterable[pl.DataFrame], *, file: str, problems: Problems
) -> tuple[dict[ConceptKey, Concept], frozenset[ConceptKey]]:
    """The concepts that the data set describes, and which of them say their value type."""
    table = _whole(VOCABULARY, batches, file=file, problems=problems)
    if problems:
        return {}, frozenset()
    concepts = {
        (row["kind"], row["code"]): Concept(
            kind=FindingKind(row["kind"]),
            code=row["code"],
            display=row["display"],
            value_type=ValueType(row["value_type"] or ValueType.FLAG),
            system=row["system"] or "",
            system_code=row["system_code"] or "",
        )
        for row in table.iter_rows(named=True)
    }
    typed = table.filter(pl.col("value_type").is_not_null()).select("kind", "code")
    return concepts, frozenset((kind, code) for kind, code in typed.iter_rows())


def read_evidence(
    batches: Iterable[pl.DataFrame],
    *,
    therapies: Collection[str],
    renamed: Mapping[str, str],
    file: str,
    problems: Problems,
) -> pl.DataFrame:
    """The trial arms that the data set brings as evidence, its therapies by our codes."""
    table = _whole(EVIDENCE, batches, file=file, problems=problems)
    table = table.with_columns(pl.col("therapy").replace(dict(renamed)))
    rules = [
        Rule(
            "therapy",
            "unknown-therapy",
            f"isn't in the catalogue nor in therapies.csv, and isn't {CONTROL}; describe it "
            "there or correct the code",
            ~pl.col("therapy").is_in([*therapies, CONTROL]),
        ),
        Rule(
            "responders",
            "more-responders-than-people",
            "is more than n; check both",
            number("responders") > number("n"),
        ),
    ]
    apply_rules(table, rules, file=file, problems=problems)
    return table.select(
        *("study", "therapy", "condition", "age_group", "region"),
        number("risk_of_bias_high").cast(pl.Boolean, strict=False).alias("risk_of_bias_high"),
        number("responders").cast(pl.Int64, strict=False).alias("responders"),
        number("n").cast(pl.Int64, strict=False).alias("n"),
    )


def read_safety_rules(
    batches: Iterable[pl.DataFrame],
    *,
    therapies: Mapping[str, Therapy],
    concepts: Collection[ConceptKey],
    file: str,
    problems: Problems,
) -> tuple[SafetyRule, ...]:
    """The safety rules a data set brings for its pathway; a rule that can't fire is wrong."""
    table = _whole(SAFETY_RULES, batches, file=file, problems=problems)
    both = pl.concat_str("kind", "code", separator="/")
    known = [f"{kind}/{code}" for kind, code in concepts]
    classes = {name for therapy in therapies.values() for name in therapy.classes}
    rules = [
        Rule(
            "therapy",
            "rule-subject",
            "or class has to be given, and not both",
            pl.col("therapy").is_null() == pl.col("class").is_null(),
        ),
        Rule(
            "therapy",
            "unknown-therapy",
            "isn't in the catalogue nor in therapies.csv; describe it there or correct the code",
            ~pl.col("therapy").is_in(list(therapies)),
        ),
        Rule(
            "class",
            "unknown-class",
            "is no therapy's class; correct it, or the rule would never hold",
            ~_class_code(pl.col("class")).is_in(sorted(classes)),
        ),
        Rule(
            "code",
            "unknown-finding",
            "isn't in the vocabulary nor among the findings, so the rule would never hold; "
            "describe it in vocabulary.csv or correct kind and code",
            ~both.is_in(known),
        ),
    ]
    apply_rules(table, rules, file=file, problems=problems)
    if problems:
        return ()
    return tuple(_safety_rule(row) for row in table.iter_rows(named=True))


def _safety_rule(row: Mapping[str, str | None]) -> SafetyRule:
    subject = row["therapy"] or row["class"]
    minimum = row["min_value"]
    return SafetyRule(
        code=f"{subject}-{row['kind']}-{row['code']}"[:64],
        kind=FindingKind(row["kind"] or ""),
        finding=row["code"] or "",
        severity=Severity(row["severity"] or ""),
        reason=row["reason"] or "",
        source=row["source"] or "",
        therapy=row["therapy"] or "",
        therapy_class=row["class"] or "",
        min_value=None if minimum is None else float(minimum),
    )


def _class_code(text: pl.Expr) -> pl.Expr:
    # The same spelling as `recommender.clinical.therapy.class_code`.
    return text.str.to_lowercase().str.replace_all(r"[^a-z0-9]+", "-").str.strip_chars("-")


def _whole(
    table: Table, batches: Iterable[pl.DataFrame], *, file: str, problems: Problems
) -> pl.DataFrame:
    """The table at once, checked cell by cell and for rows that are there twice."""
    empty = {"row": pl.UInt32, **dict.fromkeys(table.by_name, pl.String)}
    parts = [pl.DataFrame(schema=empty)]
    for batch in batches:
        check_cells(batch, table, file=file, problems=problems)
        parts.append(batch.select(*empty))
    whole = pl.concat(parts)
    if table.key:
        again = Rule(
            table.key[-1],
            "duplicate-row",
            "is described already; keep one row",
            ~pl.struct(table.key).is_first_distinct(),
        )
        apply_rules(whole, [again], file=file, problems=problems)
    return whole
