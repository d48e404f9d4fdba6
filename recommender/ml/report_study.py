"""The sections of a report that a study fills: elsewhere, with less data, with other seeds."""

from collections.abc import Mapping
from typing import Any

from recommender.ml import plots
from recommender.ml.plots import Row
from recommender.ml.report_markup import TOO_LITTLE, figure, interval, signed, table

Evaluation = Mapping[str, Any]

NOT_STUDIED = (
    "<p>Not studied yet: <code>manage.py evaluate --version ID --study</code> trains the recipe "
    "again on parts of the data and adds this.</p>"
)


def value(evaluation: Evaluation) -> str:
    """What following it would change, against the incumbent."""
    study = evaluation.get("study")
    if study is None:
        return NOT_STUDIED
    value = study.get("value")
    if value is None:
        return TOO_LITTLE
    told = (
        "<p>Doubly robust, on first attempts, against the shrunken response rate; only as a "
        "difference, since a level would be too high. It holds only if what decided the choice is "
        "recorded: the E-value says how strongly an unrecorded reason would have to go with both "
        "choice and response to explain the difference away (1: no strength is needed).</p>"
    )
    rows = [
        ["first attempts", f"{value['first_tries']:,}"],
        ["effective attempts", f"{value['effective']:.0f}"],
        ["same therapy first as the incumbent", f"{value['same_first']:.0%}"],
        [
            "cases with a chance of 1 % or more to be given what comes first",
            f"{value['overlap']:.0%}",
        ],
        ["attempts whose weight was cut", f"{value['clipped']:.0%}"],
        [
            "log-loss by which the case foretells what is given, beyond shares",
            f"{value['propensity_gain']:.3f}",
        ],
    ]
    if "difference" not in value:
        least = value["fewest_effective"]
        return (
            told
            + f"<p>Not enough data: it needs {least} effective attempts.</p>"
            + table(["", ""], rows)
        )
    rows += [
        ["difference", signed(value["difference"])],
        ["E-value, at the end nearer to none", f"{value['e_value']['at_the_nearer_end']:.2f}"],
    ]
    drawn = plots.forest(
        "value",
        [Row("this version", value["difference"])],
        "difference in the share that responds, if everyone got what comes first",
        reference=0.0,
    )
    return told + figure(drawn, "Right of the dashed line is better.") + table(["", ""], rows)


def elsewhere(evaluation: Evaluation) -> str:
    """How it does at other sites and in later years."""
    study = evaluation.get("study")
    if study is None:
        return NOT_STUDIED
    names = {"sites": "at sites it had never seen", "years": "in later years"}
    found = [(name, study[key]) for key, name in names.items() if study[key]]
    if not found:
        return TOO_LITTLE
    rows = [
        [
            name,
            f"{one['attempts']:,}",
            interval(one["auc"]),
            interval(one["auc_within_strata"]),
            signed(one["log_loss_gain_over_incumbent"], 4),
            f"{one['calibration_error']:.3f}",
        ]
        for name, one in found
    ]
    heads = ["", "attempts", "AUC", "AUC among like cases", "log-loss saved", "calibration error"]
    drawn = plots.forest(
        "elsewhere",
        [Row(name, one["auc"]) for name, one in found],
        "AUC where nothing was learned",
        reference=0.5,
    )
    return figure(drawn, "AUC on other sites and later years.") + table(heads, rows)


def learning_curve(evaluation: Evaluation) -> str:
    """How it does with less data."""
    study = evaluation.get("study")
    if study is None:
        return NOT_STUDIED
    curve = study["learning_curve"]
    if not curve:
        return TOO_LITTLE
    rows = [
        [f"{point['learned_from']:,}", interval(point["auc"]), interval(point["log_loss"])]
        for point in curve
    ]
    found = table(["attempts learned from", "AUC", "log-loss"], rows)
    told = [point for point in curve if point["auc"]["value"] is not None]
    if not told:
        return found
    drawn = plots.learning_curve(told)
    return figure(drawn, "Still rising at the right: more data would help.") + found


def stability(evaluation: Evaluation) -> str:
    """How far the order depends on the seed, and differs from the version before."""
    study = evaluation.get("study")
    if study is None:
        return NOT_STUDIED
    rows = [
        [name, f"{one['cases']:,}", f"{one['same_first']:.0%}", f"{one['overlap']:.0%}"]
        for name, one in (
            ("another seed", study["seeds"]),
            ("the version before", study.get("version_before")),
        )
        if one and "same_first" in one
    ]
    if not rows:
        return TOO_LITTLE
    heads = ["trained with", "cases", "same therapy first", "shared among the first five"]
    return table(heads, rows)
