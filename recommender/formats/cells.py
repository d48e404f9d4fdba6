"""Checking the cells of a table against what its columns hold, whole columns at a time."""

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from recommender.clinical.coding import CODE_PATTERN
from recommender.clinical.privacy import (
    ANY_IDENTIFIER,
    ANY_IDENTIFIER_IN_IDS,
    FREE_TEXT,
    LONG_NUMBER,
    MAX_WORDS,
    identifier_in,
)
from recommender.formats.problems import KEPT_OF_A_KIND, Problems
from recommender.formats.tables import Column, Holds, Table

CONTROL_CHARACTERS = r"[\x00-\x08\x0a-\x1f\x7f]"
CODE_REMEDY = (
    "isn't a code; a code is 1 to 64 letters, digits and _ . , : + / - without spaces, "
    "and starts with a letter or digit"
)
NUMBER_REMEDY = "isn't a number; write digits with a point, such as 0.5, or leave the cell empty"
FINITE_REMEDY = "isn't a finite number; leave out what isn't known"
NOT_FINITE = r"(?i)^[+-]?(?:nan|inf|infinity)$"
# A study, a source or a display name is about no case, and may hold authors, years and addresses.
REFUSED_IN_NAMES = {"an e-mail address", "a record number"}
_TEXTS = {Holds.ID, Holds.CODE, Holds.GROUP, Holds.NAME}


@dataclass(frozen=True, slots=True)
class Rule:
    """Rows for which `fails` is true have the problem; null is never a failure."""

    field: str | None
    code: str
    message: str
    fails: pl.Expr


def apply_rules(
    batch: pl.DataFrame, rules: Iterable[Rule], *, file: str, problems: Problems
) -> None:
    """Add the rows that fail a rule to the problems; one pass over the batch finds whether any."""
    numbered = {str(place): rule for place, rule in enumerate(rules)}
    if not numbered or batch.is_empty():
        return
    counts = batch.select(
        rule.fails.fill_null(value=False).sum().alias(place) for place, rule in numbered.items()
    ).row(0, named=True)
    for place, rule in numbered.items():
        if count := counts[place]:
            rows = batch.filter(rule.fails.fill_null(value=False)).get_column("row")
            first = rows.head(KEPT_OF_A_KIND).to_list()
            problems.add_rows(file, first, rule.field, rule.code, rule.message, count=count)


def check_cells(batch: pl.DataFrame, table: Table, *, file: str, problems: Problems) -> None:
    """Check every cell of the batch that can be judged by its column alone."""
    rules = [rule for column in table.columns for rule in _rules(column)]
    apply_rules(batch, rules, file=file, problems=problems)
    for column in table.columns:
        if column.holds in _TEXTS:
            check_identifiers(batch, column, file=file, problems=problems)


def check_identifiers(
    batch: pl.DataFrame, column: Column, *, file: str, problems: Problems
) -> None:
    """Refuse what says who somebody is, by its look; only distinct texts are looked at."""
    is_id = column.holds is Holds.ID
    pattern = ANY_IDENTIFIER_IN_IDS if is_id else ANY_IDENTIFIER
    text = pl.col(column.name)
    looks = text.str.contains(pattern)
    if column.holds is not Holds.NAME:
        looks = looks | text.str.contains(FREE_TEXT)
    texts = batch.select(text.unique()).filter(looks).get_column(column.name).to_list()
    kinds: dict[str, list[str]] = {}
    for found in texts:
        what = identifier_in(found, is_id=is_id)
        if what is not None:
            kinds.setdefault(what, []).append(found)
    rules = [
        Rule(
            column.name,
            "identifier",
            f"looks like {what}, which is never taken; {_remedy(column.holds)}",
            text.is_in(found),
        )
        for what, found in kinds.items()
        if column.holds is not Holds.NAME or what in REFUSED_IN_NAMES
    ]
    apply_rules(batch, rules, file=file, problems=problems)


def _remedy(holds: Holds) -> str:
    if holds is Holds.ID:
        return "use an opaque id, such as a running number"
    if holds is Holds.CODE:
        return "use a short code of what was found, not of whom"
    return f"use a code or at most {MAX_WORDS} words that many cases share"


def number(name: str) -> pl.Expr:
    """The column's text as a number; null where it isn't one."""
    return pl.col(name).cast(pl.Float64, strict=False)


def _rules(column: Column) -> Iterable[Rule]:
    name = column.name
    text = pl.col(name)
    if column.filled:
        yield Rule(name, "missing-value", _missing(column), text.is_null())
    yield Rule(
        name,
        "too-long",
        f"is longer than {column.longest} characters; shorten it",
        text.str.len_chars() > column.longest,
    )
    yield Rule(
        name,
        "control-character",
        "holds a line break or a control character; remove it",
        text.str.contains(CONTROL_CHARACTERS),
    )
    if column.holds is Holds.CODE:
        yield Rule(name, "not-a-code", CODE_REMEDY, ~text.str.contains(CODE_PATTERN))
    if column.holds is Holds.WORD:
        message = f"isn't one of {', '.join(column.words)}"
        yield Rule(name, "unknown-word", message, ~text.is_in([str(word) for word in column.words]))
    if column.holds in {Holds.NUMBER, Holds.WHOLE}:
        yield from _number_rules(column)
    if column.holds is Holds.RESPONSE:
        yield from _response_rules(column)


def _missing(column: Column) -> str:
    if column.holds is Holds.RESPONSE:
        return "is empty; write unknown where the response isn't known"
    return "is empty; every row needs it"


def _number_rules(column: Column) -> Iterable[Rule]:
    name = column.name
    text, value = pl.col(name), number(name)
    endless = text.str.contains(NOT_FINITE)
    yield Rule(name, "not-finite", FINITE_REMEDY, endless)
    yield Rule(name, "not-a-number", NUMBER_REMEDY, text.is_not_null() & value.is_null() & ~endless)
    if column.holds is Holds.WHOLE:
        whole = value == value.round()
        yield Rule(name, "not-whole", "isn't a whole number", ~whole & value.is_finite())
    if column.least is not None and column.most is not None:
        message = f"is out of range; it's from {column.least:.0f} to {column.most:.0f}"
        outside = ~value.is_between(column.least, column.most) & value.is_finite()
        yield Rule(name, "out-of-range", message, outside)
    else:
        message = "looks like a record number or a date; remove it or give it in a larger unit"
        yield Rule(name, "long-number", message, value.abs() >= LONG_NUMBER)


def _response_rules(column: Column) -> Iterable[Rule]:
    name = column.name
    text, value = pl.col(name), number(name)
    endless = text.str.contains(NOT_FINITE)
    words = ", ".join(column.words)
    yield Rule(name, "not-finite", f"isn't a number from 0 to 1; write one of {words}", endless)
    yield Rule(
        name,
        "response-unknown-word",
        f"is neither a number from 0 to 1 nor one of {words}",
        text.is_not_null()
        & value.is_null()
        & ~endless
        & ~text.is_in([str(word) for word in column.words]),
    )
    yield Rule(
        name,
        "response-out-of-range",
        f"isn't from 0 (no response) to 1 (full response); scale it, or write one of {words}",
        ~value.is_between(0, 1) & value.is_finite(),
    )
