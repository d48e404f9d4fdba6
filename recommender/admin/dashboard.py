"""The admin's first page: what there is, what runs, what waits."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from recommender.admin.base import roles_in
from recommender.clinical.review import REVIEW_REASONS
from recommender.services import overview
from recommender.services.access import Role
from recommender.services.overview import Overview, Week

# Colours that people who see red and green alike can tell apart (Okabe and Ito's palette).
BLUE, ORANGE, GREY, GREEN = "#0072b2", "#e69f00", "#999999", "#009e73"
DECISIONS = (("accepted", BLUE), ("overridden", ORANGE), ("deferred", GREY))
SHARES: tuple[tuple[str, str, str, list[int]], ...] = (
    ("overridden", "overridden_share", ORANGE, [6, 4]),
    ("with a therapy withheld", "withheld_share", GREEN, []),
)

STACKED = {
    "barPercentage": 0.7,
    "maintainAspectRatio": False,
    "animation": False,
    "plugins": {"legend": {"display": True}},
    "scales": {
        "x": {"stacked": True},
        "y": {"stacked": True, "beginAtZero": True, "ticks": {"precision": 0}},
    },
}
PER_CENT = {
    "maintainAspectRatio": False,
    "animation": False,
    "spanGaps": True,
    "plugins": {"legend": {"display": True}},
    "scales": {"y": {"min": 0, "max": 100, "title": {"display": True, "text": "%"}}},
}


def show(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What the page shows to whoever manages data and versions; auditors see the list alone."""
    if Role.DATASET_ADMIN not in roles_in(request):
        return context
    found = overview.overview()
    return {
        **context,
        **_under_way(found.runs, found.searches, found.uploads),
        "overview": found,
        "decisions": _decisions(found.weeks),
        "decisions_options": json.dumps(STACKED),
        "shares": _shares(found.weeks),
        "shares_options": json.dumps(PER_CENT),
        "reasons": _reasons(found),
    }


def under_way(request: HttpRequest) -> HttpResponse:
    """The jobs alone, asked again while any is there."""
    shown = _under_way(overview.running(), overview.searching(), overview.reading())
    return render(request, "recommender_admin/under_way.html", shown)


def _under_way(
    runs: Iterable[Any], searches: Iterable[Any], uploads: Iterable[Any]
) -> dict[str, Any]:
    return {
        "searches": list(searches),
        "jobs": [{"run": run, "share": f"{run.share_done:.3f}"} for run in runs],
        "uploads": list(uploads),
    }


def _decisions(weeks: Sequence[Week]) -> str:
    return _chart(
        weeks,
        [
            {
                "label": name,
                "data": [getattr(week, name) for week in weeks],
                "backgroundColor": colour,
                "stack": "reviews",
            }
            for name, colour in DECISIONS
        ],
    )


def _shares(weeks: Sequence[Week]) -> str:
    return _chart(
        weeks,
        [
            {
                "label": label,
                "data": [_percent(getattr(week, name)) for week in weeks],
                "borderColor": colour,
                "backgroundColor": colour,
                "borderDash": dash,
                "pointRadius": 3,
            }
            for label, name, colour, dash in SHARES
        ],
    )


def _chart(weeks: Sequence[Week], series: list[dict[str, Any]]) -> str:
    labels = [f"{week.begins:%-d %b}" for week in weeks]
    return json.dumps({"labels": labels, "datasets": series})


def _percent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 1)


def _reasons(found: Overview) -> list[tuple[str, int]]:
    return [(REVIEW_REASONS.get(code, code), times) for code, times in found.reasons]
