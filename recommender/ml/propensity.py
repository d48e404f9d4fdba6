"""Propensity: how likely each therapy was to be given to a case, by its findings and its site."""

import numpy as np
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression

from recommender.ml.interactions import Floats, Ints
from recommender.ml.sample import Sample
from recommender.ml.splits import folds_of_cases

STRENGTHS = (0.0001, 0.003, 0.03, 0.1, 0.3, 1.0)
"""How freely propensities may follow the case (scikit-learn's C); the first is next to shares."""
MOST_CHOSEN_ON, FOLDS_CHOSEN_ON = 1_000, 3
"""How many attempts of a fold the strength is chosen on; more tell the same, and take longer."""
FEWEST_EACH = 2
"""With fewer attempts a therapy on average, shares are all that can be learned."""
LEAST_TOLD = 1e-6
"""Told of a therapy that no case learned from was given, where a logarithm is taken."""
MOST_STEPS, CLOSE_ENOUGH = 2_000, 1e-3


def propensities(training: Sample, asked: Sample, *, seed: int) -> Floats:
    """How likely each therapy is to be given, by findings and site; never from the asked cases."""
    if not _can_tell(training):
        return np.tile(shares(training), (len(asked), 1))
    model = LogisticRegression(
        C=_strength(training, seed=seed), max_iter=MOST_STEPS, tol=CLOSE_ENOUGH
    )
    return _foretold(model.fit(_with_site(training), training.therapy), asked)


def shares(sample: Sample) -> Floats:
    """How often each therapy was given, whatever the case."""
    return sample.tried / len(sample)


def of_given(likely: Floats, therapy: Ints) -> Floats:
    """Of each attempt, what was foretold of the therapy that was given."""
    given: Floats = likely[np.arange(len(therapy)), therapy]
    return given


def log_likelihoods(likely: Floats) -> Floats:
    """The log-likelihood of each choice by what was foretold of it."""
    found: Floats = np.log(np.maximum(likely, LEAST_TOLD))
    return found


def _strength(training: Sample, *, seed: int) -> float:
    """The strength at which most of the cases foretell best what the others were given.

    With many therapies and few cases, freedom learns what single cases were given by heart.
    """
    # Another draw than the one that made these cases' folds, or one fold would be empty.
    draw = np.random.default_rng(seed + 1)
    few = training.where(np.sort(draw.permutation(len(training))[:MOST_CHOSEN_ON]))
    fold = folds_of_cases(few, folds=FOLDS_CHOSEN_ON, seed=seed + 1)[few.case]
    foretold = np.zeros(len(STRENGTHS))
    for number in range(FOLDS_CHOSEN_ON):
        inside, judged = few.where(fold != number), few.where(fold == number)
        if not len(judged) or not _can_tell(inside):
            return STRENGTHS[0]
        foretold += _foretold_by_strength(inside, judged)
    return STRENGTHS[int(foretold.argmax())]


def _foretold_by_strength(inside: Sample, judged: Sample) -> Floats:
    """The log-likelihood of what the judged cases were given, at each strength."""
    rows = _with_site(inside)
    # Each strength starts from where the one before it ended.
    model = LogisticRegression(max_iter=MOST_STEPS, tol=CLOSE_ENOUGH, warm_start=True)
    found = np.empty(len(STRENGTHS))
    for place, strength in enumerate(STRENGTHS):
        model.set_params(C=strength).fit(rows, inside.therapy)
        told = of_given(_foretold(model, judged), judged.therapy)
        found[place] = log_likelihoods(told).sum()
    return found


def _foretold(model: LogisticRegression, asked: Sample) -> Floats:
    found = np.zeros((len(asked), asked.therapies))
    found[:, model.classes_] = model.predict_proba(_with_site(asked))
    return found


def _can_tell(sample: Sample) -> bool:
    """Whether there is something to learn of who is given what."""
    given = int((sample.tried > 0).sum())
    return 2 <= given <= len(sample) / FEWEST_EACH


def _with_site(sample: Sample) -> sp.csr_array:
    place = (np.arange(len(sample)), sample.site)
    site = sp.coo_array((np.ones(len(sample)), place), shape=(len(sample), sample.sites))
    return sp.csr_array(sp.hstack([sample.rows, site]))
