"""How commands show a model version: its evaluation beside the baselines, the gates, in words."""

from collections.abc import Mapping
from typing import Any

from recommender import models
from recommender.management.output import ReportingCommand
from recommender.services.version_figures import (
    COMPARISON_HEAD,
    FOLLOWED_HEAD,
    comparison_rows,
    followed_rows,
    readable,
    with_interval,
)

WHAT_THEY_ARE = (
    "popularity: what is given most, the usual therapy. response rate: each therapy's own, "
    "shrunken towards the mean (the incumbent). rate per finding: the same, by finding."
)


def show_version(command: ReportingCommand, version: models.ModelVersion) -> None:
    """Print what a version is worth and whether it may go live."""
    if version.simulated:
        command.say("SIMULATED DATA: nothing here is about real people.")
    show_evaluation(command, version.evaluation)
    show_gates(command, version)


def show_evaluation(command: ReportingCommand, evaluation: Mapping[str, Any]) -> None:
    """Print an evaluation: every recommender side by side, then what it means in plain words."""
    training = evaluation["training"]
    command.say(
        f"Judged on {training['attempts']:,} attempts of {training['cases']:,} cases, each by a "
        f"part of the data that didn't hold that case ({training['folds']} folds)."
    )
    command.table(
        "Evaluation on unseen cases (± half the 90 % interval)",
        COMPARISON_HEAD,
        comparison_rows(evaluation),
    )
    command.say(WHAT_THEY_ARE)
    command.say(
        "Like cases: AUC compared at one site and outlook only. In top 5: what helped was among "
        "the first five. Ever first: the share of therapies that come first for somebody."
    )
    command.say()
    command.table(
        "Those who happened to be given what each puts first, on equal outlook",
        FOLLOWED_HEAD,
        followed_rows(evaluation),
    )
    safety = evaluation["safety"]
    command.say(
        f"Safety rules would withhold what comes first for {safety['first_withheld']:.1%} of the "
        f"cases (the usual therapy: {safety['usual_withheld']:.1%}); the next is shown instead."
    )
    show_study(command, evaluation.get("study"))
    command.say("In plain words:")
    for verdict in evaluation["verdicts"]:
        command.say(f"  {_mark(verdict['holds'])} {verdict['text']}")


def show_study(command: ReportingCommand, study: Mapping[str, Any] | None) -> None:
    """Print how the recipe did where nothing was learned, where that has been studied."""
    if study is None:
        return
    parts = [("other sites", study["sites"]), ("later years", study["years"])]
    parts += [
        (f"learned from {point['learned_from']:,} attempts", point)
        for point in study["learning_curve"]
    ]
    command.table(
        f"Trained again on parts of {study['cases']:,} cases (± half the 90 % interval)",
        ["", "attempts", "log-loss ↓", "AUC ↑", "like cases ↑"],
        [
            [
                name,
                judged["attempts"],
                with_interval(judged["log_loss"]),
                with_interval(judged["auc"]),
                with_interval(judged["auc_within_strata"]),
            ]
            for name, judged in parts
            if judged
        ],
    )
    if study["seeds"]:
        command.say(
            f"With another seed {study['seeds']['same_first']:.0%} of unseen cases have the same "
            f"therapy first, and {study['seeds']['overlap']:.0%} of the first five are the same."
        )
    show_value(command, study.get("value"))


def show_value(command: ReportingCommand, value: Mapping[str, Any] | None) -> None:
    """Print what following the version would change, as a difference only."""
    if value is None:
        return
    if "difference" not in value:
        command.say(
            "Following it instead of the response rate: not enough data "
            f"({value['effective']:.0f} effective attempts, {value['fewest_effective']} needed)."
        )
        return
    difference = value["difference"]
    command.say(
        f"Following it instead of the response rate: {difference['lower']:+.3f} to "
        f"{difference['upper']:+.3f} in the share that responds (doubly robust), unless what "
        "decided the choice wasn't recorded."
    )


def show_gates(command: ReportingCommand, version: models.ModelVersion) -> None:
    """Print the gates' decision, line by line."""
    command.say("Gates:")
    for line in version.gates:
        failing = "REFUSED" if line["blocking"] else "limited"
        command.say(f"  {'passed' if line['passed'] else failing:<7}  {line['message']}")
    command.say(_decision(version))


def show_judgement(command: ReportingCommand, judgement: Mapping[str, Any]) -> None:
    """Print how a version does on a data set that it wasn't made from."""
    command.say(
        f"On {judgement['dataset']}: {judgement['attempts']:,} attempts of "
        f"{judgement['cases']:,} cases; {judgement['left_out']:,} attempts with therapies that "
        "the version doesn't know are left out."
    )
    if judgement["simulated"]:
        command.say("SIMULATED DATA: nothing here is about real people.")
    if judgement["learned_from"]:
        command.say("The version learned from this data set: these figures flatter it.")
    command.table(
        "Forecasts on this data set; the shares know its outcomes (± half the 90 % interval)",
        ["", "log-loss ↓", "AUC ↑", "Brier ↓", "calibration ↓"],
        [
            [
                readable(row["name"]),
                with_interval(row["log_loss"]),
                with_interval(row["auc"]),
                with_interval(row["brier"]),
                row["calibration_error"],
            ]
            for row in judgement["recommenders"]
        ],
    )


def version_document(version: models.ModelVersion) -> dict[str, Any]:
    """A version as a machine reads it."""
    run = version.training_run
    return {
        "id": str(version.pk),
        "name": f"{version.pathway.slug}/{version.number}",
        "pathway": version.pathway.slug,
        "number": version.number,
        "status": version.status,
        "training_run": str(run.pk),
        "trained_on": [
            {"dataset": dataset.name, "version": str(dataset.version)}
            for dataset in run.datasets.order_by("name", "version")
        ],
        "recipe": run.recipe_name,
        "seed": run.seed,
        "artifact_sha256": version.artifact_sha256,
        "gates_passed": version.gates_passed,
        "personalised": version.personalised,
        "calibrated": version.calibrated,
        "simulated": version.simulated,
        "gates": version.gates,
        "evaluation": version.evaluation,
    }


def _decision(version: models.ModelVersion) -> str:
    if not version.gates_passed:
        return f"Decision: {version} may not go live."
    limits = [
        text
        for text, given in (
            ("not personalised: everyone gets the same order", version.personalised),
            ("without probabilities", version.calibrated),
        )
        if not given
    ]
    return f"Decision: {version} may go live{', ' if limits else ''}{'; '.join(limits)}."


def _mark(holds: bool | None) -> str:
    return {True: "+", False: "-", None: "?"}[holds]
