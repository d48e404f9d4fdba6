"""Pairs of findings that matter together, found by what attempts bear out."""

from dataclasses import replace

import numpy as np

from recommender.clinical.case import Case, Finding
from recommender.clinical.coding import FindingKind, ValueType
from recommender.ml.encoding import with_pairs
from recommender.ml.features import CaseEncoder, ConceptColumns
from recommender.ml.pairs import find_pairs
from recommender.ml.recipes import Recipe
from recommender.ml.recommenders.crossed_effects import CrossedEffects
from recommender.ml.widening import widen
from tests.unit.ml.made_up import a_sample

COLUMNS = 8
ENCODER = CaseEncoder(
    tuple(
        ConceptColumns(FindingKind.SYMPTOM, f"symptom-{place}", ValueType.FLAG, present=place)
        for place in range(COLUMNS)
    ),
    COLUMNS,
)
RECIPE = Recipe("pairs", ("crossed-effects",), folds=2, pairs=5)


def together(findings, therapy):
    """Findings 2 and 5 together harm with therapy 1; alone, neither does."""
    return -1.6 * findings[:, 2] * findings[:, 5] * (therapy == 1)


def alone(findings, therapy):
    return 0.8 * findings[:, 0] - 1.2 * findings[:, 2] * (therapy == 1)


def pairs_of(sample, most=5):
    table = CrossedEffects().fit(sample, seed=0, progress=lambda _: None)
    return find_pairs(sample, table, ENCODER, most=most)


def test_the_pair_that_matters_is_found_first():
    assert pairs_of(a_sample(together, cases=8_000))[0] == (2, 5)


def test_strong_findings_alone_make_no_pair():
    found = [pairs_of(a_sample(alone, cases=8_000, seed=seed)) for seed in range(1, 9)]

    # Chance gives one in twenty samples a pair.
    assert sum(len(pairs) for pairs in found) <= 1


def test_none_is_looked_for_where_none_may_be_found():
    assert pairs_of(a_sample(together, cases=8_000), most=0) == []


def test_a_sample_without_pairs_stays_as_it_was():
    sample = a_sample(alone)

    widened = widen(sample, ENCODER, RECIPE, seed=1, progress=lambda _: None)

    assert widened.sample is sample
    assert widened.encoder is ENCODER
    assert widened.left_out == ()


def test_each_training_may_use_only_the_pairs_that_it_found_itself():
    """A third of the attempts is too few to show it in one fold's training."""
    sample = a_sample(together, cases=8_000)

    widened = widen(sample, ENCODER, RECIPE, seed=1, progress=lambda _: None)

    assert (2, 5) in [(pair.first, pair.second) for pair in widened.encoder.pairs]
    assert len(widened.left_out) == RECIPE.folds + 1
    last = widened.left_out[-1]
    own = [pair.column for pair in widened.encoder.pairs if not last[pair.column]]
    assert own
    assert not any(left_out[:COLUMNS].any() for left_out in widened.left_out)


def test_a_case_is_read_as_the_training_data_were():
    encoder = ENCODER.with_pairs([(2, 5), (0, 1)])
    sample = a_sample(alone, cases=50)
    rows = with_pairs(sample.cases, encoder.pairs).toarray()

    for row in rows:
        findings = [
            Finding(FindingKind.SYMPTOM, f"symptom-{place}", None)
            for place in np.flatnonzero(row[:COLUMNS])
        ]
        encoded = encoder.encode(Case(tuple(findings)))
        read = np.zeros(encoder.width)
        read[encoded.columns] = encoded.values
        assert np.array_equal(read, row)


def test_a_pair_says_which_two_findings_it_is_of():
    encoder = ENCODER.with_pairs([(2, 5)])
    absent = Finding(FindingKind.SYMPTOM, "symptom-5", 0.0)
    two = Finding(FindingKind.SYMPTOM, "symptom-2", None)
    five = replace(absent, value=None)

    assert encoder.encode(Case((five, two))).together == ((1, 0),)
    assert encoder.encode(Case((absent, two))).together == ()


def test_an_encoder_with_pairs_is_read_back_as_it_was_written():
    encoder = ENCODER.with_pairs([(2, 5)])

    assert CaseEncoder.from_json(encoder.to_json()) == encoder
