"""What an administrator wants to know first: versions, data, jobs, reviews, alerts, stops."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncWeek
from django.utils import timezone

from recommender import models
from recommender.services import alerts, reviews, stops, unmapped_codes
from recommender.services.list_figures import ListFigures, list_figures

WEEKS = 12
DATASETS_SHOWN = 10
REASONS_SHOWN = 5
_RUNNING = (models.TrainingRun.Status.QUEUED, models.TrainingRun.Status.RUNNING)


@dataclass(frozen=True, slots=True)
class PathwayLine:
    """One pathway: what serves it, how good that is, and what waits."""

    pathway: models.Pathway
    live: models.ModelVersion | None
    gain: str
    waiting: int
    alerts: int
    accepted: int
    decided: int

    @property
    def followed(self) -> str:
        """How often clinicians took a suggestion, of what they decided in these weeks."""
        if not self.decided:
            return "no decisions yet"
        return f"{self.accepted / self.decided:.0%} of {self.decided:,}"


@dataclass(frozen=True, slots=True)
class Week:
    """How many lists of a week were accepted, overridden and deferred."""

    begins: datetime
    accepted: int
    overridden: int
    deferred: int
    lists: int = 0
    withheld: int = 0

    @property
    def overridden_share(self) -> float | None:
        """Of what was decided, how much was overridden."""
        decided = self.accepted + self.overridden
        return self.overridden / decided if decided else None

    @property
    def withheld_share(self) -> float | None:
        """Of the lists given, how many lost a therapy to a safety rule."""
        return self.withheld / self.lists if self.lists else None


@dataclass(frozen=True)
class Overview:
    """All of it, in as many queries for a hundred pathways as for one."""

    pathways: tuple[PathwayLine, ...]
    weeks: tuple[Week, ...]
    runs: tuple[models.TrainingRun, ...]
    searches: tuple[models.ParameterSearch, ...]
    datasets: tuple[models.DataSet, ...]
    published: int
    drafts: int
    uploads: tuple[models.DataSetUpload, ...]
    figures: ListFigures
    reasons: tuple[tuple[str, int], ...]
    stops: tuple[models.SuggestionStop, ...]
    unmapped: int

    @property
    def alerts(self) -> int:
        """Alerts that nobody has taken up."""
        return sum(line.alerts for line in self.pathways)

    @property
    def waiting(self) -> int:
        """Lists that wait for a review."""
        return sum(line.waiting for line in self.pathways)


def overview() -> Overview:
    """As things are now."""
    now = timezone.now()
    figures = list_figures(since=_first_week(now))
    return Overview(
        pathways=_pathways(now),
        weeks=_weeks(now, figures),
        runs=running(),
        datasets=tuple(
            models.DataSet.objects.exclude(status="withdrawn")
            .select_related("pathway")
            .defer("report")
            .order_by("-created")[:DATASETS_SHOWN]
        ),
        searches=searching(),
        **models.DataSet.objects.aggregate(
            published=Count("pk", filter=Q(status="published")),
            drafts=Count("pk", filter=Q(status="draft")),
        ),
        uploads=reading(),
        figures=figures,
        reasons=_reasons(now),
        stops=tuple(stops.active()),
        unmapped=unmapped_codes.waiting(),
    )


def running() -> tuple[models.TrainingRun, ...]:
    """The training runs that aren't over."""
    found = models.TrainingRun.objects.filter(status__in=_RUNNING).defer("log")
    return tuple(found.select_related("pathway").order_by("-created"))


def searching() -> tuple[models.ParameterSearch, ...]:
    """Searches for parameters that wait or run."""
    return tuple(
        models.ParameterSearch.objects.filter(status__in=_RUNNING)
        .select_related("pathway")
        .order_by("-created")
    )


def reading() -> tuple[models.DataSetUpload, ...]:
    """The uploads that aren't over, those that wait to be mapped included."""
    found = models.DataSetUpload.objects.filter(status__in=("unmapped", "waiting", "running"))
    return tuple(found.defer("mapping").order_by("-created"))


def _reasons(now: datetime) -> tuple[tuple[str, int], ...]:
    """Why suggestions were overridden, the most frequent first."""
    overridden = (
        reviews.counting()
        .filter(outcome="overridden", created__gt=_first_week(now))
        .exclude(reason_code="")
    )
    counted = overridden.order_by().values_list("reason_code").annotate(count=Count("pk"))
    return tuple(counted.order_by("-count", "reason_code")[:REASONS_SHOWN])


def _pathways(now: datetime) -> tuple[PathwayLine, ...]:
    live = {
        version.pathway_id: version
        for version in models.ModelVersion.objects.filter(status="live").select_related("pathway")
    }
    lists = models.SuggestionList.objects.filter(
        stage="waiting", reviews=None, batch__isnull=True, created__gt=now - reviews.lifetime()
    )
    waiting = _by_pathway(lists)
    urgent = _by_pathway(alerts.still_open(alerts.alerts()))
    decided: dict[int, dict[str, int]] = defaultdict(dict)
    recent = reviews.counting().filter(created__gt=_first_week(now))
    for pathway, outcome, count in (
        recent.order_by()
        .values_list("suggestion_list__pathway", "outcome")
        .annotate(count=Count("pk"))
    ):
        decided[pathway][outcome] = count
    return tuple(
        PathwayLine(
            pathway=pathway,
            live=live.get(pathway.pk),
            gain=_gain(live.get(pathway.pk)),
            waiting=waiting.get(pathway.pk, 0),
            alerts=urgent.get(pathway.pk, 0),
            accepted=decided[pathway.pk].get("accepted", 0),
            decided=sum(
                count for outcome, count in decided[pathway.pk].items() if outcome != "deferred"
            ),
        )
        for pathway in models.Pathway.objects.all()
    )


def _by_pathway(lists: QuerySet[models.SuggestionList]) -> dict[int, int]:
    plain = lists.select_related(None).order_by()
    return dict(plain.values_list("pathway").annotate(count=Count("pk")))


def _gain(version: models.ModelVersion | None) -> str:
    """How much better than the shrunken response rate, in log-loss, with its interval."""
    if version is None:
        return ""
    gain = version.evaluation.get("paired", {}).get("log_loss_gain_over_incumbent")
    if not gain or gain.get("value") is None:
        return "not known"
    return f"{gain['value']:+.3f} ({gain['lower']:+.3f} to {gain['upper']:+.3f})"


def _first_week(now: datetime) -> datetime:
    monday = now - timedelta(days=now.weekday(), weeks=WEEKS - 1)
    return monday.replace(hour=0, minute=0, second=0, microsecond=0)


def _weeks(now: datetime, figures: ListFigures) -> tuple[Week, ...]:
    begun = _first_week(now)
    counted = (
        reviews.counting()
        .filter(created__gte=begun)
        .order_by()
        .annotate(week=TruncWeek("created"))
        .values("week")
        .annotate(
            accepted=Count("pk", filter=Q(outcome="accepted")),
            overridden=Count("pk", filter=Q(outcome="overridden")),
            deferred=Count("pk", filter=Q(outcome="deferred")),
        )
    )
    found: dict[Any, Any] = {row["week"].date(): row for row in counted}
    weeks = []
    for place in range(WEEKS):
        begins = begun + timedelta(weeks=place)
        row = found.get(begins.date(), {})
        weeks.append(
            Week(
                begins,
                row.get("accepted", 0),
                row.get("overridden", 0),
                row.get("deferred", 0),
                figures.lists.get(begins.date(), 0),
                figures.withheld.get(begins.date(), 0),
            )
        )
    return tuple(weeks)
