"""Verdicts: an evaluation in plain words, each with what it rests on."""

from collections.abc import Mapping
from typing import Any

from recommender.ml.bootstrap import NOTICEABLE
from recommender.ml.gates import Limits, calibrated


def verdicts(evaluation: Mapping[str, Any], limits: Limits) -> list[dict[str, object]]:
    """What a reader without statistics should take away, as data: code, whether it holds, text."""
    return [
        _beats_usual_therapy(evaluation),
        _order_depends_on_case(evaluation),
        _forecasts_better(evaluation),
        _probabilities_hold(evaluation, limits),
    ]


def _verdict(code: str, text: str, *, holds: bool | None) -> dict[str, object]:
    return {"code": code, "holds": holds, "text": text}


def _beats_usual_therapy(evaluation: Mapping[str, Any]) -> dict[str, object]:
    code = "beats-usual-therapy"
    followed = evaluation["followed"][0]
    if "difference" not in followed:
        return _verdict(
            code,
            "Too few were given what it would put first to compare it with the usual therapy.",
            holds=None,
        )
    if evaluation["first_place_is_usual"]:
        return _verdict(code, "It puts the usual therapy first for everyone.", holds=False)
    difference = followed["difference"]
    figures = f"{followed['responded']:.2f} against {followed['usual']:.2f}"
    basis = (
        "responded among unseen cases of equal outlook that were given it "
        f"(difference {difference['lower']:+.2f} to {difference['upper']:+.2f}; unless lots "
        "decided, what isn't recorded may explain it)"
    )
    holds = difference["lower"] > 0
    if holds:
        return _verdict(
            code, f"Beats giving everyone the usual therapy: yes, {figures} {basis}.", holds=True
        )
    worse = difference["upper"] < 0
    answer = "no, it did worse" if worse else "not shown"
    return _verdict(
        code, f"Beats giving everyone the usual therapy: {answer}, {figures} {basis}.", holds=False
    )


def _order_depends_on_case(evaluation: Mapping[str, Any]) -> dict[str, object]:
    if evaluation["personalised"]:
        gain = evaluation["paired"]["log_loss_gain_from_fit"]
        return _verdict(
            "order-depends-on-case",
            "The order depends on the case: unseen cases are forecast better that way "
            f"(log-loss {gain['lower']:.4f} to {gain['upper']:.4f} lower).",
            holds=True,
        )
    return _verdict(
        "order-depends-on-case",
        "No evidence here that the order depends on the case: everyone gets the same order.",
        holds=False,
    )


def _forecasts_better(evaluation: Mapping[str, Any]) -> dict[str, object]:
    gain = evaluation["paired"]["log_loss_gain_over_incumbent"]
    holds = gain["lower"] > NOTICEABLE
    worse = gain["upper"] < -NOTICEABLE
    answer = "yes" if holds else "no, it is worse" if worse else "not shown"
    return _verdict(
        "forecasts-better-than-incumbent",
        f"Forecasts responses better than the shrunken response rate: {answer} "
        f"(log-loss {gain['lower']:+.4f} to {gain['upper']:+.4f} lower).",
        holds=holds,
    )


def _probabilities_hold(evaluation: Mapping[str, Any], limits: Limits) -> dict[str, object]:
    calibration = evaluation["calibration"]
    if calibration is None:
        return _verdict("probabilities-hold", "No group is large enough to count.", holds=None)
    error = f"they are off by {calibration['error']:.3f} on average"
    holds = calibrated(evaluation, limits).passed
    if holds:
        by_chance = calibration["chance"] >= limits.calibration_doubt
        chance = ", no more than chance explains" if by_chance else ""
        text = f"The probabilities hold on unseen cases: {error}{chance}."
    else:
        text = f"The probabilities don't hold on unseen cases, so none is shown: {error}."
    return _verdict("probabilities-hold", text, holds=holds)
