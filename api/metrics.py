"""Numbers for Prometheus; no label ever holds a code of a case.

Each web process counts for itself. With several of them, set `PROMETHEUS_MULTIPROC_DIR` to an
empty folder before they start: they then share their counts in it (prometheus-client's own way).
What workers do is read from the database when it's asked for, so it's the same at every process.
"""

import os
from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.db.models import Count, QuerySet
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY, Collector

from recommender import models
from recommender.clinical.red_flags import fired
from recommender.clinical.suggestion import SuggestionList

REQUESTS: Final = Counter(
    "recommender_http_requests", "Requests answered.", ["method", "route", "status"]
)
SECONDS: Final = Histogram(
    "recommender_http_request_seconds",
    "Time from the whole request to the answer.",
    ["route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0),
)
SUGGESTION_LISTS: Final = Counter(
    "recommender_suggestion_lists", "Suggestion lists given.", ["pathway", "status"]
)
WITHHELD: Final = Counter(
    "recommender_withheld", "Therapies that safety rules took out of lists.", ["pathway"]
)
RULES_FIRED: Final = Counter(
    "recommender_safety_rules_fired",
    "Lists on which a safety rule or red flag withheld a therapy.",
    ["pathway", "rule"],
)
SCREENED: Final = Counter(
    "recommender_screened", "Therapies that were screened for lists, withheld or not.", ["pathway"]
)
CAUTIONS: Final = Counter(
    "recommender_safety_cautions",
    "Lists on which a safety rule stood beside a suggestion.",
    ["pathway", "rule"],
)
RED_FLAGS: Final = Counter(
    "recommender_red_flags", "Lists on which a red flag was up.", ["pathway", "flag"]
)
RULES_OVERRIDDEN: Final = Counter(
    "recommender_safety_rules_overridden",
    "Decisions against a safety rule: a withheld therapy chosen, an EHR's card overridden.",
    ["pathway", "rule"],
)

UNMAPPED: Final = Counter(
    "recommender_fhir_unmapped_codes",
    "Codes in what EHRs sent that no entry knows, by the resource they stood in.",
    ["resource"],
)
OF_OTHERS: Final = Counter(
    "recommender_resources_of_another_patient",
    "Resources that EHRs sent with a chart and that are another patient's; they are left out.",
)


def count_unmapped(by_resource: Mapping[str, int]) -> None:
    """Count what the code map lacks; the codes themselves aren't kept."""
    for resource, count in by_resource.items():
        UNMAPPED.labels(resource).inc(count)


def count_request(*, method: str, route: str, status: int, seconds: float) -> None:
    """One request was answered."""
    REQUESTS.labels(method, route, str(status)).inc()
    SECONDS.labels(route).observe(seconds)


def count_suggestion_list(answer: SuggestionList) -> None:
    """One suggestion list was given, on a pathway that exists."""
    SUGGESTION_LISTS.labels(answer.pathway, answer.status.value).inc()
    for result in fired(answer.red_flags):
        RED_FLAGS.labels(answer.pathway, result.flag.code).inc()
    SCREENED.labels(answer.pathway).inc(answer.screened)
    for rule in {firing.rule.code for each in answer.suggestions for firing in each.cautions}:
        CAUTIONS.labels(answer.pathway, rule).inc()
    WITHHELD.labels(answer.pathway).inc(len(answer.withheld))
    for rule in {rule for each in answer.withheld for rule in each.rules}:
        RULES_FIRED.labels(answer.pathway, rule).inc()


def count_review(*, suggestion_list: models.SuggestionList, therapy: str) -> None:
    """One review was recorded; choosing what was withheld overrides each rule that did."""
    for withheld in suggestion_list.answer["withheld"]:
        if withheld["therapy"]["code"] == therapy:
            rules = {withheld["rule"], *(each["rule"] for each in withheld["further"])}
            for rule in rules:
                RULES_OVERRIDDEN.labels(suggestion_list.pathway.slug, rule).inc()


def count_overridden(notice: models.SafetyNotice) -> None:
    """A clinician went on in spite of a notice: each rule and red flag in it was overridden."""
    for rule in {*notice.rules, *notice.red_flags}:
        RULES_OVERRIDDEN.labels(notice.pathway.slug, rule).inc()


class _Records(Collector):
    """What the database says now."""

    def collect(self) -> Iterable[Metric]:
        """Training runs and data sets by status, live model versions by pathway."""
        yield _by_status(
            "recommender_training_runs", "Training runs.", models.TrainingRun.objects.all()
        )
        yield _by_status("recommender_datasets", "Data sets.", models.DataSet.objects.all())
        live = GaugeMetricFamily(
            "recommender_live_model_version_promoted_timestamp_seconds",
            "When each pathway's live model version was promoted.",
            labels=["pathway"],
        )
        for slug, promoted in models.ModelVersion.objects.filter(
            status=models.ModelVersion.Status.LIVE
        ).values_list("pathway__slug", "promoted_at"):
            live.add_metric([slug], promoted.timestamp() if promoted else 0.0)
        yield live


def _by_status(name: str, text: str, records: QuerySet[Any]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=["pathway", "status"])
    counted = records.order_by().values_list("pathway__slug", "status").annotate(n=Count("pk"))
    for slug, status, count in counted:
        family.add_metric([slug, status], count)
    return family


def exposition() -> bytes:
    """Everything, in Prometheus's text format."""
    records = CollectorRegistry()
    records.register(_Records())
    counted = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        counted = CollectorRegistry()
        MultiProcessCollector(counted)  # type: ignore[no-untyped-call]
    return generate_latest(counted) + generate_latest(records)
