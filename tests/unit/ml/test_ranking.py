"""When therapies are tied, and when no order may be given."""

import numpy as np
import pytest

from recommender.clinical.case import Case, Finding
from recommender.clinical.coding import FindingKind
from recommender.ml.ranking import Abstention, Evidence, has_advantage, rank
from tests import learned

ALL = np.ones(3, np.bool_)
TRIED = np.full(3, 50.0)
SYMPTOM = FindingKind.SYMPTOM


def evidence(shared, own):
    return Evidence(TRIED, np.array(shared, float).reshape(3, -1), np.array(own, float))


def ties(known, logits=(0.5, 0.2, -1.0)):
    places = rank(np.array(logits), known, allowed=ALL, limit=3)
    return {place.therapy: place.tied_with for place in places}


def test_what_chance_does_to_both_alike_ties_nobody():
    alike = evidence([1.0, 1.0, 1.0], [1e-4, 1e-4, 1e-4])
    apart = evidence([1.0, -1.0, 0.0], [1e-4, 1e-4, 1e-4])

    assert ties(alike) == {0: (), 1: (), 2: ()}
    assert ties(apart)[0] == (1, 2)


def test_a_tie_is_mutual():
    found = ties(evidence([0.0, 0.0, 0.0], [0.02, 0.02, 0.02]))

    assert (found[0], found[1], found[2]) == ((1,), (0,), ())


def test_an_advantage_counts_against_what_chance_does_to_it():
    logits, mix = np.array([0.3, 0.0, 0.0]), np.full(3, 1 / 3)

    def better(own):
        known = evidence([0.0, 0.0, 0.0], [own, own, own])
        return has_advantage(logits, known, 0, allowed=ALL, mix=mix)

    assert better(0.1)
    assert not better(1.0)


def test_the_only_therapy_that_is_left_needs_no_advantage():
    only = np.array([False, True, False])
    known = evidence([0.0, 0.0, 0.0], [1.0, 1.0, 1.0])

    assert has_advantage(np.zeros(3), known, 1, allowed=only, mix=np.full(3, 1 / 3))


@pytest.fixture(scope="module")
def model():
    return learned.serving_model()


def order_of(model, *findings):
    scored = model.score(Case(tuple(Finding(SYMPTOM, code, value) for code, value in findings)))
    everything = np.ones(len(model.therapies), np.bool_)
    return scored, model.order(scored, allowed=everything)


def test_cases_like_those_learned_from_get_an_order(model):
    for value in (1, 2, 3):
        _, ranking = order_of(model, ("insomnia", value), ("guilt", 1))

        assert ranking.abstention in {None, Abstention.NO_ADVANTAGE}


def test_a_case_farther_off_than_all_is_told_to_be_unlike_them(model):
    repeated = [(code, 3) for code in ("insomnia", "low-mood", "worry", "fatigue", "guilt")] * 8

    _, ranking = order_of(model, *repeated)

    assert ranking.abstention is Abstention.UNLIKE


def test_what_would_help_is_what_moves_the_therapies_apart_most(model):
    """CBT does well with worry and mirtazapine with insomnia; nothing else matters."""
    everything = np.ones(len(model.therapies), np.bool_)
    scored, _ = order_of(model, ("guilt", 1))

    first = model.most_helpful(scored, allowed=everything)
    then = model.most_helpful(order_of(model, ("guilt", 1), (first.code, 2))[0], allowed=everything)

    assert {first.code, then.code} == {"worry", "insomnia"}


def test_a_reason_is_sure_where_the_data_bear_it_out(model):
    scored, _ = order_of(model, ("insomnia", 3), ("guilt", 1))
    mirtazapine = next(k for k, one in enumerate(model.therapies) if one.code == "mirtazapine")

    assert model.sure_contributions(scored, [mirtazapine])[0, 0] != 0


def test_leaving_a_finding_out_changes_the_score_by_what_was_said(model):
    whole, _ = order_of(model, ("insomnia", 3), ("worry", 2))
    without, _ = order_of(model, ("insomnia", 3))

    said = model.contributions(whole, range(len(model.therapies)))[:, 1]

    beyond = (whole.logits - whole.logits.mean()) - (without.logits - without.logits.mean())
    assert beyond == pytest.approx(said, abs=1e-9)
