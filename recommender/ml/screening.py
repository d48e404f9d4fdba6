"""Which therapies a safety rule would withhold, for every case of a data set at once."""

import numpy as np
from numpy.typing import NDArray

from recommender.clinical.safety import SafetyRule, Severity
from recommender.ml.features import positions_by_concept
from recommender.ml.interactions import TrainingData


def withheld_cases(data: TrainingData, rules: tuple[SafetyRule, ...]) -> NDArray[np.bool_]:
    """Cases by therapies: true where some rule withholds."""
    withheld = np.zeros((data.cases, len(data.therapies)), np.bool_)
    stops = [rule for rule in rules if rule.severity is Severity.WITHHOLD]
    if not stops:
        return withheld
    places = {(one.kind, one.code): number for number, one in enumerate(data.concepts)}
    positions = positions_by_concept(data)
    for rule in stops:
        place = places.get((rule.kind, rule.finding))
        concerned = [k for k, therapy in enumerate(data.therapies) if rule.concerns(therapy)]
        if place is None or not concerned:
            continue
        chosen = positions[place]
        number = data.findings.number[chosen]
        holds = number != 0
        if rule.min_value is not None:
            worded = data.findings.category[chosen] >= 0
            holds &= ~worded & (np.isnan(number) | (number >= rule.min_value))
        withheld[np.ix_(data.findings.case[chosen[holds]], concerned)] = True
    return withheld
