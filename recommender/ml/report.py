"""The evaluation as one self-contained page with its plots, to read, print and keep."""

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from recommender.ml import plots, report_evidence, report_study
from recommender.ml.plots import Row
from recommender.ml.report_markup import TOO_LITTLE, figure, interval, number, signed, table

Evaluation = Mapping[str, Any]

STYLE = """
:root { color-scheme: light }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem;
  color: #1a1a1a; background: #fff }
h2 { margin-top: 2.5rem; border-bottom: 1px solid #767676 }
table { border-collapse: collapse; margin: 1rem 0 } caption { text-align: left; font-weight: 600 }
th, td { padding: .25rem .75rem; text-align: left; vertical-align: top }
thead th { border-bottom: 1px solid #1a1a1a } td { font-variant-numeric: tabular-nums }
.wide { overflow-x: auto } figure { margin: 1rem 0 } figcaption { color: #595959 }
svg { max-width: 100%; height: auto } .simulated { border: 3px solid #a33; padding: .5rem 1rem }
@media print { body { max-width: none; margin: 0; font-size: 11pt }
  figure, table { break-inside: avoid } h2 { break-after: avoid } }
"""
SIMULATED = "SIMULATED DATA: not about real people. Not for use in anyone's care."
USE = (
    "This version puts therapies forward for a clinician to review. It suggests; a clinician "
    "decides. No figure here is a forecast for one person."
)


def html_report(
    title: str, evaluation: Evaluation, *, simulated: bool, gates: Sequence[Mapping[str, Any]] = ()
) -> str:
    """The report as HTML; it loads nothing from anywhere."""
    banner = f"<p class='simulated'><strong>{SIMULATED}</strong></p>" if simulated else ""
    sections = "".join(
        f"<section><h2>{escape(head)}</h2>{section(evaluation)}</section>"
        for head, section in SECTIONS.items()
    )
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<title>Evaluation of {escape(title)}</title><style>{STYLE}</style></head><body><main>"
        f"<h1>Evaluation of {escape(title)}</h1>{banner}<p>{USE}</p>"
        f"{_decision(gates)}{sections}</main></body></html>"
    )


def _decision(gates: Sequence[Mapping[str, Any]]) -> str:
    if not gates:
        return ""
    failed = {True: "refused", False: "limited"}
    rows = [
        [
            line["code"],
            "passed" if line["passed"] else failed[line["blocking"]],
            line["message"],
            number(line.get("found")),
            number(line.get("limit")),
        ]
        for line in gates
    ]
    may = all(line["passed"] for line in gates if line["blocking"])
    answer = "It may go live." if may else "It may not go live."
    lines = table(["gate", "", "", "found", "limit"], rows)
    return f"<section><h2>The gates</h2><p>{answer}</p>{lines}</section>"


def _in_plain_words(evaluation: Evaluation) -> str:
    items = "".join(f"<li>{escape(str(one['text']))}</li>" for one in evaluation["verdicts"])
    training = evaluation["training"]
    return (
        f"<ul>{items}</ul><p>Learned from {training['attempts']:,} attempts of "
        f"{training['cases']:,} cases, {training['responded']:.0%} of which responded. Every "
        "figure is of cases that weren't learned from; intervals are at 90 %, over cases.</p>"
    )


def _beside_the_baselines(evaluation: Evaluation) -> str:
    rows = [
        [row["name"], *(interval(row[one]) for one in ("log_loss", "auc_within_strata", "auc"))]
        for row in evaluation["recommenders"]
    ]
    heads = ["", "log-loss (low is good)", "AUC among like cases", "AUC"]
    drawn = plots.forest(
        "baselines",
        [Row(row["name"], row["auc_within_strata"]) for row in evaluation["recommenders"]],
        "AUC among cases of one site and outlook (0.5: no better than chance)",
        reference=0.5,
    )
    drawn = figure(drawn, "AUC among like cases, each with its interval.")
    return table(heads, rows) + drawn + _ranking(evaluation["recommenders"])


def _ranking(recommenders: Sequence[Mapping[str, Any]]) -> str:
    """Where the therapies stand that helped, and how many come first for somebody."""
    heads = [
        *("", "Brier", "calibration error", "helped among the first five", "NDCG"),
        *("therapies ever first", "effective first places"),
    ]
    rows = [
        [
            row["name"],
            interval(row["brier"]),
            f"{row['calibration_error']:.3f}",
            *(number(row[one]) for one in ("helped_among_first_five", "ndcg")),
            f"{row['coverage']:.0%}",
            f"{row['effective_first_places']:.1f}",
        ]
        for row in recommenders
    ]
    told = (
        "<p>Of first attempts that helped: how often that therapy was among the first five, and "
        "NDCG. Both reward what is common.</p>"
    )
    return table(heads, rows) + told


def _tried(evaluation: Evaluation) -> str:
    tried = evaluation["stack"].get("tried")
    if not tried:
        return TOO_LITTLE
    rows = [
        [one["name"], interval(one["gain"], 5), "stays" if one["stays"] else "was left out"]
        for one in tried
    ]
    return table(["", "log-loss an attempt that it saves the others", ""], rows)


