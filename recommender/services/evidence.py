"""Evidence of published studies: read, looked at, and attached to a pathway."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from recommender import models
from recommender.exceptions import BadInput
from recommender.formats.content import Content
from recommender.formats.evidence import Scope, arms_of, within
from recommender.ml.evidence import pool
from recommender.services import dataset_files, datasets
from recommender.services.datasets import Imported, Tell


def read(
    *,
    path: Path,
    pathway: str,
    scope: Scope,
    renamed: Mapping[str, str],
    source: str = "",
    tell: Tell = lambda _: None,
) -> Content:
    """Read and check an evidence table, alone or in a folder, and keep what is in scope.

    `source` says where the studies come from, if no `dataset.json` beside them does.
    """
    content = dataset_files.read(path=path, pathway=pathway, renamed=renamed, tell=tell)
    if not content.cases.is_empty():
        raise BadInput(
            "This is a data set with cases: use import_dataset; its evidence comes with it.",
            field="path",
        )
    title = source.strip() or content.descriptor.title
    if not title:
        raise BadInput(
            "Say where the studies come from, as suggestions will name it: give --source, or a "
            "title in dataset.json.",
            field="source",
        )
    content = replace(content, descriptor=replace(content.descriptor, title=title))
    there = set(content.evidence["therapy"])
    for theirs, ours in renamed.items():
        if ours not in there:
            raise BadInput(f"No arm has the therapy {theirs}; check its code.", field="therapy")
    return within(scope, content)


def tried(content: Content, *, pathway: str) -> list[str]:
    """Which of the evidence's therapies somebody has had in the pathway's published data."""
    had = models.TherapyResponse.objects.filter(
        case__dataset__pathway__slug=pathway,
        case__dataset__status=models.DataSet.Status.PUBLISHED,
        therapy__code__in=set(content.evidence["therapy"]),
    )
    return sorted(set(had.values_list("therapy__code", flat=True)))


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
