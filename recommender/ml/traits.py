"""What recommenders see of a therapy: itself, its class, its kind and its attributes."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp

from recommender.clinical.therapy import Therapy


def therapy_traits(therapies: Sequence[Therapy]) -> tuple[sp.csr_array, tuple[str, ...]]:
    """Therapies by traits (itself, its class, its kind, its attributes) and the traits' names.

    A trait that a single therapy has says nothing beyond the therapy itself and is left out.
    """
    owned = [_traits_of(therapy) for therapy in therapies]
    counts = Counter(trait for traits in owned for trait in traits)
    names = [trait for trait in sorted(counts) if counts[trait] > 1]
    names = [f"therapy:{therapy.code}" for therapy in therapies] + names
    place = {name: column for column, name in enumerate(names)}
    pairs = [(row, row) for row in range(len(therapies))]
    pairs += [
        (row, place[trait])
        for row, traits in enumerate(owned)
        for trait in traits
        if trait in place
    ]
    rows, columns = zip(*pairs, strict=True) if pairs else ((), ())
    matrix = sp.coo_array((np.ones(len(pairs)), (rows, columns)), (len(therapies), len(names)))
    return sp.csr_array(matrix), tuple(names)


def _traits_of(therapy: Therapy) -> list[str]:
    traits = {f"kind:{therapy.kind}"}
    if therapy.therapy_class:
        traits.add(f"class:{therapy.therapy_class}")
    traits |= {f"attribute:{attribute}" for attribute in therapy.attributes}
    return sorted(traits)
