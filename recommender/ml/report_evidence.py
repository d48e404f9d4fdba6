"""The evidence of studies in a report: its words, its table and its forest."""

from collections.abc import Mapping, Sequence
from typing import Any

from recommender.ml import plots
from recommender.ml.plots import Row
from recommender.ml.report_markup import figure, table

NONE_ATTACHED = "No published studies are attached to the pathway."
HEAD = (
    "", "studies", "people", "not at low risk of bias", "odds ratio, its own studies",
    "odds ratio used", "tau²", "I²",
)  # fmt: skip


def sentences(evidence: Mapping[str, Any]) -> list[str]:
    """What the studies say together, and what they don't."""
    count, of = evidence["studies"], len(evidence["therapies"])
    together = (
        f"{count} studies compared {of} therapies with a control of their own: odds ratio "
        f"{_ratio(evidence['together'])} for the active therapies together. Studies that aren't "
        "at low risk of bias count half."
    )
    found = [together, _between(evidence["between_therapies"])]
    if evidence["left_out"]:
        found.append(
            f"{evidence['left_out']} more were left out: without a control arm, or with nobody "
            "or everybody responding."
        )
    if evidence["tau2"] is None:
        found.append(
            "No therapy has two studies, so how far a clinic may be from them isn't known: the "
            "evidence is shown, and no therapy's average is drawn to it."
        )
    return found


def rows(evidence: Mapping[str, Any]) -> list[list[str]]:
    """A therapy a row, under `HEAD`."""
    return [
        [
            one["code"],
            f"{one['studies']}",
            f"{one['people']:,}",
            f"{one['studies_not_at_low_risk_of_bias']}",
            _ratio(one["pooled"]),
            _ratio(one["used"]),
            _figure(one["tau2"], "{:.2f}"),
            _figure(one["i2"], "{:.0%}"),
        ]
        for one in evidence["therapies"]
    ]


def section(evaluation: Mapping[str, Any]) -> str:
    """The section of the report."""
    evidence = evaluation.get("evidence")
    if not evidence:
        return f"<p>{NONE_ATTACHED}</p>"
    told = "".join(f"<p>{one}</p>" for one in sentences(evidence))
    drawn = plots.forest(
        "evidence",
        _forest(evidence["therapies"]),
        "odds ratio of a response against the studies' own control",
        reference=1.0,
        ratio=True,
    )
    caption = (
        "Each therapy against the control of its own studies. The rows come from different "
        "studies: one above another doesn't say that it is better."
    )
    return told + figure(drawn, caption) + table(HEAD, rows(evidence))


def _forest(therapies: Sequence[Mapping[str, Any]]) -> list[Row]:
    return [
        Row(f"{one['code']} ({one['studies']})", {"value": given["odds_ratio"], **given})
        for one in therapies
        if (given := one["pooled"])
    ]


def _between(between: Mapping[str, Any]) -> str:
    count = between["studies"]
    if not count:
        return (
            "No study compared active therapies with each other, so no difference between them "
            "is assumed."
        )
    upper = "any" if between["upper"] is None else f"{between['upper']:.2f}"
    variance = f"variance {between['variance']:.2f}, {between['lower']:.2f} to {upper}"
    if between["variance"] > 0:
        return (
            f"In the {count} studies in which active therapies met, they differ beyond chance "
            f"({variance}); each is drawn to the others by that."
        )
    return (
        f"In the {count} studies in which active therapies met, their differences may be chance "
        f"({variance}), so none is assumed."
    )


def _ratio(given: Mapping[str, float]) -> str:
    return f"{given['odds_ratio']:.2f} ({given['lower']:.2f} to {given['upper']:.2f})"


def _figure(value: float | None, form: str) -> str:
    return "" if value is None else form.format(value)
