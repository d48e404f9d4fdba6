"""Gates: what a version must not be before anyone may promote it, decided line by line."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

Evaluation = Mapping[str, Any]

SUBGROUP_SIZE = 100
NEGLIGIBLE = 1e-6
"""Log-losses this close are equal: rounding tells them apart, not the cases."""


@dataclass(frozen=True, slots=True)
class GateLine:
    """One gate's decision; one that isn't blocking only takes something away from the version."""

    code: str
    passed: bool
    blocking: bool
    message: str

    def to_json(self) -> dict[str, object]:
        """The line as it is stored."""
        return asdict(self)


def not_worse_than_incumbent(evaluation: Evaluation) -> GateLine:
    """Its forecasts on unseen cases may not be clearly worse than the shrunken rate's."""
    gain = evaluation["paired"]["log_loss_gain_over_incumbent"]
    passed = gain["upper"] >= -NEGLIGIBLE
    return GateLine(
        "not-worse-than-incumbent",
        passed,
        blocking=True,
        message="Its forecasts are not worse than the shrunken response rate's."
        if passed
        else "Its forecasts are clearly worse than the shrunken response rate's: don't use it.",
    )


def order_depends_on_case(evaluation: Evaluation) -> GateLine:
    """Only with evidence does the order depend on the case; without, everyone gets the same."""
    passed = bool(evaluation["personalised"])
    return GateLine(
        "order-depends-on-case",
        passed,
        blocking=False,
        message="Held-out cases show that the order should depend on the case."
        if passed
        else "No evidence here that the order depends on the case: everyone gets the same order.",
    )


def calibrated(evaluation: Evaluation) -> GateLine:
    """Probabilities are shown only if unseen cases bear them out."""
    calibration = evaluation["calibration"]
    passed = calibration is not None and bool(calibration["passed"])
    return GateLine(
        "calibrated",
        passed,
        blocking=False,
        message="Counted on unseen cases, the probabilities hold."
        if passed
        else "The probabilities don't hold on unseen cases: the list shows order and words only.",
    )


def no_certain_leak(evaluation: Evaluation) -> GateLine:
    """A finding that all but tells the response is a consequence of it, not a reason for it."""
    leaks = evaluation["leaks"]
    names = ", ".join(f"{leak['kind']}/{leak['code']}" for leak in leaks)
    return GateLine(
        "no-certain-leak",
        not leaks,
        blocking=True,
        message="No finding tells the response by itself."
        if not leaks
        else f"These findings all but tell the response; drop them and import again: {names}.",
    )


def no_subgroup_clearly_worse(evaluation: Evaluation) -> GateLine:
    """No subgroup of 100 cases or more may be forecast clearly worse than by the incumbent."""
    worse = [
        subgroup["name"]
        for subgroup in evaluation["subgroups"]
        if subgroup["cases"] >= SUBGROUP_SIZE and subgroup["gain"]["upper"] < -NEGLIGIBLE
    ]
    return GateLine(
        "no-subgroup-clearly-worse",
        not worse,
        blocking=True,
        message="No subgroup is served clearly worse than by the shrunken response rate."
        if not worse
        else f"Served clearly worse than by the shrunken response rate: {', '.join(worse)}.",
    )


GATES: dict[str, Callable[[Evaluation], GateLine]] = {
    "not-worse-than-incumbent": not_worse_than_incumbent,
    "no-subgroup-clearly-worse": no_subgroup_clearly_worse,
    "no-certain-leak": no_certain_leak,
    "order-depends-on-case": order_depends_on_case,
    "calibrated": calibrated,
}


def decide(evaluation: Evaluation) -> tuple[GateLine, ...]:
    """Every gate's line, in the order of `GATES`."""
    return tuple(gate(evaluation) for gate in GATES.values())


def passed(lines: tuple[GateLine, ...]) -> bool:
    """Whether the version may be promoted."""
    return all(line.passed for line in lines if line.blocking)
