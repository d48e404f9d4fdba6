"""Evidence of published studies: read, looked at, and attached to a pathway."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from recommender.exceptions import BadInput
from recommender.formats.content import Content
from recommender.formats.evidence import Scope, arms_of, within
from recommender.ml.evidence import pool
from recommender.services import datasets
from recommender.services.datasets import Imported, Tell


def read(
    *,
    path: Path,
    pathway: str,
    scope: Scope,
    renamed: Mapping[str, str],
    tell: Tell = lambda _: None,
) -> Content:
    """Read and check an evidence table, alone or in a folder, and keep what is in scope."""
    content = datasets.read(path=path, pathway=pathway, renamed=renamed, tell=tell)
    if not content.cases.is_empty():
        raise BadInput(
            "This is a data set with cases: use import_dataset; its evidence comes with it.",
            field="path",
        )
    there = set(content.evidence["therapy"])
    for theirs, ours in renamed.items():
        if ours not in there:
            raise BadInput(f"No arm has the therapy {theirs}; check its code.", field="therapy")
    return within(scope, content)


def pooled(content: Content) -> dict[str, Any] | None:
    """What the studies come to, before they're attached; None where nothing can be compared."""
    found = pool(arms_of(content, source=content.descriptor.title))
    return found.to_json() if found else None


def attach(*, content: Content, name: str, pathway: str, by: str) -> Imported:
    """Keep the evidence as a published data set without cases; later trainings use it.

    Like any data set it has versions, can't change any more, and is withdrawn with a reason.
    """
    return datasets.import_dataset(
        content=content, name=name, pathway=pathway, by=by, publish_at_once=True
    )
