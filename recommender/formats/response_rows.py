"""Reading what was tried and how it went, into compact columns."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import polars as pl

from recommender.clinical.coding import RESPONSE_WORDS, Stopped
from recommender.formats.case_rows import CaseRows, with_positions
from recommender.formats.cells import Rule, apply_rules, check_cells, number
from recommender.formats.problems import Problems
from recommender.formats.tables import RESPONSES

_SCHEMA = {
    "row": pl.UInt32,
    "case": pl.UInt32,
    "therapy": pl.UInt32,
    "sequence": pl.Int16,
    "response": pl.Float64,
    "score_before": pl.Float64,
    "score_after": pl.Float64,
    "instrument": pl.String,
    "stopped": pl.String,
}


Near = Callable[[str], Sequence[str]]
NAMES_LOOKED_AT = 100


def _nothing_near(_: str) -> Sequence[str]:
    return ()


def read_responses(
    batches: Iterable[pl.DataFrame],
    *,
    cases: CaseRows,
    therapies: Sequence[str],
    fields: Mapping[str, str],
    file: str,
    cases_file: str,
    problems: Problems,
    near: Near = _nothing_near,
) -> pl.DataFrame:
    """Read the responses; `therapies` are the codes that may be named, in their order.

    `fields` names a wide table's column where a problem with the response or therapy lies; `near`
    says what an unknown therapy comes close to.
    """
    places = pl.DataFrame(
        {"therapy": list(therapies), "place": range(len(therapies))},
        schema={"therapy": pl.String, "place": pl.UInt32},
    )
    parts = [pl.DataFrame(schema=_SCHEMA)]
    for batch in batches:
        check_cells(batch, RESPONSES, file=file, problems=problems)
        placed = with_positions(batch, cases, file=file, cases_file=cases_file, problems=problems)
        placed = placed.join(places, on="therapy", how="left", maintain_order="left")
        unknown = _unknown(placed, fields.get("therapy", "therapy"), near)
        apply_rules(placed, unknown, file=file, problems=problems)
        parts.append(_compact(placed))
    table = pl.concat(parts)
    return _in_order(table, file=file, problems=problems)


def _unknown(placed: pl.DataFrame, field: str, near: Near) -> Iterator[Rule]:
    """The therapies that nobody knows, together but for those that come close to something."""
    therapy = pl.col("therapy")
    is_unknown = pl.col("place").is_null() & therapy.is_not_null()
    close: list[str] = []
    names = placed.filter(is_unknown)["therapy"].unique(maintain_order=True)
    for name in names.head(NAMES_LOOKED_AT):
        if found := near(name):
            close.append(name)
            message = f"{_UNKNOWN}; close to it: {', '.join(found)}"
            yield Rule(field, "unknown-therapy", message, is_unknown & (therapy == name))
    yield Rule(field, "unknown-therapy", _UNKNOWN, is_unknown & ~therapy.is_in(close))


_UNKNOWN = "isn't in the catalogue nor in therapies.csv; correct the code or describe it there"


def _compact(batch: pl.DataFrame) -> pl.DataFrame:
    word = pl.col("response").str.to_lowercase()
    words = {name: share for name, share in RESPONSE_WORDS.items() if share is not None}
    share = word.replace_strict(words, default=None, return_dtype=pl.Float64)
    return batch.select(
        "row",
        pl.col("position").alias("case"),
        pl.col("place").alias("therapy"),
        number("sequence").cast(pl.Int16, strict=False).alias("sequence"),
        pl.coalesce(number("response"), share).alias("response"),
        number("score_before").alias("score_before"),
        number("score_after").alias("score_after"),
        pl.col("instrument").fill_null(""),
        pl.col("stopped").fill_null(Stopped.UNKNOWN.value),
    )


def _in_order(table: pl.DataFrame, *, file: str, problems: Problems) -> pl.DataFrame:
    """Number a case's attempts as they stand where the file doesn't; refuse attempts twice."""
    missing = pl.col("sequence").is_null()
    half = Rule(
        "sequence",
        "sequence-incomplete",
        "is given for some attempts of this case only; give it for all of them or none",
        (missing.any() & ~missing.all()).over("case") & missing,
    )
    apply_rules(table, [half], file=file, problems=problems)
    counted = table.with_columns(
        pl.coalesce("sequence", pl.int_range(1, pl.len() + 1, dtype=pl.Int16).over("case")).alias(
            "sequence"
        )
    )
    again = Rule(
        "sequence",
        "duplicate-response",
        "is there already for this case and therapy; number the attempts 1, 2 …",
        ~pl.struct("case", "therapy", "sequence").is_first_distinct(),
    )
    apply_rules(counted, [again], file=file, problems=problems)
    return counted.drop("row")