def _reliability(evaluation: Evaluation) -> str:
    calibration = evaluation["calibration"]
    if calibration is None:
        return TOO_LITTLE
    rows = [
        [
            f"{one['predicted']:.2f}",
            f"{one['observed']:.2f} ({one['lower']:.2f} to {one['upper']:.2f})",
            f"{one['attempts']:,}",
        ]
        for one in calibration["bins"]
    ]
    return (
        figure(plots.reliability(calibration["bins"]), "On the dashed line, what was said came.")
        + table(["said", "responded", "attempts"], rows)
        + f"<p>Mean distance {calibration['error']:.3f}. Intervals of groups at "
        f"{calibration['group_level']:.0%} held for {calibration['group_coverage']:.1%} of the "
        "attempts that weren't counted in them.</p>" + _coverage(calibration)
    )


def _coverage(calibration: Mapping[str, Any]) -> str:
    bands = calibration.get("coverage")
    if not bands:
        return ""
    rows = [
        [
            f"{one['lowest']:.2f} to {one['highest']:.2f}",
            f"{one['groups']:,}",
            f"{one['attempts']:,.0f}",
            f"{one['held']:.0%}",
        ]
        for one in bands
    ]
    told = "How often intervals held, by what groups expected; the dashed line is their level."
    return figure(plots.coverage(bands, calibration["group_level"]), told) + table(
        ["expected", "groups", "attempts", "held"], rows
    )


def _followed(evaluation: Evaluation) -> str:
    compared = [row for row in evaluation["followed"] if "difference" in row]
    if not compared:
        return TOO_LITTLE
    rows = [
        [row["name"], f"{row['attempts']:,}", signed(row["difference"])]
        for row in evaluation["followed"]
        if "difference" in row
    ]
    drawn = plots.forest(
        "followed",
        [Row(row["name"], row["difference"]) for row in compared],
        "difference in the share that responded, to those given the usual therapy",
        reference=0.0,
    )
    return (
        "<p>Those who happened to be given what each puts first, against those who were given the "
        "usual therapy, on equal outlook. Unless lots decided, what isn't "
        "recorded may explain it.</p>"
        + figure(drawn, "Right of the dashed line is better than the usual therapy.")
        + table(["", "attempts", "difference"], rows)
    )


def _subgroups(evaluation: Evaluation) -> str:
    found = evaluation["subgroups"]
    if not found:
        return "<p>No background is recorded for enough cases.</p>"
    rows = [
        [one["name"], f"{one['cases']:,}", f"{one['attempts']:,}", signed(one["gain"], 4)]
        for one in found
    ]
    drawn = plots.forest(
        "subgroups",
        [Row(f"{one['name']} ({one['cases']:,})", one["gain"]) for one in found],
        "log-loss saved an attempt, against the shrunken response rate",
        reference=0.0,
    )
    return figure(
        drawn,
        "Left of the dashed line is forecast worse than by the incumbent. Intervals allow for the "
        "number of subgroups; those under ten cases are hidden.",
    ) + table(["", "cases", "attempts", "log-loss saved"], rows)


def _first_places(evaluation: Evaluation) -> str:
    places = evaluation["first_places"]
    rows = [[one["name"], f"{one['first']:.1%}", f"{one['given']:.1%}"] for one in places]
    safety = evaluation["safety"]
    return (
        figure(plots.first_places(places), "Before safety rules act.")
        + table(["", "put first", "given"], rows)
        + f"<p>Safety rules would withhold what comes first for {safety['first_withheld']:.1%} of "
        "the cases; the next is shown instead.</p>" + _spread(evaluation.get("spread"))
    )


def _spread(spread: Mapping[str, Any] | None) -> str:
    if spread is None:
        return ""
    heads = ["", "put first", "given"]
    rows = [
        ["effective number of therapies", *_pair(spread["therapies"], "{:.1f}")],
        ["effective number of kinds", *_pair(spread["kinds"], "{:.1f}")],
        ["share that goes to the most given fifth", *_pair(spread["most_given_fifth"], "{:.0%}")],
    ]
    return table(heads, rows)


def _leaks(evaluation: Evaluation) -> str:
    certain = [f"{one['kind']}/{one['code']}" for one in evaluation["leaks"]]
    rows = [["certain", ", ".join(certain), "All but tells the response: drop it."]]
    rows = rows if certain else []
    rows += [
        [one["check"], ", ".join(one["codes"]), one["text"]]
        for one in evaluation.get("suspicions", [])
    ]
    if not rows:
        return "<p>Nothing looks as if it came from the study, a site or a therapy.</p>"
    return table(["check", "codes", "what to do"], rows)


SECTIONS: Mapping[str, Callable[[Evaluation], str]] = {
    "In plain words": _in_plain_words,
    "Beside the baselines": _beside_the_baselines,
    "What was tried": _tried,
    "Reliability": _reliability,
    "Those who were given it": _followed,
    "The value of following it": report_study.value,
    "Other sites and later years": report_study.elsewhere,
    "Learning curve": report_study.learning_curve,
    "Stability": report_study.stability,
    "Subgroups": _subgroups,
    "What comes first": _first_places,
    "What published studies say": report_evidence.section,
    "Leaks": _leaks,
}


def _pair(given: Mapping[str, float], form: str) -> tuple[str, str]:
    return form.format(given["first"]), form.format(given["given"])
