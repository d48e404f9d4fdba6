"""A table that waits to be mapped: its first rows, a guess, and what a mapping makes of it."""

from dataclasses import dataclass
from pathlib import PurePath

from recommender import models
from recommender.exceptions import BadInput, Problem, Refused
from recommender.formats import wide_preview
from recommender.formats.mapping import Mapping
from recommender.formats.mapping_draft import Draft, draft_of
from recommender.formats.mapping_guess import guess, proposal
from recommender.formats.wide_preview import FirstRows, Row
from recommender.services import datasets, uploads

ROWS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Preview:
    """What the first rows become, and what an import would refuse of those that were read."""

    rows: tuple[Row, ...]
    faults: tuple[Problem, ...]
    rows_read: int


def first_rows(upload: models.DataSetUpload) -> FirstRows:
    """The start of the upload's table."""
    if upload.status != models.DataSetUpload.Status.UNMAPPED or not upload.file:
        raise Refused("This upload has no columns to map any more.")
    suffix = PurePath(str(upload.file.name)).suffix
    with upload.file.open("rb") as stream:
        return wide_preview.first_rows(stream, f"table{suffix}")


def give_up_unreadable(upload: models.DataSetUpload, *, by: str) -> None:
    """Drop a table that can't be read at all, and say what is wrong with it."""
    try:
        first_rows(upload)
    except BadInput:
        uploads.give_up(upload=upload, by=by)
        raise


def begin(
    upload: models.DataSetUpload, first: FirstRows, *, mapping: Mapping | None = None
) -> Draft:
    """The choices to begin with: a mapping's, or what can be guessed.

    What is open comes with a proposal, in case it is a finding.
    """
    known = datasets.known(upload.pathway_slug)
    if mapping is None:
        return guess(first, known=known)
    draft = draft_of(mapping, first.names)
    proposed = {
        column.name: proposal(column, known=known, is_open=True)
        for column in first.columns
        if column.name in draft.still_open
    }
    return draft.with_columns(proposed)


def preview(upload: models.DataSetUpload, first: FirstRows, mapping: Mapping) -> Preview:
    """Carry the mapping out on the first rows."""
    return Preview(
        rows=wide_preview.rows_made(first, mapping, count=ROWS_SHOWN),
        faults=wide_preview.faults(first, mapping, known=datasets.known(upload.pathway_slug)),
        rows_read=first.table.height,
    )
