"""A version's evaluation as tables for people: the same on a terminal and on a page."""

from collections.abc import Callable, Mapping, Sequence
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
            _of(row["helped_among_first_five"]),
            f"{row['coverage']:.0%}",
        ]
        for row in evaluation["recommenders"]
    ]


def followed_rows(evaluation: Mapping[str, Any]) -> list[list[object]]:
    """What came of those who were given what each puts first, under `FOLLOWED_HEAD`."""
    return [_followed(row) for row in evaluation["followed"]]


def side_by_side(evaluations: Sequence[Mapping[str, Any]]) -> list[tuple[str, list[str]]]:
    """Each figure of several versions, one after the other; a dash where it wasn't measured."""
    return [
        (name, [_measured(evaluation, read) for evaluation in evaluations])
        for name, read in FIGURES
    ]


def _measured(evaluation: Mapping[str, Any], read: Callable[[Mapping[str, Any]], str]) -> str:
    try:
        return read(evaluation)
    except (KeyError, IndexError, TypeError):
        return "–"


def _own(name: str) -> Callable[[Mapping[str, Any]], str]:
    """A figure of the version itself, which stands before the baselines."""
    return lambda evaluation: _of(evaluation["recommenders"][0][name])


def _of(given: Mapping[str, Any] | float | None) -> str:
    if given is None:
        return "–"
    if not isinstance(given, Mapping):
        return f"{given:.0%}"
    if given["value"] is None:
        return "–"
    return f"{given['value']:.3f} ({given['lower']:.3f} to {given['upper']:.3f})"


FIGURES: tuple[tuple[str, Callable[[Mapping[str, Any]], str]], ...] = (
    ("Cases learned from", lambda one: f"{one['training']['cases']:,}"),
    ("Attempts judged", lambda one: f"{one['training']['attempts']:,}"),
    ("Log-loss, low is good", _own("log_loss")),
    (
        "Log-loss saved against the response rate",
        lambda one: _of(one["paired"]["log_loss_gain_over_incumbent"]),
    ),
    ("AUC", _own("auc")),
    ("AUC among like cases", _own("auc_within_strata")),
    ("What helped is in the first five", _own("helped_among_first_five")),
    ("Therapies that come first for somebody", _own("coverage")),
    ("Mean distance of what was said from what came", lambda one: _error(one["calibration"])),
    (
        "Intervals of groups that held",
        lambda one: f"{one['calibration']['group_coverage']:.1%}",
    ),
    (
        "First suggestions that safety rules withhold",
        lambda one: f"{one['safety']['first_withheld']:.1%}",
    ),
)


def _error(calibration: Mapping[str, Any]) -> str:
    return f"{calibration['error']:.3f}"


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
