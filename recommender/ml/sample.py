"""A sample: encoded cases, the therapies they tried and how it went; what recommenders fit on."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from recommender.ml.average_prior import AveragePrior, average_prior
from recommender.ml.encoding import encode_all
from recommender.ml.features import CaseEncoder
from recommender.ml.interactions import Floats, Ints, TrainingData
from recommender.ml.traits import targeted_columns, therapy_traits


@dataclass(frozen=True)
class Sample:
    """Attempts with what is known of their case and therapy.

    `cases` has a row a case, `traits` a row a therapy and a column for each of `trait_names`
    ("class:ssri"); `case`, `therapy`, `responded` and `site` have an entry an attempt. A site is
    nuisance: it's adjusted for and never part of a score. `prior` is what studies lead one to
    expect of the therapies; None where there are none. `targets` is columns × therapies, 1 where
    the column speaks of what the therapy targets; None where no therapy says so.
    """

    cases: sp.csr_array
    traits: sp.csr_array
    trait_names: tuple[str, ...]
    case: Ints
    therapy: Ints
    responded: Floats
    site: Ints
    sites: int
    prior: AveragePrior | None = None
    targets: Floats | None = None

    def __len__(self) -> int:
        return len(self.case)

    @property
    def therapies(self) -> int:
        """How many therapies could be suggested."""
        return int(self.traits.shape[0])

    @cached_property
    def rows(self) -> sp.csr_array:
        """The encoded case of each attempt."""
        return self.cases[self.case]

    @cached_property
    def tried(self) -> Floats:
        """How many attempts each therapy has."""
        return np.bincount(self.therapy, minlength=self.therapies).astype(float)

    def of_cases(self, chosen: NDArray[np.bool_]) -> "Sample":
        """The attempts of the chosen cases; the cases keep their numbers."""
        return self.where(chosen[self.case])

    def without_columns(self, left_out: NDArray[np.bool_]) -> "Sample":
        """The same attempts, as if no case filled some of the columns."""
        if not left_out.any():
            return self
        kept = sp.csr_array(self.cases @ sp.diags_array((~left_out).astype(float)))
        kept.eliminate_zeros()
        return replace(self, cases=kept)

    def where(self, chosen: NDArray[np.bool_] | Ints) -> "Sample":
        """The chosen attempts."""
        return replace(
            self,
            case=self.case[chosen],
            therapy=self.therapy[chosen],
            responded=self.responded[chosen],
            site=self.site[chosen],
        )

    def of_few(self, chosen: Ints) -> "Sample":
        """The chosen cases (ascending) and their attempts, numbered anew."""
        inside = np.zeros(self.cases.shape[0], np.bool_)
        inside[chosen] = True
        few = self.of_cases(inside)
        number = np.cumsum(inside) - 1
        return replace(few, cases=self.cases[chosen], case=number[few.case].astype(np.int32))


def sample_of(data: TrainingData, encoder: CaseEncoder) -> Sample:
    """The whole training data as a sample."""
    traits, trait_names = therapy_traits(data.therapies)
    # "Not recorded" is a site of its own.
    sites, site = np.unique(data.site, return_inverse=True)
    return Sample(
        cases=encode_all(encoder, data),
        traits=traits,
        trait_names=trait_names,
        case=data.attempts.case,
        therapy=data.attempts.therapy,
        responded=data.attempts.responded.astype(float),
        site=site[data.attempts.case],
        sites=len(sites),
        prior=average_prior(data.evidence, data.therapies),
        targets=targeted_columns(data.therapies, encoder.concept_of_columns, encoder.width),
    )
