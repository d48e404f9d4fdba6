"""Subgroups by recorded background, each with enough cases to hide anybody."""

from dataclasses import replace

import numpy as np

from recommender.clinical.coding import Concept, FindingKind, ValueType
from recommender.ml.interactions import Findings
from recommender.ml.subgroups import subgroups
from tests import learned

AGE = Concept(FindingKind.BACKGROUND, "age", "age", ValueType.NUMBER)
SEX = Concept(FindingKind.BACKGROUND, "sex", "sex", ValueType.CATEGORY)
RARE = Concept(FindingKind.BACKGROUND, "rare", "rare", ValueType.FLAG)
COUNT = learned.CASES
EVERYBODY = np.arange(COUNT)
OLD = np.linspace(18, 90, COUNT).round()


def data():
    """Everybody's age and sex, and a background that nine have."""
    rare = EVERYBODY[:9]
    return replace(
        learned.data(),
        concepts=(AGE, SEX, RARE),
        findings=Findings(
            np.concatenate([EVERYBODY, EVERYBODY, rare]).astype(np.int32),
            np.repeat([0, 1, 2], [COUNT, COUNT, len(rare)]).astype(np.int32),
            np.concatenate([OLD, np.full(COUNT, np.nan), np.full(len(rare), np.nan)]),
            np.concatenate([np.full(COUNT, -1), EVERYBODY % 2, np.full(len(rare), -1)]),
            ("female", "male"),
        ),
    )


def test_numbers_come_in_quarters_and_categories_one_by_one():
    found = subgroups(data(), EVERYBODY, np.zeros(COUNT))

    names = {one.name: one.cases for one in found}
    assert {"sex = female", "sex = male"} < set(names)
    assert len([name for name in names if name.startswith("age ")]) == 4
    assert "age 18 to 35" in names


def test_fewer_than_ten_cases_are_hidden():
    assert all("rare" not in one.name for one in subgroups(data(), EVERYBODY, np.zeros(COUNT)))


def test_a_subgroup_that_is_served_worse_stands_out():
    gain = np.where(EVERYBODY % 2 == 1, -0.1, 0.1) + np.random.default_rng(1).normal(0, 0.2, COUNT)

    found = {one.name: one for one in subgroups(data(), EVERYBODY, gain)}

    assert found["sex = male"].upper < 0 < found["sex = female"].lower
