"""What recommenders see of a therapy: itself, its class, its kind and its attributes."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import scipy.sparse as sp

from recommender.clinical.therapy import Therapy
from recommender.ml.interactions import Floats

TARGETS = "targets:"


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


def targeted_columns(
    therapies: Sequence[Therapy], concept_of_columns: Mapping[int, tuple[str, str]], width: int
) -> Floats | None:
    """Columns by therapies: 1 where a column is of a finding that the therapy targets.

    A therapy says so by an attribute "targets:CODE". None where none says it of these findings.
    """
    columns: dict[str, list[int]] = {}
    for column, (_, code) in concept_of_columns.items():
        columns.setdefault(code, []).append(column)
    targeted = np.zeros((width, len(therapies)))
    for number, therapy in enumerate(therapies):
        for attribute in therapy.attributes:
            if attribute.startswith(TARGETS):
                targeted[columns.get(attribute.removeprefix(TARGETS), []), number] = 1.0
    return targeted if targeted.any() else None


def _traits_of(therapy: Therapy) -> list[str]:
    traits = {f"kind:{therapy.kind}"}
    if therapy.therapy_class:
        traits.add(f"class:{therapy.therapy_class}")
    traits |= {f"attribute:{attribute}" for attribute in therapy.attributes}
    return sorted(traits)
