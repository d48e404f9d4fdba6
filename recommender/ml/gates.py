"""Gates: what a version must not be before anyone may promote it, decided line by line."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from recommender.exceptions import BadInput

Evaluation = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Limits:
    """What the gates ask of a version; a pathway may set its own (docs/evaluation.md argues).

    `smallest_gain` is the log-loss an attempt that a version may lose against the incumbent before
    it counts (rounding), `subgroup_cases` the size from which a subgroup can stop a version,
    `calibration_error` and `calibration_doubt` the mean distance that takes the probabilities
    away unless chance explains it this often, `first_withheld` the share of first places that
    safety rules may have to take out.
    """

    smallest_gain: float = -1e-6
    subgroup_cases: float = 100
    calibration_error: float = 0.03
    calibration_doubt: float = 0.01
    first_withheld: float = 0.5

    @classmethod
    def from_json(cls, given: object) -> "Limits":
        """The limits a pathway sets; the others keep their defaults."""
        if not isinstance(given, dict):
            raise BadInput("Give the gates' limits as one object.", field="gate_limits")
        known = {one.name for one in fields(cls)}
        for name, value in given.items():
            if name not in known:
                raise BadInput(
                    f"There is no such limit. There are: {', '.join(sorted(known))}.",
                    field=f"gate_limits.{name}",
                )
            if isinstance(value, bool) or not isinstance(value, int | float) or value < -1:
                raise BadInput("Give a number.", field=f"gate_limits.{name}")
        return cls(**given)


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class GateLine:
    """One gate's decision; one that isn't blocking only takes something away from the version.

    `found` is what was measured and `limit` what it was held against, where that is a number.
    """

    code: str
    passed: bool
    blocking: bool
    message: str
    found: float | None = None
    limit: float | None = None

    def to_json(self) -> dict[str, object]:
        """The line as it is stored."""
        return asdict(self)


def not_worse_than_incumbent(evaluation: Evaluation, limits: Limits) -> GateLine:
    """Its forecasts on unseen cases may not be clearly worse than the shrunken rate's."""
    gain = evaluation["paired"]["log_loss_gain_over_incumbent"]
    passed = gain["upper"] >= limits.smallest_gain
    return GateLine(
        "not-worse-than-incumbent",
        passed,
        blocking=True,
        message="Its forecasts are not worse than the shrunken response rate's."
        if passed
        else "Its forecasts are clearly worse than the shrunken response rate's: don't use it.",
        found=gain["upper"],
        limit=limits.smallest_gain,
    )


def order_depends_on_case(evaluation: Evaluation, limits: Limits) -> GateLine:
    """Only with evidence does the order depend on the case; without, everyone gets the same."""
    del limits
    passed = bool(evaluation["personalised"])
    return GateLine(
        "order-depends-on-case",
        passed,
        blocking=False,
        message="Held-out cases show that the order should depend on the case."
        if passed
        else "No evidence here that the order depends on the case: everyone gets the same order.",
        found=evaluation["paired"]["log_loss_gain_from_fit"]["lower"],
        limit=0.0,
    )


def calibrated(evaluation: Evaluation, limits: Limits) -> GateLine:
    """Probabilities are shown only if unseen cases bear them out.

    Only an error that is both large and no chance takes them away.
    """
    calibration = evaluation["calibration"]
    passed = calibration is not None and bool(
        calibration["error"] <= limits.calibration_error
        or calibration["chance"] >= limits.calibration_doubt
    )
    return GateLine(
        "calibrated",
        passed,
        blocking=False,
        message="Counted on unseen cases, the probabilities hold."
        if passed
        else "The probabilities don't hold on unseen cases: the list shows order and words only.",
        found=None if calibration is None else calibration["error"],
        limit=limits.calibration_error,
    )


def no_certain_leak(evaluation: Evaluation, limits: Limits) -> GateLine:
    """A finding that all but tells the response is a consequence of it, not a reason for it."""
    del limits
    leaks = evaluation["leaks"]
    names = ", ".join(f"{leak['kind']}/{leak['code']}" for leak in leaks)
    return GateLine(
        "no-certain-leak",
        not leaks,
        blocking=True,
        message="No finding tells the response by itself."
        if not leaks
        else f"These findings all but tell the response; drop them and import again: {names}.",
        found=len(leaks),
        limit=0,
    )


def nothing_suspicious(evaluation: Evaluation, limits: Limits) -> GateLine:
    """What may come from the study, the site or the therapy is named; people have to judge it."""
    del limits
    found = evaluation.get("suspicions", [])
    return GateLine(
        "nothing-suspicious",
        not found,
        blocking=False,
        message="Nothing in the data looks as if it came from the study, a site or a therapy."
        if not found
        else "Look at these before you believe it: "
        + "; ".join(one["check"] + _in_brackets(one["codes"]) for one in found)
        + ".",
        found=len(found),
        limit=0,
    )


def no_subgroup_clearly_worse(evaluation: Evaluation, limits: Limits) -> GateLine:
    """No large subgroup may be forecast clearly worse than by the incumbent."""
    worse = [
        subgroup["name"]
        for subgroup in evaluation["subgroups"]
        if subgroup["cases"] >= limits.subgroup_cases
        and subgroup["gain"]["upper"] < limits.smallest_gain
    ]
    return GateLine(
        "no-subgroup-clearly-worse",
        not worse,
        blocking=True,
        message="No subgroup is served clearly worse than by the shrunken response rate."
        if not worse
        else f"Served clearly worse than by the shrunken response rate: {', '.join(worse)}.",
        found=len(worse),
        limit=0,
    )


def seldom_withheld(evaluation: Evaluation, limits: Limits) -> GateLine:
    """A version most of whose first places are forbidden has learned from what must not be."""
    share = evaluation["safety"]["first_withheld"]
    passed = share <= limits.first_withheld
    return GateLine(
        "seldom-withheld",
        passed,
        blocking=True,
        message=f"Safety rules would withhold what comes first for {share:.1%} of the cases."
        if passed
        else f"Safety rules would withhold what comes first for {share:.1%} of the cases: "
        "look at what it learned from.",
        found=share,
        limit=limits.first_withheld,
    )


GATES: dict[str, Callable[[Evaluation, Limits], GateLine]] = {
    "not-worse-than-incumbent": not_worse_than_incumbent,
    "no-subgroup-clearly-worse": no_subgroup_clearly_worse,
    "no-certain-leak": no_certain_leak,
    "seldom-withheld": seldom_withheld,
    "order-depends-on-case": order_depends_on_case,
    "calibrated": calibrated,
    "nothing-suspicious": nothing_suspicious,
}


def decide(evaluation: Evaluation, limits: Limits = DEFAULT_LIMITS) -> tuple[GateLine, ...]:
    """Every gate's line, in the order of `GATES`."""
    return tuple(gate(evaluation, limits) for gate in GATES.values())


def passed(lines: tuple[GateLine, ...]) -> bool:
    """Whether the version may be promoted."""
    return all(line.passed for line in lines if line.blocking)


def _in_brackets(codes: list[str]) -> str:
    return f" ({', '.join(codes)})" if codes else ""
