"""What changed from one version of a data set to the next: cases, findings, therapies, shares."""

from collections.abc import Mapping
from typing import Any

from django.db import connection

from recommender import models

WORTH_TELLING = 0.05
MOST_TOLD = 20

_IN_BOTH = """
SELECT count(*) FROM recommender_caserecord new JOIN recommender_caserecord old
ON old.pseudonym = new.pseudonym WHERE new.dataset_id = %s AND old.dataset_id = %s
"""


def changes(dataset: models.DataSet, *, since: models.DataSet) -> dict[str, Any]:
    """The differences, as the import report of the newer version holds them."""
    with connection.cursor() as cursor:
        cursor.execute(_IN_BOTH, [dataset.pk, since.pk])
        (in_both,) = cursor.fetchone()
    return {
        "since": since.version,
        "cases_in_both": in_both,
        "cases_new": dataset.case_count - in_both,
        "cases_gone": since.case_count - in_both,
        "same_content": dataset.content_hash == since.content_hash,
        "responded": [since.report.get("responded"), dataset.report.get("responded")],
        **_named(dataset.report, since.report, "distributions", "findings"),
        **_named(dataset.report, since.report, "tried", "therapies"),
        "recorded_otherwise": _shifts(dataset.report, since.report),
    }


def _named(
    new: Mapping[str, Any], old: Mapping[str, Any], key: str, name: str
) -> dict[str, list[str]]:
    now, before = ({one["code"] for one in report.get(key, ())} for report in (new, old))
    return {f"{name}_new": sorted(now - before), f"{name}_gone": sorted(before - now)}


def _shifts(new: Mapping[str, Any], old: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The findings that clearly more or fewer cases have on record, the largest change first."""
    before = {(one["kind"], one["code"]): one["share"] for one in old.get("distributions", ())}
    found = [
        {"kind": one["kind"], "code": one["code"], "before": was, "now": one["share"]}
        for one in new.get("distributions", ())
        if (was := before.get((one["kind"], one["code"]))) is not None
        and abs(one["share"] - was) >= WORTH_TELLING
    ]
    return sorted(found, key=lambda one: -abs(one["now"] - one["before"]))[:MOST_TOLD]
