"""The admin's first page: what there is, what runs, what waits."""

import json
from typing import Any

from django.http import HttpRequest

from recommender.admin.base import roles_in
from recommender.services.access import Role
from recommender.services.overview import Overview, Week, overview

# Colours that people who see red and green alike can tell apart (Okabe and Ito's palette).
SERIES = (("accepted", "#0072b2"), ("overridden", "#e69f00"), ("deferred", "#999999"))


STACKED = {
    "barPercentage": 0.7,
    "maintainAspectRatio": False,
    "plugins": {"legend": {"display": True}},
    "scales": {
        "x": {"stacked": True},
        "y": {"stacked": True, "beginAtZero": True, "ticks": {"precision": 0}},
    },
}


def show(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What the page shows to whoever manages data and versions; auditors see the list alone."""
    if Role.DATASET_ADMIN not in roles_in(request):
        return context
    found = overview()
    return {
        **context,
        "overview": found,
        "chart": _chart(found.weeks),
        "chart_options": json.dumps(STACKED),
        "runs": _runs(found),
    }


def _chart(weeks: tuple[Week, ...]) -> str:
    return json.dumps(
        {
            "labels": [f"{week.begins:%-d %b}" for week in weeks],
            "datasets": [
                {
                    "label": name,
                    "data": [getattr(week, name) for week in weeks],
                    "backgroundColor": colour,
                    "stack": "reviews",
                }
                for name, colour in SERIES
            ],
        }
    )


def _runs(found: Overview) -> list[dict[str, Any]]:
    return [{"run": run, "percent": round(run.share_done * 100)} for run in found.runs]
