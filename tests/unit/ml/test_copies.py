"""A table that was read twice counts once; people who are alike by chance all count."""

from dataclasses import replace

import numpy as np
import pytest

from recommender.ml.copies import without_copies
from recommender.ml.suspicions import suspicions
from tests import learned


def with_copies(data, count):
    """The data, and its first cases once more."""
    found, tried = data.findings, data.attempts
    shown, went = found.case < count, tried.case < count
    return replace(
        data,
        findings=replace(
            found,
            case=np.concatenate([found.case, found.case[shown] + data.cases]),
            concept=np.concatenate([found.concept, found.concept[shown]]),
            number=np.concatenate([found.number, found.number[shown]]),
            category=np.concatenate([found.category, found.category[shown]]),
        ),
        attempts=replace(
            tried,
            case=np.concatenate([tried.case, tried.case[went] + data.cases]),
            therapy=np.concatenate([tried.therapy, tried.therapy[went]]),
            response=np.concatenate([tried.response, tried.response[went]]),
            sequence=np.concatenate([tried.sequence, tried.sequence[went]]),
            row=np.arange(len(tried) + went.sum()),
        ),
        site=np.concatenate([data.site, data.site[:count]]),
        year=np.concatenate([data.year, data.year[:count]]),
    )


@pytest.mark.parametrize("share", [1.0, 0.5])
def test_a_table_that_was_read_twice_counts_once(share):
    data = learned.data()
    count = int(share * data.cases)

    once = without_copies(with_copies(data, count))

    assert once.cases == pytest.approx(data.cases, rel=0.03)
    assert once.copies == data.cases + count - once.cases
    assert len(once.attempts) == pytest.approx(len(data.attempts), rel=0.03)
    assert once.findings.case.max() < once.cases == len(once.site)
    assert len(once.attempts.row) == len(once.attempts)
    copies = {one.check: one.codes for one in suspicions(once, ())}["copies"]
    assert copies == (f"{once.copies:,} cases",)


def test_people_who_are_alike_by_chance_all_count():
    data = learned.data()
    flags = replace(data.findings, number=np.ones(len(data.findings.case)))

    assert without_copies(data) is data
    assert without_copies(replace(data, findings=flags)).copies == 0
