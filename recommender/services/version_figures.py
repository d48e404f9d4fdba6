"""A version's evaluation as tables for people: the same on a terminal and on a page."""

from collections.abc import Mapping
from typing import Any

READABLE = {
    "response-rate": "response rate",
    "finding-response-rate": "rate per finding",
    "response share of each therapy": "share of each therapy",
    "response share of all": "share of all",
}
NOT_COMPARABLE = "too few"
COMPARISON_HEAD = ("", "log-loss ↓", "AUC ↑", "like cases ↑", "in top 5", "ever first")
FOLLOWED_HEAD = ("", "attempts", "responded", "usual therapy", "difference")


def readable(name: str) -> str:
    """What people call a recommender or baseline."""
    return READABLE.get(name, name)


def comparison_rows(evaluation: Mapping[str, Any]) -> list[list[str]]:
    """Every recommender side by side, under `COMPARISON_HEAD`."""
    return [
        [
            readable(row["name"]),
            with_interval(row["log_loss"]),
            with_interval(row["auc"]),
            with_interval(row["auc_within_strata"]),
            f"{row['helped_among_first_five']:.0%}",
            f"{row['coverage']:.0%}",
        ]
        for row in evaluation["recommenders"]
    ]


def followed_rows(evaluation: Mapping[str, Any]) -> list[list[object]]:
    """What came of those who were given what each puts first, under `FOLLOWED_HEAD`."""
    return [_followed(row) for row in evaluation["followed"]]


def with_interval(given: Mapping[str, Any]) -> str:
    """A figure with half its 90 % interval."""
    if given["value"] is None:
        return "–"
    half = (given["upper"] - given["lower"]) / 2
    return f"{given['value']:.3f} ±{half:.3f}"


def _followed(row: Mapping[str, Any]) -> list[object]:
    name = readable(row["name"])
    if "difference" not in row:
        return [name, row["attempts"], NOT_COMPARABLE, "", ""]
    difference = row["difference"]
    return [
        name,
        row["attempts"],
        f"{row['responded']:.2f}",
        f"{row['usual']:.2f}",
        f"{difference['lower']:+.2f} to {difference['upper']:+.2f}",
    ]
